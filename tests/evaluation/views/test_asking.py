"""The pages of asking: at a session, about a person, and giving a tablet away and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import ExternalScore, Kiosk, Measure, Response, SurveyPass
from evaluation.queries.asking import hash_of
from participants.models import Participant
from tests import factories

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    hub: Any
    session: Any
    measure: Measure
    user: User

    def child(self, name: str = "Sample", **fields: Any) -> Participant:
        """Somebody due who is marked as here, with consent."""
        child = factories.make_participant(
            **{"hub": self.hub, "given_name": name, "family_name": "Zeta", "year_group": 7} | fields
        )
        factories.make_attendance(self.session, child)
        factories.make_consent(child)
        return child

    def url(self, name: str) -> str:
        return reverse(f"surveys:{name}", args=[self.session.pk])


@pytest.fixture
def scene(client: Client) -> Scene:
    hub = factories.make_hub()
    now = timezone.now()
    session = factories.make_session(
        activity=factories.make_activity(hub=hub),
        starts_at=now - dt.timedelta(hours=1),
    )
    measure = factories.make_measure(programme=session.activity.programme)
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return Scene(hub, session, measure, user)


def stranger() -> Client:
    client = Client()
    client.force_login(factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)))
    return client


def hand_over(client: Client, scene: Scene, *people: Participant) -> Any:
    return client.post(scene.url("hand_over"), {"person": [str(each.pk) for each in people]})


# --- The session ------------------------------------------------------------------------------
def test_who_is_here_is_ticked_by_first_name_and_initial(client: Client, scene: Scene) -> None:
    here = scene.child("Ada")
    away = factories.make_participant(hub=scene.hub, given_name="Bo", year_group=7)
    factories.make_attendance(scene.session, away, status="absent")
    factories.make_consent(away)
    nobody = factories.make_participant(hub=scene.hub, given_name="Cy", year_group=7)
    factories.make_attendance(scene.session, nobody)
    page = client.get(scene.url("session_asking"))
    assert page.context["form"].ticked == {here.pk}
    assert "Ada Z" in page.text
    for hidden in ("Zeta", "Bo", "Cy"):
        assert hidden not in page.text
    entry = AuditEntry.objects.get(kind=AuditKind.SURVEYS_LISTED)
    assert (entry.object_id, entry.reason) == (scene.session.pk, "")
    assert "no-store" in page["Cache-Control"]


def test_the_list_takes_the_same_queries_for_one_and_three(client: Client, scene: Scene) -> None:
    counts = []
    for names in (("Ada",), ("Bo", "Cy")):
        for name in names:
            child = scene.child(name)
            SurveyPass.objects.create(
                participant=child, measure=scene.measure, wave="baseline", channel="link",
                token_hash=hash_of(name), session=scene.session, made_by=scene.user,
                expires_at=timezone.now() + dt.timedelta(days=1),
            )  # fmt: skip
            Kiosk.objects.create(
                session=scene.session, token_hash=hash_of(f"kiosk {name}"),
                handed_over_by=scene.user, expires_at=timezone.now() + dt.timedelta(hours=1),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            page = client.get(scene.url("session_asking"))
        assert len(page.context["links"]) == len(page.context["tablets"])
        counts.append(len(queries))
    assert len(page.context["form"].rows) == 3
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["session_asking", "ask", "hand_over"])
def test_another_hub_finds_nothing(scene: Scene, name: str) -> None:
    client = stranger()
    scene.child()
    assert client.get(scene.url(name)).status_code in {404, 405}
    assert client.post(scene.url(name)).status_code in {404, 405}
    assert client.post(scene.url(name)).status_code == (405 if name == "session_asking" else 404)


# --- Handing over -----------------------------------------------------------------------------
def test_a_last_look_comes_before_the_tablet_goes(client: Client, scene: Scene) -> None:
    first, second = scene.child("Ada"), scene.child("Bo")
    data = {"person": [str(second.pk), str(first.pk)], "tablet": "1"}
    page = client.post(scene.url("ask"), data, follow=True)
    assert page.redirect_chain == [(scene.url("hand_over"), 302)]
    assert [row.person for row in page.context["chosen"]] == [first, second]
    # What forgets kept registers on this device listens to this.
    assert "data-sign-out" in page.text
    assert not Kiosk.objects.exists()


def test_handing_over_ends_the_session_and_leaves_one_cookie(client: Client, scene: Scene) -> None:
    child = scene.child()
    response = hand_over(client, scene, child)
    assert (response.status_code, response["Location"]) == (302, reverse("answers:here"))
    cookie = response.cookies["survey"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/survey/", True, "Strict")
    kiosk = Kiosk.objects.get()
    assert kiosk.token_hash == hash_of(cookie.value)
    assert [turn.participant for turn in kiosk.turns.all()] == [child]
    for gone in ("session", "csrf"):
        assert (response.cookies[gone].value, response.cookies[gone]["max-age"]) == ("", 0)
    assert "no-store" in response["Cache-Control"]
    assert response["Clear-Site-Data"] == '"cache"'
    again = client.get(scene.url("session_asking"))
    assert again["Location"].startswith(reverse("account_login"))
    kinds = list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == [AuditKind.SURVEY_HANDED_OVER, AuditKind.SIGNED_OUT]


def test_the_session_of_the_tablet_opens_nothing_any_more(client: Client, scene: Scene) -> None:
    scene_child, key = scene.child(), client.cookies["session"].value
    hand_over(client, scene, scene_child)
    client.cookies["session"] = key
    assert client.get(reverse("people:people")).status_code == 302


def test_nobody_is_handed_over_who_is_not_due(client: Client, scene: Scene) -> None:
    other = factories.make_participant(hub=scene.hub, year_group=7)
    response = hand_over(client, scene, other)
    assert response["Location"] == scene.url("session_asking")
    assert not Kiosk.objects.exists()
    assert client.get(scene.url("session_asking")).status_code == 200


def test_two_tablets_never_hold_the_same_child_twice(client: Client, scene: Scene) -> None:
    child = scene.child("Ada")
    colleague = Client()
    colleague.force_login(scene.user)
    hand_over(client, scene, child)
    hand_over(colleague, scene, child)
    assert SurveyPass.objects.open(timezone.now()).filter(participant=child).count() == 1
    SurveyPass.objects.open(timezone.now()).update(opened_at=timezone.now())
    third = Client()
    third.force_login(scene.user)
    page = third.post(scene.url("hand_over"), {"person": [str(child.pk)]}, follow=True)
    assert "Ada is answering on another tablet. Take that one back first." in page.text
    assert "survey" not in third.cookies


def test_a_colleague_ends_the_tablet_from_another_device(client: Client, scene: Scene) -> None:
    hand_over(client, scene, scene.child())
    kiosk = Kiosk.objects.get()
    colleague = Client()
    colleague.force_login(factories.make_user(Role.HUB_LEAD, hubs=(scene.hub,)))
    page = colleague.get(scene.url("session_asking"))
    assert [(each.kiosk, each.over, each.turns) for each in page.context["tablets"]] == [
        (kiosk, 0, 1)
    ]
    response = colleague.post(reverse("surveys:end_tablet", args=[kiosk.pk]))
    assert response["Location"] == scene.url("session_asking")
    assert response.cookies["survey"].value == ""
    kiosk.refresh_from_db()
    assert kiosk.ended_at is not None
    assert client.get(reverse("answers:here")).text.count("Is that you?") == 0


def test_taking_back_shows_the_own_hubs_tablets_alone(client: Client, scene: Scene) -> None:
    hand_over(client, scene, scene.child())
    address = reverse("surveys:take_back")
    assert client.get(address)["Location"].startswith(reverse("account_login"))
    assert stranger().get(address).context["tablets"] == []
    client.force_login(scene.user)
    assert len(client.get(address).context["tablets"]) == 1
    kiosk = Kiosk.objects.get()
    assert stranger().post(reverse("surveys:end_tablet", args=[kiosk.pk])).status_code == 404


# --- Links and codes --------------------------------------------------------------------------
def test_codes_for_all_who_are_ticked_are_shown_once(client: Client, scene: Scene) -> None:
    people = [scene.child(name) for name in ("Ada", "Bo")]
    data = {"person": [str(each.pk) for each in people], "codes": "1"}
    page = client.post(scene.url("ask"), data)
    assert [link.participant for link, _ in page.context["codes"]] == people
    assert page.text.count('class="codes__code"') == 2
    assert "Ada Z" in page.text
    assert "Zeta" not in page.text
    assert "no-store" in page["Cache-Control"]
    assert client.get(scene.url("session_asking")).text.count("codes__code") == 0


def test_nobody_ticked_is_said(client: Client, scene: Scene) -> None:
    scene.child()
    page = client.post(scene.url("ask"), {"codes": "1"})
    assert page.status_code == 422
    assert "Tick at least one young person." in page.text


@pytest.mark.parametrize("respondent", ["self", "carer"])
def test_a_link_is_made_shown_once_and_closed(
    client: Client, scene: Scene, respondent: str
) -> None:
    child = scene.child()
    scene.measure.respondent = respondent
    scene.measure.save()
    address = reverse("surveys:link", args=[child.pk, scene.measure.pk, "baseline"])
    page = client.post(f"{address}?session={scene.session.pk}")
    link = SurveyPass.objects.get()
    token = page.context["made_address"].rstrip("/").rpartition("/")[2]
    assert (link.token_hash, link.session) == (hash_of(token), scene.session)
    assert token not in client.get(reverse("surveys:person", args=[child.pk])).text
    response = client.post(reverse("surveys:close_link", args=[link.pk]))
    assert response["Location"] == reverse("surveys:person", args=[child.pk])
    link.refresh_from_db()
    assert link.ended_at is not None


@pytest.mark.parametrize("wave", ["later", "baseline"])
def test_links_to_what_there_is_not_are_not_found(client: Client, scene: Scene, wave: str) -> None:
    child, elsewhere = scene.child(), factories.make_measure()
    measure = scene.measure if wave == "later" else elsewhere
    address = reverse("surveys:link", args=[child.pk, measure.pk, wave])
    assert client.post(address).status_code == 404


def test_another_hub_neither_makes_nor_closes_links(client: Client, scene: Scene) -> None:
    child = scene.child()
    address = reverse("surveys:link", args=[child.pk, scene.measure.pk, "baseline"])
    assert stranger().post(address).status_code == 404
    client.post(address)
    link = SurveyPass.objects.get()
    assert stranger().post(reverse("surveys:close_link", args=[link.pk])).status_code == 404


# --- One person -------------------------------------------------------------------------------
def test_the_hub_never_sees_what_was_answered(client: Client, scene: Scene) -> None:
    child = scene.child()
    factories.make_response(scene.measure, child, answers={"one": 4}, skipped=["two"])
    ExternalScore.objects.create(
        participant=child, programme=scene.measure.programme, tool="Planted tool", value=7,
        scored_on=dt.date(2019, 5, 1), recorded_by=scene.user,
    )  # fmt: skip
    page = client.get(reverse("surveys:person", args=[child.pk]))
    assert "planted" not in page.text.lower()
    assert "Question one" not in page.text
    assert (page.context["answers"], page.context["scores"]) == ([], [])
    assert not AuditEntry.objects.filter(kind=AuditKind.OUTCOMES_READ).exists()
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    page = client.get(reverse("surveys:person", args=[child.pk]))
    assert page.text.count("Planted tool") == 1
    (answered,) = page.context["answers"]
    assert answered.lines == (("Question one", "4, Often"), ("Question two", "passed over"))
    assert "Question one" in page.text
    assert "4, Often" in page.text
    assert "Key in paper" not in page.text
    assert AuditEntry.objects.filter(kind=AuditKind.OUTCOMES_READ).count() == 1


def test_safeguarding_asks_nobody(client: Client, scene: Scene) -> None:
    child = scene.child()
    client.force_login(factories.make_user(Role.SAFEGUARDING_LEAD))
    assert client.get(reverse("surveys:person", args=[child.pk])).status_code == 403


def test_trust_staff_set_answers_aside_with_a_reason(client: Client, scene: Scene) -> None:
    response = factories.make_response(scene.measure, scene.child())
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    address = reverse("surveys:set_aside", args=[response.pk])
    client.post(address, {"why": ""})
    assert Response.objects.standing().count() == 1
    client.post(address, {"why": "Not meant"})
    assert Response.objects.standing().count() == 0
    client.post(reverse("surveys:bring_back", args=[response.pk]))
    assert Response.objects.standing().count() == 1


def test_a_score_of_another_tool_is_written_down(client: Client, scene: Scene) -> None:
    child = scene.child()
    address = reverse("surveys:score", args=[child.pk])
    assert "may not be copied" in client.get(address).text
    data = {
        "tool": "Sample tool", "scale": "", "value": "12.5", "scored_on": "2019-05-01",
        "programme": scene.measure.programme_id,
    }  # fmt: skip
    assert client.post(address, data).status_code == 302
    assert ExternalScore.objects.get().participant == child
    assert client.post(address, data | {"value": "a lot"}).status_code == 422
    assert stranger().post(address, data).status_code == 404
