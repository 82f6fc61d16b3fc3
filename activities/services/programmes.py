"""Programmes: who leads them, whom they are for, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_change_programmes
from activities.models import Programme
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError, PlanningError

LONGEST_SLUG = 110


@transaction.atomic
def put_programme(
    *, by: User, programme: Programme, facts: Mapping[str, Any], seen: str = ""
) -> Programme:
    """Write a programme, new or there already, by field; a new one is named in addresses for good.

    `seen` is the fingerprint of the one that the change began from.

    Raises:
        PermissionDenied: the user does not look after programmes.
        ChangedMeanwhileError: it says something else by now.
        PlanningError: another programme has the name.
    """
    if not can_change_programmes(by):
        raise PermissionDenied
    stored = programme
    if programme.pk:
        stored = Programme.objects.select_for_update().get(pk=programme.pk)
        if seen != fingerprint_of_row(stored):
            raise ChangedMeanwhileError
    if Programme.objects.exclude(pk=stored.pk).filter(name__iexact=facts["name"]).exists():
        raise PlanningError("Another programme has this name.")
    for name, value in facts.items():
        setattr(stored, name, value)
    stored.slug = stored.slug or _free_slug(stored.name)
    stored.save()
    record_audit(by=by, kind=AuditKind.PROGRAMME_CHANGED, about=stored, reason=f"No. {stored.pk}")
    return stored


def _free_slug(name: str) -> str:
    """A slug of the name that no programme has; with a number where it has to be."""
    slug = slugify(name)[:LONGEST_SLUG] or "programme"
    taken = set(Programme.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)
