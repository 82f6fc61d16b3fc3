"""Load the shapes of reports that ship."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evaluation.reports.templates import ShapeError
from evaluation.services.report_shapes import load_shapes


class Command(BaseCommand):
    help = (
        "Load the shapes of reports that ship, all or nothing. Loading again changes nothing, "
        "and what somebody changed or retired is kept as they left it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_shapes(now=timezone.now())
        except ShapeError as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        for one in loaded if options["verbosity"] else []:
            self.stdout.write(f"{one.shape}: {one.what}")
