"""Let an evaluator check the statistics on any file of scores before and after."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.pairs_file import Columns, PairsFile, PairsFileError, read_pairs
from evaluation.pairs_table import Measure, lines_of, pairs_table

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


class Command(BaseCommand):
    help = (
        "Work out every before-and-after statistic of a CSV file, one person a line, and print it "
        "as text or JSON. Nothing is read from or written to the database."
    )
    # No database is needed, so none is asked for.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV in UTF-8 with headings")
        parser.add_argument("--before", required=True, metavar="COL", help="heading: score before")
        parser.add_argument("--after", required=True, metavar="COL", help="heading: score after")
        parser.add_argument("--group", default="", metavar="COL", help="heading: hub or group")
        parser.add_argument("--hours", default="", metavar="COL", help="heading: hours attended")
        parser.add_argument("--reliability", type=float, metavar="R", help="0 to below 1")
        parser.add_argument("--direction", choices=["higher", "lower"], default="higher")
        parser.add_argument("--functional-mean", type=float, metavar="MEAN")
        parser.add_argument("--functional-sd", type=float, metavar="SD")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--json", action="store_const", dest="format", const="json", help="as --format json"
        )
        parser.add_argument("--delimiter", choices=[*DELIMITERS], help="told by the headings")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        columns = Columns(options["before"], options["after"], options["group"], options["hours"])
        given = _read(path, columns, DELIMITERS.get(options["delimiter"], ""))
        table = pairs_table(path.name, given, columns, _measure(options))
        if options["format"] == "json":
            self.stdout.write(json.dumps(table, indent=2, allow_nan=False, ensure_ascii=False))
            return
        for line in lines_of(table):
            self.stdout.write(line)


def _read(path: Path, columns: Columns, delimiter: str) -> PairsFile:
    try:
        return read_pairs(path.read_bytes(), columns, delimiter)
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from error
    except PairsFileError as error:
        raise CommandError(f"{path.name}: {error}") from error


def _measure(options: dict[str, Any]) -> Measure:
    """What is known of the measure; a functional population needs both of its figures."""
    mean, sd = options["functional_mean"], options["functional_sd"]
    if (mean is None) != (sd is None):
        raise CommandError("--functional-mean and --functional-sd go together.")
    if mean is not None and options["reliability"] is None:
        raise CommandError("A functional population says something with --reliability only.")
    functional = None if mean is None else (mean, sd)
    return Measure(options["reliability"], options["direction"], functional)
