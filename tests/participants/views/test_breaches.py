"""The breach kit, for trust staff and nobody else."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from accounts.services import record_audit
from participants.models import Breach, Contact
from participants.services.breaches import record_breach
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return factories.make_user(Role.TRUST_STAFF)


def breach(by: User, **fields: object) -> Breach:
    known_at = timezone.now() - dt.timedelta(hours=10, minutes=30)
    made = record_breach(what="A laptop <b>& more</b>", known_at=known_at, by=by, now=known_at)
    Breach.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    return made


def span() -> dict[str, dt.datetime]:
    now = timezone.now()
    return {"since": now - dt.timedelta(hours=1), "until": now + dt.timedelta(hours=1)}


def typed(made: Breach, **changes: str) -> dict[str, str]:
    fields = {"what": made.what, "known_at": f"{made.known_at:%Y-%m-%dT%H:%M}"}
    return fields | changes


def test_record_change_and_close(user: User, client: Client) -> None:
    client.force_login(user)
    assert client.post(reverse("breaches:record"), {"what": ""}).status_code == 422
    future = {"what": "x", "known_at": "2999-01-01T10:00"}
    assert client.post(reverse("breaches:record"), future).status_code == 422
    known = {"what": "A laptop was stolen", "known_at": "2019-05-14T10:00"}
    answer = client.post(reverse("breaches:record"), known)
    made = Breach.objects.get()
    page = reverse("breaches:detail", args=[made.pk])
    assert answer["Location"] == page
    assert made.known_at == factories.london(2019, 5, 14, 10)
    assert "Late by" in client.get(page).text
    change = reverse("breaches:change", args=[made.pk])
    undecided = client.post(change, known | {"is_closed": "on"})
    assert undecided.status_code == 422
    assert "Before it is closed" in undecided.text
    told = known | {"regulator_told_at": "2019-05-15T06:00", "likely_harm": "None"}
    assert client.post(change, told | {"is_closed": "on"}).status_code == 302
    made.refresh_from_db()
    assert made.closed_at is not None
    assert "The regulator was told after 20 hours" in client.get(page).text
    assert "No breach is open." in client.get(reverse("breaches:list")).text
    assert client.post(change, told).status_code == 302
    made.refresh_from_db()
    assert made.closed_at is None
    kinds = set(AuditEntry.objects.filter(object_id=made.pk).values_list("kind", flat=True))
    assert kinds == {AuditKind.BREACH_RECORDED, AuditKind.BREACH_READ, AuditKind.BREACH_CHANGED}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"since": "2019-05-14T10:00", "until": "2019-05-13T10:00"}, "It cannot end before"),
        ({"suspect": "SUSPECT"}, "Say from when until when"),
        ({"what": ""}, "Write what happened."),
    ],
    ids=["ends first", "no span", "no words"],
)
def test_what_does_not_fit_is_refused(
    changes: dict[str, str], problem: str, user: User, client: Client
) -> None:
    client.force_login(user)
    made = breach(user)
    told = {name: str(user.pk) if value == "SUSPECT" else value for name, value in changes.items()}
    answer = client.post(reverse("breaches:change", args=[made.pk]), typed(made, **told))
    assert answer.status_code == 422
    assert problem in answer.text


def test_who_is_affected_and_whom_to_tell(user: User, client: Client) -> None:
    suspect = factories.make_user(Role.COORDINATOR)
    hub = factories.make_hub(name="The hub")
    person = factories.make_participant(
        hub=hub,
        given_name="Zelda",
        family_name="Quill",
        address="1 Planted Street",
        home_postcode="DE1 1ZZ",
        is_address_hidden=True,
    )
    Contact.objects.create(
        participant=person, name="A grown-up", phone="01632 960000", is_emergency=True
    )
    record_audit(by=suspect, kind=AuditKind.IDENTITY_READ, about=person)
    made = breach(user, suspect_id=suspect.pk, **span())
    client.force_login(user)
    page = client.get(reverse("breaches:detail", args=[made.pk])).text
    assert "The hub: 1" in page
    assert "Zelda" not in page
    people = client.get(reverse("breaches:people", args=[made.pk]))
    for words in ("Zelda Quill", "A grown-up", "01632 960000", "Address hidden"):
        assert words in people.text
    assert "Planted Street" not in people.text
    assert "DE1 1ZZ" not in people.text
    assert "no-store" in people["Cache-Control"]
    entry = AuditEntry.objects.get(kind=AuditKind.CONTACTS_READ)
    assert (entry.actor_id, entry.object_id) == (user.pk, person.pk)
    assert entry.reason == f"breach {made.pk}"


def test_the_list_of_people_takes_a_sign_in_of_just_now(user: User, client: Client) -> None:
    user.set_password(factories.PASSWORD)
    user.save()
    client.force_login(user)
    session = client.session
    for way in session["account_authentication_methods"]:
        way["at"] = time.time() - 3600
    session.save()
    answer = client.get(reverse("breaches:people", args=[breach(user).pk]))
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


def test_notices_fill_themselves(user: User, client: Client) -> None:
    client.force_login(user)
    suspect = factories.make_user(Role.COORDINATOR)
    for number in range(3):
        person = factories.make_participant(given_name=f"Zelda{number}")
        record_audit(by=suspect, kind=AuditKind.IDENTITY_READ, about=person)
    made = breach(user, suspect_id=suspect.pk, likely_harm="Fraud", done_about_it="", **span())
    page = client.get(reverse("breaches:notices", args=[made.pk])).text
    assert page.count("A laptop &lt;b&gt;&amp; more&lt;/b&gt;") == 2
    assert "<b>& more" not in page
    assert "About 3 people, 3 of whose records were opened." in page
    assert page.count("Fraud") == 2
    assert "[What we have done about it.]" in page
    assert "Zelda" not in page


def test_nobody_else_sees_any_of_it(user: User, client: Client) -> None:
    made = breach(user)
    pages = [reverse("breaches:list"), reverse("breaches:record")] + [
        reverse(f"breaches:{name}", args=[made.pk]) for name in ("detail", "people", "notices")
    ]
    assert {client.get(page).status_code for page in pages} == {302}
    client.force_login(factories.make_user(*(role for role in Role if role != Role.TRUST_STAFF)))
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(reverse("breaches:change", args=[made.pk])).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_of_any_length(
    rows: int, user: User, client: Client, django_assert_num_queries: object
) -> None:
    for _ in range(rows):
        breach(user)
    client.force_login(user)
    client.get(reverse("breaches:list"))
    with django_assert_num_queries(QUERIES):  # type: ignore[operator]
        assert client.get(reverse("breaches:list")).text.count("concern-line__link") == rows


QUERIES = 4
