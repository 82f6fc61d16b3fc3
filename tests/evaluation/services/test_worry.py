"""Worrying answers: what they point to, and the one concern that they raise."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.models import Response, WorryRule
from evaluation.services.answering import give
from evaluation.services.worry import (
    end_rule,
    is_worrying,
    raise_concern,
    raise_for_what_was_left,
    set_rule,
)
from participants.models import Concern, ConcernAction
from participants.services.concerns import add_action, open_concern
from participants.services.errors import RecordError
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 14)


def make_answers(**answers: int) -> Response:
    measure = factories.make_measure()
    return factories.make_response(
        measure, factories.make_participant(), answers=answers, finished_at=None
    )


def make_rule(response: Response, item: str = "one", **fields: Any) -> WorryRule:
    defaults: dict[str, Any] = {"at_most": 2, "raises_concern": True}
    return WorryRule.objects.create(
        instrument=response.measure.instrument, item=item, **(defaults | fields)
    )


def words_of(concern: Concern) -> dict[str, Any]:
    lead = factories.make_user(Role.SAFEGUARDING_LEAD)
    words = open_concern(concern=concern, by=lead, now=NOW).words
    assert words is not None
    return words


@pytest.mark.parametrize(
    ("at_least", "at_most", "worrying"),
    [(None, 2, [1, 2]), (4, None, [4, 5]), (2, 3, [2, 3]), (1, 5, [1, 2, 3, 4, 5])],
)
def test_both_ends_of_a_rule_are_included(
    at_least: int | None, at_most: int | None, worrying: list[int]
) -> None:
    response = make_answers()
    make_rule(response, at_least=at_least, at_most=at_most, raises_concern=False)
    found = []
    for value in range(1, 6):
        response.answers = {"one": value, "two": value}
        if is_worrying(response, "one"):
            found.append(value)
        assert not is_worrying(response, "two")
    assert found == worrying


def test_passed_over_is_not_worrying_and_ended_rules_are_over() -> None:
    response = make_answers(one=1)
    rule = make_rule(response)
    assert is_worrying(response, "one")
    assert not is_worrying(response, "two")
    rule.ended_at = NOW
    rule.save()
    assert not is_worrying(response, "one")
    assert raise_concern(response, NOW) is None


def test_help_alone_raises_nothing() -> None:
    response = make_answers(one=1)
    make_rule(response, raises_concern=False)
    assert raise_concern(response, NOW) is None
    assert not Concern.objects.exists()


def test_one_concern_of_nobody_however_often(
    django_capture_on_commit_callbacks: Any,
) -> None:
    factories.make_user(Role.SAFEGUARDING_LEAD)
    response = make_answers(one=1, two=3)
    make_rule(response)
    with django_capture_on_commit_callbacks(execute=False) as queued:
        for _ in range(3):
            concern = raise_concern(response, NOW)
    assert concern is not None
    assert len(queued) == 1
    kept = Concern.objects.get()
    assert (kept.written_by, kept.participant, kept.is_urgent, kept.route) == (
        None,
        response.participant,
        False,
        "lead",
    )
    words = words_of(kept)
    assert words["saw"].splitlines()[-1] == (
        "Question one: the answer was 1; the rule is 2 or less."
    )
    assert words["answers"] == {"one": 1}
    assert str(response.measure.instrument) in words["saw"]
    assert not mail.outbox


def test_nothing_about_it_is_kept_with_the_answers_or_in_the_trail() -> None:
    response = make_answers(one=1)
    make_rule(response, is_urgent=True)
    before = {key: value for key, value in vars(response).items() if key != "_state"}
    concern = raise_concern(response, NOW)
    assert concern is not None
    assert concern.is_urgent
    response.refresh_from_db()
    assert {key: getattr(response, key) for key in before if key in vars(response)} == {
        key: value for key, value in before.items() if key in vars(response)
    }
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor_id, entry.reason) == ("concern.written", None, "lead")
    assert str(response.pk) not in json.dumps(concern.sealed)


def test_a_further_answer_is_added_and_the_concern_is_unread_again() -> None:
    response = make_answers(one=1)
    make_rule(response)
    make_rule(response, "two")
    concern = raise_concern(response, NOW)
    assert concern is not None
    lead = factories.make_user(Role.SAFEGUARDING_LEAD)
    open_concern(concern=concern, by=lead, now=NOW)
    response.answers["two"] = 2
    for _ in range(2):
        raise_concern(response, NOW + dt.timedelta(minutes=1))
    kept = Concern.objects.get()
    assert (kept.is_urgent, kept.first_read_at) == (False, None)
    deeds = open_concern(concern=kept, by=lead, now=NOW).deeds
    assert [(deed.action.kind, deed.action.done_by, deed.words) for deed in deeds] == [
        (
            "note",
            None,
            (
                "A further answer called for a concern. "
                "Question two: the answer was 2; the rule is 2 or less."
            ),
        )
    ]


def test_an_urgent_answer_after_others_is_an_urgent_concern_of_its_own() -> None:
    response = make_answers(one=1)
    make_rule(response)
    make_rule(response, "two", is_urgent=True)
    raise_concern(response, NOW)
    response.answers["two"] = 2
    for _ in range(2):
        raise_concern(response, NOW + dt.timedelta(minutes=1))
    concerns = Concern.objects.order_by("written_at")
    assert [concern.is_urgent for concern in concerns] == [False, True]
    assert words_of(concerns[1])["answers"] == {"one": 1, "two": 2}


def test_a_further_answer_opens_a_closed_concern() -> None:
    response = make_answers(one=1)
    make_rule(response)
    concern = raise_concern(response, NOW)
    assert concern is not None
    lead = factories.make_user(Role.SAFEGUARDING_LEAD)
    nonce = response.pk
    add_action(concern=concern, kind="closed", words="Done.", nonce=nonce, by=lead, now=NOW)  # type: ignore[arg-type]
    response.answers["one"] = 2
    raise_concern(response, NOW + dt.timedelta(minutes=1))
    assert Concern.objects.get().closed_at is None
    kinds = ConcernAction.objects.order_by("done_at").values_list("kind", flat=True)
    assert list(kinds) == ["closed", "reopened"]


def test_without_keys_the_answer_is_saved_and_the_log_tells_nothing(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CONCERN_KEYS = []
    response = make_answers(one=1)
    make_rule(response)
    assert raise_concern(response, NOW) is None
    response.refresh_from_db()
    assert response.answers == {"one": 1}
    assert not Concern.objects.exists()
    assert [(each.levelname, each.getMessage(), each.exc_info) for each in caplog.records] == [
        (
            "ERROR",
            (
                "A concern that an answer raised could not be kept: ConcernKeyError. "
                "The answer is saved."
            ),
            None,
        )
    ]


def set_one(**changes: Any) -> WorryRule:
    fields: dict[str, Any] = {"item": "one", "at_least": None, "at_most": 2, "now": NOW}
    fields |= {"raises_concern": True, "is_urgent": False} | changes
    fields.setdefault("by", factories.make_user(Role.SAFEGUARDING_DEPUTY))
    if "instrument" not in fields:
        fields["instrument"] = factories.make_instrument()
    return set_rule(**fields)


def test_a_new_rule_ends_the_one_before_and_both_are_written_down() -> None:
    first = set_one()
    second = set_one(instrument=first.instrument, at_least=4, at_most=None, is_urgent=True)
    first.refresh_from_db()
    assert (first.ended_at, second.ended_at, second.raises_concern) == (NOW, None, True)
    reasons = AuditEntry.objects.filter(kind=AuditKind.WORRY_RULE_CHANGED).order_by("pk")
    key = first.instrument.key
    assert [entry.reason for entry in reasons] == [
        f"{key} one: 2 or less, raises a concern",
        f"{key} one: 4 or more, raises an urgent concern",
    ]


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.ADMINISTRATOR, Role.COORDINATOR])
def test_nobody_else_sets_or_ends_rules(role: Role) -> None:
    user = factories.make_user(role)
    with pytest.raises(PermissionDenied):
        set_one(by=user)
    rule = set_one()
    with pytest.raises(PermissionDenied):
        end_rule(rule=rule, by=user, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"item": "three"},
        {"at_most": None},
        {"at_most": 6},
        {"at_least": 0},
        {"at_least": 3, "at_most": 2},
    ],
    ids=["item", "no-end", "too-high", "too-low", "crossed"],
)
def test_rules_that_mean_no_answer_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RecordError):
        set_one(**changes)
    assert not WorryRule.objects.exists()


def test_ending_twice_is_once() -> None:
    rule = set_one()
    lead = factories.make_user(Role.SAFEGUARDING_LEAD)
    end_rule(rule=rule, by=lead, now=NOW)
    end_rule(rule=rule, by=lead, now=NOW + dt.timedelta(days=1))
    rule.refresh_from_db()
    assert rule.ended_at == NOW
    assert AuditEntry.objects.filter(kind=AuditKind.WORRY_RULE_CHANGED).count() == 2


def test_an_answer_that_was_left_on_the_page_raises_its_concern_later() -> None:
    response = make_answers()
    make_rule(response, item="one")
    give(response=response, item="one", value=1, now=NOW, is_settled=False)
    assert raise_for_what_was_left(NOW + dt.timedelta(minutes=9)) == 0
    assert not Concern.objects.exists()
    for minutes in (10, 15):
        assert raise_for_what_was_left(NOW + dt.timedelta(minutes=minutes)) == 1
        assert Concern.objects.get().participant == response.participant
    assert not ConcernAction.objects.exists()
    assert raise_for_what_was_left(NOW + dt.timedelta(days=2)) == 0


@pytest.mark.parametrize("ended", ["rule", "answers"])
def test_what_calls_for_nothing_any_more_is_not_looked_at(ended: str) -> None:
    response = make_answers(one=1)
    rule = make_rule(response)
    Response.objects.update(changed_at=NOW)
    if ended == "rule":
        end_rule(rule=rule, by=factories.make_user(Role.SAFEGUARDING_LEAD), now=NOW)
    else:
        Response.objects.update(set_aside_at=NOW)
    assert raise_for_what_was_left(NOW + dt.timedelta(minutes=10)) == 0
