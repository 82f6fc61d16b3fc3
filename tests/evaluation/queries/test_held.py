"""What a copy of somebody's data holds of answers and words, and what its reviewer must look at."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Role
from evaluation.models import RespondentKind
from participants.models import Participant, Relationship, Right
from participants.services.subject_access import make_bundle
from participants.subject_access.document import PLACE, PROMISED
from tests import factories
from tests.participants.rights import NOW, make_request

pytestmark = pytest.mark.django_db


def looks(person: Participant, relationship: Relationship) -> dict[str, list[str]]:
    """By title what marks each entry of answers, words and scores, in a copy for somebody."""
    by = factories.make_user(Role.TRUST_STAFF)
    request = make_request(person, Right.ACCESS, by, relationship=relationship)
    entries: list[dict[str, Any]] = make_bundle(request=request, by=by, now=NOW).body["entries"]
    return {each["title"]: each["look"] for each in entries if each["section"] == "outcomes"}


@pytest.mark.parametrize(
    ("respondent", "relationship", "marked"),
    [
        (RespondentKind.SELF, Relationship.MOTHER, [PROMISED]),
        (RespondentKind.SELF, Relationship.THEMSELVES, []),
        (RespondentKind.CARER, Relationship.MOTHER, []),
        (RespondentKind.STAFF, Relationship.MOTHER, []),
    ],
)
def test_what_a_child_was_told_that_no_parent_sees_is_looked_at_first(
    respondent: RespondentKind, relationship: Relationship, marked: list[str]
) -> None:
    child = factories.make_participant(hub=factories.make_hub())
    factories.make_response(factories.make_measure(respondent=respondent), child)
    assert looks(child, relationship) == {"Answers to a survey": marked}


def test_where_a_hidden_child_answered_is_looked_at_first() -> None:
    hub = factories.make_hub()
    child = factories.make_participant(hub=hub, is_address_hidden=True)
    carers = factories.make_measure(respondent=RespondentKind.CARER)
    factories.make_response(carers, child, hub=hub)
    factories.make_quote(child, hub=hub)
    found = looks(child, Relationship.MOTHER)
    assert sorted(found) == ["Answers to a survey", "Their words"]
    assert all(PLACE in marks for marks in found.values())
