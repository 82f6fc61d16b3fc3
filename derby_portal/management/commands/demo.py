"""Run the whole portal on this machine; `make demo` installs first and does the same."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from derby_portal.local import demo


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, the web server, a worker and beat with example data."
    # Nothing can be checked before the services run; the demo's own steps check.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="throw the old data away first")

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(demo.main(["--reset"] if options["reset"] else []))
