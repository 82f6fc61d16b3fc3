"""Put the programme of 2018-19 and a current term into an empty portal."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from activities.models import london_today
from derby_portal.seeding.services import Seeded, SeedRefusedError, seed

# Four zeros more than anybody needs; a slip of the finger stops here.
LARGEST_SCALE = 1000


class Command(BaseCommand):
    help = (
        "Build example data: the delivery of 2018-19 and a current term round today. "
        "Run again, it only rolls the current term forward. All people in it are made up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale",
            type=int,
            default=1,
            metavar="N",
            help="how many times the attendances of 2018-19 shall be there: years before it are "
            "added; 200 makes 5,000,000 by 100,000 people over 50,000 sessions",
        )
        parser.add_argument(
            "--today",
            type=dt.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the date round which the current term lies (today in Derby)",
        )
        parser.add_argument(
            "--with-sign-ins",
            action="store_true",
            help="create the demo's users with their public password outside the demo too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["scale"] <= LARGEST_SCALE:
            raise CommandError(f"--scale is a number from 1 to {LARGEST_SCALE}.")
        try:
            seeded = seed(
                today=options["today"] or london_today(timezone.now()),
                scale=options["scale"],
                with_sign_ins=settings.DEMO or options["with_sign_ins"],
                demo=settings.DEMO,
                progress=self.stderr.write,
            )
        except SeedRefusedError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(self._summary(seeded))

    def _summary(self, seeded: Seeded) -> str:
        if seeded.changed_nothing:
            return "Nothing to add: history and current term are there."
        added = seeded.added
        return (
            f"Added {added.people:,} made-up people, {added.attendances:,} marks, "
            f"{added.sessions:,} sessions and {seeded.sign_ins} sign-ins."
        )
