"""Pages of outcomes: totals for who reads totals, one person's answers for trust staff alone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, AuditKind, Role
from activities.models import Session
from evaluation.models import ExternalScore, Measure, Wave
from tests import factories
from tests.factories import london
from tests.pages import Page

pytestmark = pytest.mark.django_db

PAIRS = 12


@pytest.fixture
def hubs() -> list[Any]:
    return [factories.make_hub(name="Abbey"), factories.make_hub(name="Sinfin")]


@pytest.fixture
def measure(hubs: list[Any]) -> Measure:
    """Twelve young people of each hub answered twice; Abbey's scores rose by 2, Sinfin's by 1."""
    programme = factories.make_programme(starts_on=dt.date(2018, 9, 1))
    measure: Measure = factories.make_measure(programme=programme)
    for rise, hub in zip((2, 1), hubs, strict=True):
        activity = factories.make_activity(programme=programme, hub=hub)
        session = factories.make_session(activity=activity, starts_at=london(2019, 1, 20, 16))
        for number in range(PAIRS):
            person = factories.make_participant(birth_date=dt.date(2008, 6, 1), hub=hub)
            factories.make_attendance(session, person)
            factories.make_consent(person)
            before = 1 + number % 2
            for wave, value, at in (
                (Wave.BASELINE, before, london(2019, 2, 1)),
                (Wave.FOLLOW_UP, before + rise, london(2019, 6, 3)),
            ):
                factories.make_response(
                    measure, person, wave=wave, at=at, answers={"one": value, "two": value}, hub=hub
                )
    return measure


def opened(client: Client, user: Any, address: str) -> Page:
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return Page(response)


def address(measure: Measure, **query: str) -> str:
    return reverse("outcomes:measure", args=[measure.pk], query=query)


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.EVALUATOR])
def test_trust_staff_and_evaluators_read_all_hubs_and_each(
    client: Client, measure: Measure, role: Role
) -> None:
    user = factories.make_user(role)
    page = opened(client, user, address(measure))
    assert "scores changed by +1.50" in page.text
    assert "24 young people who answered twice" in page.text
    one = opened(client, user, address(measure, hub="abbey"))
    assert "scores changed by +2.00" in one.text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
def test_a_hubs_staff_read_their_own_totals_only(
    client: Client, measure: Measure, hubs: list[Any], role: Role
) -> None:
    user = factories.make_user(role, hubs=(hubs[1],))
    page = opened(client, user, address(measure))
    assert "scores changed by about +1.0 in about 10 young people" in page.text
    assert "Abbey" not in page.text
    client.force_login(user)
    refused = client.get(address(measure, hub="abbey"))
    assert refused.status_code == 422
    assert "+2.00" not in refused.content.decode()


def test_a_hubs_staff_cannot_take_one_total_from_another(
    client: Client, measure: Measure, hubs: list[Any]
) -> None:
    lead = factories.make_user(Role.HUB_LEAD, hubs=(hubs[0],))
    whole = opened(client, lead, address(measure))
    narrowed = opened(client, lead, address(measure, last_day="2019-03-01"))
    assert narrowed.text == whole.text
    assert "1 September 2018 to 30 June 2019" in whole.text
    for exact in ("+2.00", "Gender", "Those who started low", "d_av"):
        assert exact not in whole.text
    trust = opened(client, factories.make_user(Role.TRUST_STAFF), address(measure))
    assert "Gender" in trust.text


def test_a_hubs_totals_wait_for_ten_more(client: Client, measure: Measure, hubs: list[Any]) -> None:
    lead = factories.make_user(Role.HUB_LEAD, hubs=(hubs[0],))
    before = opened(client, lead, address(measure)).text
    person = factories.make_participant(birth_date=dt.date(2008, 6, 1), hub=hubs[0])
    factories.make_attendance(Session.objects.get(activity__hub=hubs[0]), person)
    factories.make_consent(person)
    for wave, value, month in ((Wave.BASELINE, 1, 2), (Wave.FOLLOW_UP, 5, 9)):
        at = london(2019, month, 1)
        factories.make_response(
            measure, person, wave=wave, at=at, answers={"one": value, "two": value}, hub=hubs[0]
        )
    after = opened(client, lead, address(measure)).text
    assert headlines(after) == headlines(before) != []


def headlines(text: str) -> list[str]:
    return re.findall(r"scores changed by about \S+ in about \d+ young people", text)


def test_a_coordinator_without_a_hub_reads_nothing(client: Client, measure: Measure) -> None:
    client.force_login(factories.make_user(Role.COORDINATOR))
    assert client.get(address(measure)).status_code == 403


def test_a_few_pairs_have_no_figures(client: Client, measure: Measure, hubs: list[Any]) -> None:
    for response in measure.responses.filter(hub=hubs[0], wave=Wave.FOLLOW_UP)[:3]:
        response.delete()
    page = opened(client, factories.make_user(Role.COORDINATOR, hubs=(hubs[0],)), address(measure))
    assert "There are no figures of Abbey yet" in page.text
    assert "scores changed by" not in page.text


def test_the_page_says_what_it_cannot_say(client: Client, measure: Measure) -> None:
    page = opened(client, factories.make_user(Role.TRUST_STAFF), address(measure))
    assert "level 1 of the Maryland scale" in page.text
    assert "Deteriorated" in page.text
    for word in ("caused", "improved by", "impact", "***"):
        assert word not in page.text


def test_a_period_that_ends_before_it_begins_is_refused(client: Client, measure: Measure) -> None:
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    wrong = client.get(address(measure, first_day="2019-06-01", last_day="2019-01-01"))
    assert wrong.status_code == 422
    assert "The last day lies before the first." in wrong.content.decode()


def test_the_list_tells_each_measure_once(
    client: Client, measure: Measure, hubs: list[Any]
) -> None:
    lead = factories.make_user(Role.HUB_LEAD, hubs=(hubs[0],))
    page = opened(client, lead, reverse("outcomes:list"))
    assert page.text.count("12 answered before, 12 again after") == 1
    everything = opened(client, factories.make_user(Role.EVALUATOR), reverse("outcomes:list"))
    assert everything.text.count("24 answered before, 24 again after") == 1


def test_one_persons_answers_are_read_by_trust_staff_and_written_down(
    client: Client, measure: Measure
) -> None:
    trust = factories.make_user(Role.TRUST_STAFF)
    person = measure.responses.first().participant  # type: ignore[union-attr]
    ExternalScore.objects.create(
        participant=person, programme=measure.programme, tool="A tool of others", value=7,
        scored_on=dt.date(2019, 3, 1), recorded_by=trust,
    )  # fmt: skip
    page = opened(client, trust, reverse("outcomes:person", args=[person.pk]))
    assert page.text.count("2 of 2") == 2
    assert "A tool of others" in page.text
    read = AuditEntry.objects.filter(kind=AuditKind.OUTCOMES_READ, object_id=person.pk)
    assert read.get().actor_id == trust.pk


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD, Role.EVALUATOR])
def test_one_persons_answers_are_nobody_elses(
    client: Client, measure: Measure, hubs: list[Any], role: Role
) -> None:
    client.force_login(factories.make_user(role, hubs=(hubs[0],)))
    person = measure.responses.first().participant  # type: ignore[union-attr]
    assert client.get(reverse("outcomes:person", args=[person.pk])).status_code == 403


def test_strangers_sign_in_first(client: Client, measure: Measure) -> None:
    for place in (reverse("outcomes:list"), address(measure)):
        response = client.get(place)
        assert response.status_code == 302
        assert "/account/" in response["Location"]
