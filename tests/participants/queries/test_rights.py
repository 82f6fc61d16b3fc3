from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Role
from activities.models import Closure, ClosureKind
from participants.models import Contact, LegalHold, Participant
from participants.queries import rights
from participants.queries.people import people_named, possible_matches
from participants.queries.register import register_for
from tests.factories import make_attendance, make_hub, make_participant, make_session, make_user
from tests.participants.rights import NOW, make_known, make_request

WORKING = [
    # Received, due: the same day of the next month, or the next working day.
    (dt.date(2026, 5, 11), dt.date(2026, 6, 11)),
    (dt.date(2026, 5, 13), dt.date(2026, 6, 15)),  # 13 June 2026 is a Saturday
    (dt.date(2026, 5, 14), dt.date(2026, 6, 15)),
    (dt.date(2026, 1, 31), dt.date(2026, 3, 2)),  # 28 February 2026 is a Saturday
    (dt.date(2025, 12, 31), dt.date(2026, 2, 2)),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("received", "due"), WORKING, ids=[str(each[0]) for each in WORKING])
def test_an_answer_is_due_after_a_month(received: dt.date, due: dt.date) -> None:
    assert rights.due_on(received) == due


@pytest.mark.django_db
def test_a_bank_holiday_gives_another_day_but_not_a_holiday_of_schools_or_of_one_hub() -> None:
    day = dt.date(2026, 5, 25)  # a Monday
    assert rights.due_on(dt.date(2026, 4, 25)) == day
    Closure.objects.create(kind=ClosureKind.HOLIDAY, name="Half-term", first_on=day, last_on=day)
    Closure.objects.create(
        hub=make_hub(), kind=ClosureKind.BANK_HOLIDAY, name="There", first_on=day, last_on=day
    )
    assert rights.due_on(dt.date(2026, 4, 25)) == day
    Closure.objects.create(kind=ClosureKind.BANK_HOLIDAY, name="Spring", first_on=day, last_on=day)
    assert rights.due_on(dt.date(2026, 4, 25)) == dt.date(2026, 5, 26)


@pytest.mark.django_db
def test_a_longer_request_is_due_three_months_after_it_was_received() -> None:
    request = make_request(make_participant())
    assert rights.extended_due_on(request) == dt.date(2026, 8, 11)


@pytest.mark.parametrize("age", [11, 12, 13])
def test_children_from_twelve_on_may_ask_for_themselves(age: int) -> None:
    day = dt.date(2026, 5, 11)
    person = Participant(birth_date=day.replace(year=day.year - age))
    assert rights.age_on(person, day) == age
    assert rights.may_ask_for_themselves(person, day) is (age >= 12)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2026, 5, 10)))
def test_an_age_never_differs_from_the_years_lived(born: dt.date) -> None:
    age = rights.age_on(Participant(birth_date=born), dt.date(2026, 5, 11))
    assert age is not None
    assert age == 2026 - born.year - ((born.month, born.day) > (5, 11))


def test_an_age_that_is_not_known_asks_nothing() -> None:
    person = Participant(birth_date=None)
    assert rights.age_on(person, dt.date(2026, 5, 11)) is None
    assert not rights.may_ask_for_themselves(person, dt.date(2026, 5, 11))


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["objected_at", "restricted_at"])
def test_every_record_of_who_objected_or_is_restricted_is_left_out_of_evaluation(
    field: str,
) -> None:
    root, other = make_participant(), make_participant()
    record = make_participant(merged_into=root, **{field: NOW})
    sibling = make_participant(merged_into=root)
    left_out = set(rights.left_out_of_evaluation().values_list("pk", flat=True))
    assert left_out == {root.pk, record.pk, sibling.pk}
    assert other.pk not in left_out
    restricted = set(rights.restricted().values_list("pk", flat=True))
    assert restricted == (left_out if field == "restricted_at" else set())


@pytest.mark.django_db
def test_requests_come_in_the_order_in_which_they_are_due_and_are_trust_staffs() -> None:
    person, trust = make_participant(), make_user(Role.TRUST_STAFF)
    late, soon = make_request(person), make_request(make_participant())
    soon.due_on -= dt.timedelta(days=3)
    soon.save()
    done = make_request(person)
    done.outcome = "done"
    done.save()
    assert list(rights.open_requests(trust)) == [soon, late]
    assert list(rights.answered_requests(trust)) == [done]
    assert rights.waiting_requests(trust) == 2
    assert set(rights.requests_about(trust, person)) == {late, done}
    for role in set(Role) - {Role.TRUST_STAFF}:
        assert not rights.open_requests(make_user(role)).exists()
        assert rights.waiting_requests(make_user(role)) == 0
        assert not rights.requests_about(make_user(role), person).exists()
        assert rights.certificate(make_user(role), person.pk) is None


@pytest.mark.django_db
def test_changes_are_said_by_field_and_without_a_value() -> None:
    person = make_known()
    person.school = "Foxglove School"
    person.save()
    Contact.objects.get(participant=person).delete()
    changes = [change.what for change in rights.changes_since(person, dt.date(2020, 1, 1))]
    # All of a test is one transaction, and so one moment.
    assert sorted(changes) == [
        "Contact added",
        "Contact taken away",
        "Hub added",
        "Record added",
        "Record: School",
    ]
    assert rights.changes_since(person, dt.date(2999, 1, 1)) == []


@pytest.mark.django_db
def test_what_would_be_erased_is_counted_and_a_hold_is_seen() -> None:
    person = make_known()
    make_participant(merged_into=person)
    plan = rights.erasure_plan(person)
    goes = dict(plan.goes)
    assert goes["Records with name, home, school and answers"] == 2
    assert (goes["Contacts"], goes["Care notes"], goes["Marks at sessions"]) == (1, 1, 1)
    assert not any("oncern" in words for words in goes)
    assert not plan.is_held
    LegalHold.objects.create(participant=person, why="A claim", placed_by=make_user())
    assert rights.erasure_plan(person).is_held


@pytest.mark.django_db
def test_who_is_restricted_leaves_the_search_and_stays_on_the_register() -> None:
    session = make_session()
    hub = session.activity.hub
    coordinator = make_user(Role.COORDINATOR, hubs=(hub,))
    person = make_participant(hub=hub, given_name="Bramblewick", family_name="Zed")
    make_attendance(session, person)
    assert people_named(coordinator, "Bram") == [person]
    person.restricted_at = NOW
    person.save()
    assert people_named(coordinator, "Bram") == []
    assert [row.participant_id for row in register_for(session).rows] == [person.pk]
    walk_in = uuid.uuid4()
    matches = possible_matches(
        session, participant_id=walk_in, given_name="bramblewick", year_group=None
    )
    assert matches == [person]
