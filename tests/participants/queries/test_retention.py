"""What the rules reach on a day, and what protects somebody from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps

from accounts.models import Role
from participants.models import (
    Booking,
    Concern,
    LegalHold,
    MarkStatus,
    Participant,
    Registration,
    Right,
    RightsRequest,
)
from participants.queries.retention import (
    PEOPLE_RULES,
    SOURCES,
    WITH_OTHERS,
    Due,
    cut_off,
    dues,
    dues_of_rows,
    everybody_due,
    people_due,
    records_of,
)
from participants.retention import CONCERN, FIGURES, IDENTITY, RULED, UNDOING, Action, Event
from tests.factories import (
    london,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

AS_OF = dt.date(2026, 6, 1)
LONG_AGO = london(2019, 1, 10)

pytestmark = pytest.mark.django_db


def quiet(**fields: Any) -> Participant:
    """Somebody who came once, in May 2019."""
    person = make_participant(created_at=LONG_AGO, **fields)
    make_attendance(make_session(starts_at=london(2019, 5, 14)), person)
    return person


def due(label: str, as_of: dt.date = AS_OF) -> Due:
    return next(each for each in dues_of_rows(as_of) if each.label == label)


def test_time_is_whole_years_or_days_before_the_day() -> None:
    assert cut_off(IDENTITY, AS_OF) == london(2023, 6, 1, 0)
    assert cut_off(UNDOING, AS_OF) == london(2026, 5, 2, 0)


def test_who_last_came_three_years_ago_is_reached_and_others_are_not() -> None:
    person = quiet()
    back_again = quiet()
    make_attendance(make_session(starts_at=london(2023, 6, 1, 0)), back_again)
    only_absent = quiet()
    make_attendance(
        make_session(starts_at=london(2025, 6, 1)), only_absent, status=MarkStatus.ABSENT
    )
    assert people_due(IDENTITY, AS_OF) == sorted([person.pk, only_absent.pk])


def test_who_never_came_counts_from_being_registered_or_made() -> None:
    never_came = make_participant(created_at=LONG_AGO)
    make_participant(created_at=london(2024, 1, 1))
    registered = make_participant(created_at=LONG_AGO)
    Registration.objects.create(
        participant=registered, hub=make_hub(), registered_at=london(2024, 1, 1)
    )
    assert people_due(IDENTITY, AS_OF) == [never_came.pk]


def test_a_person_is_as_recent_as_any_record_merged_into_theirs() -> None:
    root, record = quiet(), quiet(birth_date=None)
    Participant.objects.filter(pk=record.pk).update(merged_into=root)
    assert people_due(IDENTITY, AS_OF) == [root.pk]
    assert set(records_of([root.pk])) == {root.pk, record.pk}
    make_attendance(make_session(starts_at=london(2025, 1, 1)), record)
    assert people_due(IDENTITY, AS_OF) == []


@pytest.mark.parametrize("on_record", [False, True], ids=["root", "merged"])
@pytest.mark.parametrize("what", ["hold", "request", "concern"])
def test_what_is_protected_is_left_alone_and_counted(what: str, on_record: bool) -> None:
    root, record = quiet(), quiet()
    Participant.objects.filter(pk=record.pk).update(merged_into=root)
    free = quiet()
    person, user = record if on_record else root, make_user(Role.TRUST_STAFF)
    if what == "hold":
        LegalHold.objects.create(participant=person, why="A court", placed_by=user)
    elif what == "request":
        RightsRequest.objects.create(
            participant=person,
            right=Right.ACCESS,
            received_on=AS_OF,
            due_on=AS_OF,
            recorded_by=user,
        )
    else:
        Concern.objects.create(participant=person, receipt="R1", sealed="x", written_by=user)
    assert people_due(IDENTITY, AS_OF) == [free.pk]
    # A concern is told of nowhere, not even as a number.
    assert everybody_due(AS_OF).left_alone == (what != "concern")
    Concern.objects.create(participant=root, receipt="R2", sealed="x", written_by=user)
    assert everybody_due(AS_OF).left_alone == (what != "concern")


def test_a_hold_that_ended_and_a_request_that_was_answered_protect_nobody() -> None:
    person, user = quiet(), make_user(Role.TRUST_STAFF)
    LegalHold.objects.create(
        participant=person,
        why="A court",
        placed_by=user,
        ended_at=LONG_AGO,
        ended_by=user,
        ended_why="Over",
    )
    RightsRequest.objects.create(
        participant=person,
        right=Right.ACCESS,
        received_on=AS_OF,
        due_on=AS_OF,
        recorded_by=user,
        outcome="done",
        answered_at=LONG_AGO,
    )
    assert people_due(IDENTITY, AS_OF) == [person.pk]


def test_answers_go_after_seven_years_and_only_once() -> None:
    person = quiet(gender="female", ethnicity="WBRI")
    quiet()
    assert people_due(FIGURES, dt.date(2026, 5, 14)) == []
    assert people_due(FIGURES, dt.date(2026, 5, 16)) == [person.pk]


def test_rows_about_somebody_under_hold_stay() -> None:
    session = make_session(starts_at=london(2020, 1, 1))
    held, free = make_participant(), make_participant()
    for person in (held, free):
        Booking.objects.create(session=session, participant=person, has_place=True)
    LegalHold.objects.create(participant=held, why="A court", placed_by=make_user())
    assert [row.participant for row in due("participants.Booking").rows] == [free]


def test_rows_of_young_sessions_stay() -> None:
    session = make_session(starts_at=london(2025, 12, 1))
    Booking.objects.create(session=session, participant=make_participant(), has_place=True)
    assert due("participants.Booking").rows.count() == 0
    assert due("participants.Booking", dt.date(2026, 12, 3)).rows.count() == 1


@pytest.mark.parametrize(
    ("born", "written", "is_due"),
    [
        (dt.date(1994, 6, 1), london(2019, 1, 1), True),
        (dt.date(1994, 6, 2), london(2019, 1, 1), False),
        (None, london(1999, 5, 31), True),
        (None, london(1999, 6, 2), False),
    ],
    ids=["32 today", "32 tomorrow", "27 years ago", "not 27 years ago"],
)
def test_concerns_stay_until_seven_years_after_the_twenty_fifth_birthday(
    born: dt.date | None, written: dt.datetime, is_due: bool
) -> None:
    Concern.objects.create(
        participant=make_participant(birth_date=born),
        receipt="R1",
        sealed="x",
        written_by=make_user(),
        written_at=written,
        closed_at=written,
    )
    assert due("participants.Concern").rows.exists() is is_due


def test_open_concerns_stay() -> None:
    Concern.objects.create(
        receipt="R1", sealed="x", written_by=make_user(), written_at=london(1990, 1, 1)
    )
    assert not due("participants.Concern").rows.exists()


def test_leavers_are_reached_a_year_after_leaving_and_once() -> None:
    make_user(left_at=london(2026, 1, 1))
    gone = make_user(left_at=london(2025, 5, 30))
    assert list(due("accounts.User").rows) == [gone]
    assert due("accounts.User").rows.update(**SOURCES["accounts.User"].emptied) == 1
    gone.refresh_from_db()
    assert (gone.name, gone.email) == ("Somebody who left", f"left-{gone.pk}@portal.invalid")
    assert not due("accounts.User").rows.exists()


def test_every_rule_that_runs_by_itself_is_carried_out_on_every_table() -> None:
    installed = {config.label for config in apps.get_app_configs()}
    by_themselves = {
        label
        for rule, tables in RULED.items()
        for label in tables
        if rule.action == Action.ERASE
        and rule.after not in {Event.LAST_ATTENDANCE, Event.REPLACED}
        and label.split(".")[0] in installed
    }
    assert by_themselves - set(SOURCES) == WITH_OTHERS
    assert {due.label for due in dues(AS_OF, everybody_due(AS_OF))} >= by_themselves - WITH_OTHERS


def test_concerns_are_counted_by_their_own_rule() -> None:
    assert due("participants.Concern").rule == CONCERN


def test_one_look_at_all_rules_says_the_same_as_each() -> None:
    quiet(gender="female")
    day = dt.date(2027, 1, 1)
    by_rule = everybody_due(day).by_rule
    assert by_rule == {rule: people_due(rule, day) for rule in PEOPLE_RULES}
    assert [len(by_rule[rule]) for rule in (IDENTITY, FIGURES)] == [1, 1]


def test_as_many_queries_for_one_as_for_three(django_assert_num_queries: Any) -> None:
    quiet()
    with django_assert_num_queries(8):
        people_due(IDENTITY, AS_OF)
    quiet()
    quiet()
    with django_assert_num_queries(8):
        people_due(IDENTITY, AS_OF)
