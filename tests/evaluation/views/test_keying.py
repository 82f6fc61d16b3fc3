"""Keying paper in, once more by somebody else, and settling: nothing keyed is ever shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from evaluation.models import Response, SecondKeying
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Any:
    return factories.make_hub()


@pytest.fixture
def measure(hub: Any) -> Any:
    return factories.make_measure(
        programme=factories.make_programme(), instrument=factories.make_instrument()
    )


@pytest.fixture
def child(hub: Any, measure: Any) -> Any:
    child = factories.make_participant(hub=hub, given_name="Ada", family_name="Zeta", year_group=7)
    activity = factories.make_activity(hub=hub, programme=measure.programme)
    session = factories.make_session(
        activity=activity, starts_at=timezone.now() - dt.timedelta(days=1)
    )
    factories.make_attendance(session, child)
    factories.make_consent(child)
    return child


def member(client: Client, *roles: Role, hub: Any = None) -> Any:
    user = factories.make_user(*(roles or (Role.COORDINATOR,)), hubs=(hub,) if hub else ())
    client.force_login(user)
    return user


def paper(measure: Any, child: Any, hub: Any, **answers: int) -> Response:
    return factories.make_response(
        measure, child, hub=hub, channel="paper", entered_by=factories.make_user(),
        answers=answers, skipped=[item for item in ("one", "two") if item not in answers],
    )  # fmt: skip


def data(**changes: str) -> dict[str, str]:
    day = timezone.localdate() - dt.timedelta(days=1)
    return {
        "answered_on": day.isoformat(), "assistance": "alone", "answer-one": "4", "answer-two": "",
    } | changes  # fmt: skip


def test_numbers_are_kept_and_an_empty_field_is_passed_over(
    client: Client, hub: Any, measure: Any, child: Any
) -> None:
    user = member(client, hub=hub)
    address = reverse("surveys:key", args=[child.pk, measure.pk, "baseline"])
    page = client.get(address)
    assert page.text.count('class="keying__number"') == 2
    assert "<strong>5</strong> Always" in page.text
    assert client.post(address, data())["Location"] == reverse("surveys:person", args=[child.pk])
    response = Response.objects.get()
    assert (response.answers, response.skipped, response.entered_by) == ({"one": 4}, ["two"], user)
    assert "Kept for Ada Z. It is not shown here again." in client.get(address).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer-one": "6"}, "From 1 to 5, or nothing."),
        ({"answer-one": "x"}, "From 1 to 5, or nothing."),
        ({"answer-one": ""}, "Key in at least one answer."),
        ({"answered_on": ""}, "Choose a date."),
        ({"answered_on": "2001-01-01"}, "Choose a date within the last year"),
        ({"assistance": ""}, "Choose how they answered."),
    ],
    ids=["range", "letters", "nothing", "no-date", "old", "how"],
)
def test_what_is_wrong_is_said_beside_it(
    measure: Any, child: Any, changes: dict[str, str], words: str
) -> None:
    client = Client()
    member(client, hub=child.registrations.get().hub)
    address = reverse("surveys:key", args=[child.pk, measure.pk, "baseline"])
    page = client.post(address, data(**changes))
    assert page.status_code == 422
    assert words in page.text
    assert not Response.objects.exists()


def test_paper_is_keyed_in_at_the_own_hub_alone(
    client: Client, hub: Any, measure: Any, child: Any
) -> None:
    address = reverse("surveys:key", args=[child.pk, measure.pk, "baseline"])
    member(client, hub=factories.make_hub())
    assert client.get(address).status_code == 404
    for role in (Role.TRUST_STAFF, Role.EVALUATOR):
        member(client, role)
        assert client.post(address, data()).status_code == 403
    assert not Response.objects.exists()


def test_the_second_keying_is_blind(client: Client, hub: Any, measure: Any, child: Any) -> None:
    response = paper(measure, child, hub, one=5)
    member(client, hub=hub)
    address = reverse("surveys:second", args=[response.pk])
    page = client.get(address)
    assert [field.value() for _, field in page.context["form"].rows] == [None, None]
    client.post(address, {"answer-one": "4", "answer-two": "2"})
    assert SecondKeying.objects.get().differs == ["one", "two"]
    assert client.get(address).status_code == 404


def test_a_third_look_asks_what_differs_and_shows_neither(
    client: Client, hub: Any, measure: Any, child: Any
) -> None:
    response = paper(measure, child, hub, one=5, two=2)
    second = SecondKeying.objects.create(
        response=response, answers={"one": 4}, differs=["one"], keyed_by=factories.make_user()
    )
    member(client, hub=hub)
    address = reverse("surveys:settle", args=[second.pk])
    rows = list(client.get(address).context["form"].rows)
    assert [(question.id, field.value()) for question, field in rows] == [("one", None)]
    client.post(address, {"answer-one": "3"})
    response.refresh_from_db()
    assert response.answers == {"one": 3, "two": 2}
    assert client.get(address).status_code == 404


def test_another_hub_checks_nothing(client: Client, hub: Any, measure: Any, child: Any) -> None:
    response = paper(measure, child, hub, one=5)
    second = SecondKeying.objects.create(
        response=paper(measure, child, hub, two=5), differs=["two"], keyed_by=factories.make_user()
    )
    member(client, hub=factories.make_hub())
    page = client.get(reverse("surveys:second_list"))
    assert (page.context["papers"], page.context["unsettled"]) == ([], [])
    assert "Ada" not in page.text
    assert client.get(reverse("surveys:second", args=[response.pk])).status_code == 404
    assert client.get(reverse("surveys:settle", args=[second.pk])).status_code == 404


def test_the_list_takes_the_same_queries_for_one_and_three(
    client: Client, hub: Any, measure: Any, child: Any
) -> None:
    member(client, hub=hub)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            paper(measure, child, hub, one=5)
            SecondKeying.objects.create(
                response=paper(measure, child, hub, two=5), differs=["two"],
                keyed_by=factories.make_user(),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("surveys:second_list"))
        counts.append(len(queries))
    assert (len(page.context["papers"]), len(page.context["unsettled"])) == (3, 3)
    assert counts[0] == counts[1]
