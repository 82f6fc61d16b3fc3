"""Load the bank holidays of England and Wales."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activities.bank_holidays import read_bank_holidays
from activities.services.terms import load_bank_holidays
from hubs.loaders.errors import SourceFileError


class Command(BaseCommand):
    help = (
        "Load bank holidays from a file of https://www.gov.uk/bank-holidays.json, all or nothing. "
        "Loading again changes nothing; days that are there and not in the file stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file", type=Path, required=True, metavar="F", help="bank-holidays.json of GOV.UK"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            holidays = read_bank_holidays(options["file"])
        except SourceFileError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        new, renamed = load_bank_holidays(holidays)
        unchanged = len(holidays) - new - renamed
        self.stdout.write(
            f"Bank holidays: {new} created, {renamed} renamed, {unchanged} unchanged."
        )
