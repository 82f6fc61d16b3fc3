"""Registers on paper: printing one, and typing it in again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import CountMethod, HeadCountGroup, Session
from participants.access import can_record, recording_rights
from participants.models import ATTENDED, MarkStatus, PrintedRegister, PrintedRow
from participants.paper.codes import new_sheet_code
from participants.paper.typed import Times, TypedSheet
from participants.queries.paper import (
    Bearing,
    Plan,
    PlanLine,
    PlanWalkIn,
    Standing,
    plan_for,
    standing_marks,
)
from participants.queries.register import register_for
from participants.services.errors import RegisterError, SessionCancelledError
from participants.services.lock import check_open, lock
from participants.services.marks import MarkInput, MarkResult, Outcome, record_marks
from participants.services.register import close_register, record_head_count
from participants.services.walk_ins import add_walk_in

# A walk-in who is none of the people it may be.
SOMEBODY_NEW = "new"
_STEP = dt.timedelta(microseconds=1)


class NotChosenError(RegisterError):
    """Sheet and register differ where nobody has chosen yet."""

    def __init__(self) -> None:
        super().__init__("Nothing is saved yet: choose where the sheet and the register differ.")


@dataclass(frozen=True)
class KeyedBack:
    """What came of a sheet: marks saved and left as they were, walk-ins, and why not, in words."""

    saved: int
    unchanged: int
    walk_ins: int
    problems: list[str]


@transaction.atomic
def print_register(
    *, session: Session, is_large: bool, by: User, now: dt.datetime
) -> PrintedRegister:
    """Make a sheet of the register as it stands: later changes leave its numbers alone.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: there is no register to take.
    """
    if not can_record(by, session):
        raise PermissionDenied
    if session.is_cancelled:
        raise SessionCancelledError
    sheet = PrintedRegister.objects.create(
        session=session, code=_unused_code(), is_large=is_large, printed_by=by, printed_at=now
    )
    PrintedRow.objects.bulk_create(
        PrintedRow(sheet=sheet, number=number, participant_id=row.participant_id)
        for number, row in enumerate(register_for(session).rows, start=1)
    )
    record_audit(by=by, kind=AuditKind.REGISTER_PRINTED, about=session)
    return sheet


def _unused_code() -> str:
    code = new_sheet_code()
    while PrintedRegister.objects.filter(code=code).exists():
        code = new_sheet_code()
    return code


@transaction.atomic
def key_back(
    *,
    sheet: PrintedRegister,
    typed: TypedSheet,
    choices: Mapping[str, str],
    by: User,
    now: dt.datetime,
) -> KeyedBack:
    """Keep what a sheet says; typed in twice it is known, and nothing changes.

    Paper was marked at the session: its marks are of the session's start, so that any mark of a
    device made later stands, whichever arrives first. Where another mark stands already, `choices`
    (by `PlanLine.field_name`) says which counts; a sheet that is chosen counts from now.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: nobody can have come.
        TooEarlyError: nobody can have come yet.
        NotChosenError: a choice is missing, or the mark that it was about no longer stands.
    """
    session = lock(sheet.session, by)
    check_open(session, now)
    plan = plan_for(sheet, typed)
    if not is_decided(plan, choices):
        raise NotChosenError
    operations = [
        *_operations(sheet, plan, choices, by, now),
        *_of_known_walk_ins(sheet, plan.walk_ins, choices, now),
    ]
    results = record_marks(session=session, operations=operations, by=by, now=now)
    new = _add_walk_ins(session, plan.walk_ins, choices, by, now)
    _say_of_the_whole(session, typed, by, now)
    return _told(plan, results, new)


def is_decided(plan: Plan, choices: Mapping[str, str]) -> bool:
    """Whether every difference was chosen about, and every walk-in is somebody."""
    chosen = all(_is_chosen(line, choices) for line in plan.conflicts)
    return chosen and all(_who(walk_in, choices) for walk_in in plan.walk_ins)


def _is_chosen(line: PlanLine, choices: Mapping[str, str]) -> bool:
    """Whether somebody chose about the very mark that stands."""
    standing = line.standing
    sent = choices.get(line.field_name, "")
    return standing is not None and sent in {standing.keep, standing.use_sheet}


def _who(walk_in: PlanWalkIn, choices: Mapping[str, str]) -> str:
    """Somebody new, or the id of one of the people it may be; empty where nobody has said."""
    if not walk_in.matches:
        return SOMEBODY_NEW
    sent = choices.get(walk_in.field_name, "")
    return sent if sent in {SOMEBODY_NEW, *(str(match.pk) for match in walk_in.matches)} else ""


def _operations(
    sheet: PrintedRegister, plan: Plan, choices: Mapping[str, str], by: User, now: dt.datetime
) -> Iterable[MarkInput]:
    at = _marked_at(sheet.session, by, now)
    for line in plan.lines:
        standing = line.standing
        if standing is None:
            yield _operation(sheet, line, at)
        elif line.bearing == Bearing.ADDS_TIMES:
            yield _operation(sheet, line, standing.marked_at + _STEP)
        elif choices.get(line.field_name) == standing.use_sheet:
            yield _operation(sheet, line, max(now, standing.marked_at + _STEP))


def _operation(sheet: PrintedRegister, line: PlanLine, at: dt.datetime) -> MarkInput:
    return MarkInput(
        id=_operation_id(sheet, line.number, line.status, line.times, line.standing),
        participant_id=line.participant_id,
        status=line.status,
        at=at,
        role=line.role,
        device=f"paper:{sheet.code}",
        arrived_at=line.times.arrived_at,
        left_at=line.times.left_at,
    )


def _operation_id(
    sheet: PrintedRegister, number: int | str, status: str, times: Times, after: Standing | None
) -> UUID:
    """The same for the same line of the same sheet, as long as it follows the same mark."""
    version = after.version if after else ""
    return uuid.uuid5(sheet.pk, f"{number}:{status}:{times.arrived_at}:{times.left_at}:{version}")


def _marked_at(session: Session, by: User, now: dt.datetime) -> dt.datetime:
    """The session's start, or since when whoever types works at the hub, if that is later."""
    rights, hub_id = recording_rights([by.pk])[by.pk], session.activity.hub_id
    begun = [span.start for span in rights.hubs.get(hub_id or 0, [])]
    moments = sorted(min(now, max(session.starts_at, start)) for start in begun)
    return next((at for at in moments if rights.held(hub_id, at)), min(now, session.starts_at))


def _of_known_walk_ins(
    sheet: PrintedRegister,
    walk_ins: Iterable[PlanWalkIn],
    choices: Mapping[str, str],
    now: dt.datetime,
) -> Iterable[MarkInput]:
    """Marks of walk-ins whom the hub knows: they came, and stand on no line of the sheet."""
    known = {
        UUID(who): walk_in.number
        for walk_in in walk_ins
        if (who := _who(walk_in, choices)) != SOMEBODY_NEW
    }
    marks = standing_marks(sheet.session, set(known))
    for person, number in known.items():
        standing = marks.get(person)
        if standing is None or standing.status not in ATTENDED:
            yield MarkInput(
                id=_operation_id(sheet, f"walk-in-{number}:{person}", "", Times(), standing),
                participant_id=person,
                status=MarkStatus.PRESENT.value,
                at=max(now, standing.marked_at + _STEP) if standing else now,
                device=f"paper:{sheet.code}",
            )


def _add_walk_ins(
    session: Session,
    walk_ins: Iterable[PlanWalkIn],
    choices: Mapping[str, str],
    by: User,
    now: dt.datetime,
) -> int:
    new = [each for each in walk_ins if not each.is_known and _who(each, choices) == SOMEBODY_NEW]
    for walk_in in new:
        add_walk_in(
            session=session,
            participant_id=walk_in.participant_id,
            given_name=walk_in.given_name,
            year_group=walk_in.year_group,
            by=by,
            now=now,
        )
    return len(new)


def _say_of_the_whole(session: Session, typed: TypedSheet, by: User, now: dt.datetime) -> None:
    if typed.people is not None:
        record_head_count(
            session=session,
            group=HeadCountGroup.YOUNG_PEOPLE,
            people=typed.people,
            method=CountMethod(typed.method),
            by=by,
            now=now,
        )
    if typed.is_whole:
        close_register(session=session, by=by, now=now)


def _told(plan: Plan, results: list[MarkResult], walk_ins: int) -> KeyedBack:
    saved = sum(result.outcome is Outcome.APPLIED for result in results)
    problems = {result.reason for result in results if result.reason}
    return KeyedBack(saved, len(plan.lines) - saved, walk_ins, sorted(problems))
