"""Load definitions of instruments."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evaluation.instruments import DefinitionError
from evaluation.services.instruments import InstrumentError, Loaded, load_instruments


class Command(BaseCommand):
    help = (
        "Load definitions of instruments, all or nothing; without a file those that ship. "
        "Loading again changes nothing. A version that somebody answered is never replaced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, metavar="FILE", help="a definition, TOML"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_instruments(files=options["files"] or None, now=timezone.now())
        except (DefinitionError, InstrumentError) as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        for one in loaded if options["verbosity"] else []:
            self._report(one)

    def _report(self, one: Loaded) -> None:
        words = f", words of {one.words} forms" if one.words else ""
        self.stdout.write(f"{one.instrument}: {one.what}{words}")
        if one.what == "replaced":
            self.stdout.write("  Its words were removed, and it is no longer published.")
