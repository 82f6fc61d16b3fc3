"""Figures of a release that the public may be shown: its printed values, as they are.

A release is protected as a whole, so any of its printed figures may go up; what is hidden or
shown as too few stays where it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import override

from activities.models import Programme
from evaluation.indicators import INDICATORS, Indicator, Unit
from hubs.models import Hub
from hubs.wording import SOURCE

# In the order in which they are offered and shown.
PUBLISHABLE = (
    *("unique_participants", "attendances", "contact_hours", "session_hours", "sessions"),
    *("hubs_active", "roadshows", "people_counted", "people_estimated", "attendance_rate"),
)
PROGRAMME = "programme"
HIDDEN = "hidden"
TOO_FEW = "The release does not show it: it would tell of a few children."


@dataclass(frozen=True)
class Candidate:
    """One figure of a release: `text` as the public would see it, and `amount` for drawing.

    `refusal` says why it cannot go up; then there is no amount.
    """

    key: str
    indicator: Indicator
    hub: Hub | None
    text: str
    amount: Decimal | None
    refusal: str = ""


@dataclass(frozen=True)
class Offer:
    """What a release offers: of which programme, its period, its source, and its figures."""

    programme: Programme
    first_day: dt.date
    last_day: dt.date
    source: str
    candidates: tuple[Candidate, ...]

    def chosen(self, keys: Collection[str]) -> list[Candidate]:
        """The figures with these keys; unknown keys are left out."""
        return [each for each in self.candidates if each.key in keys]


def offer_of(body: Mapping[str, Any], programme: Programme, hubs: Iterable[Hub]) -> Offer:
    """What a released body of one programme offers.

    Raises:
        ValueError: the body is not released, but exact.
    """
    if body["kind"] != "released":
        raise ValueError("Only what was released can be published.")
    about = body["about"]
    first, last = (dt.date.fromisoformat(about[key]) for key in ("first_day", "last_day"))
    with override(SOURCE.language):
        days = " to ".join(date_format(day, "j F Y") for day in (first, last))
    candidates = tuple(_candidates(body, {str(hub.pk): hub for hub in hubs}))
    return Offer(programme, first, last, f"{programme.name} registers, {days}", candidates)


def _candidates(body: Mapping[str, Any], hubs: Mapping[str, Hub]) -> Iterator[Candidate]:
    # A release of some hubs says nothing of the whole programme.
    if not body["about"]["hubs"]:
        for id_ in PUBLISHABLE:
            if id_ in body["figures"]:
                yield _candidate(INDICATORS[id_], None, body["figures"][id_])
    table = next((each for each in body["tables"] if each["id"] == "hub"), None)
    for at, column in enumerate(table["columns"] if table else ()):
        if column["id"] in PUBLISHABLE:
            for row in table["rows"] if table else ():
                if hub := hubs.get(row["id"]):
                    yield _candidate(INDICATORS[column["id"]], hub, row["values"][at])


def _candidate(indicator: Indicator, hub: Hub | None, printed: int | str | None) -> Candidate:
    key = f"{hub.slug if hub else PROGRAMME}:{indicator.id}"
    if printed is None:
        return Candidate(key, indicator, hub, HIDDEN, None, TOO_FEW)
    if isinstance(printed, str) and printed.startswith("<"):
        return Candidate(key, indicator, hub, printed, None, TOO_FEW)
    amount = Decimal(str(printed).replace(",", ""))
    return Candidate(key, indicator, hub, _text(amount, indicator.unit), amount)


def _text(amount: Decimal, unit: Unit) -> str:
    """The printed value with thousands apart; no digit is taken away but a nought at the end."""
    plain = amount.normalize() if amount % 1 else amount.quantize(Decimal(1))
    return f"{plain:,} %" if unit is Unit.PERCENT else f"{plain:,}"
