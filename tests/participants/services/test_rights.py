from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import AuditEntry, Role, User
from participants.models import Disclosure, Outcome, Right, RightsRequest
from participants.services import rights
from participants.services.errors import RecordError
from participants.services.sending import Document, confirm
from participants.services.subject_access import make_bundle
from tests.factories import make_participant, make_user
from tests.participants.rights import NOW, asked_for, make_known, make_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust() -> User:
    return make_user(Role.TRUST_STAFF)


def audits() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", "reason"))


def test_a_request_is_written_down_about_the_root_and_its_clock_runs(trust: User) -> None:
    root = make_participant()
    request = make_request(make_participant(merged_into=root), Right.ERASURE, trust)
    assert request.participant == root
    assert request.due_on == dt.date(2026, 6, 11)
    assert request.asked_by == "Quillon Asker"
    assert audits()[-1] == ("right.asked", "")
    assert AuditEntry.objects.latest("pk").object_id == request.pk


def test_a_request_is_not_received_tomorrow(trust: User) -> None:
    with pytest.raises(RecordError, match="later than today"):
        rights.record_request(
            person=make_participant(),
            asked=asked_for(Right.ACCESS),
            received_on=NOW.date() + dt.timedelta(days=1),
            by=trust,
            now=NOW,
        )
    assert not RightsRequest.objects.exists()


def test_time_is_made_longer_once_for_a_reason_and_within_the_month(trust: User) -> None:
    request = make_request(make_participant())
    with pytest.raises(RecordError, match="Say why"):
        rights.extend(request=request, why=" ", by=trust, today=NOW.date())
    with pytest.raises(RecordError, match="month is over"):
        rights.extend(request=request, why="Much", by=trust, today=dt.date(2026, 6, 12))
    rights.extend(request=request, why="Much of it", by=trust, today=dt.date(2026, 6, 11))
    request.refresh_from_db()
    assert (request.due_on, request.extended_why) == (dt.date(2026, 8, 11), "Much of it")
    with pytest.raises(RecordError, match="once"):
        rights.extend(request=request, why="More", by=trust, today=NOW.date())


def test_a_request_is_answered_once_in_words(trust: User) -> None:
    request = make_request(make_participant())
    with pytest.raises(RecordError, match="Say why"):
        rights.answer(request=request, outcome=Outcome.REFUSED, words=" ", by=trust, now=NOW)
    rights.answer(request=request, outcome=Outcome.PARTLY, words="Most", by=trust, now=NOW)
    request.refresh_from_db()
    assert (request.outcome, request.answer, request.answered_by, request.answered_at) == (
        Outcome.PARTLY,
        "Most",
        trust,
        NOW,
    )
    assert audits()[-1] == ("right.answered", "partly")
    with pytest.raises(RecordError, match="answered already"):
        rights.answer(request=request, outcome=Outcome.DONE, words="All", by=trust, now=NOW)
    with pytest.raises(RecordError, match="answered already"):
        rights.extend(request=request, why="Much", by=trust, today=NOW.date())


def test_a_restriction_holds_for_every_record_until_it_ends(trust: User) -> None:
    person = make_participant()
    record = make_participant(merged_into=person)
    with pytest.raises(RecordError, match="Say why"):
        rights.restrict(person=person, why="", by=trust, now=NOW)
    rights.restrict(person=record, why="It is disputed", by=trust, now=NOW)
    for each in (person, record):
        each.refresh_from_db()
        assert each.restricted_at == NOW
    entry = AuditEntry.objects.latest("pk")
    assert (entry.kind, entry.reason, entry.object_id) == (
        "right.restricted",
        "It is disputed",
        person.pk,
    )
    rights.restrict(person=person, why="Again", by=trust, now=NOW + dt.timedelta(days=1))
    person.refresh_from_db()
    assert person.restricted_at == NOW
    assert AuditEntry.objects.latest("pk") == entry
    rights.end_restriction(person=person, why="It was right", by=trust)
    for each in (person, record):
        each.refresh_from_db()
        assert each.restricted_at is None
    assert audits()[-1] == ("right.unrestricted", "It was right")


def test_an_objection_begins_and_ends(trust: User) -> None:
    person, other = make_participant(), make_participant()
    rights.leave_out_of_evaluation(person=person, why="Asked", by=trust, now=NOW)
    other.refresh_from_db()
    assert (person.objected_at, other.objected_at) == (NOW, None)
    rights.bring_back_to_evaluation(person=person, why="Asked again", by=trust)
    assert person.objected_at is None
    assert [kind for kind, _ in audits()] == ["right.objected", "right.unobjected"]


def test_forgetting_empties_the_words_and_keeps_that_it_was_asked(trust: User) -> None:
    person, other = make_known(), make_known()
    request, others = make_request(person), make_request(other)
    make_bundle(request=request, by=trust, now=NOW)
    kept = make_bundle(request=others, by=trust, now=NOW)
    confirm(
        document=Document("bundle"),
        about=person,
        recipient="Quillon Asker",
        address="quillon@example.org",
        why="Asked",
        by=trust,
    )
    counts = rights.forget([person.pk])
    assert counts == {
        "participants.SubjectBundle": 1,
        "participants.RightsRequest": 1,
        "participants.Disclosure": 1,
    }
    request.refresh_from_db()
    assert request.participant is None
    assert (request.right, request.received_on) == (Right.ACCESS, NOW.date())
    words = ("asked_by", "relationship", "words", "identity_checked", "extended_why", "answer")
    assert [getattr(request, name) for name in words] == [""] * 6
    assert request.bundles.get().body == {}
    disclosure = Disclosure.objects.get()
    assert (disclosure.participant, disclosure.recipient, disclosure.address, disclosure.why) == (
        None,
        "",
        "",
        "",
    )
    kept.refresh_from_db()
    others.refresh_from_db()
    assert kept.body["about"] == other.full_name
    assert others.asked_by == "Quillon Asker"
    assert rights.forget([person.pk]) == dict.fromkeys(counts, 0)


@pytest.mark.parametrize("right", sorted(set(Right) - {Right.ERASURE}))
def test_nobody_is_erased_who_did_not_ask_for_it(right: Right, trust: User) -> None:
    person = make_participant()
    with pytest.raises(RecordError, match="Nobody asked"):
        rights.erase_as_asked(request=make_request(person, right), by=trust, now=NOW)
    person.refresh_from_db()
    assert person.given_name.startswith("Sample")
