"""Spreadsheets brought in whole or not at all, and taken back whole or not at all."""

from __future__ import annotations

import datetime as dt
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import HeadCount, Session, SessionLog
from hubs.models import Hub
from participants.importing.reading import UnreadableError
from participants.models import (
    Attendance,
    Concern,
    Consent,
    Contact,
    ImportBatch,
    ImportKind,
    ImportMatch,
    ImportState,
    Participant,
    Registration,
)
from participants.queries.imports import unknown_words
from participants.services import imports
from participants.services.errors import RecordError
from participants.services.imports.applying import apply, made_id
from participants.services.imports.checking import check
from participants.services.imports.undoing import undo
from tests import factories
from tests.hubs import geography

pytestmark = pytest.mark.django_db

NOW = factories.london(2026, 6, 1, 12)
CARPENTRIES = geography.DERBY / "attendance" / "carpentries_attendance.csv"
PEOPLE = """Surname,Forename,DOB,Yr,Post Code,Sex,Ethnic group,FSM,Mum,Mum mobile,Photo consent,Joined
Quince,Comet,01/02/2010,Y7,de1 3gx,F,White - British,Y,Medlar Quince,07700 900123,yes,1 Sept 2018
Walnut,Maple,2011-07-13,Reception,DE23 8PL,boy,PNTS,not known,,,no,
"""


@pytest.fixture
def staff() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Acorn")


def receive(
    text: str | bytes, by: User, kind: str = ImportKind.PEOPLE, hub: Hub | None = None
) -> ImportBatch:
    content = text.encode() if isinstance(text, str) else text
    return imports.receive_file(
        kind=ImportKind(kind),
        file=io.BytesIO(content),
        file_name="list.csv",
        hub=hub,
        by=by,
        now=NOW,
    )


def said(_: int) -> None:
    """Nobody listens to the progress."""


def claimed(batch: ImportBatch) -> ImportBatch:
    """As a worker holds it."""
    ImportBatch.objects.filter(pk=batch.pk).update(claim=batch.pk)
    batch.refresh_from_db()
    return batch


def checked(
    batch: ImportBatch, matched: dict[str, str] | None = None, **options: Any
) -> ImportBatch:
    imports.match_columns(
        batch=batch,
        matched=batch.matched if matched is None else matched,
        options=options,
        by=batch.asked_by,
        now=NOW,
    )
    check(claimed(batch), said, NOW)
    batch.refresh_from_db()
    return batch


def applied(batch: ImportBatch) -> ImportBatch:
    imports.request_apply(batch=batch, by=batch.asked_by, now=NOW)
    apply(claimed(batch), said, NOW)
    batch.refresh_from_db()
    return batch


def undone(batch: ImportBatch) -> ImportBatch:
    imports.request_undo(batch=batch, by=batch.asked_by, now=NOW)
    undo(claimed(batch), said, NOW)
    batch.refresh_from_db()
    return batch


PEOPLE_MATCHED = {
    "0": "family_name", "1": "given_name", "2": "birth_date", "3": "year_group",
    "4": "home_postcode", "5": "gender", "6": "ethnicity", "7": "free_school_meals",
    "8": "contact_1_name", "9": "contact_1_phone", "10": "consent_photos_inside",
    "11": "registered_on",
}  # fmt: skip


class TestPeople:
    def test_columns_are_guessed(self, staff: User, hub: Hub) -> None:
        guessed = receive(PEOPLE, staff, hub=hub).matched
        assert guessed == {k: v for k, v in PEOPLE_MATCHED.items() if k not in {"8", "9"}}

    def test_all_of_it_comes_in(self, staff: User, hub: Hub) -> None:
        batch = checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED)
        assert batch.faults == []
        assert batch.state == ImportState.READY
        assert batch.summary["makes"] == {"people": 2, "contacts": 1, "consents": 2}
        assert not Participant.objects.exists()
        batch = applied(batch)
        assert batch.state == ImportState.APPLIED
        comet, maple = Participant.objects.order_by("birth_date")
        assert comet.pk == made_id(batch, "person", 2)
        assert (comet.given_name, comet.family_name) == ("Comet", "Quince")
        assert (comet.birth_date, comet.year_group) == (dt.date(2010, 2, 1), 7)
        assert (comet.home_postcode, comet.gender) == ("DE1 3GX", "female")
        assert (comet.ethnicity, comet.free_school_meals) == ("WBRI", "yes")
        assert (maple.year_group, maple.gender, maple.ethnicity) == (0, "male", "undisclosed")
        assert maple.free_school_meals == "unknown"
        contact = Contact.objects.get()
        assert (contact.participant, contact.name, contact.phone, contact.is_emergency) == (
            comet, "Medlar Quince", "07700 900123", True,
        )  # fmt: skip
        consents = Consent.objects.order_by("is_given").values_list(
            "participant", "purpose", "is_given", "how", "wording"
        )
        assert list(consents) == [
            (maple.pk, "photos_inside", False, "imported", 0),
            (comet.pk, "photos_inside", True, "imported", 0),
        ]
        registered = Registration.objects.get(participant=comet)
        assert (registered.hub, registered.registered_at) == (hub, factories.london(2018, 9, 1, 12))
        assert not batch.file

    def test_history_says_by_whom(self, staff: User, hub: Hub) -> None:
        applied(checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED))
        events = Participant.pgh_event_model.objects.all()  # type: ignore[attr-defined]
        assert [event.pgh_context["by"] for event in events] == [str(staff.pk)] * 2
        kinds = AuditEntry.objects.values_list("kind", flat=True).order_by("at", "pk")
        assert set(kinds) >= {AuditKind.IMPORT_UPLOADED, AuditKind.IMPORT_APPLIED}

    def test_the_place_of_the_postcode(self, staff: User, hub: Hub) -> None:
        geography.load(geography.SAMPLE_FILES)
        from hubs.models import Postcode
        from hubs.queries import place_of

        known = Postcode.objects.first()
        assert known is not None
        text = f"First name,Last name,Postcode\nComet,Quince,{known.postcode.replace(' ', '').lower()}\n"
        applied(checked(receive(text, staff, hub=hub)))
        place = place_of(known.postcode)
        person = Participant.objects.get()
        assert place is not None
        assert (person.home_lsoa_id, person.home_ward_id, person.imd_decile) == (
            place.lsoa_id, place.ward_id, place.imd_decile,
        )  # fmt: skip

    def test_a_fault_keeps_everything_out(self, staff: User, hub: Hub) -> None:
        text = PEOPLE + "Birch,Rowan,31/02/2012,15,nowhere,F,,Y,,,,\n"
        batch = checked(receive(text, staff, hub=hub), PEOPLE_MATCHED)
        assert batch.state == ImportState.FAULTY
        assert batch.faults == [
            [4, "DOB", "There is no such day. Dates are read day first, as in 13/07/2019."],
            [4, "Yr", "This is not a school year. Write Reception, or a year from 1 to 14."],
            [4, "Post Code", "This is not a postcode. Write it as DE1 3GX."],
        ]
        with pytest.raises(RecordError):
            imports.request_apply(batch=batch, by=staff, now=NOW)

    def test_known_people_are_left_as_they_are(self, staff: User, hub: Hub) -> None:
        factories.make_participant(
            given_name="comet", family_name="QUINCE", birth_date=dt.date(2010, 2, 1)
        )
        batch = checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED)
        assert batch.summary["makes"] == {"known": 1, "people": 1, "consents": 1}
        applied(batch)
        assert Participant.objects.count() == 2

    def test_known_people_can_be_registered_at_the_hub_and_that_is_taken_back(
        self, staff: User, hub: Hub
    ) -> None:
        known = factories.make_participant(
            given_name="Comet", family_name="Quince", birth_date=dt.date(2010, 2, 1)
        )
        batch = checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED, known="link")
        batch = applied(batch)
        assert batch.summary["made"] == {"people": 1, "contacts": 0, "consents": 1, "links": 1}
        assert Registration.objects.filter(participant=known, hub=hub).exists()
        undone(batch)
        assert list(Participant.objects.all()) == [known]
        assert not Registration.objects.exists()

    def test_known_people_can_be_made_again(self, staff: User, hub: Hub) -> None:
        factories.make_participant(
            given_name="Comet", family_name="Quince", birth_date=dt.date(2010, 2, 1)
        )
        applied(checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED, known="add"))
        assert Participant.objects.count() == 3

    def test_the_hub_of_a_row_and_of_none(self, staff: User, hub: Hub) -> None:
        text = "Name,Hub\nComet Quince,ACORN\nMaple Walnut,\nRowan Birch,Elsewhere\n"
        batch = checked(receive(text, staff))
        assert batch.faults == [
            [3, "Hub", "The row says no hub. Fill it in, or choose one hub for the whole file."],
            [4, "Hub", "This word is not known here. Say what it means, or change it in the file."],
        ]  # fmt: skip

    def test_somebody_twice(self, staff: User, hub: Hub) -> None:
        text = 'Name,DOB\nComet Quince,1/2/2010\nQUINCE, x\n"Quince, Comet",2010-02-01\n'
        batch = checked(receive(text, staff, hub=hub))
        assert batch.faults[-1] == [
            4, "", "Row 2 has the same name and date of birth. Leave out one of the two.",
        ]  # fmt: skip

    def test_what_changed_since_the_check_keeps_everything_out(self, staff: User, hub: Hub) -> None:
        text = "Name,Hub\nComet Quince,Acorn\n"
        batch = checked(receive(text, staff))
        hub.name = "Beech"
        hub.save()
        imports.request_apply(batch=batch, by=staff, now=NOW)
        with pytest.raises(RecordError, match="Nothing was brought in"):
            apply(claimed(batch), said, NOW)
        assert not Participant.objects.exists()

    def test_who_is_no_trust_staff_any_more_brings_nothing_in(self, staff: User, hub: Hub) -> None:
        batch = checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED)
        imports.request_apply(batch=batch, by=staff, now=NOW)
        staff.role_grants.update(ended_at=NOW)
        with pytest.raises(PermissionDenied):
            apply(claimed(batch), said, NOW)
        assert not Participant.objects.exists()

    def test_others_may_not(self, hub: Hub) -> None:
        for role in set(Role) - {Role.TRUST_STAFF}:
            with pytest.raises(PermissionDenied):
                receive(PEOPLE, factories.make_user(role))


class TestWords:
    def test_words_are_said_once_and_remembered(self, staff: User, hub: Hub) -> None:
        text = "Name,Gender\nComet Quince,lass\nMaple Walnut,Lass\nRowan Birch,F\n"
        batch = checked(receive(text, staff, hub=hub))
        assert [row for row, _, _ in batch.faults] == [2, 3]
        imports.say_what_words_mean(
            batch=batch, words={"gender": {"lass": "female"}}, by=staff, now=NOW
        )
        check(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.state == ImportState.READY
        applied(batch)
        assert set(Participant.objects.values_list("gender", flat=True)) == {"female"}
        again = checked(receive(text.replace("Quince", "Sloe"), staff, hub=hub))
        assert again.state == ImportState.READY
        assert again.options["is_remembered"]
        assert ImportMatch.objects.count() == 1

    def test_a_word_cannot_mean_what_there_is_not(self, staff: User, hub: Hub) -> None:
        batch = checked(receive("Name,Gender\nComet Quince,lass\n", staff, hub=hub))
        imports.say_what_words_mean(
            batch=batch, words={"gender": {"lass": "nonsense"}}, by=staff, now=NOW
        )
        check(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.state == ImportState.FAULTY


class TestUndoing:
    @pytest.fixture
    def batch(self, staff: User, hub: Hub) -> ImportBatch:
        return applied(checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED))

    def test_nothing_stays(self, batch: ImportBatch) -> None:
        other = factories.make_participant()
        batch = undone(batch)
        assert batch.state == ImportState.UNDONE
        assert list(Participant.objects.all()) == [other]
        for model in (Contact, Consent, Registration):
            assert not model.objects.exists()
        history = Participant.pgh_event_model.objects  # type: ignore[attr-defined]
        assert set(history.values_list("pgh_obj", flat=True)) == {other.pk}
        assert AuditEntry.objects.filter(kind=AuditKind.IMPORT_UNDONE, object_id=batch.pk).exists()

    def test_refused_where_somebody_was_marked(self, batch: ImportBatch) -> None:
        person = Participant.objects.get(given_name="Maple")
        factories.make_attendance(factories.make_session(), person)
        imports.request_undo(batch=batch, by=batch.asked_by, now=NOW)
        with pytest.raises(RecordError, match="Nothing was taken back"):
            undo(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.summary["used"] == [[3, "It was used since."]]
        assert Participant.objects.count() == 2

    def test_refused_for_a_concern_in_the_same_words(self, batch: ImportBatch) -> None:
        """Staff who import do not learn that there is one."""
        Concern.objects.create(
            participant=Participant.objects.get(given_name="Maple"),
            receipt="R1",
            sealed="x",
            written_by=batch.asked_by,
        )
        imports.request_undo(batch=batch, by=batch.asked_by, now=NOW)
        with pytest.raises(RecordError, match="Nothing was taken back"):
            undo(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.summary["used"] == [[3, "It was used since."]]

    def test_refused_where_a_record_was_changed(self, batch: ImportBatch) -> None:
        Participant.objects.filter(given_name="Comet").update(school="Ivy House")
        imports.request_undo(batch=batch, by=batch.asked_by, now=NOW)
        with pytest.raises(RecordError):
            undo(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.summary["used"] == [[2, "The record was changed."]]

    def test_refused_where_somebody_joined_another_hub(self, batch: ImportBatch) -> None:
        person = Participant.objects.get(given_name="Comet")
        Registration.objects.create(participant=person, hub=factories.make_hub())
        imports.request_undo(batch=batch, by=batch.asked_by, now=NOW)
        with pytest.raises(RecordError):
            undo(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.summary["used"] == [[2, "They were registered at another hub."]]


class TestAttendance:
    def test_marks_of_sessions_that_are_there_and_that_are_not(self, staff: User, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub, title="Circus Skills")
        session = factories.make_session(activity=activity)
        comet = factories.make_participant(hub=hub, given_name="Comet", family_name="Quince")
        maple = factories.make_participant(
            given_name="Maple", family_name="Walnut", birth_date=dt.date(2009, 9, 9)
        )
        text = (
            "Activity,Date,Name,DOB,Attended\n"
            "Circus skills,14/05/2019,Comet Quince,,Y\n"
            "Circus skills,14/05/2019,Maple Walnut,9/9/09,late\n"
            "Circus skills,21/05/2019,Comet Quince,,n\n"
        )
        batch = checked(receive(text, staff, kind=ImportKind.ATTENDANCE, hub=hub), starts="17:00")
        assert batch.faults == []
        assert batch.summary["makes"] == {"marks": 3, "sessions": 1}
        batch = applied(batch)
        made = Session.objects.exclude(pk=session.pk).get()
        assert (made.starts_at, made.minutes) == (factories.london(2019, 5, 21, 17), 90)
        assert made.has_marks
        assert made.register_taken_at
        marks = Attendance.objects.order_by("session__starts_at", "participant__given_name")
        assert [(m.session_id, m.participant_id, m.status, m.operation_id) for m in marks] == [
            (session.pk, comet.pk, "present", None),
            (session.pk, maple.pk, "late", None),
            (made.pk, comet.pk, "absent", None),
        ]
        session.refresh_from_db()
        assert session.has_marks
        assert session.register_taken_at == batch.applied_at
        undone(batch)
        session.refresh_from_db()
        assert (session.has_marks, session.register_taken_at) == (False, None)
        assert list(Session.objects.all()) == [session]
        assert not Attendance.objects.exists()
        assert Participant.objects.count() == 2

    def test_what_cannot_be_matched(self, staff: User, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub, title="Circus Skills")
        factories.make_session(activity=activity, cancelled_at=NOW)
        two = factories.london(2019, 6, 4)
        for hour in (0, 3):
            factories.make_session(activity=activity, starts_at=two + dt.timedelta(hours=hour))
        for _ in range(2):
            factories.make_participant(hub=hub, given_name="Sloe", family_name="Birch")
        comet = factories.make_participant(hub=hub, given_name="Comet", family_name="Quince")
        factories.make_participant(given_name="Far", family_name="Away")
        text = (
            "Id,Name,Date,Time\n"
            ",Comet Quince,14/05/2019,\n"
            ",Comet Quince,04/06/2019,\n"
            ",Sloe Birch,21/05/2019,\n"
            ",Far Away,21/05/2019,\n"
            f"{hub.pk},,21/05/2019,\n"
            f"{staff.pk},,21/05/2019,\n"
            ",Comet Quince,,\n"
            f"{comet.pk},,21/05/2019,\n"
            ",Comet Quince,21/05/2019,16:00\n"
            ",Comet Quince,01/06/2026,\n"
        )
        batch = receive(text, staff, kind=ImportKind.ATTENDANCE, hub=hub)
        batch = checked(batch, activity=activity.pk)
        assert batch.faults == [
            [2, "Date", "The session of that day was cancelled."],
            [3, "Date", "There are several sessions that day. Add the start time."],
            [4, "Name", "Several people have this name. Add the date of birth, or the person's id."],
            [5, "Name", "Nobody of this name is known. Bring the people in first, or look at the spelling."],
            [6, "Id", "This is not an id of the portal: copy it whole from the person's page."],
            [7, "Id", "Nobody has this id."],
            [8, "Date", "This is empty, and every row needs it."],
            [10, "", "Row 9 marks the same person at the same session. Leave out one of the two."],
            [11, "Date", "The session of that day is not over yet."],
        ]  # fmt: skip

    def test_who_is_marked_already_is_left_out(self, staff: User, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub)
        session = factories.make_session(activity=activity)
        root = factories.make_participant(hub=hub, given_name="Comet", family_name="Quince")
        record = factories.make_participant(merged_into=root)
        factories.make_attendance(session, record)
        batch = receive(f"Id,Date\n{record.pk},14/05/2019\n", staff, kind=ImportKind.ATTENDANCE)
        batch = checked(batch, activity=activity.pk)
        assert batch.summary["makes"] == {"known": 1}

    def test_not_taken_back_where_a_mark_was_changed(self, staff: User, hub: Hub) -> None:
        activity = factories.make_activity(hub=hub)
        person = factories.make_participant(hub=hub)
        batch = receive(f"Id,Date\n{person.pk},14/05/2019\n", staff, kind=ImportKind.ATTENDANCE)
        batch = applied(checked(batch, activity=activity.pk))
        factories.make_attendance(Session.objects.get())
        imports.request_undo(batch=batch, by=staff, now=NOW)
        with pytest.raises(RecordError):
            undo(claimed(batch), said, NOW)
        batch.refresh_from_db()
        assert batch.summary["used"] == [[2, "It was used since."]]
        assert Attendance.objects.count() == 2


class TestHeadCounts:
    def test_a_column_for_each_date(self, staff: User) -> None:
        activity = factories.make_activity(title="Drumming")
        there = factories.make_session(activity=activity)
        text = "Activity;14/05/2019;15 May 2019\nDrumming;12;\n\n"
        batch = checked(receive(text, staff, kind=ImportKind.HEAD_COUNTS))
        assert batch.summary["makes"] == {"counts": 1}
        batch = applied(batch)
        count = HeadCount.objects.get()
        assert (count.session, count.people, count.method) == (there, 12, "counted")
        again = checked(receive(text, staff, kind=ImportKind.HEAD_COUNTS))
        assert again.faults == [[2, "", "There is a count for this session already."]]
        undone(batch)
        assert not HeadCount.objects.exists()
        assert Session.objects.get() == there

    def test_not_taken_back_where_a_count_was_changed(self, staff: User) -> None:
        activity = factories.make_activity(title="Drumming")
        batch = receive("Date,Count\n14/05/2019,12\n", staff, kind=ImportKind.HEAD_COUNTS)
        batch = applied(checked(batch, activity=activity.pk))
        HeadCount.objects.update(people=13, counted_at=timezone.now())
        imports.request_undo(batch=batch, by=staff, now=NOW)
        with pytest.raises(RecordError):
            undo(claimed(batch), said, NOW)
        assert HeadCount.objects.get().people == 13

    @pytest.mark.skipif(
        not CARPENTRIES.exists(), reason=f"NOT RUN: {CARPENTRIES} is not there; set DERBY_DATA."
    )
    def test_a_real_export(self, staff: User) -> None:
        activity = factories.make_activity(title="Workshops")
        batch = receive(CARPENTRIES.read_bytes(), staff, kind=ImportKind.HEAD_COUNTS)
        assert batch.columns == [
            "Slug", "Registered", "Day1", "Day2", "Day3", "Day4", "Day5", "Column 8", "Column 9",
        ]  # fmt: skip
        days = {str(index): f"day_{index - 1}" for index in range(2, 7)}
        assert batch.matched == {"0": "occasion"} | days
        matched = batch.matched | {"7": "day_6", "8": "day_7"}
        batch = checked(batch, matched, activity=activity.pk, starts="10:00", minutes=360)
        assert batch.faults == []
        # Two lines stand twice; three have their numbers in one cell, or none.
        assert batch.summary["makes"] == {"counts": 593, "sessions": 593, "known": 2, "empty": 3}
        batch = applied(batch)
        counts = HeadCount.objects.select_related("session__log").order_by("session__starts_at")
        assert counts.count() == 593
        assert {(c.group, c.method) for c in counts} == {("young_people", "counted")}
        assert not Session.objects.filter(headcount_only=False).exists()
        first = [c for c in counts if c.session.log.note == "2015-08-20-msu"]
        assert [(c.session.local_date, c.people) for c in first] == [
            (dt.date(2015, 8, 20), 18),
            (dt.date(2015, 8, 21), 12),
        ]
        last = [c.people for c in counts if c.session.log.note == "2018-01-18-UF-R"]
        assert last == [18, 12, 11, 17, 16, 10, 6]
        # A year that lost its first digit.
        (lost,) = {
            c.session.local_date.year for c in counts if c.session.log.note == "018-03-08-geneva"
        }
        assert lost == 2018
        undone(batch)
        assert not Session.objects.exists()
        assert not SessionLog.objects.exists()


class TestFiles:
    def test_the_name_says_nothing(self, staff: User, hub: Hub) -> None:
        batch = receive(PEOPLE, staff, hub=hub)
        assert (batch.file.name or "").startswith("imports/")
        assert "list" not in (batch.file.name or "")

    def test_gone_once_it_is_brought_in(
        self, staff: User, hub: Hub, django_capture_on_commit_callbacks: Any
    ) -> None:
        batch = checked(receive(PEOPLE, staff, hub=hub), PEOPLE_MATCHED)
        name = batch.file.name or ""
        with django_capture_on_commit_callbacks(execute=True):
            applied(batch)
        assert not default_storage.exists(name)

    def test_gone_after_a_week(self, staff: User, hub: Hub) -> None:
        batch = receive(PEOPLE, staff, hub=hub)
        name = batch.file.name or ""
        assert imports.delete_old_files(now=NOW + dt.timedelta(days=6)) == 0
        assert imports.delete_old_files(now=NOW + dt.timedelta(days=8)) == 1
        assert not default_storage.exists(name)
        batch.refresh_from_db()
        assert (batch.state, batch.problem) == ("failed", "Its file was deleted after a week.")

    def test_nothing_is_kept_of_what_is_no_table(self, staff: User) -> None:
        with pytest.raises(UnreadableError):
            receive(b"%PDF-1.7", staff)
        assert not ImportBatch.objects.exists()
        media = Path(default_storage.location)  # type: ignore[attr-defined]
        assert not any(files for _, _, files in os.walk(media))


def test_one_at_a_time(staff: User, hub: Hub) -> None:
    first, second = receive(PEOPLE, staff, hub=hub), receive(PEOPLE, staff, hub=hub)
    imports.match_columns(batch=first, matched=first.matched, options={}, by=staff, now=NOW)
    with pytest.raises(imports.AtWorkError):
        imports.match_columns(batch=second, matched=second.matched, options={}, by=staff, now=NOW)


def test_values_are_kept_nowhere(staff: User, hub: Hub) -> None:
    text = "Name,DOB,Email contact\nComet Quince,Saturday week,not-an-address\n"
    batch = receive(text, staff, hub=hub)
    batch = checked(batch, {"0": "full_name", "1": "birth_date", "2": "contact_1_email"})
    assert len(batch.faults) == 2
    row = str(ImportBatch.objects.filter(pk=batch.pk).values().get())
    for value in ("Comet", "Quince", "Saturday", "not-an-address"):
        assert value not in row


def test_the_forsaken_are_queued_again_and_given_up_at_last(staff: User, hub: Hub) -> None:
    batch = receive(PEOPLE, staff, hub=hub)
    imports.match_columns(batch=batch, matched=batch.matched, options={}, by=staff, now=NOW)
    assert imports.queue_forsaken(now=NOW) == []
    later = NOW + dt.timedelta(hours=1)
    assert imports.queue_forsaken(now=later) == [batch.pk]
    ImportBatch.objects.update(attempts=3, heartbeat_at=NOW)
    assert imports.queue_forsaken(now=later) == []
    batch.refresh_from_db()
    assert batch.state == ImportState.UPLOADED
    assert batch.problem.startswith("It was given up")


@pytest.mark.parametrize(
    ("kind", "text", "named"),
    [
        (ImportKind.PEOPLE, "Forename,Surname,Hub\nComet,Quince,Acornn\n", "Acorn"),
        (ImportKind.HEAD_COUNTS, "Activity,Date,Total\nDrumss,1 June 2019,4\n", "Drums"),
    ],
    ids=["hubs", "activities"],
)
def test_a_word_can_be_said_to_mean_a_name_as_it_is_written_here(
    staff: User, hub: Hub, kind: ImportKind, text: str, named: str
) -> None:
    factories.make_activity(hub=hub, title="Drums")
    batch = checked(receive(text, staff, kind))
    (asked,) = unknown_words(batch)
    assert named in [name for _, name in asked.choices]
