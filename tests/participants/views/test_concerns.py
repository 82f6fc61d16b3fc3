"""Pages of concerns: for whom, what they show, and what they never do."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, AuditKind, Role, User
from hubs.models import Hub
from participants.models import Concern, ConcernAction, ConcernActionKind, ConcernRoute
from participants.services.concerns import open_concern, write_concern
from tests import factories

pytestmark = pytest.mark.django_db
WRITE, SEND, SENT = (f"/safeguarding/{name}/" for name in ("write", "send", "sent"))


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub()


@pytest.fixture
def coordinator(hub: Hub) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(hub,), password=factories.PASSWORD)


def stale(client: Client) -> None:
    """A sign-in of yesterday that is still on."""
    session = client.session
    for way in session["account_authentication_methods"]:
        way["at"] = time.time() - 3600
    session.save()


def typed(**changes: str) -> dict[str, str]:
    fields = {
        "nonce": str(uuid.uuid4()),
        "danger": "no",
        "saw": "Planted-Xylophone",
        "when": "2019-05-14T16:00",
        "did": "Planted-Deed",
        "who": "Planted-Zebra",
        "subject": "neither",
    }
    return fields | changes


def concern(by: User | None = None, **changes: Any) -> Concern:
    told: dict[str, Any] = {
        "nonce": uuid.uuid4(),
        "words": {
            "saw": "Planted-Xylophone",
            "when": "2019-05-14T16:00:00+01:00",
            "did": "",
            "who": "Planted-Zebra",
            "is_staff": True,
        },
        "route": ConcernRoute.LEAD,
        "is_urgent": False,
        "person": None,
        "session": None,
        "now": factories.london(2019, 5, 14, 17),
    }
    by = by or factories.make_user(Role.COORDINATOR)
    return write_concern(**(told | changes), by=by)


@pytest.mark.parametrize("role", Role)
def test_any_member_of_staff_writes_one(role: Role, client: Client) -> None:
    user = factories.make_user(role)
    client.force_login(user)
    assert client.get(WRITE).status_code == 200
    response = client.post(SEND, typed(danger="yes"))
    assert (response.status_code, response["Location"]) == (302, SENT)
    made = Concern.objects.get()
    assert (made.written_by, made.is_urgent, made.route) == (user, True, ConcernRoute.LEAD)
    receipt = client.get(SENT)
    assert made.receipt in receipt.text
    assert "999" in receipt.text
    assert "Planted" not in receipt.text
    assert "no-store" in receipt["Cache-Control"]


def test_the_writer_cannot_read_it_back(coordinator: User, client: Client) -> None:
    client.force_login(coordinator)
    client.post(SEND, typed())
    made = Concern.objects.get()
    for address in (reverse("concerns:list"), reverse("concerns:read", args=[made.pk])):
        assert client.get(address).status_code == 403
    for address in (WRITE, SENT, "/start/all/", "/evaluation/today/"):
        assert "Planted" not in client.get(address, follow=True).text
    assert "Planted" not in str(dict(client.session))


def test_two_taps_are_one(coordinator: User, client: Client) -> None:
    client.force_login(coordinator)
    fields = typed()
    receipts = set()
    for _ in range(2):
        client.post(SEND, fields)
        receipts.add(client.session["concern_receipt"]["receipt"])
    assert len(receipts) == Concern.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"danger": ""}, "Say whether anybody is in danger now."),
        ({"saw": ""}, "Write what you saw or heard."),
        ({"when": "yesterday"}, "Choose a date and time, about is enough."),
        ({"when": "2999-01-01T10:00"}, "That is in the future."),
        ({"subject": "both"}, "Then nobody could read it here."),
        ({"nonce": "x"}, "The page was not sent whole."),
        ({"person": str(uuid.uuid4())}, "You cannot choose this person any more."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_error_loses_nothing(
    changes: dict[str, str], problem: str, coordinator: User, client: Client
) -> None:
    client.force_login(coordinator)
    response = client.post(SEND, typed(**changes))
    assert response.status_code == 422
    assert problem in response.text
    told = {name: words for name, words in typed().items() if words.startswith("Planted")}
    kept = [words for name, words in told.items() if name not in changes]
    assert [words for words in kept if words not in response.text] == []
    assert not Concern.objects.exists()
    assert "no-store" in response["Cache-Control"]


def test_a_sign_in_that_went_stale_meanwhile_still_sends(coordinator: User, client: Client) -> None:
    client.force_login(coordinator)
    stale(client)
    opened = client.get(WRITE)
    assert opened.status_code == 302
    assert "reauthenticate" in opened["Location"]
    assert client.post(SEND, typed())["Location"] == SENT
    assert Concern.objects.count() == 1


def test_long_words_are_taken(coordinator: User, client: Client) -> None:
    client.force_login(coordinator)
    assert client.post(SEND, typed(saw="x" * 4000)).status_code == 302


def test_about_a_person_and_a_session(coordinator: User, hub: Hub, client: Client) -> None:
    client.force_login(coordinator)
    person = factories.make_participant(hub=hub, given_name="Planted-Name")
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    page = client.get(WRITE, {"person": person.pk, "session": session.pk})
    assert "Planted-Name" in page.text
    client.post(SEND, typed(person=str(person.pk), session=str(session.pk)))
    made = Concern.objects.get()
    assert (made.participant, made.session) == (person, session)


def test_today_a_register_and_a_record_lead_here(
    coordinator: User, hub: Hub, client: Client
) -> None:
    client.force_login(coordinator)
    person = factories.make_participant(hub=hub)
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    pages = {
        reverse("evaluation:today"): WRITE,
        reverse(
            "participants:session_register", args=[session.pk]
        ): f"{WRITE}?session={session.pk}",
        reverse("people:person", args=[person.pk]): f"{WRITE}?person={person.pk}",
        "/start/all/": WRITE,
    }
    for page, link in pages.items():
        assert f'href="{link}"' in client.get(page).text, page


def test_people_are_found_without_losing_a_word(
    coordinator: User, hub: Hub, client: Client
) -> None:
    client.force_login(coordinator)
    known = factories.make_participant(hub=hub, given_name="Zelda", family_name="Quill")
    factories.make_participant(hub=factories.make_hub(), given_name="Zelda", family_name="Other")
    page = client.post(SEND, typed(who="zel", find="1"))
    assert page.status_code == 200
    assert "Zelda Q" in page.text
    assert "Zelda O" not in page.text
    assert str(known.pk) in page.text
    assert "Planted-Xylophone" in page.text
    assert not Concern.objects.exists()
    assert AuditEntry.objects.filter(
        kind=AuditKind.PEOPLE_SEARCHED, actor_id=coordinator.pk
    ).exists()
    nobody = client.post(SEND, typed(who="qqq", find="1"))
    assert "Nobody of your hubs" in nobody.text


@pytest.mark.parametrize("day", [None, dt.date(2020, 1, 1)], ids=["missing", "over"])
def test_without_a_check_a_concern_is_written_and_nobody_is_found(
    hub: Hub, day: dt.date | None, client: Client
) -> None:
    factories.make_participant(hub=hub, given_name="Zelda")
    client.force_login(factories.make_user(Role.COORDINATOR, hubs=(hub,), good_through=day))
    assert 'name="find"' not in client.get(WRITE).text
    assert "Zelda" not in client.post(SEND, typed(who="zel", find="1")).text
    assert client.post(SEND, typed()).status_code == 302
    assert Concern.objects.count() == 1


def test_who_sees_no_names_finds_none(hub: Hub, client: Client) -> None:
    person = factories.make_participant(hub=hub, given_name="Zelda")
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    for role in (Role.EVALUATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        client.force_login(factories.make_user(role))
        assert 'name="find"' not in client.get(WRITE).text
        page = client.post(SEND, typed(who="zel", find="1"))
        assert "Zelda" not in page.text
        assert str(person.pk) not in page.text
        assert client.get(WRITE, {"person": person.pk}).status_code == 404
        assert client.get(WRITE, {"session": session.pk}).status_code == 404


@pytest.mark.parametrize("field", ["person", "session"])
def test_strangers_people_and_sessions_are_not_found(
    field: str, coordinator: User, client: Client
) -> None:
    other = factories.make_hub()
    strange = {
        "person": factories.make_participant(hub=other, given_name="Planted-Name"),
        "session": factories.make_session(activity=factories.make_activity(hub=other)),
    }[field]
    client.force_login(coordinator)
    assert client.get(WRITE, {field: strange.pk}).status_code == 404
    assert client.get(WRITE, {field: "no-id"}).status_code == 404
    answer = client.post(SEND, typed(**{field: str(strange.pk)}))
    assert "Planted-Name" not in answer.text
    assert not Concern.objects.exclude(participant=None, session=None).exists()


def test_readers_are_told_after_the_commit(
    coordinator: User,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    queued: list[Any] = []
    from participants.tasks import tell_of_concern

    monkeypatch.setattr(tell_of_concern, "apply_async", queued.append)
    client.force_login(coordinator)
    fields = typed()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SEND, fields)
        client.post(SEND, fields)
    assert queued == [(str(Concern.objects.get().pk),)]
    assert not mail.outbox


def test_a_vacant_role_is_said_to_the_writer(coordinator: User, client: Client) -> None:
    client.force_login(coordinator)
    factories.make_user(Role.SAFEGUARDING_LEAD)
    client.post(SEND, typed())
    assert "vacant" not in client.get(SENT).text
    client.post(SEND, typed(subject="lead"))
    assert "vacant" in client.get(SENT).text


def test_what_to_do_in_danger_names_the_number_that_is_set(
    coordinator: User, client: Client, settings: Any
) -> None:
    client.force_login(coordinator)
    assert "on your lanyard and on your hub" in client.get(WRITE).text
    settings.SAFEGUARDING_PHONE = "01632 960000"
    assert 'href="tel:01632 960000"' in client.get(WRITE).text


@pytest.mark.parametrize("role", [Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY])
def test_lead_and_deputy_list_read_and_act(role: Role, client: Client) -> None:
    person = factories.make_participant(given_name="Planted-Name")
    made = concern(person=person, is_urgent=True)
    user = factories.make_user(role)
    client.force_login(user)
    listed = client.get(reverse("concerns:list"))
    assert made.receipt in listed.text
    assert "Planted" not in listed.text
    page = client.get(reverse("concerns:read", args=[made.pk]))
    for words in ("Planted-Xylophone", "Planted-Zebra", "Planted-Name"):
        assert words in page.text
    assert "no-store" in page["Cache-Control"]
    acts = reverse("concerns:act", args=[made.pk])
    assert client.post(acts, {"kind": "call"}).status_code == 422
    assert client.post(acts, {"kind": "reopened", "words": "x"}).status_code == 422
    for kind, words in (("call", "Rang the school"), ("closed", "All is well")):
        fields = {"kind": kind, "words": words, "nonce": str(uuid.uuid4())}
        assert client.post(acts, fields).status_code == 302
    page = client.get(reverse("concerns:read", args=[made.pk]))
    assert "Rang the school" in page.text
    made.refresh_from_db()
    assert made.closed_at is not None
    again = {"kind": "reopened", "words": "More came", "nonce": str(uuid.uuid4())}
    assert client.post(acts, again).status_code == 302
    assert [action.kind for action in ConcernAction.objects.all()] == [
        ConcernActionKind.CALL,
        ConcernActionKind.CLOSED,
        ConcernActionKind.REOPENED,
    ]


@pytest.mark.parametrize(
    ("role", "route"),
    [
        (Role.SAFEGUARDING_LEAD, ConcernRoute.NOT_LEAD),
        (Role.SAFEGUARDING_DEPUTY, ConcernRoute.NOT_DEPUTY),
    ],
)
def test_whom_it_is_about_finds_no_trace(role: Role, route: ConcernRoute, client: Client) -> None:
    made = concern(route=route)
    client.force_login(factories.make_user(role))
    before = AuditEntry.objects.filter(object_id=made.pk).count()
    assert client.get(reverse("concerns:read", args=[made.pk])).status_code == 404
    acts = reverse("concerns:act", args=[made.pk])
    assert client.post(acts, {"kind": "note", "words": "x"}).status_code == 404
    page = client.get(reverse("concerns:list"))
    assert "No concern is open." in page.text
    assert made.receipt not in page.text
    assert " waiting</span>" not in client.get("/start/all/").text
    assert AuditEntry.objects.filter(object_id=made.pk).count() == before
    other = concern()
    assert "1 waiting" in client.get("/start/all/").text
    assert other.receipt in client.get(reverse("concerns:list")).text


def test_nobody_else_reads(client: Client) -> None:
    made = concern()
    pages = [reverse("concerns:list"), reverse("concerns:read", args=[made.pk])]
    assert {client.get(page).status_code for page in pages} == {302}
    client.force_login(factories.make_user(*(r for r in Role if "safeguarding" not in r)))
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(reverse("concerns:act", args=[made.pk])).status_code == 403
    client.force_login(factories.make_user())
    assert client.get(WRITE).status_code == 403
    assert client.post(SEND, typed()).status_code == 403


def test_reading_takes_a_sign_in_of_just_now(client: Client) -> None:
    made = concern()
    client.force_login(factories.make_user(Role.SAFEGUARDING_LEAD, password=factories.PASSWORD))
    stale(client)
    for page in (reverse("concerns:list"), reverse("concerns:read", args=[made.pk])):
        response = client.get(page)
        assert response.status_code == 302
        assert "reauthenticate" in response["Location"]
    made.refresh_from_db()
    assert made.first_read_at is None


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_of_any_length(
    rows: int, client: Client, django_assert_num_queries: Any
) -> None:
    writer = factories.make_user(Role.COORDINATOR)
    for _ in range(rows):
        concern(writer)
    client.force_login(factories.make_user(Role.SAFEGUARDING_LEAD))
    client.get(reverse("concerns:list"))
    with django_assert_num_queries(QUERIES):
        assert client.get(reverse("concerns:list")).text.count("concern-line__link") == rows


QUERIES = 5


def test_open_and_urgent_ones_come_first(client: Client) -> None:
    lead, now = factories.make_user(Role.SAFEGUARDING_LEAD), factories.london(2019, 5, 14)
    hours = (now + dt.timedelta(hours=number) for number in range(5))
    calm, urgent, newer, closed, other = (
        concern(is_urgent=flag, now=at)
        for flag, at in zip((False, True, False, True, True), hours, strict=True)
    )
    Concern.objects.filter(pk=closed.pk).update(closed_at=now)
    client.force_login(lead)
    text = client.get(reverse("concerns:list")).text
    places = [text.index(one.receipt) for one in (other, urgent, newer, calm, closed)]
    assert places == sorted(places)


def test_nothing_written_reaches_a_log_or_an_error(
    coordinator: User, client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    from django.views.debug import SafeExceptionReporterFilter

    client.force_login(coordinator)
    client.raise_request_exception = False
    from participants.views import concerns as views

    def fail(**_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(views, "write_concern", fail)
    with caplog.at_level(logging.DEBUG):
        response = client.post(SEND, typed())
    assert response.status_code == 500
    assert "Planted" not in response.text + caplog.text
    record = next(record for record in caplog.records if getattr(record, "request", None))
    kept = SafeExceptionReporterFilter().get_post_parameters(record.request)  # type: ignore[attr-defined]
    assert "Planted" not in str(kept)


def test_a_lost_key_is_said(client: Client, settings: Any) -> None:
    from derby_portal.local.folders import random_key

    made = concern()
    settings.CONCERN_KEYS = [random_key()]
    client.force_login(factories.make_user(Role.SAFEGUARDING_LEAD))
    page = client.get(reverse("concerns:read", args=[made.pk]))
    assert "None of the keys opens this concern" in page.text


def test_what_was_read_is_written_down_with_the_reading() -> None:
    made, lead = concern(), factories.make_user(Role.SAFEGUARDING_LEAD)
    open_concern(concern=made, by=lead, now=factories.london(2019, 5, 14, 18))
    entry = AuditEntry.objects.get(kind=AuditKind.CONCERN_READ)
    assert (entry.actor_id, entry.object_id) == (lead.pk, made.pk)
