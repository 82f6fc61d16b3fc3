"""Bring the words of instruments in."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from evaluation.instruments.words import WordingError
from evaluation.models import Instrument, InstrumentWording
from evaluation.services.instruments import InstrumentError, accept_terms, import_wording


class Command(BaseCommand):
    help = (
        "Bring the words of instruments in from a CSV file, all or nothing. Columns: instrument, "
        "item, wording; and low_label, high_label, labels (with | between), min, max, min_age, "
        "language, form, title, intro where they are needed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV in UTF-8")
        parser.add_argument(
            "--by", required=True, metavar="EMAIL", help="who is answerable: trust staff"
        )
        parser.add_argument(
            "--accept-terms",
            nargs=2,
            metavar=("INSTRUMENT", "REFERENCE"),
            help="this person accepts the owner's terms: licence number or permission",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        by = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"There is no account {options['by']}.")
        try:
            changed = self._import(path, by, options["accept_terms"])
        except WordingError as error:
            lines = "\n".join(f"{path.name}, {fault}" for fault in error.faults)
            raise CommandError(f"{lines}\nNothing was changed.") from error
        except InstrumentError as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        except PermissionDenied as error:
            raise CommandError(f"{by.email} does not decide what is measured.") from error
        for wording in changed:
            self.stdout.write(f"{wording.instrument}: {wording}")
        if not changed:
            self.stdout.write("Nothing changed: these words are here already.")

    @transaction.atomic
    def _import(self, path: Path, by: User, terms: list[str] | None) -> list[InstrumentWording]:
        now = timezone.now()
        if terms:
            key, reference = terms
            accept_terms(instrument=_latest(key), reference=reference, by=by, now=now)
        return import_wording(content=_content(path), source=path.name, by=by, now=now)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from error


def _latest(key: str) -> Instrument:
    found = Instrument.objects.filter(key=key, withdrawn_at__isnull=True).order_by("-version")
    if instrument := found.first():
        return instrument
    raise CommandError(f"There is no instrument {key}.")
