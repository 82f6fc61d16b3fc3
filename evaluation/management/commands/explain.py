import datetime as dt
from difflib import get_close_matches
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evaluation.indicators import INDICATORS, Indicator, Unit
from evaluation.models import Grant
from evaluation.queries.explaining import Explained, explain
from evaluation.queries.record import Scope, one_moment
from hubs.models import Hub

HOW = {True: "not a number: the denominator is nought or not known", False: "not known"}


class Command(BaseCommand):
    help = (
        "Say how one figure of a grant comes about: its definition, the SQL that is asked, how "
        "the database goes about it, and the value."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("figure", help="the figure's id, such as unique_participants")
        parser.add_argument("--grant", required=True, help="the grant's short name")
        parser.add_argument("--from", dest="first_day", type=_day, help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last_day", type=_day, help="last day, included")
        parser.add_argument("--hub", action="append", default=[], help="a hub's short name")

    def handle(self, *args: Any, **options: Any) -> None:
        indicator = _indicator(options["figure"])
        grant = _grant(options["grant"])
        first_day = options["first_day"] or grant.starts_on
        last_day = options["last_day"] or grant.ends_on
        if first_day > last_day:
            raise CommandError("The first day is after the last one.")
        programmes = tuple(grant.programmes.order_by("name"))
        hubs = [_hub(slug) for slug in options["hub"]]
        scope = Scope.of(programmes, first_day, last_day, now=timezone.now(), hubs=hubs)
        with one_moment():
            explained = explain(indicator, scope, grant)
        self._say_what_is_asked(scope, grant)
        for each in explained:
            self._say(each)

    def _say_what_is_asked(self, scope: Scope, grant: Grant) -> None:
        hubs = ", ".join(hub.name for hub in scope.hubs) or "every hub"
        programmes = ", ".join(programme.name for programme in scope.programmes)
        self.stdout.write(f"Grant {grant.name}: {programmes}")
        self.stdout.write(f"{scope.first_day} to {scope.last_day}, both included, {hubs}")

    def _say(self, explained: Explained) -> None:
        indicator = explained.indicator
        self.stdout.write("")
        if indicator is None:
            self.stdout.write(f"days = {explained.value}")
            self.stdout.write("Days of the period that have come.")
            return
        self.stdout.write(self.style.MIGRATE_HEADING(f"{indicator.label} ({indicator.id})"))
        self.stdout.write(indicator.definition)
        if indicator.is_ratio:
            times = f"{indicator.times} x " if indicator.times != 1 else ""
            self.stdout.write(f"{times}{indicator.numerator} / {indicator.denominator}")
        for heading, text in (("SQL", explained.sql), ("Plan", explained.plan)):
            if text:
                self.stdout.write(f"\n{heading}\n{text}")
        self.stdout.write(f"\n{indicator.id} = {_value(explained)}")


def _value(explained: Explained) -> str:
    indicator, value = explained.indicator, explained.value
    if value is None:
        return HOW[bool(indicator and indicator.is_ratio)]
    if indicator and indicator.unit is Unit.HOURS and not indicator.is_ratio:
        return f"{value} minutes, {value / 60:.1f} hours"
    return f"{value} {indicator.unit.value if indicator else ''}".rstrip()


def _indicator(id_: str) -> Indicator:
    if id_ in INDICATORS:
        return INDICATORS[id_]
    near = get_close_matches(id_, INDICATORS, n=3, cutoff=0.5)
    near += [other for other in INDICATORS if id_ in other and other not in near]
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    raise CommandError(f"There is no figure {id_}. {meant}There are: {', '.join(INDICATORS)}.")


def _grant(slug: str) -> Grant:
    grant = Grant.objects.filter(slug=slug).first()
    if grant is None:
        there = ", ".join(Grant.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"There is no grant {slug}. There are: {there or 'none'}.")
    return grant


def _hub(slug: str) -> Hub:
    hub = Hub.objects.filter(slug=slug).first()
    if hub is None:
        there = ", ".join(Hub.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"There is no hub {slug}. There are: {there or 'none'}.")
    return hub


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
