"""Sealing every concern anew under the newest key, as the owner of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind
from accounts.services import record_audit
from participants.concern_keys import ConcernKeyError, is_newest, reseal
from participants.models import Concern, ConcernAction

BATCH = 200
SEALED_MODELS: tuple[type[Concern | ConcernAction], ...] = (Concern, ConcernAction)


@dataclass
class Rotation:
    """How many sealed values were sealed anew, are under an old key still, or open with none."""

    resealed: int = 0
    under_old_keys: int = 0
    lost: int = 0


def count_old_keys() -> Rotation:
    """Look only: how many values are not under the newest key."""
    found = Rotation()
    for model in SEALED_MODELS:
        for batch in _batches(model):
            for row in batch:
                _count(row.sealed, found)
    return found


def rotate() -> Rotation:
    """Seal everything anew under the newest key, a batch in each transaction.

    Stopped half-way it goes on where it was: what is under the newest key is left alone. Needs the
    owner's role; that of web and workers may not change what was sealed.
    """
    done = Rotation()
    for model in SEALED_MODELS:
        for batch in _batches(model):
            _rotate_batch(model, [row.pk for row in batch if not is_newest(row.sealed)], done)
    return done


@transaction.atomic
def _rotate_batch(model: type[Concern | ConcernAction], ids: list[UUID], done: Rotation) -> None:
    resealed = 0
    for row in model._default_manager.select_for_update().filter(pk__in=ids):
        try:
            row.sealed = reseal(row.sealed)
        except ConcernKeyError:
            done.lost += 1
            continue
        row.save(update_fields=["sealed"])
        resealed += 1
    if resealed:
        about = Concern(pk=None)
        record_audit(
            by=None, kind=AuditKind.CONCERN_KEYS_ROTATED, about=about, reason=f"{resealed} sealed"
        )
    done.resealed += resealed


def _count(sealed: str, found: Rotation) -> None:
    if is_newest(sealed):
        return
    try:
        reseal(sealed)
    except ConcernKeyError:
        found.lost += 1
    else:
        found.under_old_keys += 1


def _batches(
    model: type[Concern | ConcernAction],
) -> Iterator[list[Concern | ConcernAction]]:
    """Every row in the order of its id, some at a time; what is added meanwhile has the new key."""
    last = None
    while True:
        rows = model._default_manager.order_by("pk").only("pk", "sealed")
        batch = list(rows.filter(pk__gt=last)[:BATCH] if last else rows[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk
