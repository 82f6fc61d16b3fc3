from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connections

from derby_portal.checks import SAME_ROLE
from derby_portal.database_roles import grant_application_role


class Command(migrate.Command):
    """Django's own, then the cache's table and what the application role may do."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        call_command("createcachetable", database=options["database"], verbosity=0)
        if not grant_application_role(connections[options["database"]]):
            self.stderr.write(self.style.WARNING(SAME_ROLE))
