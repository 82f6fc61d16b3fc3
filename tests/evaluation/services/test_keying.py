"""Paper keyed in, the second keying by somebody else, observation, and setting aside."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import (
    Assistance,
    Measure,
    Response,
    SecondKeying,
    SurveyPass,
    WorryRule,
)
from evaluation.queries.instruments import questionnaire
from evaluation.queries.keying import Agreement, keying_agreement, papers_for, unsettled_for
from evaluation.services.keying import (
    Keyed,
    bring_back,
    key_again,
    key_in,
    set_aside,
    settle,
)
from participants.models import Concern, Participant
from participants.services.errors import RecordError
from tests import factories
from tests.participants.services.helpers import in_threads

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 20)
DAY = dt.date(2019, 5, 14)


@dataclass
class Scene:
    hub: Any
    session: Any
    measure: Measure
    child: Participant
    by: User

    def other(self, role: Role = Role.COORDINATOR) -> User:
        return factories.make_user(role, hubs=(self.hub,))


@pytest.fixture
def scene() -> Scene:
    hub = factories.make_hub()
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    child = factories.make_participant(hub=hub)
    factories.make_consent(child)
    measure = factories.make_measure(programme=session.activity.programme)
    by = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    return Scene(hub, session, measure, child, by)


def key(scene: Scene, **changes: Any) -> Response:
    asked = questionnaire(scene.measure, age=12, language="en-gb")
    assert asked is not None
    keyed = Keyed(
        asked,
        changes.pop("answers", {"one": 4}),
        changes.pop("day", DAY),
        changes.pop("assistance", Assistance.HELPED),
    )
    fields = {"person": scene.child, "measure": scene.measure, "wave": "baseline"}
    fields |= {"session": scene.session, "keyed": keyed, "by": scene.by, "now": NOW}
    return key_in(**(fields | changes))  # type: ignore[arg-type]


def test_paper_is_kept_as_finished_on_its_own_day(scene: Scene) -> None:
    response = key(scene)
    noon = factories.london(2019, 5, 14, 12)
    assert (response.started_at, response.finished_at, response.changed_at) == (noon, noon, NOW)
    assert (response.answers, response.skipped) == ({"one": 4}, ["two"])
    assert (response.channel, response.assistance, response.entered_by) == (
        "paper",
        "helped",
        scene.by,
    )
    assert (response.hub, response.session, response.form) == (scene.hub, scene.session, "self")
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_id, entry.reason) == (
        AuditKind.SURVEY_KEYED,
        response.pk,
        "baseline",
    )


def test_what_staff_observe_is_filled_in_by_staff(scene: Scene) -> None:
    scene.measure = factories.make_measure(
        programme=scene.measure.programme, instrument=scene.measure.instrument, respondent="staff"
    )
    response = key(scene, session=None)
    assert (response.channel, response.assistance, response.form) == ("staff", "by_staff", "staff")
    assert response.hub == scene.hub
    assert AuditEntry.objects.get().kind == AuditKind.SURVEY_OBSERVED
    assert not papers_for(scene.other()).exists()


def test_paper_ends_links_and_sets_aside_what_was_begun(scene: Scene) -> None:
    begun = factories.make_response(scene.measure, scene.child, finished_at=None)
    link = SurveyPass.objects.create(
        participant=scene.child,
        measure=scene.measure,
        wave="baseline",
        channel="link",
        token_hash="a" * 64,
        made_by=scene.by,
        expires_at=NOW + dt.timedelta(days=1),
    )
    key(scene)
    begun.refresh_from_db()
    link.refresh_from_db()
    assert (begun.set_aside_at, begun.set_aside_why) == (NOW, "Answered on paper")
    assert link.ended_at == NOW


def test_the_same_paper_twice_is_refused_another_day_is_not(scene: Scene) -> None:
    key(scene)
    with pytest.raises(RecordError, match="already"):
        key(scene)
    key(scene, day=DAY + dt.timedelta(days=1))
    assert Response.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"day": dt.date(2019, 5, 21)},
        {"day": dt.date(2018, 5, 18)},
        {"answers": {}},
        {"answers": {"one": 6}},
        {"answers": {"three": 1}},
    ],
    ids=["tomorrow", "long-ago", "nothing", "out-of-range", "no-such-item"],
)
def test_paper_that_cannot_be_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    with pytest.raises(RecordError):
        key(scene, **changes)
    assert not Response.objects.exists()


def test_nothing_is_keyed_in_without_consent(scene: Scene) -> None:
    factories.make_consent(scene.child, is_given=False, at=factories.london(2019, 5, 1))
    with pytest.raises(RecordError, match="no consent"):
        key(scene)


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.EVALUATOR, Role.SAFEGUARDING_LEAD])
def test_other_roles_key_nothing_in(scene: Scene, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        key(scene, by=factories.make_user(role))


def test_another_hub_keys_nothing_in(scene: Scene) -> None:
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    with pytest.raises(PermissionDenied):
        key(scene, by=stranger)


def test_a_worrying_answer_on_paper_raises_a_concern(scene: Scene) -> None:
    WorryRule.objects.create(
        instrument=scene.measure.instrument, item="one", at_least=4, raises_concern=True
    )
    key(scene)
    assert Concern.objects.get().participant == scene.child


def test_the_first_three_of_everybody_are_checked_by_others(scene: Scene) -> None:
    papers = [key(scene, day=DAY - dt.timedelta(days=n)) for n in range(3)]
    other = scene.other()
    assert set(papers_for(other)) == set(papers)
    assert not papers_for(scene.by).exists()
    assert set(papers_for(factories.make_user(Role.TRUST_STAFF))) == set(papers)
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    assert not papers_for(stranger).exists()
    assert not papers_for(factories.make_user(Role.EVALUATOR)).exists()


def test_of_later_ones_about_one_in_ten_is_checked(scene: Scene) -> None:
    for n in range(200):
        factories.make_response(
            scene.measure,
            scene.child,
            at=NOW - dt.timedelta(hours=n),
            channel="paper",
            hub=scene.hub,
            entered_by=scene.by,
        )
    found = set(papers_for(scene.other()).values_list("pk", flat=True))
    assert found == set(papers_for(scene.other()).values_list("pk", flat=True))
    # Of 197 about a tenth, and three: further off than this by chance once in a million times.
    assert 5 <= len(found) <= 47


def test_agreement_settles_itself(scene: Scene) -> None:
    second = key_again(response=key(scene), answers={"one": 4}, by=scene.other(), now=NOW)
    assert second.differs == []
    assert not unsettled_for(scene.other()).exists()
    assert keying_agreement(scene.measure.programme) == [Agreement(scene.hub.name, 1, 2, 2)]
    entry = AuditEntry.objects.get(kind=AuditKind.SURVEY_KEYED_AGAIN)
    assert entry.reason == "0 of 2 differ"


def test_nobody_checks_their_own_keying_nor_twice(scene: Scene) -> None:
    response, other = key(scene), scene.other()
    with pytest.raises(PermissionDenied):
        key_again(response=response, answers={"one": 4}, by=scene.by, now=NOW)
    key_again(response=response, answers={"one": 4}, by=other, now=NOW)
    with pytest.raises(PermissionDenied):
        key_again(response=response, answers={"one": 4}, by=scene.other(), now=NOW)
    assert SecondKeying.objects.count() == 1


@pytest.mark.parametrize("moment", ["restricted_at", "anonymised_at"])
def test_nothing_is_checked_of_a_record_that_is_not_used(scene: Scene, moment: str) -> None:
    other = scene.other()
    key_again(response=key(scene), answers={"one": 5}, by=other, now=NOW)
    waiting = key(scene, day=DAY + dt.timedelta(days=1))
    assert (list(papers_for(other)), unsettled_for(other).count()) == ([waiting], 1)
    Participant.objects.filter(pk=scene.child.pk).update(**{moment: NOW})
    assert not papers_for(other).exists()
    assert not unsettled_for(other).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_second_keyings_at_once_one_is_kept(scene: Scene) -> None:
    response = key(scene)
    acts = [
        partial(key_again, response=response, answers={"one": 4}, by=scene.other(), now=NOW)
        for _ in range(2)
    ]
    kinds = {type(outcome) for outcome in in_threads(*acts)}
    assert kinds == {SecondKeying, PermissionDenied}
    assert SecondKeying.objects.get().response == response


def test_a_second_keying_is_of_the_same_questions(scene: Scene) -> None:
    response = key(scene)
    for answers in ({"one": 0}, {"three": 1}):
        with pytest.raises(RecordError):
            key_again(response=response, answers=answers, by=scene.other(), now=NOW)


def test_differences_are_settled_from_the_paper(scene: Scene) -> None:
    response = key(scene, answers={"one": 4, "two": 2})
    second = key_again(response=response, answers={"one": 5}, by=scene.other(), now=NOW)
    assert second.differs == ["one", "two"]
    settle(second=second, answers={"one": 5}, by=scene.by, now=NOW)
    response.refresh_from_db()
    second.refresh_from_db()
    assert (response.answers, response.skipped) == ({"one": 5}, ["two"])
    assert (second.settled_by, second.settled_at) == (scene.by, NOW)
    with pytest.raises(PermissionDenied):
        settle(second=second, answers={"one": 1}, by=scene.by, now=NOW)
    assert keying_agreement(scene.measure.programme) == [Agreement(scene.hub.name, 1, 2, 0)]


def test_settling_leaves_alone_what_agreed(scene: Scene) -> None:
    response = key(scene, answers={"one": 4, "two": 2})
    second = key_again(response=response, answers={"one": 4, "two": 3}, by=scene.other(), now=NOW)
    settle(second=second, answers={"one": 1, "two": 3}, by=scene.by, now=NOW)
    response.refresh_from_db()
    assert response.answers == {"one": 4, "two": 3}


def test_agreement_is_by_hub_in_one_query(scene: Scene, django_assert_num_queries: Any) -> None:
    for number in (1, 3):
        while SecondKeying.objects.count() < number:
            paper = key(scene, day=DAY - dt.timedelta(days=SecondKeying.objects.count()))
            SecondKeying.objects.create(response=paper, differs=["one"], keyed_by=scene.other())
        with django_assert_num_queries(1):
            found = keying_agreement(scene.measure.programme)
        assert found == [Agreement(scene.hub.name, number, 2 * number, number)]
    assert found[0].share == 0.5
    assert keying_agreement(factories.make_programme()) == []


def test_set_aside_counts_nowhere_and_comes_back(scene: Scene) -> None:
    response, trust = key(scene), factories.make_user(Role.TRUST_STAFF)
    with pytest.raises(RecordError, match="Say why"):
        set_aside(response=response, why=" ", by=trust, now=NOW)
    set_aside(response=response, why="The wrong child", by=trust, now=NOW)
    response.refresh_from_db()
    assert (response.set_aside_at, response.set_aside_by, response.set_aside_why) == (
        NOW,
        trust,
        "The wrong child",
    )
    assert not Response.objects.standing().exists()
    bring_back(response=response, by=trust)
    assert list(Response.objects.standing()) == [response]
    reasons = AuditEntry.objects.filter(kind=AuditKind.SURVEY_SET_ASIDE).order_by("pk")
    assert [entry.reason for entry in reasons] == ["set aside", "brought back"]


def test_what_was_begun_anew_stands_in_the_way_of_coming_back(scene: Scene) -> None:
    trust = factories.make_user(Role.TRUST_STAFF)
    response = factories.make_response(scene.measure, scene.child, finished_at=None)
    set_aside(response=response, why="Not meant", by=trust, now=NOW)
    factories.make_response(scene.measure, scene.child, finished_at=None)
    with pytest.raises(RecordError, match="begun anew"):
        bring_back(response=response, by=trust)


def test_the_hub_sets_nothing_aside(scene: Scene) -> None:
    with pytest.raises(PermissionDenied):
        set_aside(response=key(scene), why="Silly", by=scene.by, now=NOW)
