"""Reads: who stands on a register, who may be added to it, and a coordinator's day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from activities.models import HeadCount, Session, london_today
from activities.queries.planning import with_first_timers
from participants.models import (
    ATTENDED,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    AttendanceRole,
    MarkOperation,
    Participant,
    Registration,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from hubs.models import Hub

# Who came within this time is expected again, and a register this old is still asked for.
RECENT = dt.timedelta(weeks=4)
# An activity's first register lists the hub's most frequent faces, no more than this.
NEWCOMERS_LISTED = 60
# Nobody can have come earlier than this before a session; the first ones come before it starts.
OPENS_BEFORE_START = dt.timedelta(minutes=30)
SEARCH_RESULTS = 20
MISSING_LISTED = 30
# Today looks this far ahead for the next session.
LOOK_AHEAD = dt.timedelta(days=7)


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


def roots_of(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The root people of attendances, operations or registrations, as ids."""
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    return rows.annotate(root=root).values("root")


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
    people |= {root: _root(mark) for root, mark in marks.items()}
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


def current_marks(session: Session) -> dict[UUID, Attendance]:
    """By root person the mark that stands: of several records' marks the latest.

    Of equal times a mark made here goes before one that came in bulk, then the greater id goes
    before the lesser. Reports choose the same.
    """
    attendances = (
        Attendance.objects.filter(session=session)
        .select_related("participant__merged_into", "operation")
        .order_by("marked_at", F("operation_id").asc(nulls_first=True), "pk")
    )
    return {_root(attendance).pk: attendance for attendance in attendances}


def _root(attendance: Attendance) -> Participant:
    return attendance.participant.merged_into or attendance.participant


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


def latest_operations(session: Session, roots: Iterable[UUID]) -> dict[UUID, MarkOperation]:
    """By root person the operation that stands: the latest time, then the greater id."""
    root = Coalesce(F("participant__merged_into_id"), F("participant_id"))
    operations = (
        MarkOperation.objects.filter(session=session)
        .annotate(root=root)
        .filter(root__in=list(roots))
        .order_by("root", "-marked_at", "-pk")
        .distinct("root")
        .select_related("participant")
    )
    return {row.participant.merged_into_id or row.participant_id: row for row in operations}


def people_named(user: User | AnonymousUser, name: str) -> list[Participant]:
    """People at the user's hubs whose name begins so, as a register shows it, at most twenty.

    Either a first name, or a first name and the beginning of the last: "Am", "Amber E".

    A person is at a hub with any of the records merged into one. Each has `last_came_at` and
    `last_came_to`, of the user's hubs, to tell namesakes apart.
    """
    name = " ".join(name.split())
    if not name:
        return []
    first, _, last = name.rpartition(" ")
    begins = Q(given_name__istartswith=name)
    if first:
        begins |= Q(given_name__iexact=first, family_name__istartswith=last)
    records = Participant.objects.visible_to(user)
    people = Participant.objects.roots().filter(
        begins, Q(pk__in=records.values("pk")) | Q(pk__in=records.values("merged_into"))
    )
    people = people.order_by("given_name", "family_name", "pk")[:SEARCH_RESULTS]
    return list(_with_last_visit(people, Session.objects.visible_to(user)))


def possible_matches(
    session: Session, *, participant_id: UUID, given_name: str, year_group: int | None
) -> list[Participant]:
    """People of the session's hub who may be the walk-in: same first name, about the same age.

    Coordinators guess: a school year more or less is the same, and one that is not known, on
    either side, rules nobody out. None where the walk-in
    itself is there already: it is being sent again. Each has `last_came_at` and `last_came_to`,
    of this hub.
    """
    if Participant.objects.filter(pk=participant_id).exists():
        return []
    people = Participant.objects.roots().filter(
        given_name__iexact=given_name,
        pk__in=roots_of(Registration.objects.filter(hub=session.activity.hub_id)),
    )
    if year_group is not None:
        near = Q(year_group__range=(year_group - 1, year_group + 1))
        people = people.filter(near | Q(year_group__isnull=True))
    at_hub = Session.objects.filter(activity__hub=session.activity.hub_id)
    people = people.order_by("family_name", "pk")[:SEARCH_RESULTS]
    return list(_with_last_visit(people, at_hub))


def _with_last_visit(
    people: QuerySet[Participant], sessions: QuerySet[Session]
) -> QuerySet[Participant]:
    """Annotate root people with the latest of these sessions they came to: its start and title."""
    root = OuterRef(OuterRef("pk"))
    records = Participant.objects.filter(Q(pk=root) | Q(merged_into=root))
    last = Attendance.objects.filter(
        participant__in=records.values("pk"), status__in=ATTENDED, session__in=sessions.values("pk")
    ).order_by("-session__starts_at", "session")
    return people.annotate(
        last_came_at=Subquery(last.values("session__starts_at")[:1]),
        last_came_to=Subquery(last.values("session__activity__title")[:1]),
    )


@dataclass(frozen=True)
class Today:
    """A coordinator's day.

    `next` are the coming sessions of one London date; `missing` the oldest of the registers
    still missing of the past four weeks, of which there are `missing_count`; `older_count` is
    how many are missing from before.
    """

    now: list[Session]
    next: list[Session]
    next_on: dt.date | None
    is_next_today: bool
    missing: list[Session]
    missing_count: int
    older_count: int

    @property
    def has_more_missing(self) -> bool:
        return self.missing_count > len(self.missing)


def today_for(user: User | AnonymousUser, now: dt.datetime) -> Today:
    """What the user's hubs have on at a moment. Three queries, whatever there is.

    Sessions on now and next come with `first_timers`.
    """
    sessions = with_first_timers(Session.objects.visible_to(user).for_listing())
    ahead = sessions.not_over(now).filter(cancelled_at__isnull=True, starts_at__lt=now + LOOK_AHEAD)
    coming = list(ahead)
    later = [session for session in coming if session.starts_at > now]
    next_on = later[0].local_date if later else None
    missing = missing_registers(user, now)
    is_recent = Q(starts_at__gte=now - RECENT)
    counts = missing.aggregate(
        recent=Count("pk", filter=is_recent), older=Count("pk", filter=~is_recent)
    )
    return Today(
        now=[session for session in coming if session.starts_at <= now],
        next=[session for session in later if session.local_date == next_on],
        next_on=next_on,
        is_next_today=next_on == london_today(now),
        missing=list(missing.filter(is_recent)[:MISSING_LISTED]),
        missing_count=counts["recent"],
        older_count=counts["older"],
    )


def missing_registers(user: User | AnonymousUser, now: dt.datetime) -> QuerySet[Session]:
    """Sessions at the user's hubs that ended without a register, the oldest first."""
    return Session.objects.visible_to(user).register_missing(now).for_listing()
