from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.models import ReportRun, RunStatus
from evaluation.services.rechecking import recheck


class Command(BaseCommand):
    help = "Works a finished report out again, with people as they were known when it was read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", help="The report's id")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = ReportRun.objects.select_related("grant__funder", "snapshot")
        run = runs.filter(pk=options["run"], status=RunStatus.DONE).first()
        if run is None:
            raise CommandError("There is no finished report of this id.")
        found = recheck(run)
        for difference in found:
            self.stdout.write(f"{difference.place}: was {difference.was}, is {difference.now}")
        if found:
            raise CommandError(f"{len(found)} figures come out otherwise.")
        self.stdout.write("Every figure comes out as it was reported.")
