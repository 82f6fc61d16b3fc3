"""Where there is nothing on: hubs by weekday, age, SEND and cost, against who lives there."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count
from django.db.models.functions import ExtractIsoWeekDay

from activities.models import LONDON, Programme, Session, SessionKind
from evaluation.queries.record import Scope, people_sql, whole_relations
from hubs.models import Hub, Ward
from hubs.reference import BOUNDARY_YEAR

# Whom the programme is for, in the bands of every report. The oldest one is for some only.
BANDS: tuple[tuple[int, int], ...] = ((5, 7), (8, 12), (13, 15), (16, 18))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKEND = (5, 6)
# Who comes is told of so many weeks before today.
CAME_WITHIN = dt.timedelta(weeks=12)

Band = tuple[int, int]

_BAND_SQL = (
    "CASE "
    + " ".join(f"WHEN people.first_age BETWEEN {low} AND {high} THEN {low}" for low, high in BANDS)
    + " ELSE 0 END"
)
_CAME = f"""
SELECT activity.hub_id, {_BAND_SQL}, count(DISTINCT people.person_id)
FROM people
JOIN cells ON cells.person_id = people.person_id
JOIN activities_activity AS activity ON activity.id = cells.activity_id
WHERE cells.attended > 0
GROUP BY 1, 2
"""  # noqa: S608 - only our own parts


@dataclass(frozen=True)
class Wanted:
    """What is looked for, from one day to another, both included.

    Without `bands` it is for every age; SEND friendly or free only where that is said.
    """

    first_day: dt.date
    last_day: dt.date
    bands: tuple[Band, ...] = BANDS
    send_friendly: bool = False
    free: bool = False

    @property
    def kind(self) -> str:
        """What there is nothing of, in words: "nothing", "nothing SEND friendly and free"."""
        words = [
            word
            for word, is_wanted in (("SEND friendly", self.send_friendly), ("free", self.free))
            if is_wanted
        ]
        return " ".join(["nothing", " and ".join(words)]).strip()


@dataclass(frozen=True)
class Slot:
    """One weekday of a hub: how many sessions, and the ages for which there is none."""

    day: str
    sessions: int
    lacking: tuple[Band, ...]


@dataclass(frozen=True)
class HubWeek:
    """A hub's week, Monday first. `people` lives in its ward aged 5 to 18; None for the city's."""

    hub: Hub
    slots: tuple[Slot, ...]
    people: int | None
    score: Decimal | None
    came: int


@dataclass(frozen=True)
class Gap:
    """Days on which a hub has nothing for some ages, with who lives there and who came lately."""

    hub: Hub
    bands: tuple[Band, ...]
    days: tuple[int, ...]
    people: int | None
    score: Decimal | None
    came: int

    @property
    def weight(self) -> Decimal:
        """Days and age bands with nothing, times who lives there, times how deprived it is."""
        empty = len(self.days) * len(self.bands)
        return empty * (self.people or 0) * (self.score or Decimal(0))

    @property
    def ages(self) -> str:
        """Whom there is nothing for, in words: "ages 5 to 7 and 13 to 18"."""
        joined: list[Band] = []
        for low, high in self.bands:
            if joined and joined[-1][1] + 1 == low:
                joined[-1] = (joined[-1][0], high)
            else:
                joined.append((low, high))
        return "ages " + _listed([f"{low} to {high}" for low, high in joined])

    @property
    def when(self) -> str:
        """On which days, in words."""
        return days_in_words(self.days)


@dataclass(frozen=True)
class Gaps:
    """Hubs side by side and what they lack, the heaviest gap first.

    `elsewhere` are wards in which no hub is, the most deprived first.
    """

    wanted: Wanted
    weeks: list[HubWeek]
    gaps: list[Gap]
    elsewhere: list[Ward]


@dataclass(frozen=True)
class _Offer:
    """So many sessions of a hub on a weekday for these ages."""

    hub: int
    weekday: int
    low: int
    high: int
    sessions: int

    def is_for(self, band: Band) -> bool:
        return self.low <= band[1] and self.high >= band[0]


def gaps_of(hubs: Iterable[Hub], wanted: Wanted, now: dt.datetime, *, is_whole: bool) -> Gaps:
    """What hubs (with their wards) have on, and what they lack. Four queries, or five.

    `is_whole`: these are all the hubs there are, so that wards without one can be told of.
    """
    listed = list(hubs)
    offers: defaultdict[int, list[_Offer]] = defaultdict(list)
    for offer in _offers(listed, wanted):
        offers[offer.hub].append(offer)
    came = _came(listed, now)
    weeks = [_week(hub, offers[hub.pk], wanted, came) for hub in listed]
    gaps = [gap for week in weeks for gap in _gaps(week, wanted.bands, came)]
    gaps.sort(key=lambda gap: (-gap.weight, gap.hub.name, gap.bands))
    return Gaps(wanted, weeks, gaps, _wards_without(listed) if is_whole else [])


def _offers(hubs: Sequence[Hub], wanted: Wanted) -> list[_Offer]:
    sessions = (
        Session.objects.between(wanted.first_day, wanted.last_day)
        .filter(activity__hub__in=hubs, cancelled_at__isnull=True)
        .exclude(kind=SessionKind.TRAINING)
    )
    if wanted.send_friendly:
        sessions = sessions.filter(activity__send_friendly=True)
    if wanted.free:
        sessions = sessions.filter(activity__is_free=True)
    counted = (
        sessions.order_by()
        .annotate(weekday=ExtractIsoWeekDay("starts_at", tzinfo=LONDON))
        .values_list("activity__hub", "weekday", "activity__min_age", "activity__max_age")
        .annotate(sessions=Count("pk"))
    )
    return [_Offer(hub, day - 1, low, high, count) for hub, day, low, high, count in counted]


def _came(hubs: Sequence[Hub], now: dt.datetime) -> dict[tuple[int, int], int]:
    """Young people of the last weeks by hub and the lower end of their band: each in one band."""
    programmes = tuple(Programme.objects.all())
    if not hubs or not programmes:
        return {}
    today = now.astimezone(LONDON).date()
    scope = Scope.of(programmes, today - CAME_WITHIN, today, now=now, hubs=hubs)
    base, parameters = people_sql(scope)
    with whole_relations() as cursor:
        cursor.execute(base + _CAME, parameters)
        return {(hub, low): people for hub, low, people in cursor.fetchall()}


def _week(
    hub: Hub, offers: Sequence[_Offer], wanted: Wanted, came: Mapping[tuple[int, int], int]
) -> HubWeek:
    return HubWeek(
        hub=hub,
        slots=tuple(_slot(at, offers, wanted.bands) for at in range(len(DAYS))),
        people=hub.ward.population_5_to_18 if hub.ward else None,
        score=hub.ward.imd_score if hub.ward else None,
        came=sum(came.get((hub.pk, low), 0) for low, _ in wanted.bands),
    )


def _slot(weekday: int, offers: Sequence[_Offer], bands: Sequence[Band]) -> Slot:
    on = [
        offer
        for offer in offers
        if offer.weekday == weekday and any(offer.is_for(band) for band in bands)
    ]
    lacking = tuple(band for band in bands if not any(offer.is_for(band) for offer in on))
    return Slot(DAYS[weekday], sum(offer.sessions for offer in on), lacking)


def _gaps(
    week: HubWeek, bands: Sequence[Band], came: Mapping[tuple[int, int], int]
) -> Iterator[Gap]:
    """One for the ages that lack the same days."""
    lacking: defaultdict[tuple[int, ...], list[Band]] = defaultdict(list)
    for band in bands:
        lacking[tuple(at for at, slot in enumerate(week.slots) if band in slot.lacking)].append(
            band
        )
    for days, ages in lacking.items():
        if days:
            here = sum(came.get((week.hub.pk, low), 0) for low, _ in ages)
            yield Gap(week.hub, tuple(ages), days, week.people, week.score, here)


def _wards_without(hubs: Iterable[Hub]) -> list[Ward]:
    with_hub = {hub.ward_id for hub in hubs}
    wards = Ward.objects.filter(boundary_year=BOUNDARY_YEAR, imd_score__isnull=False)
    return [ward for ward in wards.order_by("-imd_score", "name") if ward.pk not in with_hub]


def days_in_words(days: Sequence[int]) -> str:
    """Such as "on Monday, Wednesday and at weekends"; Monday is 0."""
    if len(days) == len(DAYS):
        return "on any day"
    weekdays = [DAYS[day] for day in days if day not in WEEKEND]
    if len(weekdays) == WEEKEND[0]:
        weekdays = ["weekdays"]
    if all(day in days for day in WEEKEND):
        return _listed([*_on(weekdays), "at weekends"])
    return _listed(_on([*weekdays, *(DAYS[day] for day in days if day in WEEKEND)]))


def _on(names: Sequence[str]) -> list[str]:
    return [f"on {names[0]}", *names[1:]] if names else []


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
