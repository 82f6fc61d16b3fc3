"""Everything that a device did to one register while it was away, kept in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from activities.models import Session
from participants.access import recording_rights
from participants.sealing import SealError
from participants.services.held import release_once_known
from participants.services.judging import (
    NOT_YOURS,
    WHY_NOT_TAKEN,
    Sender,
    Window,
    doubted,
    had_right,
)
from participants.services.lock import hold
from participants.services.marks import MarkInput, MarkResult, Outcome, keep_marks
from participants.services.register import ClosingInput, CountInput, keep_closing, keep_count
from participants.services.walk_ins import (
    OtherDetailsError,
    WalkInInput,
    unseal_walk_in,
)

Input = TypeVar("Input", WalkInInput, ClosingInput, CountInput)


@dataclass(frozen=True)
class Batch:
    """Operations of one taker on one register, each list in any order."""

    marks: Sequence[MarkInput] = ()
    walk_ins: Sequence[WalkInInput] = ()
    closings: Sequence[ClosingInput] = ()
    counts: Sequence[CountInput] = ()


@dataclass(frozen=True)
class _Receiving:
    """One batch on its way in; the session's row is held."""

    session: Session
    sender: Sender
    now: dt.datetime

    def each(self, items: Sequence[Input], keep: Callable[[Input], MarkResult]) -> list[MarkResult]:
        """Keep what the taker had the right to do then; refuse the rest."""
        return [
            keep(item)
            if had_right(item.at, self.session, self.sender, self.now)
            else MarkResult(item.id, Outcome.REFUSED, NOT_YOURS)
            for item in items
        ]

    def refusal(self, at: dt.datetime) -> str:
        """Why something that cannot wait is not taken, in words; empty where its time is sound."""
        doubt = doubted(at, self.session, self.sender, self.now)
        return WHY_NOT_TAKEN[doubt] if doubt else ""


@transaction.atomic
def receive(
    *,
    session: Session,
    batch: Batch,
    by: User,
    now: dt.datetime,
    sent_by: User | None = None,
    window: Window | None = None,
) -> list[MarkResult]:
    """Keep a batch in one transaction: what became of marks, walk-ins, closings and counts.

    One result for each, in this order. Walk-ins are added first, so that marks of people who came
    with them apply at once. `by` took them, `sent_by` delivers them, `window` is when they can
    have been taken under the taker's pass.

    Raises:
        PermissionDenied: the taker never kept a register of this hub.
    """
    rights = recording_rights([by.pk])[by.pk]
    if not rights.ever_held(session.activity.hub_id):
        raise PermissionDenied
    receiving = _Receiving(hold(session), Sender(by, rights, sent_by, window), now)
    came: dict[UUID, MarkInput] = {}
    walk_ins = receiving.each(batch.walk_ins, lambda item: _add(receiving, item, came))
    operations = [*came.values(), *batch.marks]
    recorded = keep_marks(receiving.session, operations, receiving.sender, now)
    release_once_known(list(came))
    of_walk_ins = dict(zip(came, recorded, strict=False))
    return [
        *recorded[len(came) :],
        *(_as_marked(result, of_walk_ins) for result in walk_ins),
        *receiving.each(batch.closings, lambda item: _close(receiving, item)),
        *receiving.each(batch.counts, lambda item: _count(receiving, item)),
    ]


def _add(receiving: _Receiving, walk_in: WalkInInput, came: dict[UUID, MarkInput]) -> MarkResult:
    """Add the person of a walk-in; their mark goes into `came`, to be recorded with the others."""
    try:
        came[walk_in.id] = unseal_walk_in(
            session=receiving.session,
            walk_in=walk_in,
            sender=receiving.sender,
            now=receiving.now,
        )
    except SealError as error:
        return MarkResult(walk_in.id, Outcome.HELD, f"{error} It is kept.", "sealed")
    except OtherDetailsError as error:
        return MarkResult(walk_in.id, Outcome.REFUSED, str(error))
    return MarkResult(walk_in.id, Outcome.APPLIED)


def _as_marked(result: MarkResult, marked: Mapping[UUID, MarkResult]) -> MarkResult:
    """What became of a walk-in that was added is what became of its mark."""
    mark = marked.get(result.id)
    if mark is None or result.outcome is not Outcome.APPLIED:
        return result
    return replace(mark, id=result.id)


def _close(receiving: _Receiving, closing: ClosingInput) -> MarkResult:
    """A device that runs ahead closed it now at the latest."""
    if reason := receiving.refusal(min(closing.at, receiving.now)):
        return MarkResult(closing.id, Outcome.REFUSED, reason)
    return keep_closing(
        session=receiving.session,
        closing=closing,
        sender=receiving.sender,
        now=receiving.now,
    )


def _count(receiving: _Receiving, count: CountInput) -> MarkResult:
    """A count of a time to come would stand for ever: the latest does."""
    if reason := receiving.refusal(count.at):
        return MarkResult(count.id, Outcome.REFUSED, reason)
    return keep_count(
        session=receiving.session, count=count, by=receiving.sender.taker, now=receiving.now
    )
