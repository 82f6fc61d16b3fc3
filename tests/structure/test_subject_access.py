"""A copy of somebody's data misses no table that leads to them."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model

from evaluation.queries import held
from participants.models import Participant
from participants.queries import subject_access

APPS = ("accounts", "hubs", "activities", "participants", "evaluation")
PARTS = {**subject_access.PARTS, **held.PARTS}
LEFT_OUT = {**subject_access.LEFT_OUT, **held.LEFT_OUT}
# Fields without a foreign key that hold a person's id, and tables of words about people.
BY_ID = {
    "accounts.AuditEntry": "object_id",
    "participants.MarkOperation": "person_id",
    "participants.ParticipantEvent": "pgh_obj",
}


def own_models() -> list[type[Model]]:
    own = apps.get_models(include_auto_created=True)
    return [model for model in own if model._meta.app_label in APPS]


def points_at(model: type[Model]) -> set[type[Model]]:
    """Models that a row of this one names, by key or as one of many."""
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return {field.related_model for field in fields if isinstance(field.related_model, type)}


def leading_to(target: type[Model]) -> set[str]:
    """Labels of every model from which keys lead to a person, in any number of steps."""
    found = {target}
    while True:
        more = {model for model in own_models() if points_at(model) & found} - found
        if not more:
            return {model._meta.label for model in found}
        found |= more


def test_every_table_that_leads_to_a_person_is_in_the_copy_or_said_not_to_be() -> None:
    leading = leading_to(Participant) | set(BY_ID)
    assert sorted(leading - set(PARTS) - set(LEFT_OUT)) == []


def test_nothing_is_listed_that_is_gone() -> None:
    labels = {model._meta.label for model in own_models()}
    assert (set(PARTS) | set(LEFT_OUT)) - labels == set()


def test_nothing_is_both_in_it_and_left_out() -> None:
    assert set(PARTS) & set(LEFT_OUT) == set()


def test_whatever_is_left_out_says_why() -> None:
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize(("label", "field"), sorted(BY_ID.items()))
def test_fields_that_hold_ids_are_there(label: str, field: str) -> None:
    assert apps.get_model(label)._meta.get_field(field)
