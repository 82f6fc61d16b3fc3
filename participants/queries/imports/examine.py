"""Every row of an import looked at: what it says, what is wrong, and what is known already.

The check and the import itself both go through here, so that nothing is brought in that was not
looked at. Rows come in batches: memory does not grow with the file, but for a number a row.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce, Lower

from activities.models import Activity, HeadCount, HeadCountGroup, Session
from activities.models.clock import LONDON, london_midnight
from participants.importing import faults
from participants.importing.fields import ATTENDANCE, PEOPLE
from participants.importing.rows import RowReader, Said
from participants.importing.text import key_of
from participants.models import Attendance, ImportBatch, Participant, Registration
from participants.queries.imports.source import opened, reader_of, table_rows

ROWS_AT_ONCE = 1_000
Tell = Callable[[int], None]


@dataclass(frozen=True)
class Meeting:
    """A session that a row is about: one that is there, or one to be made by the row `made_by`.

    `place` tells sessions apart that one row makes.
    """

    activity_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    session_id: UUID | None = None
    made_by: int = 0
    place: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.session_id,) if self.session_id else (self.made_by, self.place)


@dataclass
class Judged:
    """A row, and what is known of it: its hub, the person it is about, its sessions.

    `is_left_out` is a row that is there already, or says nothing to bring in.
    """

    said: Said
    hub_id: int | None = None
    person: UUID | None = None
    is_known: bool = False
    is_left_out: bool = False
    meeting: Meeting | None = None
    counts: list[tuple[Meeting, int]] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.said.faults


class _Judge(Protocol):
    def look(self, rows: list[Judged]) -> None: ...


def examine(batch: ImportBatch, *, now: dt.datetime, tell: Tell) -> Iterator[list[Judged]]:
    """Rows of the file in batches, judged; `tell` hears how many are done.

    Raises:
        UnreadableError: the file is gone, or breaks off.
    """
    reader = reader_of(batch, now=now)
    judge = _JUDGES[batch.kind](batch, reader, now)
    done = 0
    with opened(batch) as file:
        rows = table_rows(batch, file)
        while some := list(itertools.islice(rows, ROWS_AT_ONCE)):
            judged = [Judged(reader.read(number, row)) for number, row in some]
            judge.look(judged)
            done += len(some)
            tell(done)
            yield judged


# --- People --------------------------------------------------------------------------------

Name = tuple[str, str, dt.date | None]


def _name_of(said: Said) -> Name:
    return (
        key_of(said.get("given_name") or ""),
        key_of(said.get("family_name") or ""),
        said.get("birth_date"),
    )


class _People:
    def __init__(self, batch: ImportBatch, reader: RowReader, now: dt.datetime) -> None:
        self.batch, self.reader = batch, reader
        self.seen: dict[int, int] = {}

    def look(self, rows: list[Judged]) -> None:
        for each in rows:
            self._hub(each)
            self._repeated(each)
        if self.batch.options.get("known") != "add":
            known = _known_people([each.said for each in rows])
            for each in rows:
                each.person = known.get(_name_of(each.said))
                each.is_known = each.person is not None
                each.is_left_out = each.is_known

    def _hub(self, each: Judged) -> None:
        code = each.said.get("hub")
        each.hub_id = int(code) if code else self.batch.hub_id
        if each.hub_id is None and not self.reader.is_at_fault(each.said, "hub"):
            self.reader.fault(each.said, "hub", faults.NEEDS_HUB)

    def _repeated(self, each: Judged) -> None:
        name = _name_of(each.said)
        if name[0] and name[2] is not None:
            first = _first(self.seen, name, each.said.row)
            if first != each.said.row:
                self.reader.fault(each.said, "", faults.repeats(first))


def _first(seen: dict[int, int], what: Hashable, row: int) -> int:
    """The first row that said this. Only a number of it is kept, not what it said."""
    return seen.setdefault(hash(what), row)


def _known_people(rows: Iterable[Said]) -> dict[Name, UUID]:
    """Root ids of people with this name and date of birth. One query."""
    wanted = {name for said in rows if (name := _name_of(said))[0] and name[2]}
    if not wanted:
        return {}
    families = {(said.get("family_name") or "").lower() for said in rows}
    born = {name[2] for name in wanted}
    people = Participant.objects.named().annotate(
        root=Coalesce("merged_into", "pk"), family=Lower("family_name")
    )
    found: dict[Name, UUID] = {}
    rows_found = people.filter(birth_date__in=born, family__in=families).order_by("pk")
    for given, known_as, family, birth_date, root in rows_found.values_list(
        "given_name", "known_as", "family_name", "birth_date", "root"
    ):
        for first in (given, known_as):
            name = (key_of(first), key_of(family), birth_date)
            if name in wanted:
                found.setdefault(name, root)
    return found


# --- Sessions ------------------------------------------------------------------------------


class _Meetings:
    """The session of an activity on a day: the one that is there, or one to be made."""

    def __init__(self, batch: ImportBatch, now: dt.datetime) -> None:
        options = batch.options
        self.now = now
        self.activity_id: int | None = options.get("activity")
        self.starts = dt.time.fromisoformat(options.get("starts") or "16:00")
        self.minutes = int(options.get("minutes") or 90)
        self.there: defaultdict[tuple[int, dt.date], list[Session]] = defaultdict(list)
        self.looked: set[tuple[int, dt.date]] = set()
        self.made: dict[Hashable, Meeting] = {}

    def prime(self, wanted: Iterable[tuple[int, dt.date]]) -> None:
        """Load the sessions that are there, for many at once. One query at most."""
        new = set(wanted) - self.looked
        if not new:
            return
        self.looked |= new
        days = [day for _, day in new]
        end = london_midnight(max(days) + dt.timedelta(days=1))
        sessions = Session.objects.filter(
            activity__in={activity for activity, _ in new},
            starts_at__gte=london_midnight(min(days)),
            starts_at__lt=end,
        ).only("activity", "starts_at", "ends_at", "cancelled_at")
        for session in sessions.order_by("starts_at", "pk"):
            key = (session.activity_id, session.local_date)
            if key in new:
                self.there[key].append(session)

    def activity_of(self, said: Said) -> int | None:
        code = said.get("activity")
        return int(code) if code else self.activity_id

    def find(self, said: Said, day: dt.date, *, place: int = 0, own: bool = False) -> Meeting | str:
        """The row's session on a day, or what is wrong; with `own` no other row makes the same."""
        activity = self.activity_of(said)
        if activity is None:
            return faults.NEEDS_ACTIVITY
        starts: dt.time | None = said.get("starts")
        there = self.there.get((activity, day), [])
        if starts:
            there = [each for each in there if each.local_start.time() == starts]
        if len(there) > 1:
            return faults.SEVERAL_SESSIONS
        if there:
            return self._standing(there[0])
        return self._new(activity, day, starts or self.starts, (said.row, place), own=own)

    def _standing(self, session: Session) -> Meeting | str:
        if session.is_cancelled:
            return faults.CANCELLED
        if session.ends_at > self.now:
            return faults.NOT_OVER
        return Meeting(session.activity_id, session.starts_at, session.ends_at, session.pk)

    def _new(
        self, activity: int, day: dt.date, starts: dt.time, at: tuple[int, int], *, own: bool
    ) -> Meeting | str:
        starts_at = dt.datetime.combine(day, starts, tzinfo=LONDON)
        ends_at = starts_at + dt.timedelta(minutes=self.minutes)
        if ends_at > self.now:
            return faults.NOT_OVER
        meeting = Meeting(activity, starts_at, ends_at, None, *at)
        return meeting if own else self.made.setdefault((activity, starts_at), meeting)


# --- Attendance ----------------------------------------------------------------------------


class _Attendance:
    def __init__(self, batch: ImportBatch, reader: RowReader, now: dt.datetime) -> None:
        self.batch, self.reader = batch, reader
        self.meetings = _Meetings(batch, now)
        self.hubs = dict(Activity.objects.values_list("pk", "hub_id"))
        self.seen: dict[int, int] = {}

    def look(self, rows: list[Judged]) -> None:
        self._meet(rows)
        self._know(rows)
        marked = _marked(rows)
        for each in rows:
            if each.person is None or each.meeting is None:
                continue
            first = _first(self.seen, (each.person, each.meeting.key), each.said.row)
            if first != each.said.row:
                self.reader.fault(each.said, "", faults.marked_in(first))
            each.is_known = each.is_left_out = (each.meeting.session_id, each.person) in marked

    def _meet(self, rows: list[Judged]) -> None:
        dated = [each for each in rows if each.said.get("on")]
        wanted = [
            (activity, each.said.values["on"])
            for each in dated
            if (activity := self.meetings.activity_of(each.said))
        ]
        self.meetings.prime(wanted)
        for each in dated:
            if self.reader.is_at_fault(each.said, "activity"):
                continue
            found = self.meetings.find(each.said, each.said.values["on"])
            if isinstance(found, str):
                key = "activity" if found == faults.NEEDS_ACTIVITY else "on"
                self.reader.fault(each.said, key, found)
            else:
                each.meeting = found
                each.hub_id = self.batch.hub_id or self.hubs.get(found.activity_id)

    def _know(self, rows: list[Judged]) -> None:
        by_id = _people_by_id(
            {each.said.values["person"] for each in rows if each.said.get("person")}
        )
        by_birth = _known_people([each.said for each in rows])
        by_hub = _people_at_hubs(
            [
                each
                for each in rows
                if each.said.get("given_name") and not each.said.get("birth_date")
            ]
        )
        for each in rows:
            self._person(each, by_id, by_birth, by_hub)

    def _person(
        self,
        each: Judged,
        by_id: dict[UUID, UUID],
        by_birth: dict[Name, UUID],
        by_hub: dict[tuple[str, str, int | None], set[UUID]],
    ) -> None:
        said = each.said
        if said.get("person"):
            each.person = by_id.get(said.values["person"])
            if each.person is None:
                self.reader.fault(said, "person", faults.NOBODY_BY_ID)
            return
        given, family, born = _name_of(said)
        key = "given_name" if self.reader.has("given_name") else "full_name"
        if not given or self.reader.is_at_fault(said, "birth_date"):
            return
        found = {by_birth[given, family, born]} if (given, family, born) in by_birth else set()
        if born is None and each.meeting is not None:
            found = by_hub.get((given, family, each.hub_id), set())
        elif born is None:
            return
        if len(found) == 1:
            (each.person,) = found
        else:
            self.reader.fault(said, key, faults.SEVERAL if found else faults.NOBODY)


def _people_by_id(ids: set[UUID]) -> dict[UUID, UUID]:
    """Root by any record's id. One query, none without ids."""
    if not ids:
        return {}
    people = Participant.objects.named().filter(pk__in=ids)
    return {pk: root or pk for pk, root in people.values_list("pk", "merged_into")}


def _people_at_hubs(rows: list[Judged]) -> dict[tuple[str, str, int | None], set[UUID]]:
    """Roots by first name, last name and the hub where they are registered. One query."""
    if not rows:
        return {}
    given = {each.said.values["given_name"].lower() for each in rows}
    registered = Registration.objects.annotate(
        first=Lower("participant__given_name"),
        called=Lower("participant__known_as"),
        root=Coalesce("participant__merged_into", "participant"),
    ).filter(
        Q(first__in=given) | Q(called__in=given),
        hub__in={each.hub_id for each in rows if each.hub_id},
        participant__anonymised_at__isnull=True,
    )
    found: defaultdict[tuple[str, str, int | None], set[UUID]] = defaultdict(set)
    for first, known_as, family, hub, root in registered.values_list(
        "participant__given_name",
        "participant__known_as",
        "participant__family_name",
        "hub",
        "root",
    ):
        for name in {first, known_as} - {""}:
            found[key_of(name), key_of(family), hub].add(root)
    return found


def _marked(rows: list[Judged]) -> set[tuple[UUID | None, UUID]]:
    """Which of these people are marked at these sessions already. One query at most."""
    sessions = {each.meeting.session_id for each in rows if each.meeting} - {None}
    people = {each.person for each in rows if each.person}
    if not sessions or not people:
        return set()
    marks = Attendance.objects.filter(
        Q(participant__in=people) | Q(participant__merged_into__in=people), session__in=sessions
    ).annotate(root=Coalesce("participant__merged_into", "participant"))
    return set(marks.values_list("session", "root"))


# --- Head-counts ---------------------------------------------------------------------------


class _Counts:
    def __init__(self, batch: ImportBatch, reader: RowReader, now: dt.datetime) -> None:
        self.batch, self.reader = batch, reader
        self.meetings = _Meetings(batch, now)
        self.repeats = batch.options.get("repeats") or "skip"
        self.group = batch.options.get("group") or HeadCountGroup.YOUNG_PEOPLE.value
        self.seen: dict[int, int] = {}
        self.rows: dict[int, int] = {}

    def look(self, rows: list[Judged]) -> None:
        for each in rows:
            self._repeated(each)
            each.is_left_out = each.is_known or not each.said.counts
        wanted = [
            (activity, day)
            for each in rows
            if (activity := self.meetings.activity_of(each.said))
            for day in each.said.counts
        ]
        self.meetings.prime(wanted)
        for each in rows:
            if not each.is_left_out and not self.reader.is_at_fault(each.said, "activity"):
                self._meet(each)
        self._counted(rows)

    def _repeated(self, each: Judged) -> None:
        said = each.said
        if self.repeats == "skip" and said.counts and not said.faults:
            what = (tuple(sorted(map(str, said.values.items()))), tuple(said.counts.items()))
            each.is_known = _first(self.rows, what, said.row) != said.row

    def _meet(self, each: Judged) -> None:
        said = each.said
        for day, people in said.counts.items():
            own = bool(said.get("occasion"))
            found = self.meetings.find(said, day, place=said.places[day], own=own)
            if isinstance(found, str):
                key = "activity" if found == faults.NEEDS_ACTIVITY else "on"
                self.reader.fault(said, key, found)
                return
            group = said.get("group") or self.group
            first = _first(self.seen, (found.key, group), said.row)
            if first != said.row:
                self.reader.fault(said, "", faults.counted_in(first))
                return
            each.counts.append((found, people))

    def _counted(self, rows: list[Judged]) -> None:
        """Say where a session that is there has a count already. One query at most."""
        sessions = {meeting.session_id for each in rows for meeting, _ in each.counts} - {None}
        if not sessions:
            return
        there = HeadCount.objects.filter(session__in=sessions)
        counted = set(there.values_list("session", "group"))
        for each in rows:
            group = each.said.get("group") or self.group
            if any((meeting.session_id, group) in counted for meeting, _ in each.counts):
                self.reader.fault(each.said, "", faults.COUNTED)


_JUDGES: dict[str, Callable[[ImportBatch, RowReader, dt.datetime], _Judge]] = {
    PEOPLE: _People,
    ATTENDANCE: _Attendance,
    "head_counts": _Counts,
}
