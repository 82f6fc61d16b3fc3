"""Bringing in: all rows in one transaction, or none. Ids follow from the import and the row."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pghistory
from django.db import connection, transaction

import jobs
from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import CountMethod, HeadCount, HeadCountGroup, Session, SessionLog
from activities.models.clock import LONDON
from hubs.queries import places_of
from hubs.reference import IMD_EDITION
from participants.importing.fields import ATTENDANCE, CONSENTS, HEAD_COUNTS, PEOPLE
from participants.importing.rows import Said
from participants.models import (
    Attendance,
    AttendanceRole,
    Collects,
    Consent,
    ConsentHow,
    Contact,
    ImportBatch,
    ImportState,
    MarkStatus,
    Participant,
    Registration,
    Relationship,
)
from participants.queries.imports import Judged, Meeting, examine
from participants.services.errors import RecordError
from participants.services.imports.asking import check_right
from participants.services.imports.work import WORK

# Imports take turns, so that two of them do not bring the same person in.
TURN = 0x1A9_0B7
# Rows that one statement writes.
ROWS_AT_ONCE = 1_000
FIELDS_KEPT = (
    "given_name", "family_name", "known_as", "birth_date", "year_group", "school",
    "takes_part_as", "address", "home_postcode", "may_walk_home", "collection_word", "gender",
    "ethnicity", "special_needs", "sen_provision", "sen_needs", "care_experienced",
    "free_school_meals", "alternative_provision", "young_carer", "english_additional", "languages",
)  # fmt: skip
# The words that an earlier system asked with are not known here.
OTHER_WORDING = 0
CHANGED = (
    "Something has changed since the check: a row that was good is not any more. Nothing was "
    "brought in. Check again."
)


def made_id(batch: ImportBatch, kind: str, row: int | str) -> UUID:
    """The id of what a row of an import makes; it follows from the two, and is kept nowhere."""
    return uuid.uuid5(batch.pk, f"{kind}/{row}")


def apply(batch: ImportBatch, tell: Callable[[int], None], now: dt.datetime) -> None:
    """Bring every row in, in one transaction; the file goes with it.

    Raises:
        PermissionDenied: whoever asked may not import any more.
        RecordError: a row has become faulty since the check.
        ClaimLostError: another worker has it; nothing was written.
    """
    by = User.objects.get(pk=batch.options["by"])
    check_right(by)
    maker = MAKERS[batch.kind](batch, by, now)
    with transaction.atomic(), pghistory.context(by=str(by.pk)):
        _take_turn()
        for some in examine(batch, now=now, tell=tell):
            if not all(each.is_good for each in some):
                raise RecordError(CHANGED)
            maker.make([each for each in some if not each.is_left_out], some)
        maker.finish()
        _finish(batch, maker.made, by, now)


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _finish(batch: ImportBatch, made: Counter[str], by: User, now: dt.datetime) -> None:
    record_audit(by=by, kind=AuditKind.IMPORT_APPLIED, about=batch)
    name, storage = batch.file.name or "", batch.file.storage
    mine = jobs.mine(WORK, batch)
    if not mine.update(
        state=ImportState.APPLIED,
        applied_at=now,
        summary=batch.summary | {"made": dict(made), "known": []},
        rows_done=batch.rows_total,
        file="",
        claim=None,
        problem="",
    ):
        raise jobs.ClaimLostError
    transaction.on_commit(lambda: storage.delete(name), robust=True)


def _at_hub(person: UUID | None, hub: int | None, at: dt.datetime) -> Registration:
    if person is None or hub is None:
        raise RecordError(CHANGED)
    return Registration(participant_id=person, hub_id=hub, registered_at=at)


class _Maker:
    def __init__(self, batch: ImportBatch, by: User, now: dt.datetime) -> None:
        self.batch, self.by, self.now = batch, by, now
        self.made: Counter[str] = Counter()

    def make(self, rows: list[Judged], looked_at: list[Judged]) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """What is done once all rows are there."""


# --- People --------------------------------------------------------------------------------


class _People(_Maker):
    def make(self, rows: list[Judged], looked_at: list[Judged]) -> None:
        places = places_of(code for each in rows if (code := each.said.get("home_postcode")))
        Participant.objects.bulk_create([self._person(each, places) for each in rows])
        registrations = [self._registration(each) for each in rows]
        Registration.objects.bulk_create(registrations, batch_size=ROWS_AT_ONCE)
        contacts = [one for each in rows for one in self._contacts(each.said)]
        Contact.objects.bulk_create(contacts, batch_size=ROWS_AT_ONCE)
        consents = [one for each in rows for one in self._consents(each.said)]
        Consent.objects.bulk_create(consents, batch_size=ROWS_AT_ONCE)
        self.made.update(people=len(rows), contacts=len(contacts), consents=len(consents))
        if self.batch.options.get("known") == "link":
            self._link([each for each in looked_at if each.is_known])

    def _person(
        self, each: Judged, places: dict[str, tuple[int | None, int, int | None]]
    ) -> Participant:
        said = each.said
        person = Participant(
            id=made_id(self.batch, "person", said.row),
            is_complete=True,
            created_at=self.now,
            is_address_hidden=said.get("is_address_hidden") == "yes",
            **{name: said.values[name] for name in FIELDS_KEPT if name in said.values},
        )
        place = places.get(person.home_postcode)
        if place is not None:
            person.home_lsoa_id, person.home_ward_id, person.imd_decile = place
            person.imd_edition = None if place[2] is None else IMD_EDITION
        return person

    def _since(self, said: Said) -> dt.datetime:
        day: dt.date | None = said.get("registered_on")
        return dt.datetime.combine(day, dt.time(12), tzinfo=LONDON) if day else self.now

    def _registration(self, each: Judged) -> Registration:
        return _at_hub(
            made_id(self.batch, "person", each.said.row), each.hub_id, self._since(each.said)
        )

    def _contacts(self, said: Said) -> list[Contact]:
        found = []
        for number in (1, 2):
            start = f"contact_{number}_"
            if start + "name" not in said.values:
                continue
            phone = said.get(start + "phone") or ""
            contact = Contact(
                id=made_id(self.batch, "contact", f"{said.row}/{number}"),
                participant_id=made_id(self.batch, "person", said.row),
                name=said.values[start + "name"],
                relationship=said.get(start + "relationship") or Relationship.UNKNOWN,
                phone=phone,
                email=said.get(start + "email") or "",
                has_parental_responsibility=said.get(start + "responsible") or "unknown",
                is_emergency=bool(phone) and said.get(start + "collects") != Collects.NEVER,
                collects=said.get(start + "collects") or Collects.NO,
                position=number,
                created_at=self.now,
            )
            found.append(contact)
        return found

    def _consents(self, said: Said) -> list[Consent]:
        day: dt.date | None = said.get("consent_on")
        at = dt.datetime.combine(day, dt.time(12), tzinfo=LONDON) if day else self.now
        return [
            Consent(
                id=made_id(self.batch, "consent", f"{said.row}/{purpose}"),
                participant_id=made_id(self.batch, "person", said.row),
                purpose=purpose,
                is_given=said.values[f"consent_{purpose}"] == "yes",
                wording=OTHER_WORDING,
                relationship=Relationship.UNKNOWN,
                how=ConsentHow.IMPORTED,
                at=at,
                recorded_by=self.by,
            )
            for purpose in CONSENTS
            if f"consent_{purpose}" in said.values
        ]

    def _link(self, known: list[Judged]) -> None:
        """Register people who are known already at the hub too; stamped with the import's time."""
        before = Registration.objects.count() if known else 0
        Registration.objects.bulk_create(
            [_at_hub(each.person, each.hub_id, self.now) for each in known],
            ignore_conflicts=True,
        )
        self.made["links"] += Registration.objects.count() - before if known else 0


# --- Sessions ------------------------------------------------------------------------------


class _Sessions(_Maker):
    """Makes past sessions once each, and knows the ids of those that rows are about."""

    is_headcount_only = False

    def __init__(self, batch: ImportBatch, by: User, now: dt.datetime) -> None:
        super().__init__(batch, by, now)
        self.ids: dict[Any, UUID] = {}
        self.standing: set[UUID] = set()

    def sessions(self, met: list[Meeting]) -> None:
        """Make those of these that are not there and were not made yet."""
        fresh = []
        for meeting in met:
            if meeting.session_id:
                self.ids[meeting.key] = meeting.session_id
                self.standing.add(meeting.session_id)
            elif meeting.key not in self.ids:
                pk = made_id(self.batch, "session", f"{meeting.made_by}/{meeting.place}")
                self.ids[meeting.key] = pk
                fresh.append(self._session(meeting, pk))
        Session.objects.bulk_create(fresh, batch_size=ROWS_AT_ONCE)
        self.made["sessions"] += len(fresh)

    def _session(self, meeting: Meeting, pk: UUID) -> Session:
        return Session(
            id=pk,
            activity_id=meeting.activity_id,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            listed_at=self.now,
            changed_at=self.now,
            headcount_only=self.is_headcount_only,
            has_marks=not self.is_headcount_only,
            register_taken_at=None if self.is_headcount_only else self.now,
        )


class _Attendance(_Sessions):
    def make(self, rows: list[Judged], looked_at: list[Judged]) -> None:
        self.sessions([each.meeting for each in rows if each.meeting])
        marks = [
            self._mark(each.said, each.meeting, each.person)
            for each in rows
            if each.meeting and each.person
        ]
        Attendance.objects.bulk_create(marks, batch_size=ROWS_AT_ONCE)
        self.made["marks"] += len(marks)

    def _mark(self, said: Said, meeting: Meeting, person: UUID) -> Attendance:
        return Attendance(
            id=made_id(self.batch, "mark", said.row),
            session_id=self.ids[meeting.key],
            participant_id=person,
            role=said.get("role") or AttendanceRole.PARTICIPANT,
            status=said.get("status") or MarkStatus.PRESENT,
            marked_at=meeting.starts_at,
        )

    def finish(self) -> None:
        """Registers of sessions that were there count as taken; stamped with the import's time."""
        there = Session.objects.filter(pk__in=self.standing)
        there.filter(has_marks=False).update(has_marks=True)
        there.filter(register_taken_at__isnull=True).update(register_taken_at=self.now)
        self.batch.summary["sessions"] = sorted(map(str, self.standing))


class _HeadCounts(_Sessions):
    is_headcount_only = True

    def make(self, rows: list[Judged], looked_at: list[Judged]) -> None:
        self.sessions([meeting for each in rows for meeting, _ in each.counts])
        counts = [
            self._count(each, meeting, people) for each in rows for meeting, people in each.counts
        ]
        HeadCount.objects.bulk_create(counts, batch_size=ROWS_AT_ONCE)
        logs = [
            SessionLog(
                session_id=self.ids[meeting.key],
                note=each.said.values["occasion"],
                logged_by=self.by,
                logged_at=self.now,
            )
            for each in rows
            if each.said.get("occasion")
            for meeting, _ in each.counts
            if meeting.session_id is None
        ]
        SessionLog.objects.bulk_create(logs, batch_size=ROWS_AT_ONCE)
        self.made["counts"] += len(counts)

    def _count(self, each: Judged, meeting: Meeting, people: int) -> HeadCount:
        options = self.batch.options
        group = each.said.get("group") or options.get("group") or HeadCountGroup.YOUNG_PEOPLE
        method = each.said.get("method") or options.get("method") or CountMethod.COUNTED
        return HeadCount(
            session_id=self.ids[meeting.key],
            group=group,
            people=people,
            method=method,
            counted_by=self.by,
            counted_at=self.now,
        )


MAKERS: dict[str, type[_Maker]] = {
    PEOPLE: _People,
    ATTENDANCE: _Attendance,
    HEAD_COUNTS: _HeadCounts,
}
