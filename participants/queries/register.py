"""Who stands on a register, and how it stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, JSONObject

from activities.models import CountMethod, HeadCount, HeadCountGroup, Session, SessionQuerySet
from participants.models import (
    ATTENDED,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    AttendanceRole,
    MarkOperation,
    Participant,
    RegisterAction,
    RegisterEvent,
    Registration,
    SealedWalkIn,
)
from participants.queries.bookings import Booked, booked_people
from participants.queries.care_signs import (
    NO_SIGNS,
    RECENT,
    REGULAR,
    REGULAR_TIMES,
    Signs,
    signs_of,
)
from participants.queries.marks import current_marks, root_of, roots_of

if TYPE_CHECKING:
    from hubs.models import Hub

# An activity's first register lists the hub's most frequent faces, no more than this.
NEWCOMERS_LISTED = 60
# Nobody can have come earlier than this before a session; the first ones come before it starts.
OPENS_BEFORE_START = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class RegisterRow:
    """One person on a register. `status` is empty where nobody has marked them yet.

    `booking` is "booked", "waiting" or empty; `is_walk_in` tells who came unannounced and is new
    here, so that they may be taken off again. The signs say that there is a care note, or somebody
    who must not collect; they are there where they were asked for only, and never on a device.
    Another sign beside the name (of consent) is one more field here and a line of `_row.html`.
    """

    participant_id: UUID
    name: str
    year_group: int | None
    is_complete: bool
    status: str
    role: str
    marked_at: dt.datetime | None
    arrived_at: dt.datetime | None = None
    left_at: dt.datetime | None = None
    booking: str = ""
    is_walk_in: bool = False
    signs: Signs = NO_SIGNS

    @property
    def role_label(self) -> str:
        return str(AttendanceRole(self.role).label)


# A row of nobody, from which pages make rows of people they learn of later.
BLANK_ROW = RegisterRow(
    participant_id=UUID(int=0),
    name="",
    year_group=None,
    is_complete=True,
    status="",
    role=AttendanceRole.PARTICIPANT,
    marked_at=None,
)


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


@dataclass(frozen=True)
class CountedGroup:
    """How many of a group were there without names, and how sure that is, in words."""

    group: str
    people: int
    method: str


def opens_at(session: Session) -> dt.datetime:
    """From when it can be recorded who is here."""
    return session.starts_at - OPENS_BEFORE_START


def with_register_state(sessions: SessionQuerySet) -> SessionQuerySet:
    """Sessions with what a register's page says of the whole, in the query that finds them.

    `head_counts_json` (see `counted_groups`), `closed_by_name` of the latest closing, and how
    many `held_marks` and `held_walk_ins` there are.
    """
    closings = RegisterEvent.objects.filter(session=OuterRef("pk"), action=RegisterAction.CLOSED)
    counts = HeadCount.objects.filter(session=OuterRef("pk")).order_by("group")
    return sessions.select_related("activity__hub").annotate(
        head_counts_json=ArraySubquery(
            counts.values(json=JSONObject(group="group", people="people", method="method"))
        ),
        closed_by_name=Subquery(closings.order_by("-at", "-pk").values("done_by__name")[:1]),
        held_marks=_number(MarkOperation.objects.held()),
        held_walk_ins=_number(SealedWalkIn.objects.all()),
    )


def counted_groups(session: Session) -> list[CountedGroup]:
    """The head-counts of a session that came `with_register_state`."""
    return [
        CountedGroup(
            group=str(HeadCountGroup(count["group"]).label),
            people=count["people"],
            method=str(CountMethod(count["method"]).label).lower(),
        )
        for count in session.head_counts_json  # type: ignore[attr-defined]
    ]


def register_for(session: Session, *, with_signs: bool = False) -> Register:
    """The register of a session, in a fixed number of queries whoever is on it.

    With signs beside names it is one query more.

    Expected is who has booked, who is registered at the hub and was marked at this activity in
    the four weeks before (also as absent: they are expected still), and its regulars of the
    twelve weeks before. Where nobody is, the hub's most frequent people of the four weeks stand
    in. Whoever is expected has the role they had the last time.
    """
    marks = current_marks(session)
    booked = booked_people(session) if session.places is not None else {}
    people = {person.pk: person for person in _expected(session)}
    roles = {pk: person.last_role for pk, person in people.items()}  # type: ignore[attr-defined]
    people |= {root: person.participant for root, person in booked.items()}
    people |= {root: root_of(mark) for root, mark in marks.items()}
    in_order = sorted(people.values(), key=lambda one: (one.given_name.casefold(), one.pk))
    opening = opens_at(session)
    rows = [
        _row(person, marks.get(person.pk), roles.get(person.pk), booked.get(person.pk), opening)
        for person in in_order
    ]
    if with_signs:
        signs = signs_of(people)
        rows = [replace(row, signs=signs.get(row.participant_id, NO_SIGNS)) for row in rows]
    return _register(session, rows, list(marks.values()))


def _register(session: Session, rows: list[RegisterRow], marks: list[Attendance]) -> Register:
    marked = sum(bool(row.status) for row in rows)
    here = sum(row.status in ATTENDED for row in rows)
    return Register(
        session=session,
        rows=rows,
        here=here,
        not_here=marked - here,
        unmarked=len(rows) - marked,
        saved_at=max((_arrival(mark) for mark in marks), default=None),
    )


def _arrival(mark: Attendance) -> dt.datetime:
    return mark.operation.received_at if mark.operation else mark.marked_at


def _row(
    person: Participant,
    mark: Attendance | None,
    role: str | None,
    booked: Booked | None,
    opening: dt.datetime,
) -> RegisterRow:
    """A row; `role` is that of the last time, which counts until somebody marks them."""
    return RegisterRow(
        participant_id=person.pk,
        name=person.register_name,
        year_group=person.year_group,
        is_complete=person.is_complete,
        status=mark.status if mark else "",
        role=mark.role if mark else role or AttendanceRole.PARTICIPANT,
        marked_at=mark.marked_at if mark else None,
        arrived_at=mark.arrived_at if mark else None,
        left_at=mark.left_at if mark else None,
        booking=_booking(booked),
        is_walk_in=mark is not None and not person.is_complete and person.created_at >= opening,
    )


def _booking(booked: Booked | None) -> str:
    if booked is None:
        return ""
    return "booked" if booked.has_place else "waiting"


def _number(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows a session has."""
    counted = rows.filter(session=OuterRef("pk")).order_by().values("session")
    return Coalesce(Subquery(counted.annotate(number=Count("pk")).values("number")), 0)


def _expected(session: Session) -> list[Participant]:
    """People expected without a booking, each with `last_role`."""
    came = Attendance.objects.filter(
        role__in=YOUNG_PEOPLE_ROLES,
        session__starts_at__gte=session.starts_at - REGULAR,
        session__starts_at__lt=session.starts_at,
    )
    hub = session.activity.hub
    here = came.filter(session__activity=session.activity_id)
    regulars = list(_people(hub, here, _regular(session, here)))
    # A session that has to be booked expects those who did.
    if regulars or hub is None or session.places is not None:
        return regulars
    at_hub = came.filter(session__activity__hub=hub)
    return list(_people(hub, at_hub, _frequent(session, at_hub)))


def _regular(session: Session, came: QuerySet[Attendance]) -> QuerySet[Any]:
    counted = roots_of(came).annotate(
        times=Count("pk", filter=Q(status__in=ATTENDED)), latest=Max("session__starts_at")
    )
    is_recent = Q(latest__gte=session.starts_at - RECENT)
    return counted.filter(is_recent | Q(times__gte=REGULAR_TIMES)).values("root")


def _frequent(session: Session, came: QuerySet[Attendance]) -> QuerySet[Any]:
    recent = came.filter(session__starts_at__gte=session.starts_at - RECENT, status__in=ATTENDED)
    counted = roots_of(recent).annotate(times=Count("pk")).order_by("-times", "root")
    return counted.values("root")[:NEWCOMERS_LISTED]


def _people(
    hub: Hub | None, came: QuerySet[Attendance], roots: QuerySet[Any]
) -> QuerySet[Participant]:
    """Root people of these ids who are registered at the hub, if there is one."""
    records = Participant.objects.filter(
        Q(pk=OuterRef(OuterRef("pk"))) | Q(merged_into=OuterRef(OuterRef("pk")))
    )
    last = came.filter(participant__in=records.values("pk")).order_by("-session__starts_at", "-pk")
    people = Participant.objects.roots().filter(pk__in=roots)
    people = people.annotate(last_role=Subquery(last.values("role")[:1]))
    if hub is None:
        return people
    return people.filter(pk__in=roots_of(Registration.objects.filter(hub=hub)))
