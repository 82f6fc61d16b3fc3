from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.sealing import seal_audit


class Command(BaseCommand):
    help = "Seal everything in the audit trail that is not sealed yet, and publish the head."

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = seal_audit(whole=True)
        if sealed is None:
            self.stdout.write("Another sealer is at work.")
        else:
            self.stdout.write(f"Sealed {sealed:,} entries.")
