"""Rules for worrying answers: the safeguarding lead's and the deputy's pages alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from evaluation.models import WorryRule
from evaluation.services.worry import raise_concern
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> Any:
    user = factories.make_user(Role.SAFEGUARDING_LEAD)
    client.force_login(user)
    return user


def test_a_rule_is_set_and_ended(client: Client, lead: Any) -> None:
    instrument = factories.make_instrument(name="Sample questions")
    address = reverse("surveys:worry", args=[instrument.pk])
    sent = {"item": "one", "at_least": "", "at_most": "2", "deed": "concern"}
    assert client.post(address, sent)["Location"] == address
    rule = WorryRule.objects.get()
    assert (rule.item, rule.at_least, rule.at_most, rule.raises_concern, rule.is_urgent) == (
        "one",
        None,
        2,
        True,
        False,
    )
    assert rule.set_by == lead
    page = client.get(address)
    assert "The answer 2 or less raises a concern." in page.text
    assert "Question one" in page.text
    client.post(reverse("surveys:worry_end", args=[rule.pk]))
    assert client.get(address).context["rules"] == []


@pytest.mark.parametrize(
    "changes",
    [{"at_most": ""}, {"at_most": "9"}, {"item": "three"}, {"deed": ""}],
    ids=["no-end", "range", "item", "deed"],
)
def test_a_rule_that_means_nothing_is_refused(
    client: Client, lead: Any, changes: dict[str, str]
) -> None:
    address = reverse("surveys:worry", args=[factories.make_instrument().pk])
    sent = {"item": "one", "at_least": "", "at_most": "2", "deed": "urgent"} | changes
    assert client.post(address, sent).status_code == 422
    assert not WorryRule.objects.exists()


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_nobody_else_gets_there(client: Client, role: Role) -> None:
    instrument = factories.make_instrument()
    rule = WorryRule.objects.create(instrument=instrument, item="one", at_most=1)
    client.force_login(factories.make_user(role))
    assert client.get(reverse("surveys:worry_list")).status_code == 403
    assert client.get(reverse("surveys:worry", args=[instrument.pk])).status_code == 403
    assert client.post(reverse("surveys:worry_end", args=[rule.pk])).status_code == 403


def test_what_is_not_in_use_is_not_listed(client: Client, lead: Any) -> None:
    shown = factories.make_instrument()
    hidden = factories.make_instrument(published_at=None)
    page = client.get(reverse("surveys:worry_list"))
    assert page.context["instruments"] == [shown]
    assert client.get(reverse("surveys:worry", args=[hidden.pk])).status_code == 404


def test_the_pages_take_the_same_queries_for_one_and_three(client: Client, lead: Any) -> None:
    instrument = factories.make_instrument()
    counts = []
    for items in (["one"], ["two"]):
        for item in items:
            WorryRule.objects.create(instrument=instrument, item=item, at_most=1, set_by=lead)
            factories.make_instrument()
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("surveys:worry_list"))
            client.get(reverse("surveys:worry", args=[instrument.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_concern_of_an_answer_is_read_without_a_writer(client: Client, lead: Any) -> None:
    response = factories.make_response(
        factories.make_measure(), factories.make_participant(), answers={"one": 1}
    )
    for item in ("one", "two"):
        WorryRule.objects.create(
            instrument=response.measure.instrument, item=item, at_most=1, raises_concern=True
        )
    raise_concern(response, factories.london(2019, 5, 14))
    response.answers["two"] = 1
    concern = raise_concern(response, factories.london(2019, 5, 14))
    assert concern is not None
    page = client.get(reverse("concerns:read", args=[concern.pk]))
    assert "Raised by an answer to a survey" in page.text
    assert "Question one: the answer was 1; the rule is 1 or less." in page.text
    assert "A further answer called for a concern. Question two" in page.text
    assert "None" not in page.text.partition("<main")[2].partition("</main>")[0]
    listed = client.get(reverse("concerns:list"))
    assert listed.status_code == 200
