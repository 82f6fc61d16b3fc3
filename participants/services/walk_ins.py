"""People who came unannounced: typed on the page, or written down on a device and sealed."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session, london_today
from participants.models import (
    CLEARED,
    Attendance,
    MarkOperation,
    MarkStatus,
    Participant,
    Registration,
    SealedWalkIn,
)
from participants.queries.marks import current_marks
from participants.sealing import SealError, open_sealed
from participants.services.deadlines import complete_by
from participants.services.errors import RegisterError
from participants.services.held import release_once_known
from participants.services.judging import Sender, moment_of
from participants.services.lock import check_open, lock
from participants.services.marks import MarkInput, Outcome, record_marks

OLDEST_YEAR = 14
LONGEST_NAME = 80
# What the mark of a walk-in says it was made with, where it was typed on the page.
ON_THE_PAGE = "walk-in"


@dataclass(frozen=True)
class WalkInDetails:
    """What is asked of somebody who came unannounced; the year is None where nobody knows it."""

    given_name: str
    family_name: str
    year_group: int | None


@dataclass(frozen=True)
class WalkInInput:
    """A walk-in as a device wrote it down: `id` is the person's, `sealed` an envelope."""

    id: UUID
    at: dt.datetime
    sealed: Mapping[str, str]
    device: str = ""
    clock_offset: int | None = None


class OtherDetailsError(RegisterError):
    """The id belongs to somebody else. Nothing is said about whom."""

    def __init__(self) -> None:
        super().__init__("This walk-in was already sent with other details.")


@transaction.atomic
def add_walk_in(
    *,
    session: Session,
    participant_id: UUID,
    given_name: str,
    family_name: str = "",
    year_group: int | None,
    by: User,
    now: dt.datetime,
) -> Participant:
    """Add somebody who came unannounced: an incomplete record at the hub, marked present.

    Sent again with the same id it returns the same person. A citywide session has no hub: the
    person is then on this register only.

    Raises:
        PermissionDenied: the user may not keep this register.
        SessionCancelledError: nobody can have come.
        TooEarlyError: nobody can have come yet.
        OtherDetailsError: the id belongs to somebody else.
    """
    session = lock(session, by)
    details = WalkInDetails(given_name, family_name, year_group)
    known = Participant.objects.filter(pk=participant_id).first()
    if known is not None:
        _check_same(known, session, details)
        return known
    check_open(session, now)
    person = _create(session, participant_id, details, by, now)
    if person is None:
        raise OtherDetailsError
    mark = _mark_of(session, participant_id, now, ON_THE_PAGE)
    record_marks(session=session, operations=[mark], by=by, now=now)
    release_once_known([person.pk])
    return person


def mark_id(person_id: UUID, session: Session) -> UUID:
    """The id of the mark that a walk-in comes with, the same however often it is sent."""
    return uuid.uuid5(person_id, str(session.pk))


def _mark_of(
    session: Session, person_id: UUID, at: dt.datetime, device: str, offset: int | None = None
) -> MarkInput:
    return MarkInput(
        id=mark_id(person_id, session),
        participant_id=person_id,
        status=MarkStatus.PRESENT.value,
        at=at,
        device=device,
        clock_offset=offset,
    )


def _came_as_walk_in(person_id: UUID, session: Session) -> bool:
    marks = MarkOperation.objects.filter(pk=mark_id(person_id, session), session=session)
    return marks.filter(person_id=person_id).exists()


def _kept_mark(person_id: UUID, session: Session) -> MarkInput:
    """The mark that a walk-in came with, as it is kept, so that it is known.

    The page may have sent it first, at a time of its own, before the connection went. Raises
    OtherDetailsError where the person came otherwise.
    """
    if not _came_as_walk_in(person_id, session):
        raise OtherDetailsError
    kept = MarkOperation.objects.get(pk=mark_id(person_id, session))
    return _mark_of(session, person_id, kept.marked_at, kept.device, kept.clock_offset)


def _check_same(person: Participant, session: Session, details: WalkInDetails) -> None:
    """Refuse an id that was not this walk-in of this session, without a word about whose it is."""
    same = all(getattr(person, field) == value for field, value in asdict(details).items())
    if not same or not _came_as_walk_in(person.pk, session):
        raise OtherDetailsError


def _create(
    session: Session, person_id: UUID, details: WalkInDetails, by: User, at: dt.datetime
) -> Participant | None:
    """The new person; None where another session, whose row is another, took the id meanwhile."""
    facts = asdict(details) | {
        "is_complete": False,
        "complete_by": complete_by(london_today(at)),
        "created_at": at,
    }
    person, is_new = Participant.objects.get_or_create(pk=person_id, defaults=facts)
    if not is_new:
        return None
    hub = session.activity.hub
    if hub is not None:
        Registration.objects.create(participant=person, hub=hub, registered_at=at)
    record_audit(by=by, kind=AuditKind.PARTICIPANT_CREATED, about=person)
    return person


def unseal_walk_in(
    *, session: Session, walk_in: WalkInInput, sender: Sender, now: dt.datetime
) -> MarkInput:
    """Add the person of a sealed walk-in, unless they are there; returns their mark to record.

    The caller holds the session's row and has checked the taker's right. One that cannot be
    opened is kept as it is, for people to look at.

    Raises:
        SealError: it cannot be opened, or says too little; it is kept.
        OtherDetailsError: the id belongs to somebody else.
    """
    if Participant.objects.filter(pk=walk_in.id).exists():
        return _kept_mark(walk_in.id, session)
    try:
        details = read_details(open_sealed(walk_in.sealed, bound_to(session, walk_in.id)))
    except SealError as error:
        SealedWalkIn.objects.get_or_create(
            pk=walk_in.id,
            defaults={
                "session": session,
                "sealed": dict(walk_in.sealed),
                "problem": str(error),
                "marked_at": walk_in.at,
                "device": walk_in.device,
                "taken_by": sender.taker,
                "sent_by": sender.other_hand,
                "received_at": now,
            },
        )
        raise
    SealedWalkIn.objects.filter(pk=walk_in.id, session=session).delete()
    at = min(moment_of(walk_in.at, session, now), now)
    if not _create(session, walk_in.id, details, sender.taker, at):
        raise OtherDetailsError
    return _mark_of(session, walk_in.id, walk_in.at, walk_in.device, walk_in.clock_offset)


def bound_to(session: Session, person_id: UUID) -> str:
    """What a walk-in's envelope is bound to, so that it opens nowhere else."""
    return f"{session.pk}/{person_id}"


def read_details(plain: bytes) -> WalkInDetails:
    """Read what a device sealed. Raises SealError where it is not a walk-in with a first name."""
    try:
        content = json.loads(plain)
        details = WalkInDetails(
            given_name=_name(content["given_name"]),
            family_name=_name(content.get("family_name", "")),
            year_group=_year(content.get("year_group")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SealError("What is inside is not a walk-in.") from None
    if not details.given_name:
        raise SealError("It says no first name.")
    return details


def _name(value: Any) -> str:
    # Half of a pair, as of an emoji that was cut, is no letter, and the database takes no NUL.
    name = " ".join(value.split()).encode(errors="ignore").decode().replace("\0", "")
    if len(name) > LONGEST_NAME:
        raise ValueError
    return name


def _year(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= OLDEST_YEAR:
        raise ValueError
    return value


@transaction.atomic
def remove_walk_in(*, session: Session, participant_id: UUID, by: User, now: dt.datetime) -> None:
    """Take somebody off a register who was added by mistake.

    Their mark is taken back. An incomplete record that came to nothing else leaves the hub too,
    so that nobody finds it again.

    Raises:
        PermissionDenied: the user may not keep this register.
        RegisterError: they did not come as a walk-in, or their record is complete by now.
    """
    session = lock(session, by)
    person = Participant.objects.filter(pk=participant_id, is_complete=False).first()
    if person is None or not _came_as_walk_in(participant_id, session):
        raise RegisterError("Only a walk-in whose details are not complete can be taken off.")
    standing = current_marks(session).get(person.merged_into_id or person.pk)
    if standing is not None:
        at = max(now, standing.marked_at + dt.timedelta(microseconds=1))
        off = MarkInput(uuid.uuid4(), person.pk, CLEARED, at, device=ON_THE_PAGE)
        record_marks(session=session, operations=[off], by=by, now=max(now, at))
    if not Attendance.objects.filter(participant=person).exists():
        Registration.objects.filter(participant=person).delete()
    record_audit(by=by, kind=AuditKind.WALK_IN_REMOVED, about=person)


@transaction.atomic
def recognise_walk_in(
    *, session: Session, participant_id: UUID, known_id: UUID, by: User, now: dt.datetime
) -> None:
    """Put somebody the hub knows in a walk-in's place: it was them all along.

    The walk-in's mark becomes theirs with role and times, unless they are marked already, and the
    walk-in is taken off. Done again it changes nothing.

    Raises:
        PermissionDenied: the user may not keep this register.
        RegisterError: it is no walk-in whose details are incomplete, or nobody known is meant.
    """
    session = lock(session, by)
    marks = current_marks(session)
    standing = marks.get(participant_id)
    if standing is not None and known_id not in marks:
        mark = replace(
            _mark_of(session, known_id, max(now, standing.marked_at), ON_THE_PAGE),
            id=uuid.uuid5(participant_id, f"{session.pk}/{known_id}"),
            status=standing.status,
            role=standing.role,
            arrived_at=standing.arrived_at,
            left_at=standing.left_at,
        )
        result = record_marks(session=session, operations=[mark], by=by, now=now)[0]
        if result.outcome is not Outcome.APPLIED:
            raise RegisterError(result.reason)
    remove_walk_in(session=session, participant_id=participant_id, by=by, now=now)
