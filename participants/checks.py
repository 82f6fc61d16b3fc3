"""System checks: nothing starts with a field that no retention rule speaks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.db.models import Field, Model

from participants.retention import NOT_PERSONAL, RULES, is_impersonal, rule_for

SOMEBODY = ("accounts.User", "participants.Participant")
HINT = "Say in participants/retention.py how long it stays, or why it tells of nobody."


@checks.register
def every_field_has_a_rule(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every field of every table has a rule for how long it stays, or a word why it needs none."""
    return [*without_a_rule(stored_models()), *left_over()]


def stored_models() -> list[type[Model]]:
    """Every model with a table of its own, those between two others and of libraries as well."""
    models = apps.get_models(include_auto_created=True)
    return [one for one in models if one._meta.managed and not one._meta.proxy]


def without_a_rule(models: list[type[Model]]) -> Iterator[checks.CheckMessage]:
    """An error for each field of these models that the policy says nothing of, or two things."""
    for model in models:
        label = model._meta.label
        for field in model._meta.fields:
            says = _says(label, field)
            if says != 1:
                problem = "has no retention rule" if not says else "is said to be both"
                yield checks.Error(
                    f"{label}.{field.name} {problem}.", hint=HINT, id="participants.E001"
                )


def _says(label: str, field: Field) -> int:
    """How many things the policy says of a field; one is right."""
    related = field.related_model
    leads = isinstance(related, type) and related._meta.label in SOMEBODY
    if rule_for(label, field.name) is not None and field.name != "id":
        both = f"{label}.{field.name}" in RULES and f"{label}.{field.name}" in NOT_PERSONAL
        return 2 if both else 1
    return int(is_impersonal(label, field.name, leads_to_somebody=leads))


def left_over() -> Iterator[checks.CheckMessage]:
    """An error for each line of the policy about a field that is gone.

    Of an app that is not installed nothing is known.
    """
    stored = {model._meta.label: model for model in stored_models()}
    installed = {config.label for config in apps.get_app_configs()}
    for said in sorted({*RULES, *NOT_PERSONAL}):
        label, name = said.rsplit(".", 1)
        if label.split(".")[0] not in installed:
            continue
        model = stored.get(label)
        if model is None or (name != "*" and name not in {one.name for one in model._meta.fields}):
            yield checks.Error(
                f"A retention rule speaks of {said}, which there is not.",
                hint="Take it out of participants/retention.py.",
                id="participants.E002",
            )
