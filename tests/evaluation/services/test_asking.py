"""Handing a tablet over, and links for one respondent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.models import Kiosk, Measure, SurveyPass
from evaluation.queries.asking import hash_of, next_turn
from evaluation.services import asking
from evaluation.services.asking import PassEndedError
from participants.models import Participant
from participants.services.errors import RecordError
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 14)


@dataclass(frozen=True)
class Asked:
    person: Participant
    measure: Measure
    wave: str = "baseline"


@dataclass
class Scene:
    hub: Any
    session: Any
    measure: Measure
    by: Any

    def child(self, name: str = "Sample", **fields: Any) -> Participant:
        child = factories.make_participant(hub=self.hub, given_name=name, **fields)
        factories.make_consent(child)
        return child


@pytest.fixture
def scene() -> Scene:
    hub = factories.make_hub()
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    measure = factories.make_measure(programme=session.activity.programme)
    return Scene(hub, session, measure, factories.make_user(Role.COORDINATOR, hubs=(hub,)))


def hand_over(scene: Scene, *people: Participant, now: dt.datetime = NOW) -> tuple[Kiosk, str]:
    dues = [Asked(person, scene.measure) for person in people]
    return asking.hand_over(session=scene.session, dues=dues, by=scene.by, now=now)


def make_link(scene: Scene, person: Participant, **changes: Any) -> tuple[SurveyPass, str]:
    fields: dict[str, Any] = {"person": person, "measure": scene.measure, "wave": "baseline"}
    fields |= {"session": scene.session, "by": scene.by, "now": NOW} | changes
    return asking.make_link(**fields)


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


def test_a_tablet_has_its_turns_in_order_for_an_hour(scene: Scene) -> None:
    first, second = scene.child("Ada"), scene.child("Bo")
    kiosk, token = hand_over(scene, second, first)
    assert kiosk.token_hash == hash_of(token)
    assert len(token) == 43
    assert kiosk.expires_at == NOW + dt.timedelta(hours=1)
    turns = list(kiosk.turns.all())
    assert [(turn.position, turn.participant, turn.channel) for turn in turns] == [
        (1, second, "kiosk"),
        (2, first, "kiosk"),
    ]
    assert {turn.expires_at for turn in turns} == {kiosk.expires_at}
    entry = AuditEntry.objects.get(kind=AuditKind.SURVEY_HANDED_OVER)
    assert (entry.object_id, entry.reason) == (kiosk.pk, "2 turns")


def test_one_turn_after_the_other_and_the_tablet_ends_with_the_last(scene: Scene) -> None:
    kiosk, _ = hand_over(scene, scene.child("Ada"), scene.child("Bo"))
    for name in ("Ada", "Bo"):
        turn = next_turn(kiosk, NOW)
        assert turn is not None
        assert turn.participant.given_name == name
        asking.open_turn(turn=turn, now=NOW)
        asking.end_turn(turn=turn, now=NOW)
        with pytest.raises(PassEndedError):
            asking.open_turn(turn=turn, now=NOW)
        kiosk.refresh_from_db()
    assert kiosk.ended_at == NOW
    assert next_turn(kiosk, NOW) is None


def test_nothing_opens_after_the_hour(scene: Scene) -> None:
    kiosk, _ = hand_over(scene, scene.child())
    turn, later = kiosk.turns.get(), NOW + dt.timedelta(hours=1)
    assert next_turn(kiosk, later) is None
    with pytest.raises(PassEndedError):
        asking.open_turn(turn=turn, now=later)


def test_taking_back_ends_every_turn_once(scene: Scene) -> None:
    kiosk, _ = hand_over(scene, scene.child("Ada"), scene.child("Bo"))
    colleague = factories.make_user(Role.COORDINATOR, hubs=(scene.hub,))
    assert asking.take_back(kiosk=kiosk, by=colleague, now=NOW) is True
    assert asking.take_back(kiosk=kiosk, by=colleague, now=NOW) is False
    assert set(kiosk.turns.values_list("ended_at", flat=True)) == {NOW}
    assert kinds().count(AuditKind.SURVEY_TAKEN_BACK) == 1


def test_nobody_of_another_hub_takes_it_back(scene: Scene) -> None:
    kiosk, _ = hand_over(scene, scene.child())
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    with pytest.raises(PermissionDenied):
        asking.take_back(kiosk=kiosk, by=stranger, now=NOW)
    kiosk.refresh_from_db()
    assert kiosk.ended_at is None


def test_a_second_tablet_takes_over_who_waits_and_nobody_twice(scene: Scene) -> None:
    child, other = scene.child("Ada"), scene.child("Bo")
    first, _ = hand_over(scene, child, other)
    second, _ = hand_over(scene, child, child)
    open_turns = SurveyPass.objects.open(NOW).filter(participant=child)
    assert [turn.kiosk for turn in open_turns] == [second]
    assert next_turn(first, NOW).participant == other  # type: ignore[union-attr]


def test_who_answers_on_one_tablet_gets_no_second_one(scene: Scene) -> None:
    child = scene.child("Ada")
    first, _ = hand_over(scene, child)
    asking.open_turn(turn=first.turns.get(), now=NOW)
    with pytest.raises(RecordError, match="Ada is answering on another tablet"):
        hand_over(scene, child)
    assert Kiosk.objects.count() == 1


def test_handing_over_again_after_a_turn_was_left(scene: Scene) -> None:
    child = scene.child()
    first, _ = hand_over(scene, child)
    asking.open_turn(turn=first.turns.get(), now=NOW)
    asking.end_turn(turn=first.turns.get(), now=NOW)
    second, _ = hand_over(scene, child)
    assert next_turn(second, NOW).participant == child  # type: ignore[union-attr]


def test_nobody_is_asked_without_consent(scene: Scene) -> None:
    child = factories.make_participant(hub=scene.hub, given_name="Ada")
    with pytest.raises(RecordError, match="Ada may not be asked"):
        hand_over(scene, scene.child("Bo"), child)
    with pytest.raises(RecordError, match="Ada may not be asked"):
        make_link(scene, child)
    assert not Kiosk.objects.exists()
    assert not SurveyPass.objects.exists()


def test_consent_that_ended_opens_no_turn(scene: Scene) -> None:
    child = scene.child()
    kiosk, _ = hand_over(scene, child)
    factories.make_consent(child, is_given=False, at=NOW)
    with pytest.raises(PassEndedError):
        asking.open_turn(turn=kiosk.turns.get(), now=NOW)


def test_nobody_of_another_hub_is_asked(scene: Scene) -> None:
    child = Scene(factories.make_hub(), scene.session, scene.measure, None).child()
    with pytest.raises(PermissionDenied):
        hand_over(scene, child)
    with pytest.raises(PermissionDenied):
        make_link(scene, child)


@pytest.mark.parametrize("role", [Role.EVALUATOR, Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR])
def test_other_roles_ask_nobody(scene: Scene, role: Role) -> None:
    scene.by, child = factories.make_user(role), scene.child()
    with pytest.raises(PermissionDenied):
        make_link(scene, child)


def test_a_tablet_needs_somebody_and_takes_no_more_than_forty(scene: Scene) -> None:
    with pytest.raises(RecordError, match="at least one"):
        hand_over(scene)
    carers = factories.make_measure(programme=scene.measure.programme, respondent="carer")
    with pytest.raises(RecordError, match="at least one"):
        asking.hand_over(
            session=scene.session, dues=[Asked(scene.child(), carers)], by=scene.by, now=NOW
        )


def test_what_has_ended_is_not_asked(scene: Scene) -> None:
    scene.measure.ended_at = NOW
    scene.measure.save()
    with pytest.raises(RecordError, match="not asked any more"):
        make_link(scene, scene.child())


def test_a_link_works_for_seven_days_and_closes_earlier_ones_of_its_wave(scene: Scene) -> None:
    child = scene.child()
    first, _ = make_link(scene, child)
    again, _ = make_link(scene, child, wave="follow_up")
    second, token = make_link(scene, child)
    for link in (first, again, second):
        link.refresh_from_db()
    assert (first.ended_at, again.ended_at, second.ended_at) == (NOW, None, None)
    assert second.token_hash == hash_of(token)
    assert second.expires_at == NOW + dt.timedelta(days=7)
    assert kinds() == [
        AuditKind.SURVEY_LINK_MADE,
        AuditKind.SURVEY_LINK_MADE,
        AuditKind.SURVEY_LINK_CLOSED,
        AuditKind.SURVEY_LINK_MADE,
    ]


def test_a_link_is_the_root_persons(scene: Scene) -> None:
    root = scene.child()
    record = factories.make_participant(hub=scene.hub, merged_into=root)
    link, _ = make_link(scene, record)
    assert link.participant == root


def test_closing_a_link_is_for_who_may_ask_and_once(scene: Scene) -> None:
    link, _ = make_link(scene, scene.child())
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    with pytest.raises(PermissionDenied):
        asking.close_link(link=link, by=stranger, now=NOW)
    asking.close_link(link=link, by=scene.by, now=NOW)
    asking.close_link(link=link, by=scene.by, now=NOW + dt.timedelta(minutes=1))
    link.refresh_from_db()
    assert link.ended_at == NOW
    assert kinds().count(AuditKind.SURVEY_LINK_CLOSED) == 1


def test_links_for_many_are_made_all_or_none(scene: Scene) -> None:
    dues = [Asked(scene.child("Ada"), scene.measure)]
    dues += [Asked(factories.make_participant(hub=scene.hub), scene.measure)]
    with pytest.raises(RecordError):
        asking.make_links(dues=dues, session=scene.session, by=scene.by, now=NOW)
    assert not SurveyPass.objects.exists()
    made = asking.make_links(dues=dues[:1], session=scene.session, by=scene.by, now=NOW)
    assert [(link.participant.given_name, len(token)) for link, token in made] == [("Ada", 43)]
