"""Who stands on a register."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, QuerySet

from activities.models import HeadCount, Session
from participants.models import (
    ATTENDED,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    AttendanceRole,
    Participant,
    Registration,
)

if TYPE_CHECKING:
    from hubs.models import Hub
from participants.queries.marks import current_marks, root_of, roots_of

# Who came within this time is expected again, and a register this old is still asked for.
RECENT = dt.timedelta(weeks=4)
# An activity's first register lists the hub's most frequent faces, no more than this.
NEWCOMERS_LISTED = 60
# Nobody can have come earlier than this before a session; the first ones come before it starts.
OPENS_BEFORE_START = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class RegisterRow:
    """One person on a register. `status` is empty where nobody has marked them yet."""

    participant_id: UUID
    name: str
    year_group: int | None
    is_complete: bool
    status: str
    role: str
    marked_at: dt.datetime | None


@dataclass(frozen=True)
class Register:
    """A session's register as it stands: everyone expected and everyone marked.

    Rows are in order of first name, then id, so that marking moves nobody. `saved_at` is when
    the latest of these marks reached the server.
    """

    session: Session
    rows: list[RegisterRow]
    here: int
    not_here: int
    unmarked: int
    saved_at: dt.datetime | None
    head_counts: list[HeadCount]


def opens_at(session: Session) -> dt.datetime:
    """From when it can be recorded who is here."""
    return session.starts_at - OPENS_BEFORE_START


def register_for(session: Session) -> Register:
    """The register of a session, in a fixed number of queries whoever is on it.

    Expected is who is registered at the hub and came to this activity in the four weeks before.
    Where nobody did, the hub's most frequent people of those weeks stand in.
    """
    marks = current_marks(session)
    people = {person.pk: person for person in _expected(session)}
    people |= {root: root_of(mark) for root, mark in marks.items()}
    in_order = sorted(people.values(), key=lambda one: (one.given_name.casefold(), one.pk))
    rows = [_row(person, marks.get(person.pk)) for person in in_order]
    marked = sum(bool(row.status) for row in rows)
    here = sum(row.status in ATTENDED for row in rows)
    return Register(
        session=session,
        rows=rows,
        here=here,
        not_here=marked - here,
        unmarked=len(rows) - marked,
        saved_at=max((_arrival(mark) for mark in marks.values()), default=None),
        head_counts=list(session.head_counts.order_by("group")),
    )


def _arrival(mark: Attendance) -> dt.datetime:
    return mark.operation.received_at if mark.operation else mark.marked_at


def _row(person: Participant, mark: Attendance | None) -> RegisterRow:
    return RegisterRow(
        participant_id=person.pk,
        name=person.register_name,
        year_group=person.year_group,
        is_complete=person.is_complete,
        status=mark.status if mark else "",
        role=mark.role if mark else AttendanceRole.PARTICIPANT,
        marked_at=mark.marked_at if mark else None,
    )


def _expected(session: Session) -> list[Participant]:
    came = Attendance.objects.filter(
        status__in=ATTENDED,
        role__in=YOUNG_PEOPLE_ROLES,
        session__starts_at__gte=session.starts_at - RECENT,
        session__starts_at__lt=session.starts_at,
    )
    hub = session.activity.hub
    regulars = list(_registered(hub, came.filter(session__activity=session.activity_id)))
    if regulars or hub is None:
        return regulars
    at_hub = roots_of(came.filter(session__activity__hub=hub))
    counted = at_hub.annotate(times=Count("pk")).order_by("-times", "root")
    return list(_registered(hub, counted.values("root")[:NEWCOMERS_LISTED], are_roots=True))


def _registered(
    hub: Hub | None, came: QuerySet[Any], *, are_roots: bool = False
) -> QuerySet[Participant]:
    """Root people among those who came who are registered at the hub, if there is one."""
    people = Participant.objects.roots().filter(pk__in=came if are_roots else roots_of(came))
    if hub is None:
        return people
    return people.filter(pk__in=roots_of(Registration.objects.filter(hub=hub)))
