from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from participants.services.concern_keys import count_old_keys, rotate

NOT_THE_OWNER = "Run it as the owner of the tables: DATABASE_ROLE=owner."
LOST = "%d open with none of the keys: put the key they were sealed under into CONCERN_KEYS."


class Command(BaseCommand):
    """Seal everything that concerns say anew, under the first of CONCERN_KEYS."""

    help = "Seal concerns anew under the newest key, so that older keys can be thrown away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say how many are left")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CONCERN_KEYS:
            raise CommandError("CONCERN_KEYS is empty.")
        if not options["check"]:
            if settings.DATABASE_ROLE != "owner":
                raise CommandError(NOT_THE_OWNER)
            self.stdout.write(f"Sealed anew: {rotate().resealed}")
        left = count_old_keys()
        self.stdout.write(f"Left under older keys: {left.under_old_keys}")
        if left.lost:
            raise CommandError(LOST % left.lost)
        if not left.under_old_keys:
            self.stdout.write("The first key opens everything; older ones may go.")
