"""A plan, two people, a worker, a certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import AuditEntry, AuditKind, Role, User
from participants.models import (
    Booking,
    Concern,
    ConcernAction,
    Contact,
    LegalHold,
    Participant,
    Photograph,
    RegisterAction,
    RegisterEvent,
    Removal,
    RetentionRun,
    RunState,
)
from participants.services.errors import RecordError
from participants.services.retention import (
    approve,
    carry_out,
    drop,
    forsaken_runs,
    plan,
    plan_the_month,
    sha256,
)
from tests.factories import (
    london,
    make_attendance,
    make_participant,
    make_session,
    make_user,
)

NOW = london(2027, 6, 1)
AS_OF = NOW.date()
CLOCK: Callable[[], dt.datetime] = lambda: NOW  # noqa: E731

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> User:
    return make_user(Role.TRUST_STAFF)


@pytest.fixture
def second() -> User:
    return make_user(Role.TRUST_STAFF)


def quiet(**fields: Any) -> Participant:
    person = make_participant(created_at=london(2019, 1, 1), **fields)
    make_attendance(make_session(starts_at=london(2019, 5, 14)), person)
    return person


def approved(first: User, second: User) -> RetentionRun:
    run = plan(as_of=AS_OF, by=first, now=NOW)
    approve(run=run, by=first, now=NOW)
    return approve(run=run, by=second, now=NOW)


def rows(run: RetentionRun) -> dict[str, int]:
    return {line["key"]: line["rows"] for line in run.plan["rows"]}


def done(run: RetentionRun) -> dict[str, int]:
    run.refresh_from_db()
    body = run.certificate["body"]
    return {f"{line['rule']}:{line['table']}": line["done"] for line in body["rows"]}


# --- Plan and approvals -----------------------------------------------------------------------
def test_a_plan_counts_and_changes_nothing(first: User) -> None:
    person = quiet(given_name="Planted", gender="female")
    Contact.objects.create(participant=person, name="A parent")
    run = plan(as_of=AS_OF, by=first, now=NOW)
    assert rows(run) == {
        "identity:participants.Participant": 1,
        "identity:participants.Contact": 1,
        "identity:participants.ParticipantEvent": 1,
        "identity:participants.ContactEvent": 1,
        "figures:participants.Participant": 1,
    }
    assert (run.plan["people"], run.plan["left_alone"], run.state) == (1, 0, RunState.PLANNED)
    person.refresh_from_db()
    assert (person.given_name, person.gender) == ("Planted", "female")
    assert AuditEntry.objects.get().kind == AuditKind.RETENTION_PLANNED


def test_only_one_plan_waits_at_a_time(first: User) -> None:
    plan(as_of=AS_OF, by=first, now=NOW)
    with pytest.raises(RecordError, match="Another plan waits"):
        plan(as_of=AS_OF, by=first, now=NOW)


def test_the_plan_of_the_month_takes_the_place_of_one_that_nobody_approved(first: User) -> None:
    run = plan_the_month(now=NOW)
    assert run is not None
    assert run.planned_by is None
    again = plan_the_month(now=NOW)
    run.refresh_from_db()
    assert again is not None
    assert (run.state, again.state) == (RunState.DROPPED, RunState.PLANNED)
    approve(run=again, by=first, now=NOW)
    assert plan_the_month(now=NOW) is None


def test_two_different_people_approve(first: User, second: User) -> None:
    run = plan(as_of=AS_OF, by=first, now=NOW)
    assert approve(run=run, by=first, now=NOW).state == RunState.PLANNED
    with pytest.raises(RecordError, match="A second person must"):
        approve(run=run, by=first, now=NOW)
    assert approve(run=run, by=second, now=NOW).state == RunState.APPROVED
    with pytest.raises(RecordError, match="does not wait"):
        approve(run=run, by=second, now=NOW)


def test_the_database_refuses_one_person_twice_and_a_run_without_approval(first: User) -> None:
    run = plan(as_of=AS_OF, by=first, now=NOW)
    runs = RetentionRun.objects.filter(pk=run.pk)
    with pytest.raises(IntegrityError, match="approved_by_two"), transaction.atomic():
        runs.update(first_approved_by=first, second_approved_by=first)
    with pytest.raises(IntegrityError, match="once_approved"), transaction.atomic():
        runs.update(state=RunState.RUNNING)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_plans_approves_or_drops(role: Role, first: User) -> None:
    stranger = make_user(role)
    with pytest.raises(PermissionDenied):
        plan(as_of=AS_OF, by=stranger, now=NOW)
    run = plan(as_of=AS_OF, by=first, now=NOW)
    with pytest.raises(PermissionDenied):
        approve(run=run, by=stranger, now=NOW)
    with pytest.raises(PermissionDenied):
        drop(run=run, by=stranger)


def test_what_was_dropped_is_not_carried_out(first: User) -> None:
    person = quiet()
    run = plan(as_of=AS_OF, by=first, now=NOW)
    drop(run=run, by=first)
    carry_out(run_id=run.pk, clock=CLOCK)
    person.refresh_from_db()
    assert person.anonymised_at is None


def test_a_plan_that_one_person_approved_is_not_carried_out(first: User) -> None:
    person = quiet()
    run = plan(as_of=AS_OF, by=first, now=NOW)
    approve(run=run, by=first, now=NOW)
    carry_out(run_id=run.pk, clock=CLOCK)
    person.refresh_from_db()
    assert person.anonymised_at is None


# --- Carrying out -----------------------------------------------------------------------------
def test_people_are_anonymised_and_the_certificate_names_nobody(first: User, second: User) -> None:
    person = quiet(given_name="Planted", family_name="Zyxw", gender="female")
    Contact.objects.create(participant=person, name="Planted Parent")
    run = approved(first, second)
    carry_out(run_id=run.pk, clock=CLOCK)
    run.refresh_from_db()
    person.refresh_from_db()
    assert (run.state, run.problem) == (RunState.DONE, "")
    assert (person.given_name, person.family_name, person.birth_date, person.gender) == (
        "Anonymised",
        "",
        None,
        "unknown",
    )
    assert person.attendances.count() == 1
    assert done(run) == rows(run)
    body = run.certificate["body"]
    assert body["people"] == Removal.objects.filter(run=run).count() == 1
    assert run.certificate["sha256"] == sha256(body)
    assert [each["by"] for each in body["approved"]] == [str(first.pk), str(second.pk)]
    assert "Planted" not in str(run.certificate)
    history = Participant.pgh_event_model.objects.filter(pgh_obj=person)
    assert not history.filter(given_name="Planted").exists()
    assert not history.filter(gender="female").exists()
    assert AuditEntry.objects.filter(kind=AuditKind.RETENTION_DONE).count() == 1


def test_what_came_under_hold_after_the_plan_is_skipped(first: User, second: User) -> None:
    held, free = quiet(), quiet()
    run = approved(first, second)
    LegalHold.objects.create(participant=held, why="A court", placed_by=first)
    carry_out(run_id=run.pk, clock=CLOCK)
    held.refresh_from_db()
    free.refresh_from_db()
    assert (held.anonymised_at, free.anonymised_at) == (None, NOW)
    assert rows(run)["identity:participants.Participant"] == 2
    assert done(run)["identity:participants.Participant"] == 1


def test_more_than_was_approved_is_not_deleted(first: User, second: User) -> None:
    person = quiet()
    run = approved(first, second)
    late = quiet()
    carry_out(run_id=run.pk, clock=CLOCK)
    run.refresh_from_db()
    assert (run.state, run.problem) == (
        RunState.FAILED,
        "More of participants.Participant is due than was approved. Plan again.",
    )
    for each in (person, late):
        each.refresh_from_db()
        assert each.anonymised_at is None


def test_rows_are_deleted_with_their_files_and_accounts_emptied(
    first: User, second: User, django_capture_on_commit_callbacks: Any
) -> None:
    session = make_session(starts_at=london(2020, 5, 14))
    Booking.objects.create(session=session, participant=make_participant(), has_place=True)
    photograph = Photograph(session=session, description="A hall", added_by=first)
    photograph.file.save(
        "00000000-0000-4000-8000-000000000001.webp", ContentFile(b"picture"), save=True
    )
    leaver = make_user(left_at=london(2025, 1, 1), name="Leaver", email="leaver@example.org")
    run = approved(first, second)
    name = photograph.file.name
    assert name is not None
    with django_capture_on_commit_callbacks(execute=True):
        carry_out(run_id=run.pk, clock=CLOCK)
    assert not Booking.objects.exists()
    assert not Photograph.objects.exists()
    assert not default_storage.exists(name)
    leaver.refresh_from_db()
    assert leaver.name == "Somebody who left"
    assert done(run) == {
        "booking:participants.Booking": 1,
        "photograph:participants.Photograph": 1,
        "account:accounts.User": 1,
    }


def test_frozen_tables_are_reached_through_the_owner_only(first: User, second: User) -> None:
    session = make_session(starts_at=london(2018, 5, 14))
    event = RegisterEvent.objects.create(
        session=session,
        action=RegisterAction.REOPENED,
        reason="Planted name",
        at=london(2018, 5, 14),
        done_by=first,
    )
    concern = Concern.objects.create(
        receipt="R1",
        sealed="x",
        written_by=first,
        written_at=london(1990, 1, 1),
        closed_at=london(1991, 1, 1),
    )
    ConcernAction.objects.create(concern=concern, kind="note", sealed="y", done_by=first)
    for statement in (
        "UPDATE participants_registerevent SET reason = ''",
        "DELETE FROM participants_concernaction",
        "DELETE FROM participants_removal",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    run = approved(first, second)
    carry_out(run_id=run.pk, clock=CLOCK)
    event.refresh_from_db()
    assert event.reason == "(removed)"
    assert not Concern.objects.exists()
    assert done(run) == {
        "reason:participants.RegisterEvent": 1,
        "concern:participants.Concern": 1,
    }


def test_the_owners_functions_leave_what_is_young(first: User) -> None:
    event = RegisterEvent.objects.create(
        session=make_session(starts_at=dt.datetime.now(dt.UTC)),
        action=RegisterAction.REOPENED,
        reason="Of today",
        at=dt.datetime.now(dt.UTC),
        done_by=first,
    )
    concern = Concern.objects.create(
        receipt="R1", sealed="x", written_by=first, closed_at=dt.datetime.now(dt.UTC)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_forget_reasons(%s)", [[event.pk]])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT participants_forget_concerns(%s)", [[concern.pk]])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("state", ["done", "dropped", "failed"])
def test_a_certificate_cannot_be_changed_or_deleted(state: str, first: User, second: User) -> None:
    run = approved(first, second)
    RetentionRun.objects.filter(pk=run.pk).update(state=state)
    runs = RetentionRun.objects.filter(pk=run.pk)
    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        runs.update(certificate={"body": {}})
    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        runs.delete()


# --- Workers that die -------------------------------------------------------------------------
def test_a_run_goes_on_where_its_worker_died(
    first: User, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from participants.services import removal

    people = [quiet(), quiet()]
    run = approved(first, second)
    plain = removal.anonymise

    def once(**arguments: Any) -> Removal:
        if Removal.objects.exists():
            raise KeyboardInterrupt
        return plain(**arguments)

    monkeypatch.setattr(removal, "anonymise", once)
    with pytest.raises(KeyboardInterrupt):
        carry_out(run_id=run.pk, clock=CLOCK)
    monkeypatch.setattr(removal, "anonymise", plain)
    later = NOW + dt.timedelta(minutes=6)
    assert forsaken_runs(now=NOW + dt.timedelta(minutes=4)) == []
    carry_out(run_id=run.pk, clock=CLOCK)
    assert Removal.objects.count() == 1
    assert forsaken_runs(now=later) == [run.pk]
    carry_out(run_id=run.pk, clock=lambda: later)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert done(run)["identity:participants.Participant"] == 2
    assert {person.pk for person in people} == set(
        Removal.objects.values_list("person_id", flat=True)
    )
    carry_out(run_id=run.pk, clock=lambda: later)
    assert Removal.objects.count() == 2


def test_what_stops_a_run_is_said_and_what_was_done_is_certified(
    first: User, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from participants.services import retention

    quiet()
    run = approved(first, second)

    def full(*arguments: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(retention, "_answers", full)
    with pytest.raises(OSError, match="disk"):
        carry_out(run_id=run.pk, clock=CLOCK)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.problem == "It stopped at: People who have not come for years. Plan again."
    assert run.certificate["body"]["people"] == 1
