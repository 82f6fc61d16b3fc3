"""Whose work is it: taking a row, holding it, and finding those that nobody holds."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Now

Row = TypeVar("Row", bound=Model)
# A moment that is given, or one that the database's own clock tells as it writes.
Moment = dt.datetime | Now
# Workers' clocks may differ: all of them go by the database's, so none steals or starves a row.
NOW = Now()


class ClaimLostError(Exception):
    """Another worker holds the row now; this one must not write any more."""


@dataclass(frozen=True)
class Work(Generic[Row]):
    """How the rows of one kind of work tell where they stand.

    `waits_since` is the field with the moment at which waiting rows were queued. `taken` is
    written on a row when a worker takes it, beside the claim; `freed` when it waits again.
    """

    name: str
    rows: Callable[[], QuerySet[Row]]
    waiting: Q
    running: Q
    waits_since: str
    # Work that has killed this many workers will kill the next one too.
    most_attempts: int
    taken: Mapping[str, Any] = field(default_factory=dict)
    freed: Mapping[str, Any] = field(default_factory=dict)


def claim(work: Work[Row], pk: uuid.UUID, *, now: Moment = NOW) -> Row | None:
    """Take a row for this worker, in one conditional update; None where it cannot be had.

    It is free while it waits, and when its worker was not heard of for REPORT_STALE_AFTER.
    """
    free = work.waiting | work.running & Q(heartbeat_at__lt=now - settings.REPORT_STALE_AFTER)
    rows = work.rows().filter(free, pk=pk, attempts__lt=work.most_attempts)
    mark = uuid.uuid4()
    changed = {"claim": mark, "heartbeat_at": now, "attempts": F("attempts") + 1, **work.taken}
    return work.rows().filter(pk=pk, claim=mark).first() if rows.update(**changed) else None


def mine(work: Work[Row], row: Row) -> QuerySet[Row]:
    """The row, as long as it is this worker's: what is written, is written through this."""
    held: uuid.UUID = row.claim  # type: ignore[attr-defined]
    return work.rows().filter(work.running, pk=row.pk, claim=held)


def forsaken(work: Work[Row], *, now: Moment = NOW) -> QuerySet[Row]:
    """Rows of which nothing was heard for REPORT_STALE_AFTER.

    Either their message never reached a worker or their worker died.
    """
    before = now - settings.REPORT_STALE_AFTER
    since = work.waits_since
    waits_long = Q(**{f"{since}__isnull": True}) | Q(**{f"{since}__lt": before})
    return work.rows().filter(work.waiting & waits_long | work.running & Q(heartbeat_at__lt=before))


def worn_out(work: Work[Row], *, now: Moment = NOW) -> QuerySet[Row]:
    """Forsaken rows that were tried too often: whoever asks gives them up."""
    return forsaken(work, now=now).filter(attempts__gte=work.most_attempts)


def free_forsaken(work: Work[Row], *, now: Moment = NOW) -> list[uuid.UUID]:
    """Let forsaken rows wait again, as if queued now; return their ids.

    Two sweepers at once free each row once.
    """
    with transaction.atomic():
        rows = forsaken(work, now=now).select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True))
        changed = {"claim": None, work.waits_since: now, **work.freed}
        work.rows().filter(pk__in=ids).update(**changed)
    return ids
