"""Which answers are worrying, as the safeguarding lead set it."""

from __future__ import annotations

from django.db.models import QuerySet

from evaluation.models import Instrument, Response, WorryRule


def standing_rules(instrument: Instrument) -> QuerySet[WorryRule]:
    """The rules that hold now for an instrument, by item."""
    rules = WorryRule.objects.filter(instrument=instrument, ended_at=None)
    return rules.select_related("instrument").order_by("item")


def rule_for(response: Response, item: str) -> WorryRule | None:
    """The rule that holds now for an item of what is being answered. One query."""
    return WorryRule.objects.filter(
        instrument__measures=response.measure_id, item=item, ended_at=None
    ).first()


def rules_met(response: Response) -> list[WorryRule]:
    """The rules that answers so far meet, by item. One query."""
    rules = WorryRule.objects.filter(
        instrument__measures=response.measure_id, item__in=list(response.answers), ended_at=None
    )
    return [rule for rule in rules.order_by("item") if rule.is_met_by(response.answers[rule.item])]
