"""The check: every row looked at, every fault written down, nothing brought in."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import jobs
from participants.importing.fields import ATTENDANCE, CONSENTS, PEOPLE
from participants.models import ImportBatch, ImportState
from participants.queries.imports import Judged, examine
from participants.services.errors import RecordError
from participants.services.imports.work import WORK

MOST_FAULTS = 50_000
# How many of the rows about people who are known already are shown.
MOST_KNOWN = 200
TOO_MANY = (
    "There are more than 50,000 faults. The columns are probably not what they are matched to."
)


def check(batch: ImportBatch, tell: Callable[[int], None], now: dt.datetime) -> None:
    """Write down every fault with its row, and what would be made.

    Raises:
        RecordError: there are more faults than anybody could put right.
        UnreadableError: the file is gone, or breaks off.
    """
    faults: list[list[int | str]] = []
    made: Counter[str] = Counter()
    sessions: set[Any] = set()
    known: list[list[int | str]] = []
    for some in examine(batch, now=now, tell=tell):
        for each in some:
            faults += [fault.as_json() for fault in each.said.faults]
            made += what_is_made(batch, each, sessions)
            if each.is_known and each.person and len(known) < MOST_KNOWN:
                known.append([each.said.row, str(each.person)])
        if len(faults) > MOST_FAULTS:
            raise RecordError(TOO_MANY)
    state = ImportState.FAULTY if faults else ImportState.READY
    mine = jobs.mine(WORK, batch)
    if not mine.update(
        state=state,
        faults=faults,
        faults_total=len(faults),
        summary={
            "last_row": batch.summary["last_row"],
            "makes": dict(made),
            "known": known,
        },
        rows_done=batch.rows_total,
        claim=None,
    ):
        raise jobs.ClaimLostError


def what_is_made(batch: ImportBatch, each: Judged, sessions: set[Any]) -> Counter[str]:
    """How many rows of each kind a good row makes; `sessions` holds those made so far."""
    if not each.is_good:
        return Counter()
    if each.is_left_out:
        return Counter({"known" if each.is_known else "empty": 1})
    if batch.kind == PEOPLE:
        return _of_person(each)
    if batch.kind == ATTENDANCE:
        return Counter(marks=1, sessions=_new([each.meeting] if each.meeting else [], sessions))
    met = [meeting for meeting, _ in each.counts]
    return Counter(counts=len(met), sessions=_new(met, sessions))


def _of_person(each: Judged) -> Counter[str]:
    values = each.said.values
    contacts = sum(f"contact_{number}_name" in values for number in (1, 2))
    consents = sum(f"consent_{purpose}" in values for purpose in CONSENTS)
    return Counter(people=1, contacts=contacts, consents=consents)


def _new(met: Iterable[Any], sessions: set[Any]) -> int:
    keys = {meeting.key for meeting in met if meeting.session_id is None} - sessions
    sessions |= keys
    return len(keys)
