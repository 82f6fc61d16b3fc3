"""Consents on a record, for staff."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.queries.today import today_page
from participants.models import (
    Answer,
    Consent,
    ConsentHow,
    ParentLink,
    ParentLinkPurpose,
    Purpose,
    Relationship,
)
from participants.queries.completing import to_complete
from participants.queries.consents import may
from participants.services.consents import record_consents
from participants.services.parent_links import make_link
from tests.factories import make_hub, make_participant, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return make_hub()


@pytest.fixture
def coordinator(hub):
    return make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def person(hub):
    return make_participant(hub=hub)


def at(name, person):
    return reverse(f"consents:{name}", args=[person.pk])


def fields(**changed):
    data = {
        "answered_by": "Bramble Sample",
        "relationship": "mother",
        "how": "paper",
        "answered_on": timezone.now().date().isoformat(),
        "decided_by": "",
    }
    return data | changed


def test_the_page_says_what_stands_and_writes_down_who_looked(client, person, coordinator):
    record_consents(
        person=person,
        answers={Purpose.SURVEYS: True, Purpose.MESSAGES: False},
        answered_by="Bramble Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PHONE,
        now=timezone.now(),
        by=coordinator,
    )
    client.force_login(coordinator)
    page = client.get(at("consents", person))
    assert page.status_code == 200
    assert "Bramble Sample" in page.text
    assert page.text.count("Not asked yet") == len(Purpose) - 2
    read = AuditEntry.objects.get(kind=AuditKind.CONSENTS_READ)
    assert (read.actor_id, read.object_id) == (coordinator.pk, person.pk)


def test_written_down_and_taken_back(client, person, coordinator):
    client.force_login(coordinator)
    assert client.post(at("record", person), fields(surveys="yes")).status_code == 302
    assert may([person.pk], Purpose.SURVEYS) == {person.pk}
    row = Consent.objects.get()
    assert (row.how, row.recorded_by, row.answered_by) == ("paper", coordinator, "Bramble Sample")
    client.post(at("record", person), fields(surveys="no", how="phone"))
    assert may([person.pk], Purpose.SURVEYS) == set()


def test_mistakes_are_said(client, person, coordinator):
    client.force_login(coordinator)
    nothing = client.post(at("record", person), fields())
    assert nothing.status_code == 422
    assert "at least one answer" in nothing.text
    ahead = (timezone.now() + dt.timedelta(days=3)).date().isoformat()
    assert (
        client.post(at("record", person), fields(surveys="yes", answered_on=ahead)).status_code
        == 422
    )
    assert not Consent.objects.exists()


def test_photographs_of_a_child_in_care_need_who_decided(client, hub, coordinator):
    person = make_participant(hub=hub, care_experienced=Answer.YES)
    client.force_login(coordinator)
    response = client.post(at("record", person), fields(photos_public="yes"))
    assert response.status_code == 422
    assert "Say who decided" in response.text
    # That they are in care is equality monitoring, which a hub writes and does not read.
    assert "They are looked after" not in response.text
    read = AuditEntry.objects.get(kind=AuditKind.CONSENTS_READ)
    assert (read.actor_id, read.object_id) == (coordinator.pk, person.pk)
    data = fields(photos_public="yes", decided_by="social_worker")
    assert client.post(at("record", person), data).status_code == 302
    assert may([person.pk], Purpose.PHOTOGRAPHS_PUBLIC) == {person.pk}


def test_a_link_is_shown_once_with_its_code(client, person, coordinator):
    client.force_login(coordinator)
    page = client.post(at("new_link", person), {"purpose": "consent"})
    assert page.status_code == 200
    assert "/consent/" in page.text
    assert "<svg" in page.text
    assert "no-store" in page["Cache-Control"]
    link = ParentLink.objects.get()
    assert link.purpose == ParentLinkPurpose.CONSENT
    again = client.get(at("consents", person))
    assert "Opens until" in again.text
    assert "http://testserver/consent/" not in again.text
    closed = client.post(reverse("consents:end_link", args=[link.pk]))
    assert closed.status_code == 302
    link.refresh_from_db()
    assert link.closed_at is not None


def test_a_whole_record_is_not_completed_again(client, person, coordinator):
    client.force_login(coordinator)
    assert client.post(at("new_link", person), {"purpose": "complete"}).status_code == 302
    assert not ParentLink.objects.exists()


STRANGERS = {
    "nobody": ((), 302),
    "another hub": ((Role.COORDINATOR,), 404),
    "evaluator": ((Role.EVALUATOR,), 403),
    "administrator": ((Role.ADMINISTRATOR,), 403),
    "auditor": ((Role.AUDITOR,), 403),
}


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("name", ["consents", "record", "new_link", "end_link"])
def test_strangers(who, name, client, person, coordinator):
    roles, expected = STRANGERS[who]
    link, _ = make_link(
        person=person, purpose=ParentLinkPurpose.CONSENT, by=coordinator, now=timezone.now()
    )
    if roles:
        client.force_login(make_user(*roles, hubs=(make_hub(),) if expected == 404 else ()))
    address = (
        reverse("consents:end_link", args=[link.pk]) if name == "end_link" else at(name, person)
    )
    method = client.post if name in {"new_link", "end_link"} else client.get
    assert method(address).status_code == expected
    link.refresh_from_db()
    assert link.closed_at is None


def test_the_safeguarding_lead_reads_and_records_nothing(client, person):
    client.force_login(make_user(Role.SAFEGUARDING_LEAD))
    page = client.get(at("consents", person))
    assert page.status_code == 200
    assert "Write answers down" not in page.text
    assert client.post(at("record", person), fields(surveys="yes")).status_code == 403
    assert client.post(at("new_link", person)).status_code == 403


@pytest.mark.parametrize("answers", [1, 3])
def test_as_many_queries_for_many_answers(
    answers, client, person, coordinator, django_assert_max_num_queries
):
    for number in range(answers):
        record_consents(
            person=person,
            answers={Purpose.SURVEYS: bool(number % 2)},
            answered_by="Bramble Sample",
            relationship=Relationship.MOTHER,
            how=ConsentHow.PHONE,
            now=timezone.now(),
            by=coordinator,
        )
    client.force_login(coordinator)
    client.get(at("consents", person))
    with django_assert_max_num_queries(28):
        client.get(at("consents", person))


class TestToday:
    def test_records_to_complete_the_earliest_deadline_first(self, hub, coordinator):
        now = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
        late, soon = (
            make_participant(hub=hub, is_complete=False, complete_by=day)
            for day in (dt.date(2026, 3, 1), dt.date(2026, 3, 9))
        )
        make_participant(hub=hub, is_complete=False)
        make_participant(hub=hub)
        make_participant(hub=make_hub(), is_complete=False, complete_by=dt.date(2026, 3, 1))
        found = to_complete(coordinator, now)
        assert found.count == 2
        assert [(each.person, each.is_late) for each in found.oldest] == [
            (late, True),
            (soon, False),
        ]

    def test_who_takes_part_no_more_is_said(self, hub, person, coordinator):
        now = timezone.now()
        record_consents(
            person=person,
            answers={Purpose.TAKING_PART: False},
            answered_by="Bramble Sample",
            relationship=Relationship.MOTHER,
            how=ConsentHow.PHONE,
            now=now,
            by=coordinator,
        )

        def ended(user):
            parts = [part for part in today_page(user, now) if "consents" in part.template]
            return [part.people for part in parts]

        assert ended(coordinator) == [[person]]
        assert ended(make_user(Role.COORDINATOR, hubs=(make_hub(),))) == []
