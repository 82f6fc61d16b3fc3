"""Bring the catalogues of translations up to date and compile them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from derby_portal import catalogues
from hubs.wording import EASY_READ_CODE


class Command(BaseCommand):
    help = "Collect every marked word into the catalogues in locale/ and compile them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        choices = [*catalogues.languages(), EASY_READ_CODE]
        parser.add_argument("languages", nargs="*", help="only these", metavar="CODE")
        parser.epilog = f"Codes: {', '.join(choices)}."

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = options["languages"] or [*catalogues.languages(), EASY_READ_CODE]
        template = catalogues.marked()
        for code in chosen:
            catalog = catalogues.refresh(code, template)
            missing = sum(not any(_strings(message)) for message in catalog if message.id)
            self.stdout.write(f"{code}: {len(catalog)} messages, {missing} not translated")


def _strings(message: Any) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)
