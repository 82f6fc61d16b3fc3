"""Which answers are worrying, as the safeguarding lead set it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.access import holds_any
from accounts.models import Role, User
from evaluation.models import Instrument, InstrumentWording, Response, WorryRule
from evaluation.queries.instruments import OWN_LANGUAGE, definition_of

SETS_RULES = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})
# An answer that nobody touched for so long is no slip of a finger; older ones were looked at.
SETTLED_AFTER, LOOKED_AT_FOR = dt.timedelta(minutes=10), dt.timedelta(days=2)


@dataclass(frozen=True)
class AskedItem:
    """A question of an instrument with its answers' range, and its words where they are here."""

    id: str
    text: str
    low: int
    high: int

    @property
    def words(self) -> str:
        """The question as it is chosen from a list."""
        return f"{self.text or self.id} ({self.low} to {self.high})"


def instruments_for(user: User) -> QuerySet[Instrument]:
    """Instruments in use with the number of their rules, for whoever sets such rules."""
    if not holds_any(user, SETS_RULES):
        return Instrument.objects.none()
    standing = Count("worry_rules", filter=Q(worry_rules__ended_at=None))
    return Instrument.objects.published().annotate(rules=standing)


def rules_for(user: User) -> QuerySet[WorryRule]:
    """The rules that stand, for whoever sets them."""
    if not holds_any(user, SETS_RULES):
        return WorryRule.objects.none()
    return WorryRule.objects.filter(ended_at=None).select_related("instrument", "set_by")


def items_of(instrument: Instrument) -> list[AskedItem]:
    """The questions of an instrument in its own order, in English. One query."""
    wordings = InstrumentWording.objects.filter(instrument=instrument, language=OWN_LANGUAGE)
    words: dict[str, Any] = {}
    for wording in wordings.order_by("form"):
        words = wording.words["items"] | words
    return [
        AskedItem(item.id, words.get(item.id, ""), item.low, item.high)
        for item in definition_of(instrument).items
    ]


def rule_for(response: Response, item: str) -> WorryRule | None:
    """The rule that holds now for an item of what is being answered. One query."""
    return _rules_of(response.measure_id).filter(item=item).first()


def rules_met(response: Response) -> list[WorryRule]:
    """The rules that answers so far meet, by item. One query."""
    rules = _rules_of(response.measure_id).filter(item__in=list(response.answers))
    return [rule for rule in rules.order_by("item") if rule.is_met_by(response.answers[rule.item])]


def left_unfinished(now: dt.datetime) -> QuerySet[Response]:
    """Answers that somebody began and left, where a rule of their instrument raises concerns."""
    rules = WorryRule.objects.filter(ended_at=None, raises_concern=True)
    left = Response.objects.filter(
        finished_at=None,
        set_aside_at=None,
        changed_at__gt=now - LOOKED_AT_FOR,
        changed_at__lte=now - SETTLED_AFTER,
        measure__instrument__in=rules.values("instrument"),
    )
    return left.select_related("measure__instrument", "participant", "session").order_by("pk")


def _rules_of(measure: UUID) -> QuerySet[WorryRule]:
    return WorryRule.objects.filter(instrument__measures=measure, ended_at=None)
