from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from participants.models import LegalHold, Participant, Right, RightsRequest
from participants.services.rights import record_request
from tests.factories import make_participant, make_user
from tests.participants.rights import asked_for, make_known

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust(client: Client) -> User:
    user = make_user(Role.TRUST_STAFF, name="Ash")
    client.force_login(user)
    return user


@pytest.fixture
def person() -> Participant:
    return make_participant(given_name="Bramblewick", family_name="Zed")


def ask(person: Participant, right: Right = Right.ACCESS, days_ago: int = 0) -> RightsRequest:
    now = timezone.now()
    return record_request(
        person=person,
        asked=asked_for(right),
        received_on=now.date() - dt.timedelta(days=days_ago),
        by=make_user(Role.TRUST_STAFF),
        now=now,
    )


def at(name: str, pk: UUID) -> str:
    key = "person" if name in {"person", "new", "restrict", "unrestrict", "object"} else "pk"
    if name == "end_objection":
        key = "person"
    return reverse(f"rights:{name}", kwargs={key: pk})


def form(**fields: str) -> dict[str, str]:
    return {
        "right": "access",
        "asked_by": "Quillon Asker",
        "relationship": "mother",
        "identity_checked": "Known to the hub",
        "received_on": timezone.now().date().isoformat(),
        "words": "Everything, please",
    } | fields


def test_the_list_says_what_is_due_and_what_is_overdue(
    client: Client, trust: User, person: Participant
) -> None:
    ask(person, days_ago=70)
    ask(person, Right.ERASURE)
    done = ask(person, Right.OBJECTION)
    RightsRequest.objects.filter(pk=done.pk).update(outcome="done", answered_at=timezone.now())
    page = client.get(reverse("rights:requests")).text
    assert page.count("Overdue since") == 1
    assert page.index("A copy of the data") < page.index("Being erased") < page.index("Answered")
    assert "Bramblewick Z" in page
    listed = AuditEntry.objects.filter(kind="right.read", actor_id=trust.pk, reason="Listed")
    assert listed.count() == 3


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_no_more_for_more_rows(
    number: int, client: Client, trust: User, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        ask(make_participant())
    client.get(reverse("rights:requests"))
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("rights:requests"))


LIST_QUERIES = 7


def test_somebody_is_found_by_a_name_that_is_sent_and_stands_in_no_address(
    client: Client, trust: User, person: Participant
) -> None:
    response = client.post(reverse("rights:find"), {"name": "Bramblewik Zed"})
    assert "Bramblewick Zed" in response.text
    assert at("new", person.pk) in response.text
    assert "Bramblewick" not in at("new", person.pk)
    assert AuditEntry.objects.filter(kind="people.searched", actor_id=trust.pk).exists()
    assert client.get(reverse("rights:find") + "?name=Bramblewick").text.count("Bramblewick") == 0
    assert client.post(reverse("rights:find"), {"name": ""}).status_code == 422


def test_a_request_is_written_down(client: Client, trust: User, person: Participant) -> None:
    response = client.post(at("new", person.pk), form())
    request = RightsRequest.objects.get()
    assert response["Location"] == at("request", request.pk)
    assert (request.participant, request.asked_by, request.recorded_by) == (
        person,
        "Quillon Asker",
        trust,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"asked_by": ""},
        {"identity_checked": ""},
        {"relationship": "nobody"},
        {"right": ""},
        {"received_on": "2999-01-01"},
    ],
    ids=["who", "how", "what to the child", "what", "when"],
)
def test_a_request_says_who_asks_and_how_we_know(
    wrong: dict[str, str], client: Client, trust: User, person: Participant
) -> None:
    response = client.post(at("new", person.pk), form(**wrong))
    assert response.status_code == 422
    assert not RightsRequest.objects.exists()


@pytest.mark.parametrize(("age", "asks"), [(11, False), (13, True)])
def test_of_older_children_the_page_asks_whether_they_know(
    age: int, asks: bool, client: Client, trust: User
) -> None:
    born = timezone.now().date() - dt.timedelta(days=age * 366)
    person = make_participant(birth_date=born)
    assert ("a matter of judgement" in client.get(at("new", person.pk)).text) is asks


def test_a_request_shows_what_was_said_and_what_to_do(
    client: Client, trust: User, person: Participant
) -> None:
    request = ask(person)
    page = client.get(at("request", request.pk)).text
    for words in ("Quillon Asker", "(mother)", "Known to the hub", "Make the copy"):
        assert words in page
    assert AuditEntry.objects.filter(kind="right.read", object_id=request.pk).exists()


def test_a_correction_links_to_the_record_and_says_what_was_changed(
    client: Client, trust: User, person: Participant
) -> None:
    request = ask(person, Right.RECTIFICATION)
    person.school = "Foxglove School"
    person.save()
    page = client.get(at("request", request.pk)).text
    assert reverse("people:identity_edit", args=[person.pk]) in page
    assert "Record: School, " in page
    assert "Foxglove" not in page


def test_time_is_made_longer_for_a_reason(client: Client, trust: User, person: Participant) -> None:
    request = ask(person)
    assert client.post(at("extend", request.pk), {"why": ""}).status_code == 422
    client.post(at("extend", request.pk), {"why": "There is much of it"})
    request.refresh_from_db()
    assert request.extended_why == "There is much of it"
    second = client.post(at("extend", request.pk), {"why": "More"})
    assert second.status_code == 422
    assert "longer already" in second.text


def test_an_answer_closes_it(client: Client, trust: User, person: Participant) -> None:
    request = ask(person, Right.OBJECTION)
    assert client.post(at("answer", request.pk), {"outcome": "done"}).status_code == 422
    client.post(at("answer", request.pk), {"outcome": "refused", "words": "There was nothing"})
    request.refresh_from_db()
    assert (request.outcome, request.answer, request.answered_by) == (
        "refused",
        "There was nothing",
        trust,
    )
    page = client.get(at("request", request.pk)).text
    assert "There was nothing" in page
    assert "What to do" not in page


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [
        ("restrict", "unrestrict", "restricted_at"),
        ("object", "end_objection", "objected_at"),
    ],
)
def test_restriction_and_objection_begin_and_end_for_a_reason(
    begin: str, end: str, field: str, client: Client, person: Participant
) -> None:
    client.force_login(make_user(Role.TRUST_STAFF))
    for address in (begin, end):
        assert client.post(at(address, person.pk), {f"{begin}-why": ""}).status_code == 422
    client.post(at(begin, person.pk), {f"{begin}-why": "It is disputed"})
    person.refresh_from_db()
    assert getattr(person, field) is not None
    assert "badge--warn" in client.get(at("person", person.pk)).text
    client.post(at(end, person.pk), {f"{begin}-why": "It was right"})
    person.refresh_from_db()
    assert getattr(person, field) is None


def test_the_page_says_what_still_counts(client: Client, trust: User, person: Participant) -> None:
    page = client.get(at("person", person.pk)).text
    assert "Attendance totals still count them" in page
    assert "Registers that name them go on doing so" in page


# --- Erasure -------------------------------------------------------------------------------------
def test_erasing_shows_what_goes_and_what_stays_and_takes_two_steps(
    client: Client, trust: User
) -> None:
    person = make_known()
    request = ask(person, Right.ERASURE)
    first = client.get(at("erase", request.pk)).text
    assert "Contacts" in first
    assert "This page does not know whether there are some" in first
    assert 'name="word"' not in first
    second = client.post(at("erase", request.pk))
    assert 'name="word"' in second.text
    wrong = client.post(at("erase", request.pk), {"word": "yes"})
    assert wrong.status_code == 422
    person.refresh_from_db()
    assert person.given_name == "Bramblewick"


def test_erasing_leaves_a_certificate_that_names_nobody(client: Client, trust: User) -> None:
    person = make_known()
    request = ask(person, Right.ERASURE)
    response = client.post(at("erase", request.pk), {"word": "ERASE "})
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert "Certificate of erasure" in page.text
    assert "Bramblewick" not in page.text
    for words in (
        "Contacts: 1",
        "Care notes: 1",
        "Rights requests: 1",
        "Figures that were released",
    ):
        assert words in page.text
    request.refresh_from_db()
    assert (request.outcome, request.participant, request.asked_by) == ("done", None, "")
    assert not Participant.objects.filter(given_name="Bramblewick").exists()
    assert "Somebody who was erased" in client.get(at("request", request.pk)).text
    assert client.get(at("erase", request.pk)).status_code == 404


def test_forms_that_name_somebody_are_written_down(
    client: Client, trust: User, person: Participant
) -> None:
    asked = ask(person, Right.ERASURE)
    read = AuditEntry.objects.filter(actor_id=trust.pk, kind=AuditKind.RIGHT_READ)
    for address, about in ((at("new", person.pk), person), (at("erase", asked.pk), asked)):
        assert not read.filter(object_id=about.pk).exists()
        assert person.full_name in client.get(address).text
        assert read.filter(object_id=about.pk).count() == 1


def test_a_legal_hold_forbids_it(client: Client, trust: User) -> None:
    person = make_known()
    LegalHold.objects.create(participant=person, why="A claim", placed_by=trust)
    request = ask(person, Right.ERASURE)
    page = client.get(at("erase", request.pk)).text
    assert "A legal hold stands" in page
    assert "Erase for good" not in page
    refused = client.post(at("erase", request.pk), {"word": "erase"})
    assert refused.status_code == 422
    person.refresh_from_db()
    assert person.given_name == "Bramblewick"
    request.refresh_from_db()
    assert (request.outcome, request.participant) == ("", person)


def test_only_who_asked_for_it_is_erased(client: Client, trust: User, person: Participant) -> None:
    request = ask(person)
    assert client.get(at("erase", request.pk)).status_code == 404
    assert client.post(at("erase", request.pk), {"word": "erase"}).status_code == 404


# --- Strangers -----------------------------------------------------------------------------------
GETS = ["request", "extend", "answer", "erase", "person", "new"]
POSTS = ["restrict", "unrestrict", "object", "end_objection", "make_bundle"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_comes_near(role: Role, client: Client) -> None:
    person = make_known()
    request = ask(person, Right.ERASURE)
    client.force_login(make_user(role, hubs=(person.registrations.get().hub,)))
    for name in GETS:
        pk = person.pk if name in {"person", "new"} else request.pk
        assert client.get(at(name, pk)).status_code == 403
    for name in POSTS:
        pk = request.pk if name == "make_bundle" else person.pk
        assert (
            client.post(at(name, pk), {"restrict-why": "x", "object-why": "x"}).status_code == 403
        )
    assert client.post(at("erase", request.pk), {"word": "erase"}).status_code == 403
    assert client.post(at("new", person.pk), form()).status_code == 403
    for name in ("requests", "find"):
        assert client.get(reverse(f"rights:{name}")).status_code == 403
    person.refresh_from_db()
    assert (person.restricted_at, person.objected_at) == (None, None)
    assert RightsRequest.objects.count() == 1


def test_visitors_sign_in_first(client: Client, person: Participant) -> None:
    request = ask(person)
    for name in GETS:
        pk = person.pk if name in {"person", "new"} else request.pk
        response = client.get(at(name, pk))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))
