"""Figures that the public may see: how they are rounded, and which may not go out.

Rounding protects what is about people: 1 to 4 becomes "<5" and is never published, other counts
and hours go to the nearest 5, shares to whole per cent. A figure of one hub stays inside where
it, or what is left when it is taken from the whole, would tell of fewer than five.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import override

from activities.models import Programme
from evaluation.indicators import INDICATORS, Indicator, Relation, Unit
from evaluation.models import ReleasedFigure
from hubs.models import Hub
from hubs.wording import SOURCE

FEWEST = 5
STEP = 5
LEAST_DENOMINATOR = 20
TOO_FEW = "<5"
# In the order in which they are offered and shown.
PUBLISHABLE = (
    *("unique_participants", "attendances", "contact_hours", "session_hours", "sessions"),
    *("hubs_active", "roadshows", "people_counted", "people_estimated", "attendance_rate"),
)
PROGRAMME = "programme"
# Shares are compared by what they are shares of: two of them may well lie close together.
COUNTED_BY = {"attendance_rate": "attendances"}
# How far a count may lie from what is shown of it.
ROUNDED_BY = Decimal(STEP) / 2


@dataclass(frozen=True)
class Shown:
    """A value as the public would see it; `amount` is empty where it is too few to show."""

    text: str
    amount: Decimal | None


@dataclass(frozen=True)
class Candidate:
    """One figure of a snapshot that could be published, or the reason why not.

    `exact` never leaves the portal.
    """

    key: str
    indicator: Indicator
    hub: Hub | None
    exact: Decimal
    shown: Shown
    refusal: str = ""

    @property
    def is_about_people(self) -> bool:
        return is_about_people(self.indicator)


@dataclass(frozen=True)
class Release:
    """What a snapshot offers: of which programme, its period, its source, and its figures."""

    programme: Programme
    first_day: dt.date
    last_day: dt.date
    source: str
    candidates: tuple[Candidate, ...]

    def chosen(self, keys: Collection[str]) -> list[Candidate]:
        """The figures with these keys; unknown keys are left out."""
        return [each for each in self.candidates if each.key in keys]


def is_about_people(indicator: Indicator) -> bool:
    """Whether a figure counts people or what they did, rather than sessions."""
    return indicator.relation is not Relation.SESSIONS


def as_shown(value: Decimal, unit: Unit) -> Shown:
    """Round a value for the public. Hubs stand on the website anyway: they are not rounded."""
    if unit is Unit.HUBS or value == 0:
        return Shown(f"{value:,.0f}", value)
    if unit is Unit.PERCENT:
        whole = value.quantize(Decimal(1), ROUND_HALF_UP)
        return Shown(f"{whole} %", whole)
    if value < FEWEST:
        return Shown(TOO_FEW, None)
    nearest = (value / STEP).quantize(Decimal(1), ROUND_HALF_UP) * STEP
    return Shown(f"{nearest:,.0f}", nearest)


def release_of(
    body: Mapping[str, Any],
    programme: Programme,
    hubs: Iterable[Hub],
    published: Iterable[tuple[ReleasedFigure, Decimal | None]],
) -> Release:
    """What a snapshot's body of a programme offers, each figure by itself.

    `published` are the programme's figures that ever were public, with the exact values behind
    them where those are known, of shares that of `COUNTED_BY`: what was taken back is not
    forgotten.
    """
    period, grant = body["period"], body["grant"]
    first = dt.date.fromisoformat(period["first_day"])
    last = dt.date.fromisoformat(period["last_day"])
    behind = list(published)
    candidates = tuple(
        _judged(each, body, _same_place(each, behind, first, last))
        for each in candidates_of(body, hubs)
    )
    with override(SOURCE.language):
        days = " to ".join(date_format(day, "j F Y") for day in (first, last))
    source = f"{grant['programme']} registers, {days}"
    return Release(programme, first, last, source, candidates)


def refusals(release: Release, chosen: Iterable[Candidate], public: set[str]) -> list[str]:
    """Why these figures may not go out together; nothing where they may.

    `public` holds the keys of the programme's figures of that period that ever were public.
    """
    wanted = list(chosen)
    reasons = [f"{each.indicator.label}: {each.refusal}" for each in wanted if each.refusal]
    out = public | {each.key for each in wanted}
    for indicator in dict.fromkeys(each.indicator for each in wanted if each.is_about_people):
        left = _left_over(release, indicator, out)
        if left is not None and 0 < left < FEWEST:
            reasons.append(
                f"{indicator.label}: what is left when the hubs are taken from the whole would "
                "tell of fewer than five."
            )
    return reasons


def _left_over(release: Release, indicator: Indicator, out: set[str]) -> Decimal | None:
    """What the hubs that are not published have together, if the others and the whole are."""
    of_indicator = [each for each in release.candidates if each.indicator is indicator]
    hubs = [each for each in of_indicator if each.hub]
    whole = next((each for each in of_indicator if not each.hub), None)
    if whole is None or whole.key not in out or not any(each.key in out for each in hubs):
        return None
    return sum((each.exact for each in hubs if each.key not in out), Decimal(0))


def candidates_of(body: Mapping[str, Any], hubs: Iterable[Hub]) -> Iterator[Candidate]:
    """The figures of a snapshot's body that could be published, not judged yet."""
    for id_ in PUBLISHABLE:
        value = body["headline"].get(id_)
        if value is not None:
            yield _candidate(INDICATORS[id_], None, Decimal(value))
    by_name = {hub.name: hub for hub in hubs}
    table = _hub_table(body)
    for at, column in enumerate(table["columns"]):
        if column["id"] not in PUBLISHABLE:
            continue
        for row in table["rows"]:
            if hub := by_name.get(row["label"]):
                yield _candidate(INDICATORS[column["id"]], hub, Decimal(row["values"][at]))


def _candidate(indicator: Indicator, hub: Hub | None, exact: Decimal) -> Candidate:
    place = hub.slug if hub else PROGRAMME
    shown = as_shown(exact, indicator.unit)
    return Candidate(f"{place}:{indicator.id}", indicator, hub, exact, shown)


def _hub_table(body: Mapping[str, Any]) -> Mapping[str, Any]:
    empty: Mapping[str, Any] = {"columns": [], "rows": []}
    return next((table for table in body["breakdowns"] if table["id"] == "hub"), empty)


def _judged(
    each: Candidate,
    body: Mapping[str, Any],
    before: list[tuple[ReleasedFigure, Decimal | None]],
) -> Candidate:
    refusal = _refusal(each, body) or _refusal_beside(each, _counted(each, body), before)
    return Candidate(each.key, each.indicator, each.hub, each.exact, each.shown, refusal)


def _refusal(each: Candidate, body: Mapping[str, Any]) -> str:
    if each.shown.amount is None:
        return "Fewer than five: this cannot be published."
    if each.indicator.unit is Unit.PERCENT:
        attendances = Decimal(body["headline"].get("attendances") or 0)
        if attendances < LEAST_DENOMINATOR:
            return f"A share needs at least {LEAST_DENOMINATOR} attendances."
    people = Decimal(body["headline"].get("unique_participants") or 0)
    if each.indicator.relation is Relation.MARKS and 0 < people < FEWEST:
        return "Fewer than five young people are behind it: this cannot be published."
    if each.hub and each.is_about_people and _has_small_row(body, each.indicator.id):
        return "One of the hubs has fewer than five, so no hub's figure can be published."
    return ""


def _has_small_row(body: Mapping[str, Any], indicator_id: str) -> bool:
    """Whether a row of the hub table, citywide ones as well, tells of one to four."""
    table = _hub_table(body)
    watched = {"unique_participants", indicator_id}
    return any(
        0 < Decimal(value) < FEWEST
        for row in table["rows"]
        if not row["reconciling"]
        for column, value in zip(table["columns"], row["values"], strict=True)
        if column["id"] in watched
    )


def _same_place(
    each: Candidate,
    published: list[tuple[ReleasedFigure, Decimal | None]],
    first: dt.date,
    last: dt.date,
) -> list[tuple[ReleasedFigure, Decimal | None]]:
    hub = each.hub.pk if each.hub else None
    return [
        (figure, exact)
        for figure, exact in published
        if (figure.indicator, figure.hub_id) == (each.indicator.id, hub)
        and figure.first_day <= last
        and first <= figure.last_day
    ]


def _counted(each: Candidate, body: Mapping[str, Any]) -> Decimal:
    """What a candidate is compared by: of a share, which no hub has, how many it is a share of."""
    if each.indicator.id in COUNTED_BY:
        return Decimal(body["headline"].get(COUNTED_BY[each.indicator.id]) or 0)
    return each.exact


def _refusal_beside(
    each: Candidate, counted: Decimal, before: list[tuple[ReleasedFigure, Decimal | None]]
) -> str:
    """A new figure beside an old one of overlapping dates must not tell of one to four.

    Two that are shown alike tell of nothing. Where what is behind the old one is not known, it may
    be anything that is shown so.
    """
    if not each.is_about_people:
        return ""
    for figure, exact in before:
        behind, room = (exact, Decimal(0)) if exact is not None else (figure.amount, ROUNDED_BY)
        if figure.value == each.shown.text or behind is None:
            continue
        if abs(counted - behind) - room < FEWEST:
            return (
                f"Beside the figure of {figure.first_day:%-d %B %Y} to {figure.last_day:%-d %B %Y} "
                "that was published, this would tell of fewer than five. Wait for the next period."
            )
    return ""
