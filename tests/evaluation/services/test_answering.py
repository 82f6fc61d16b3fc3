"""Answers are kept one by one, finished once, and let nobody in who may not."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.models import Assistance, Channel, Response, SurveyPass, Wave, WorryRule
from evaluation.services import asking
from evaluation.services.answering import AnsweringError, begin, finish, give, leave, put_off
from participants.models import Concern, Participant
from tests import factories

pytestmark = pytest.mark.django_db

NOW = factories.london(2019, 6, 4)
SOON = NOW + dt.timedelta(minutes=5)
ITEMS = ("one", "two")


@pytest.fixture
def child() -> Participant:
    child = factories.make_participant(hub=factories.make_hub())
    factories.make_consent(child)
    return child


@pytest.fixture
def link(child: Participant) -> SurveyPass:
    return make_link(child)


def make_link(child: Participant, measure: Any = None, now: dt.datetime = NOW) -> SurveyPass:
    made, _ = asking.make_link(
        person=child,
        measure=measure or factories.make_measure(),
        wave=Wave.BASELINE,
        session=None,
        by=factories.make_user(Role.TRUST_STAFF),
        now=now,
    )
    return made


def hand_over(*children: Participant, measure: Any = None) -> list[SurveyPass]:
    measure = measure or factories.make_measure()
    hub = children[0].registrations.get().hub
    kiosk, _ = asking.hand_over(
        session=factories.make_session(activity=factories.make_activity(hub=hub)),
        dues=[SimpleNamespace(person=each, measure=measure, wave="baseline") for each in children],
        by=factories.make_user(Role.TRUST_STAFF),
        now=NOW,
    )
    return list(kiosk.turns.all())


def begun(survey_pass: SurveyPass, now: dt.datetime = NOW) -> Response:
    return begin(survey_pass=survey_pass, now=now, language="en-gb", assistance=Assistance.ALONE)


def test_beginning_says_how_and_where_it_is_answered(link: SurveyPass) -> None:
    response = begin(survey_pass=link, now=NOW, language="ur", assistance=Assistance.HELPED)
    link.refresh_from_db()
    assert (link.response_id, link.opened_at, link.language) == (response.pk, NOW, "ur")
    # The questions have no words in Urdu.
    assert (response.language, response.form) == ("en-gb", "self")
    assert (response.assistance, response.channel) == (Assistance.HELPED, Channel.LINK)
    assert response.hub == link.participant.registrations.get().hub
    assert (response.answers, response.skipped, response.finished_at) == ({}, [], None)


def test_beginning_again_goes_on_with_what_was_answered(link: SurveyPass) -> None:
    first = give(response=begun(link), item="two", value=5, now=NOW)
    again = begun(link, SOON)
    assert again.pk == first.pk
    assert (again.answers, again.started_at) == ({"two": 5}, NOW)
    link.refresh_from_db()
    assert link.answered_before == []


def test_a_turn_remembers_what_was_answered_before_it(child: Participant) -> None:
    measure = factories.make_measure()
    response = give(response=begun(make_link(child, measure)), item="two", value=5, now=NOW)
    (turn,) = hand_over(child, measure=measure)
    assert begun(turn).pk == response.pk
    turn.refresh_from_db()
    assert turn.answered_before == ["two"]


@pytest.mark.parametrize("why", ["ended", "expired", "no consent", "objected"])
def test_a_pass_that_opens_nothing_begins_nothing(
    why: str, child: Participant, link: SurveyPass
) -> None:
    now = NOW
    if why == "ended":
        SurveyPass.objects.update(ended_at=NOW)
    elif why == "expired":
        now = link.expires_at
    elif why == "no consent":
        factories.make_consent(child, is_given=False, at=factories.london(2019, 1, 1))
    else:
        Participant.objects.update(objected_at=NOW)
    with pytest.raises(AnsweringError):
        begun(link, now)
    assert not Response.objects.exists()


def test_who_answered_by_another_way_since_is_not_asked_again(child: Participant) -> None:
    measure = factories.make_measure()
    link = make_link(child, measure)
    factories.make_response(measure, child, at=SOON)
    with pytest.raises(AnsweringError):
        begun(link, SOON)


def test_without_words_nobody_is_asked(child: Participant) -> None:
    measure = factories.make_measure()
    measure.instrument.wordings.all().delete()
    with pytest.raises(AnsweringError):
        begun(make_link(child, measure))
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("item", "value"), [("one", 0), ("one", 6), ("one", -1), ("three", 1), ("three", None)]
)
def test_what_is_no_answer_is_refused(item: str, value: int | None, link: SurveyPass) -> None:
    response = begun(link)
    with pytest.raises(AnsweringError):
        give(response=response, item=item, value=value, now=NOW)
    response.refresh_from_db()
    assert (response.answers, response.skipped) == ({}, [])


STEPS = st.lists(st.tuples(st.sampled_from(ITEMS), st.none() | st.integers(1, 5)), max_size=8)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(steps=STEPS)
def test_the_last_word_about_each_item_is_kept_whatever_the_order(
    steps: list[tuple[str, int | None]], link: SurveyPass
) -> None:
    Response.objects.update(answers={}, skipped=[])
    response = begun(link)
    for item, value in steps:
        response = give(response=response, item=item, value=value, now=NOW)
    last = dict(steps)
    response.refresh_from_db()
    assert response.answers == {key: value for key, value in last.items() if value is not None}
    assert response.skipped == [item for item in ITEMS if item in last and last[item] is None]


def test_finishing_ends_every_way_to_the_answers_and_happens_once(child: Participant) -> None:
    measure = factories.make_measure()
    link = make_link(child, measure)
    response = begun(link)
    (turn,) = hand_over(child, measure=measure)
    begun(turn)
    finish(response=response, now=SOON)
    finish(response=response, now=SOON + dt.timedelta(days=1))
    response.refresh_from_db()
    assert response.finished_at == SOON
    assert set(response.passes.values_list("ended_at", flat=True)) == {SOON}
    turn.refresh_from_db()
    assert turn.kiosk is not None
    assert turn.kiosk.ended_at == SOON
    entry = AuditEntry.objects.get(kind=AuditKind.SURVEY_FINISHED)
    assert (entry.actor_id, entry.object_id) == (None, response.pk)
    with pytest.raises(AnsweringError):
        give(response=response, item="one", value=1, now=SOON)


def test_answers_that_are_gone_take_nothing_more(link: SurveyPass) -> None:
    response = begun(link)
    Response.objects.all().delete()
    with pytest.raises(AnsweringError):
        give(response=response, item="one", value=1, now=NOW)
    with pytest.raises(AnsweringError):
        finish(response=response, now=NOW)


def worry_about(link: SurveyPass) -> None:
    WorryRule.objects.create(
        instrument=link.measure.instrument, item="one", at_most=1, raises_concern=True
    )


def test_a_worrying_answer_raises_one_concern_once_it_is_settled(link: SurveyPass) -> None:
    worry_about(link)
    response = begun(link)
    give(response=response, item="one", value=1, now=NOW, is_settled=False)
    assert not Concern.objects.exists()
    give(response=response, item="one", value=1, now=NOW)
    finish(response=response, now=NOW)
    assert Concern.objects.get().participant == link.participant


def test_leaving_raises_what_was_not_settled_and_keeps_a_link_open(link: SurveyPass) -> None:
    worry_about(link)
    response = begun(link)
    give(response=response, item="one", value=1, now=NOW, is_settled=False)
    link.refresh_from_db()
    leave(survey_pass=link, now=NOW)
    link.refresh_from_db()
    assert Concern.objects.count() == 1
    assert link.is_open(NOW)


def test_a_turn_that_was_left_is_over_and_the_next_one_waits(child: Participant) -> None:
    other = factories.make_participant(hub=child.registrations.get().hub)
    factories.make_consent(other)
    first, second = hand_over(child, other)
    begun(first)
    first.refresh_from_db()
    leave(survey_pass=first, now=SOON)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.ended_at, second.ended_at) == (SOON, None)
    with pytest.raises(AnsweringError):
        begun(first, SOON)


def test_somebody_else_first(child: Participant) -> None:
    other = factories.make_participant(hub=child.registrations.get().hub)
    factories.make_consent(other)
    first, second = hand_over(child, other)
    assert first.kiosk is not None
    put_off(turn=first)
    assert list(first.kiosk.turns.all()) == [second, first]
