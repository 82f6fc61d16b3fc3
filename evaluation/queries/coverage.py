"""How far a measure reaches the young people of each hub: asked whom it may, answered, due again.

A fixed number of queries however many people and hubs there are.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Max

from activities.models import LONDON, london_midnight, london_today
from evaluation.models import Measure
from evaluation.queries.instruments import definition_of
from evaluation.queries.waves import (
    GONE_AFTER,
    ROOT,
    History,
    attended,
    histories,
    is_for_age,
    people_of,
)
from evaluation.wave_rules import ASKED_WITHIN, age_of
from hubs.models import Hub
from participants.models import Purpose
from participants.queries.consents import may

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


@dataclass(frozen=True)
class HubCoverage:
    """Numbers of young people of one hub, each once. Each group is part of the one before it.

    `eligible` came in the period, at an age that the measure is for; `agreed` have consent to
    surveys in force; `baseline` gave one; of these `due` have passed the instrument's weeks,
    `done` gave a follow-up since, and of `overdue` none came within 28 days after.
    """

    hub: str
    eligible: int = 0
    agreed: int = 0
    baseline: int = 0
    due: int = 0
    done: int = 0
    overdue: int = 0

    @property
    def agreed_rate(self) -> float | None:
        """Of the eligible, from 0 to 1; None where there is nobody."""
        return _rate(self.agreed, self.eligible)

    @property
    def baseline_rate(self) -> float | None:
        """Of those who agreed."""
        return _rate(self.baseline, self.agreed)

    @property
    def done_rate(self) -> float | None:
        """Of those whose follow-up is due."""
        return _rate(self.done, self.due)


@dataclass(frozen=True)
class Coverage:
    """A measure's coverage hub by hub, and of all these hubs together with each person once.

    `age_not_known` came in the period and are counted nowhere.
    """

    measure: Measure
    hubs: list[HubCoverage]
    total: HubCoverage
    age_not_known: int


def coverage_of(
    measure: Measure, user: User | AnonymousUser, now: dt.datetime, *, since: dt.date | None = None
) -> Coverage:
    """Of the hubs that a user works with; by default of those who came in the last 26 weeks.

    Six queries beside those that tell who the user is.
    """
    today = london_today(now)
    start = since or today - GONE_AFTER
    hubs = dict(Hub.objects.visible_to(user).order_by("name").values_list("pk", "name"))
    came = _came(measure, list(hubs), start)
    steps, unknown = _steps(measure, _last(came), today)
    by_hub: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for root, hub in came:
        by_hub[hub].update(steps.get(root, ()))
    everybody = Counter(step for reached in steps.values() for step in reached)
    rows = [HubCoverage(name, **by_hub[pk]) for pk, name in hubs.items()]
    return Coverage(measure, rows, HubCoverage("All together", **everybody), unknown)


def _came(measure: Measure, hubs: list[int], start: dt.date) -> dict[tuple[UUID, int], dt.date]:
    """By person and hub when they last came since a day. One query."""
    rows = (
        attended()
        .filter(
            session__activity__programme=measure.programme_id,
            session__activity__hub__in=hubs,
            session__starts_at__gte=london_midnight(start),
        )
        .annotate(root=ROOT)
        .order_by()
        .values_list("root", "session__activity__hub")
        .annotate(last=Max("session__starts_at"))
    )
    return {(root, hub): last.astimezone(LONDON).date() for root, hub, last in rows}


def _last(came: dict[tuple[UUID, int], dt.date]) -> dict[UUID, dt.date]:
    last: dict[UUID, dt.date] = {}
    for (root, _hub), day in came.items():
        last[root] = max(day, last.get(root, day))
    return last


def _steps(
    measure: Measure, last: dict[UUID, dt.date], today: dt.date
) -> tuple[dict[UUID, list[str]], int]:
    """By person the groups of `HubCoverage` that they are in; of how many the age is not known."""
    roots = set(last)
    ages = {
        pk: age_of(person.birth_date, person.year_group, last[pk])
        for pk, person in people_of(roots).items()
    }
    agreed = may(roots, Purpose.SURVEYS)
    answered = histories(roots, [measure])
    weeks = dt.timedelta(weeks=definition_of(measure.instrument).weeks)
    steps = {
        root: list(
            _reached(answered.get((root, measure.pk), History()), weeks, today)
            if root in agreed
            else ["eligible"]
        )
        for root, age in ages.items()
        if is_for_age(measure, age)
    }
    return steps, sum(age is None for age in ages.values())


def _reached(history: History, weeks: dt.timedelta, today: dt.date) -> Iterable[str]:
    yield from ("eligible", "agreed")
    if history.baseline_on is None:
        return
    yield "baseline"
    due_on = history.baseline_on + weeks
    if due_on > today:
        return
    yield "due"
    if history.follow_up_on is not None and history.follow_up_on >= due_on:
        yield "done"
    elif due_on + ASKED_WITHIN < today:
        yield "overdue"


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
