"""What one person came to, counted as reports count it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F

from activities.models import Session, SessionKind
from participants.models import ATTENDED, YOUNG_PEOPLE_ROLES, Attendance, Participant
from participants.queries.records import records_of

SHOWN = 200


@dataclass(frozen=True)
class Visit:
    """A session with the mark that stands; `minutes` is None for who did not come."""

    session: Session
    mark: Attendance
    minutes: int | None
    is_counted: bool


@dataclass(frozen=True)
class RecordAttendance:
    """The newest visits first, at most `SHOWN`, and what all of them come to.

    `attendances` and `hours` are of young people's roles at sessions that were not cancelled,
    training left out: a report whose programme, dates and ages cover them counts the same.
    """

    visits: list[Visit]
    whole: int
    attendances: int
    hours: Decimal
    first_came_at: dt.datetime | None
    last_came_at: dt.datetime | None


def visits_of(person: Participant) -> list[Visit]:
    """Every visit of a root person, under any of their records, the newest first. One query.

    At a session where several records were marked the latest mark stands, as on its register.
    """
    marks = (
        Attendance.objects.filter(participant__in=records_of(person).values("pk"))
        .select_related("session__activity__hub")
        .order_by("marked_at", F("operation_id").asc(nulls_first=True), "pk")
    )
    standing = {mark.session_id: mark for mark in marks}
    visits = [_visit(mark) for mark in standing.values()]
    return sorted(
        visits, key=lambda visit: (visit.session.starts_at, visit.session.pk), reverse=True
    )


def attendance_of(person: Participant) -> RecordAttendance:
    """The attendance of a root person, under any of their records. One query."""
    visits = visits_of(person)
    counted = [visit for visit in visits if visit.is_counted]
    came = [visit.session.starts_at for visit in visits if visit.minutes is not None]
    return RecordAttendance(
        visits=visits[:SHOWN],
        whole=len(visits),
        attendances=len(counted),
        hours=hours_of(sum(visit.minutes or 0 for visit in counted)),
        first_came_at=min(came, default=None),
        last_came_at=max(came, default=None),
    )


def _visit(mark: Attendance) -> Visit:
    session = mark.session
    came = mark.status in ATTENDED
    is_counted = (
        came
        and mark.role in YOUNG_PEOPLE_ROLES
        and not session.is_cancelled
        and session.kind != SessionKind.TRAINING
    )
    return Visit(session, mark, _minutes(mark) if came else None, is_counted)


def _minutes(mark: Attendance) -> int:
    """Minutes attended: between the times that were taken, else the length of the session."""
    session = mark.session
    if mark.arrived_at is None and mark.left_at is None:
        return session.minutes
    over = session.ends_at
    if session.delivered_minutes is not None:
        over = session.starts_at + dt.timedelta(minutes=session.delivered_minutes)
    start = max(mark.arrived_at or session.starts_at, session.starts_at)
    end = min(mark.left_at or over, over)
    minutes = Decimal((end - start).total_seconds()) / 60
    return max(0, int(minutes.quantize(Decimal(1), ROUND_HALF_UP)))


def hours_of(minutes: int) -> Decimal:
    """Minutes as hours, to one decimal."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
