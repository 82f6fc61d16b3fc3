"""What fields of a record hold, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from django.db import models

from participants.models import Participant

NOTHING = "-"


def label_of(model: type[models.Model], name: str) -> str:
    """A field's name as people read it."""
    label = str(cast("models.Field[Any, Any]", model._meta.get_field(name)).verbose_name)
    return label[:1].upper() + label[1:]


def words_of(model: type[models.Model], name: str, value: Any) -> str:
    """A field's value as people read it: of a choice its label, of nothing a dash."""
    field = cast("Any", model._meta.get_field(name))
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, list):
        inner = dict(field.base_field.flatchoices)
        return ", ".join(str(inner.get(each, each)) for each in value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%B %Y}"
    if name == "year_group":
        return f"Year {value}" if value else "Reception"
    return str(dict(field.flatchoices).get(value, value))


def facts_of(row: models.Model, names: Iterable[str]) -> list[tuple[str, str]]:
    """Labels and values of these fields of a row, in words."""
    model = type(row)
    return [(label_of(model, name), words_of(model, name, getattr(row, name))) for name in names]


def differences(
    person: Participant, typed: dict[str, Any], names: Iterable[str]
) -> list[tuple[str, str]]:
    """Of these fields, those that hold something else than was typed: what stands there now."""
    other = [name for name in names if getattr(person, name) != typed.get(name)]
    return facts_of(person, other)
