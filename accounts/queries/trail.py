"""Reading the audit trail: who, what, about which object, when and why; people by ids, not names.

Every list is in order of time, latest first, and goes on from a mark in the address: a trail of
millions has no page numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts import handlers
from accounts.access import holds_any
from accounts.kinds import CONCERNS, EXPORTS, KINDS, OPENINGS, SIGN_INS, KindGroup
from accounts.models import AuditEntry, AuditKind, Role, RoleGrant, User

ROWS = 50
MOST_RECORDS = 500
NOBODY = "Nobody signed in"
NO_LONGER_HERE = "An account that is no longer here"
PERSON = "participants.participant"
_AUDITOR = frozenset({Role.AUDITOR})
_SAFEGUARDING = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})

Entries = QuerySet[AuditEntry]


@dataclass(frozen=True)
class Line:
    """One entry as people read it. `about` is words, or the number of what it is about."""

    at: dt.datetime
    who: str
    actor_id: UUID | None
    roles: str
    what: str
    about: str
    object_id: UUID | None
    is_person: bool
    is_staff: bool
    why: str


@dataclass(frozen=True)
class TrailPage:
    """So many lines, and the mark from which the next page goes on; empty on the last."""

    lines: list[Line]
    older: str


# --- Whose eyes -------------------------------------------------------------------------------


def whole_trail(user: User) -> Entries:
    """Everything for auditors, nothing for anybody else.

    Of concerns an auditor who is the safeguarding lead or deputy as well sees what `concern_reads`
    gives them, or the trail would tell of one that was routed away from them.
    """
    if not holds_any(user, _AUDITOR):
        return AuditEntry.objects.none()
    entries = AuditEntry.objects.all()
    return entries.exclude(kind__in=CONCERNS) if holds_any(user, _SAFEGUARDING) else entries


def own_entries(user: User) -> Entries:
    """What somebody did and read themselves."""
    return AuditEntry.objects.filter(actor_id=user.pk)


def sign_ins(user: User) -> Entries:
    """Sign-ins and what belongs to them, for administrators and auditors."""
    if not holds_any(user, _AUDITOR | {Role.ADMINISTRATOR}):
        return AuditEntry.objects.none()
    return AuditEntry.objects.filter(kind__in=SIGN_INS)


def concern_reads(user: User) -> Entries:
    """What was done with the concerns that the lead or deputy may read themselves.

    An entry without a concern, such as a list that was opened, is left out: whose list it was might
    tell that there is something on it.
    """
    if not holds_any(user, _SAFEGUARDING):
        return AuditEntry.objects.none()
    readable = {each for ask in handlers.concerns_of for each in ask(user)}
    return AuditEntry.objects.filter(kind__in=CONCERNS, object_id__in=readable)


def about_person(entries: Entries, person: UUID) -> Entries:
    """Of some entries those about a person: all their records, and what belongs to them.

    Whoever read this list did not look at the person.
    """
    return entries.filter(object_id__in=ids_of(person)).exclude(kind=AuditKind.AUDIT_READ)


def ids_of(person: UUID) -> set[UUID]:
    """The person's id and those of everything that is theirs."""
    return {person, *(each for ask in handlers.kept_of for each in ask(person))}


# --- Lists ------------------------------------------------------------------------------------


def page_of(entries: Entries, *, after: str = "", rows: int = ROWS) -> TrailPage:
    """One page of a list, latest first, going on after a mark. Four queries at most."""
    found = list(_after(entries, after).order_by("-at", "-pk")[: rows + 1])
    older = f"{found[rows - 1].at.isoformat()}_{found[rows - 1].pk}" if len(found) > rows else ""
    return TrailPage(_lines(found[:rows]), older)


def _after(entries: Entries, mark: str) -> Entries:
    at, _, pk = mark.partition("_")
    try:
        moment, number = dt.datetime.fromisoformat(at.replace(" ", "+")), int(pk)
    except ValueError:
        return entries
    if timezone.is_naive(moment):
        return entries
    return entries.filter(at__lte=moment).exclude(at=moment, pk__gte=number)


def _lines(entries: list[AuditEntry]) -> list[Line]:
    staff = {each.object_id for each in entries if each.object_type == User._meta.label_lower}
    names = names_of({each.actor_id for each in entries} | staff)
    roles = _Roles({each.actor_id for each in entries})
    return [_line(each, names, roles) for each in entries]


def _line(entry: AuditEntry, names: dict[UUID | None, str], roles: _Roles) -> Line:
    is_staff = entry.object_type == User._meta.label_lower
    return Line(
        at=entry.at,
        who=names.get(entry.actor_id, NO_LONGER_HERE),
        actor_id=entry.actor_id,
        roles=roles.at(entry.actor_id, entry.at),
        what=AuditKind(entry.kind).label,
        about=names.get(entry.object_id, "") if is_staff else _type_of(entry.object_type),
        object_id=entry.object_id,
        is_person=entry.object_type == PERSON and entry.object_id is not None,
        is_staff=is_staff,
        # By which way a concern went would tell whom it is about.
        why="" if entry.kind in CONCERNS else entry.reason,
    )


def _type_of(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return label


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of accounts by id; leavers say so. One query."""
    users = User.objects.filter(pk__in={each for each in ids if each})
    names: dict[UUID | None, str] = {None: NOBODY}
    for user in users:
        has_left = user.left_at is not None or not user.is_active
        names[user.pk] = f"{user} (left)" if has_left else str(user)
    return names


class _Roles:
    """The roles that some accounts held at any moment. One query."""

    def __init__(self, ids: Iterable[UUID | None]) -> None:
        self._grants: dict[UUID, list[RoleGrant]] = {}
        grants = RoleGrant.objects.filter(user__in={each for each in ids if each})
        for grant in grants.order_by("granted_at", "pk"):
            self._grants.setdefault(grant.user_id, []).append(grant)

    def at(self, actor: UUID | None, moment: dt.datetime) -> str:
        held = [
            grant.get_role_display()
            for grant in self._grants.get(actor, [])  # type: ignore[arg-type]
            if grant.granted_at <= moment and (grant.ended_at is None or moment < grant.ended_at)
        ]
        return ", ".join(dict.fromkeys(held))


# --- Who looked at this child -----------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """Somebody who opened, changed or sent something of one person's record."""

    who: str
    actor_id: UUID | None
    times: int
    kinds: str
    first_at: dt.datetime
    last_at: dt.datetime


def readers_of(entries: Entries) -> list[Reader]:
    """Everybody in some entries, who looked last on top. Two queries."""
    rows = list(
        entries.values("actor_id")
        .annotate(
            times=Count("pk"),
            kinds=ArrayAgg("kind", distinct=True),
            first_at=Min("at"),
            last_at=Max("at"),
        )
        .order_by("-last_at")
    )
    names = names_of({row["actor_id"] for row in rows})
    return [
        Reader(
            who=names.get(row["actor_id"], NO_LONGER_HERE),
            actor_id=row["actor_id"],
            times=row["times"],
            kinds=_labels(row["kinds"]),
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in rows
    ]


def _labels(kinds: Collection[str]) -> str:
    return ", ".join(sorted(AuditKind(kind).label for kind in kinds))


# --- What did this person look at -------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """What somebody did on a Europe/London date, counted."""

    date: dt.date
    records: int
    registers: int
    searches: int
    exports: int
    entries: int


@dataclass(frozen=True)
class Opened:
    """One record that somebody opened on a date."""

    object_id: UUID
    about: str
    is_person: bool
    times: int
    kinds: str
    reasons: str
    first_at: dt.datetime
    last_at: dt.datetime


def between(entries: Entries, first: dt.date, last: dt.date) -> Entries:
    """Entries of Europe/London dates, both included."""
    return entries.filter(at__gte=_midnight(first), at__lt=_midnight(last + dt.timedelta(days=1)))


def days_of(entries: Entries) -> list[Day]:
    """Somebody's entries by date, latest first. One query."""
    registers, searches = KINDS[KindGroup.REGISTERS], KINDS[KindGroup.SEARCHES]
    rows = (
        entries.annotate(date=TruncDate("at", tzinfo=timezone.get_default_timezone()))
        .values("date")
        .annotate(
            records=Count("object_id", filter=Q(kind__in=OPENINGS), distinct=True),
            registers=Count("pk", filter=Q(kind__in=registers)),
            searches=Count("pk", filter=Q(kind__in=searches)),
            exports=Count("pk", filter=Q(kind__in=EXPORTS)),
            entries=Count("pk"),
        )
        .order_by("-date")
    )
    return [Day(**row) for row in rows]


def opened_in(entries: Entries) -> list[Opened]:
    """Records that were opened, those opened first on top; 500 at most. One query."""
    rows = (
        entries.filter(kind__in=OPENINGS, object_id__isnull=False)
        .values("object_id", "object_type")
        .annotate(
            times=Count("pk"),
            kinds=ArrayAgg("kind", distinct=True),
            reasons=ArrayAgg(
                "reason", filter=~Q(reason="") & ~Q(kind__in=CONCERNS), distinct=True, default=[]
            ),
            first_at=Min("at"),
            last_at=Max("at"),
        )
        .order_by("first_at", "object_id")[:MOST_RECORDS]
    )
    return [
        Opened(
            object_id=UUID(str(row["object_id"])),
            about=_type_of(row["object_type"]),
            is_person=row["object_type"] == PERSON,
            times=row["times"],
            kinds=_labels(row["kinds"]),
            reasons="; ".join(row["reasons"]),
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Member:
    """Somebody with an account, and how many records they opened lately."""

    id: UUID
    name: str
    roles: str
    records: int
    exports: int


def staff_since(user: User, since: dt.datetime) -> list[Member]:
    """Everybody with an account, for auditors: who opened most records since a moment on top."""
    counted = {
        row["actor_id"]: row
        for row in whole_trail(user)
        .filter(at__gte=since, kind__in=OPENINGS | EXPORTS)
        .values("actor_id")
        .annotate(
            records=Count("object_id", filter=Q(kind__in=OPENINGS), distinct=True),
            exports=Count("pk", filter=Q(kind__in=EXPORTS)),
        )
    }
    if not holds_any(user, _AUDITOR):
        return []
    ids = list(User.objects.values_list("pk", flat=True))
    names, roles = names_of(ids), _Roles(ids)
    nothing = {"records": 0, "exports": 0}
    members = [
        Member(pk, names[pk], roles.at(pk, timezone.now()), found["records"], found["exports"])
        for pk in ids
        if (found := counted.get(pk, nothing))
    ]
    return sorted(members, key=lambda each: (-each.records, -each.exports, each.name))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=timezone.get_default_timezone())
