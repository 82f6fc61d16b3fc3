"""Pages behind a secret: constant answers for what opens nothing, and one child's at a time."""

from __future__ import annotations

import datetime as dt
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from evaluation.models import Assistance, Kiosk, Measure, Response, SurveyPass, WorryRule
from evaluation.queries.answering import IDLE
from evaluation.services import asking
from participants.models import Participant
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

OWN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
BEGIN = {"language": "en-gb", "assistance": "alone"}


@pytest.fixture
def measure() -> Measure:
    return factories.make_measure()


@pytest.fixture
def child() -> Participant:
    return make_child()


def make_child(**fields: Any) -> Participant:
    child = factories.make_participant(
        hub=fields.pop("hub", None) or factories.make_hub(), birth_date=None, **fields
    )
    factories.make_consent(child)
    return child


def make_link(child: Participant, measure: Measure) -> str:
    _, token = asking.make_link(
        person=child,
        measure=measure,
        wave="baseline",
        session=None,
        by=factories.make_user(Role.TRUST_STAFF),
        now=timezone.now(),
    )
    return f"/survey/{token}/"


def hand_over(client: Client, measure: Measure, *children: Participant) -> Kiosk:
    """A tablet for these children, whose cookie the client now holds."""
    hub = children[0].registrations.get().hub
    kiosk, token = asking.hand_over(
        session=factories.make_session(activity=factories.make_activity(hub=hub)),
        dues=[SimpleNamespace(person=each, measure=measure, wave="baseline") for each in children],
        by=factories.make_user(Role.TRUST_STAFF),
        now=timezone.now(),
    )
    client.cookies = SimpleCookie({"survey": token})
    return kiosk


def send(client: Client, address: str, **data: Any) -> Any:
    return client.post(address, data, headers=OWN)


def start_turn(client: Client, kiosk: Kiosk, position: int = 1) -> Any:
    turn = kiosk.turns.get(position=position)
    return send(client, "/survey/", turn=str(turn.pk), **BEGIN)


@pytest.fixture
def begun(client: Client, child: Participant, measure: Measure) -> Client:
    """Somebody who pressed Start on their own phone."""
    send(client, make_link(child, measure), **BEGIN)
    return client


def test_a_link_says_beforehand_who_sees_what(
    client: Client, child: Participant, measure: Measure
) -> None:
    address = make_link(child, measure)
    page = client.get(address)
    assert page.status_code == 200
    assert "We do not show them to your parents" in page.text
    assert "we tell the safeguarding lead" in page.text
    assert not client.cookies
    assert not Response.objects.exists()
    assert SurveyPass.objects.get().opened_at is None
    assert child.given_name not in page.text
    assert (page["Referrer-Policy"], page["Content-Language"]) == ("no-referrer", "en-gb")
    assert "no-store" in page["Cache-Control"]


def test_the_cookie_holds_the_secret_for_these_pages_alone(
    client: Client, child: Participant, measure: Measure
) -> None:
    address = make_link(child, measure)
    response = send(client, address, **BEGIN)
    assert (response.status_code, response["Location"]) == (303, "/survey/")
    cookie = response.cookies["survey"]
    assert cookie.value == address.split("/")[2]
    wanted = {"path": "/survey/", "httponly": True, "samesite": "Strict", "max-age": 7200}
    assert {key: cookie[key] for key in wanted} == wanted
    assert not cookie["secure"]
    secure = client.post(
        address, BEGIN, headers=OWN | {"Origin": "https://testserver"}, secure=True
    )
    assert secure.cookies["survey"]["secure"] is True


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}])
def test_other_sites_start_nothing(
    headers: dict[str, str], client: Client, child: Participant, measure: Measure
) -> None:
    assert client.post(make_link(child, measure), BEGIN, headers=headers).status_code == 403
    assert not Response.objects.exists()


def test_what_opens_nothing_gets_the_same_answer(
    client: Client, child: Participant, measure: Measure
) -> None:
    address = make_link(child, measure)
    wrong = client.get("/survey/no-such-token/")
    SurveyPass.objects.update(ended_at=timezone.now())
    over = client.get(address)
    assert (wrong.status_code, over.status_code) == (404, 404)
    assert wrong.content == over.content
    client.cookies = SimpleCookie({"survey": address.split("/")[2]})
    ended = client.get("/survey/q/1/")
    client.cookies = SimpleCookie({"survey": "no-such-token"})
    assert ended.status_code == 404
    assert ended.content == client.get("/survey/q/1/").content


def test_answers_are_kept_one_by_one_and_lead_on(begun: Client) -> None:
    assert begun.get("/survey/")["Location"] == "/survey/q/1/"
    first = send(begun, "/survey/q/1/", item="one", value="4", go="next")
    assert (first.status_code, first["Location"]) == (303, "/survey/q/2/")
    assert Response.objects.get().answers == {"one": 4}
    back = send(begun, "/survey/q/2/", item="two", value="2", go="back")
    assert back["Location"] == "/survey/q/1/"
    last = send(begun, "/survey/q/2/", item="two", go="skip")
    assert last["Location"] == "/survey/finish/"
    response = Response.objects.get()
    assert (response.answers, response.skipped) == ({"one": 4}, ["two"])
    assert "You left out 1 question. That is fine." in begun.get("/survey/finish/").text
    assert send(begun, "/survey/finish/")["Location"] == "/survey/done/"
    assert "You can close this page" in begun.get("/survey/done/").text
    assert begun.get("/survey/q/1/").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"item": "one", "value": "6", "go": "next"},
        {"item": "three", "value": "1", "go": "next"},
        {"item": "one", "value": "often", "go": "next"},
        {"item": "one", "go": "next"},
        {"item": "one", "value": "1", "go": "elsewhere"},
    ],
)
def test_what_is_no_answer_is_not_kept(sent: dict[str, str], begun: Client) -> None:
    assert send(begun, "/survey/q/1/", **sent).status_code in {404, 422}
    assert Response.objects.get().answers == {}


def test_a_touch_is_kept_and_says_whether_to_show_help(begun: Client, measure: Measure) -> None:
    WorryRule.objects.create(instrument=measure.instrument, item="one", at_most=1)
    usual = send(begun, "/survey/q/1/", item="one", value="5", go="save")
    assert (usual.status_code, usual.content) == (204, b"")
    assert "Thank you for telling us" in begun.get("/survey/q/2/").text
    assert "survey-help" in begun.get("/survey/q/2/").text
    worrying = send(begun, "/survey/q/1/", item="one", value="1", go="save")
    assert (worrying.status_code, worrying.content) == (200, b"")
    assert Response.objects.get().answers == {"one": 1}
    assert 'role="status" data-help>' in begun.get("/survey/q/2/").text
    assert 'role="status" data-help>' in begun.get("/survey/finish/").text
    assert 'role="status" data-help hidden>' in begun.get("/survey/q/1/").text


def test_a_tablet_says_nothing_that_others_could_read(
    client: Client, child: Participant, measure: Measure
) -> None:
    WorryRule.objects.create(instrument=measure.instrument, item="one", at_most=1)
    start_turn(client, hand_over(client, measure, child))
    send(client, "/survey/q/1/", item="one", value="1", go="next")
    page = client.get("/survey/q/2/").text
    assert 'role="status" data-help>' in page
    assert "You can talk to the adults here about anything." in page
    assert "Thank you for telling us" not in page


def test_all_on_one_page(client: Client, child: Participant, measure: Measure) -> None:
    begin = send(client, make_link(child, measure), on_one_page="1", **BEGIN)
    assert begin["Location"] == "/survey/all/"
    sent = send(client, "/survey/all/", **{"answer-two": "3", "answer-nine": "1"})
    assert sent["Location"] == "/survey/finish/"
    assert Response.objects.get().answers == {"two": 3}


def test_withdrawn_consent_ends_it_at_once(begun: Client, child: Participant) -> None:
    factories.make_consent(child, is_given=False, at=timezone.now())
    assert begun.get("/survey/q/1/").status_code == 404
    assert send(begun, "/survey/q/1/", item="one", value="4", go="next").status_code == 404
    assert Response.objects.get().answers == {}


def test_stopping_takes_the_cookie_and_the_link_goes_on(
    client: Client, child: Participant, measure: Measure
) -> None:
    address = make_link(child, measure)
    send(client, address, **BEGIN)
    send(client, "/survey/q/1/", item="one", value="4", go="next")
    stopped = send(client, "/survey/stop/")
    assert stopped.cookies["survey"].value == ""
    assert "Welcome back." in client.get(address).text
    send(client, address, **BEGIN)
    assert client.get("/survey/")["Location"] == "/survey/q/2/"


# --- At a tablet ------------------------------------------------------------------------------
def test_a_tablet_names_the_next_one_alone(client: Client, measure: Measure) -> None:
    first = make_child(given_name="Comet", family_name="Able")
    hub = first.registrations.get().hub
    hand_over(client, measure, first, make_child(given_name="Pixel", hub=hub))
    page = client.get("/survey/").text
    assert "<bdi>Comet A</bdi>" in page
    assert "Pixel" not in page
    assert "Able" not in page


def test_somebody_else_says_so(client: Client, measure: Measure) -> None:
    first = make_child(given_name="Comet")
    hub = first.registrations.get().hub
    kiosk = hand_over(client, measure, first, make_child(given_name="Pixel", hub=hub))
    turn = kiosk.turns.get(position=1)
    send(client, "/survey/", turn=str(turn.pk), go="other")
    assert "Pixel" in client.get("/survey/").text
    SurveyPass.objects.exclude(pk=turn.pk).update(ended_at=timezone.now())
    alone = send(client, "/survey/", turn=str(turn.pk), go="other")
    assert "Please give the tablet back" in alone.text
    assert not Response.objects.exists()


def test_nobody_has_to_answer(client: Client, child: Participant, measure: Measure) -> None:
    kiosk = hand_over(client, measure, child)
    send(client, "/survey/", turn=str(kiosk.turns.get().pk), go="no")
    assert kiosk.turns.get().ended_at is not None
    assert not Response.objects.exists()
    assert "Please give the tablet back" in client.get("/survey/").text


def test_a_form_for_another_turn_begins_nobodys(client: Client, measure: Measure) -> None:
    first = make_child()
    kiosk = hand_over(client, measure, first)
    others = hand_over(Client(), measure, make_child())
    for turn in (str(others.turns.get().pk), "", "x"):
        send(client, "/survey/", turn=turn, **BEGIN)
    assert not Response.objects.exists()
    assert kiosk.turns.get().opened_at is None


def test_a_turn_that_nobody_touches_ends(
    client: Client, child: Participant, measure: Measure
) -> None:
    kiosk = hand_over(client, measure, child)
    start_turn(client, kiosk)
    send(client, "/survey/q/1/", item="one", value="4", go="next")
    almost = timezone.now() - IDLE + dt.timedelta(minutes=1)
    Response.objects.update(changed_at=almost)
    assert client.get("/survey/q/2/").status_code == 200
    Response.objects.update(changed_at=timezone.now() - IDLE)
    assert client.get("/survey/q/1/").status_code in {303, 404}
    assert kiosk.turns.get().ended_at is not None
    assert Response.objects.get().answers == {"one": 4}


def test_an_older_page_writes_nothing_into_the_next_ones_answers(
    client: Client, measure: Measure
) -> None:
    first = make_child()
    kiosk = hand_over(client, measure, first, make_child(hub=first.registrations.get().hub))
    start_turn(client, kiosk)
    send(client, "/survey/finish/")
    between = send(client, "/survey/q/1/", item="one", value="1", go="next")
    assert (between.status_code, between["Location"]) == (303, "/survey/")
    assert [each.answers for each in Response.objects.all()] == [{}]


@pytest.mark.parametrize("page", ["q/1/", "all/", "finish/", "stop/"])
def test_a_tab_left_open_by_one_child_does_nothing_for_the_next(
    client: Client, measure: Measure, page: str
) -> None:
    first = make_child()
    kiosk = hand_over(client, measure, first, make_child(hub=first.registrations.get().hub))
    start_turn(client, kiosk)
    older = f'name="turn" value="{kiosk.turns.get(position=1).pk}"'
    assert older in client.get(f"/survey/{page}").text
    send(client, "/survey/finish/")
    start_turn(client, kiosk, 2)
    sent = {"turn": str(kiosk.turns.get(position=1).pk), "answer-one": "1"}
    for go in ("next", "save"):
        answer = send(client, f"/survey/{page}", item="one", value="1", go=go, **sent)
        assert (answer.status_code, answer["Location"]) == (303, "/survey/")
    second = kiosk.turns.get(position=2)
    assert second.ended_at is None
    assert second.response is not None
    assert (second.response.answers, second.response.finished_at) == ({}, None)


def test_a_page_at_a_tablet_leaves_without_a_script_too(
    client: Client, child: Participant, measure: Measure
) -> None:
    leaves = '<noscript><meta http-equiv="refresh" content="605; url=/survey/"></noscript>'
    kiosk = hand_over(client, measure, child)
    start_turn(client, kiosk)
    assert leaves in client.get("/survey/q/1/").text
    phone = Client()
    send(phone, make_link(make_child(), measure), **BEGIN)
    page = phone.get("/survey/q/1/").text
    assert "http-equiv" not in page
    assert '<input type="hidden" name="turn" value="">' in page


def test_who_is_told_to_pass_the_tablet_on(client: Client, measure: Measure) -> None:
    first = make_child()
    second = make_child(given_name="Pixel", family_name="B", hub=first.registrations.get().hub)
    kiosk = hand_over(client, measure, first, second)
    start_turn(client, kiosk)
    send(client, "/survey/finish/")
    done = client.get("/survey/done/")
    assert "<bdi>Pixel B</bdi>" in done.text
    assert done["Clear-Site-Data"] == '"cache"'
    start_turn(client, kiosk, 2)
    send(client, "/survey/finish/")
    assert "the adult who gave it to you" in client.get("/survey/done/").text
    kiosk.refresh_from_db()
    assert kiosk.ended_at is not None
    assert set(Response.objects.values_list("assistance", flat=True)) == {Assistance.ALONE}


def test_a_carer_is_told_about_whom(client: Client) -> None:
    carers = factories.make_measure(respondent="carer")
    page = client.get(make_link(make_child(given_name="Comet"), carers)).text
    assert "They are about <bdi>Comet</bdi>." in page
    assert "your parents" not in page


def test_the_pages_speak_the_language_that_was_chosen(
    client: Client, child: Participant, measure: Measure
) -> None:
    address = make_link(child, measure)
    page = client.get(address, {"language": "ur"})
    assert '<html lang="ur" dir="rtl">' in page.text
    # Nobody has translated words of safety: they are English, and say so.
    assert '<p lang="en-GB" dir="ltr">We count your answers' in page.text
    assert client.get(address, {"language": "xx"}).status_code == 404
    send(client, address, language="ur", assistance="helped")
    question = client.get("/survey/q/1/")
    assert '<html lang="ur" dir="rtl">' in question.text
    assert 'lang="en-GB" dir="ltr">Question one</h1>' in question.text
    assert question["Content-Language"] == "ur"
    assert Response.objects.get().assistance == Assistance.HELPED
