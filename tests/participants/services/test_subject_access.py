from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, Role, User
from participants.models import (
    CareNote,
    Disclosure,
    Participant,
    Relationship,
    Right,
    SubjectBundle,
)
from participants.services import subject_access as services
from participants.services.errors import RecordError
from participants.subject_access.document import released, undecided
from tests.factories import make_participant, make_user
from tests.participants.rights import NOW, make_known, make_request

pytestmark = pytest.mark.django_db
WHERE = ("4 Thornapple Row", "DE1 9ZZ")


@pytest.fixture
def trust() -> User:
    return make_user(Role.TRUST_STAFF)


def bundle_of(person: Participant, by: User, **asked: Any) -> SubjectBundle:
    request = make_request(person, Right.ACCESS, by, **asked)
    return services.make_bundle(request=request, by=by, now=NOW)


def decide_rest(bundle: SubjectBundle, by: User, **out: str) -> SubjectBundle:
    bundle.refresh_from_db()
    rest = dict.fromkeys(undecided(bundle.body, bundle.redactions), "")
    services.decide(bundle=bundle, decisions=rest | out, by=by, now=NOW)
    bundle.refresh_from_db()
    return bundle


def release(bundle: SubjectBundle, by: User, now: dt.datetime = NOW) -> Disclosure:
    return services.release(
        bundle=bundle,
        recipient="Quillon Asker",
        address="quillon@example.org",
        why="Asked for it",
        by=by,
        now=now,
    )


def test_making_one_reads_every_section_and_says_so(trust: User) -> None:
    person = make_known()
    bundle = bundle_of(person, trust)
    read = AuditEntry.objects.filter(object_id=person.pk).values_list("kind", "reason")
    assert {kind for kind, _ in read} == {
        *("identity.read", "contacts.read", "care.read", "equality.read", "consents.read"),
        *("attendance.read", "outcomes.read", "changes.read"),
    }
    assert {reason for _, reason in read} == {services.READ_FOR}
    assert AuditEntry.objects.latest("pk").kind == "bundle.made"
    assert bundle.body["about"] == person.full_name
    assert bundle.expires_at == NOW + dt.timedelta(days=14)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_makes_one(role: Role) -> None:
    request = make_request(make_known())
    with pytest.raises(PermissionDenied):
        services.make_bundle(request=request, by=make_user(role), now=NOW)
    assert not SubjectBundle.objects.exists()


def test_only_a_request_for_a_copy_of_somebody_makes_one(trust: User) -> None:
    request = make_request(make_known(), Right.ERASURE)
    with pytest.raises(RecordError, match="Nobody asked"):
        services.make_bundle(request=request, by=trust, now=NOW)
    gone = make_request(make_participant())
    gone.participant = None
    with pytest.raises(RecordError, match="about anybody"):
        services.make_bundle(request=gone, by=trust, now=NOW)


def test_nothing_leaves_before_every_marked_entry_is_decided(trust: User) -> None:
    bundle = bundle_of(make_known(), trust)
    marked = undecided(bundle.body, {})
    assert len(marked) > 2
    services.decide(bundle=bundle, decisions=dict.fromkeys(marked[1:], ""), by=trust, now=NOW)
    bundle.refresh_from_db()
    assert bundle.reviewed_at is None
    for act in (release, services.take_out):
        with pytest.raises(RecordError, match="looked through"):
            act(bundle=bundle, by=trust, now=NOW)
    services.decide(bundle=bundle, decisions={marked[0]: "Another child"}, by=trust, now=NOW)
    bundle.refresh_from_db()
    assert (bundle.reviewed_at, bundle.reviewed_by) == (NOW, trust)
    with pytest.raises(RecordError, match="looked through"):
        services.take_out(bundle=bundle, by=trust, now=NOW)
    release(bundle, trust)
    assert services.take_out(bundle=bundle, by=trust, now=NOW) == bundle
    assert AuditEntry.objects.filter(kind="bundle.exported", object_id=bundle.pk).exists()


def test_a_note_that_is_left_out_is_gone(trust: User) -> None:
    person = make_known()
    bundle = bundle_of(person, trust)
    key = f"carenote:{CareNote.objects.get(participant=person).pk}"
    decide_rest(bundle, trust, **{key: "Tells of a sister"})
    copy = released(bundle.body, bundle.redactions)
    said = json.dumps([dict(each.data) for part in copy.parts for each in part.entries])
    assert "Pistachio" not in said
    assert "Zebedee Contact" in said


def test_what_is_no_entry_of_it_is_not_decided(trust: User) -> None:
    bundle = bundle_of(make_known(), trust)
    services.decide(bundle=bundle, decisions={"contact:nothing": ""}, by=trust, now=NOW)
    bundle.refresh_from_db()
    assert bundle.redactions == {}


def test_what_was_released_is_decided_for_good(trust: User) -> None:
    bundle = decide_rest(bundle_of(make_known(), trust), trust)
    disclosure = release(bundle, trust, NOW + dt.timedelta(days=1))
    assert disclosure.document_id == bundle.pk
    bundle.refresh_from_db()
    assert bundle.expires_at == NOW + dt.timedelta(days=15)
    with pytest.raises(RecordError, match="released already"):
        release(bundle, trust)
    with pytest.raises(RecordError, match="released already"):
        services.decide(bundle=bundle, decisions={}, by=trust, now=NOW)
    assert Disclosure.objects.count() == 1


def test_a_hidden_address_is_not_even_gathered_for_somebody_else(trust: User) -> None:
    person = make_known(is_address_hidden=True)
    person.address = "7 Thornapple Row"
    person.save()
    bundle = bundle_of(person, trust)
    text = json.dumps(bundle.body)
    for words in (*WHERE, "7 Thornapple Row"):
        assert words not in text
    assert services.HIDDEN in text
    looks = {each["section"]: each["look"] for each in bundle.body["entries"]}
    for section in ("hubs", "attendance", "bookings"):
        assert looks[section] == ["place"]


def test_a_hidden_address_is_for_the_person_themselves_after_a_look(trust: User) -> None:
    person = make_known(is_address_hidden=True)
    bundle = bundle_of(person, trust, relationship=Relationship.THEMSELVES)
    home = next(each for each in bundle.body["entries"] if each["section"] == "home")
    assert home["data"][0] == ["Address", "4 Thornapple Row"]
    assert home["look"] == ["address"]
    assert home["key"] in undecided(bundle.body, {})


def test_an_address_hidden_after_it_was_made_stops_it(trust: User) -> None:
    person = make_known()
    bundle = decide_rest(bundle_of(person, trust), trust)
    person.is_address_hidden = True
    person.save()
    with pytest.raises(RecordError, match="marked as hidden"):
        release(bundle, trust)
    person.is_address_hidden = False
    person.save()
    release(bundle, trust)
    person.is_address_hidden = True
    person.save()
    with pytest.raises(RecordError, match="marked as hidden"):
        services.take_out(bundle=bundle, by=trust, now=NOW)


def test_copies_go_after_fourteen_days(trust: User) -> None:
    bundle = decide_rest(bundle_of(make_known(), trust), trust)
    release(bundle, trust)
    just_before = NOW + dt.timedelta(days=14, seconds=-1)
    assert services.expire_bundles(now=just_before) == 0
    services.take_out(bundle=bundle, by=trust, now=just_before)
    over = NOW + dt.timedelta(days=14)
    # Even before a worker has come by.
    with pytest.raises(RecordError, match="not there any more"):
        services.take_out(bundle=bundle, by=trust, now=over)
    assert services.expire_bundles(now=over) == 1
    bundle.refresh_from_db()
    assert (bundle.body, bundle.redactions) == ({}, {})
    assert services.expire_bundles(now=over) == 0
    for act in (release, services.take_out):
        with pytest.raises(RecordError, match="not there any more"):
            act(bundle=bundle, by=trust, now=NOW)
