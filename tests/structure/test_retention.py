"""Every field that holds personal data has a rule for how long it stays."""

from __future__ import annotations

from django.apps import apps

from accounts.models import User
from participants.retention import NOT_PERSONAL, RULES

MODELS = [*apps.get_app_config("participants").get_models(), User]
FIELDS = {f"{model._meta.label}.{field.name}" for model in MODELS for field in model._meta.fields}


def test_every_field_has_a_rule_or_is_said_not_to_be_personal() -> None:
    assert sorted(FIELDS - set(RULES) - set(NOT_PERSONAL)) == []


def test_no_rule_is_for_a_field_that_is_gone() -> None:
    assert sorted((set(RULES) | set(NOT_PERSONAL)) - FIELDS) == []


def test_no_field_is_both() -> None:
    assert set(RULES) & set(NOT_PERSONAL) == set()


def test_every_rule_says_why_and_ends() -> None:
    assert all(rule.why and rule.years > 0 for rule in RULES.values())
    assert all(NOT_PERSONAL.values())
