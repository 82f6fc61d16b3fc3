"""Photographs: up only with everybody's consent, down at once, and nothing in them but pixels."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from PIL import Image

from accounts.models import AuditEntry, AuditKind, Role
from activities.pictures import redraw
from participants.models import (
    Answer,
    ConsentHow,
    Photograph,
    PhotographUse,
    Purpose,
    Relationship,
)
from participants.queries.photographs import count_to_take_down, pictured_at, to_take_down
from participants.services.consents import record_consents, withdraw
from participants.services.errors import RecordError
from participants.services.photographs import (
    NoConsentError,
    add_photograph,
    remove_person,
    take_down,
)
from participants.services.removal import anonymise, erase
from tests.factories import (
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
INSIDE, PUBLIC = PhotographUse.INSIDE, PhotographUse.PUBLIC


@pytest.fixture
def hub():
    return make_hub()


@pytest.fixture
def session(hub):
    return make_session(activity=make_activity(hub=hub))


@pytest.fixture
def coordinator(hub):
    return make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def child(hub, session):
    person = make_participant(hub=hub)
    make_attendance(session, person)
    return person


def picture(**exif):
    """A photograph as a telephone takes it: with the place in it."""
    image = Image.new("RGB", (400, 300), "teal")
    tags = Image.Exif()
    tags[0x9286] = "Secret place"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=tags)
    return redraw(io.BytesIO(file.getvalue())).large


def say(person, by, at=NOW, decided_by="", **answers):
    record_consents(
        person=person,
        answers={Purpose(name): value for name, value in answers.items()},
        answered_by="Comet Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PAPER,
        now=at,
        by=by,
        decided_by=decided_by,
    )


def add(session, by, *people, uses=(INSIDE,), description="Two children juggle"):
    return add_photograph(
        session=session,
        picture=picture(),
        description=description,
        uses=uses,
        people=[each.pk for each in people],
        by=by,
        now=NOW,
    )


def test_with_everybodys_consent_it_is_kept_without_what_the_telephone_wrote(
    session, coordinator, child
):
    say(child, coordinator, photos_inside=True)
    photograph = add(session, coordinator, child)
    assert photograph.file.name.startswith("photographs/")
    assert str(child.pk) not in photograph.file.name
    with photograph.file.open() as file:
        content = file.read()
    assert b"Secret place" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "WEBP"
        assert not image.getexif()
    assert AuditEntry.objects.filter(kind=AuditKind.PHOTOGRAPH_ADDED).count() == 1


def test_whoever_did_not_agree_is_named_and_nothing_is_kept(session, coordinator, child, hub):
    other = make_participant(hub=hub, given_name="Bobbin", family_name="Testname")
    make_attendance(session, other)
    say(child, coordinator, photos_inside=True)
    with pytest.raises(NoConsentError, match="Bobbin T") as refused:
        add(session, coordinator, child, other)
    assert refused.value.people == [other]
    assert not Photograph.objects.exists()
    assert (
        not default_storage.exists("photographs") or not default_storage.listdir("photographs")[1]
    )


def test_each_use_needs_its_own_consent(session, coordinator, child):
    say(child, coordinator, photos_inside=True)
    with pytest.raises(NoConsentError):
        add(session, coordinator, child, uses=(INSIDE, PUBLIC))
    say(child, coordinator, at=NOW + MINUTE, photos_public=True)
    assert add(session, coordinator, child, uses=(INSIDE, PUBLIC)).uses == ["inside", "public"]


def test_a_child_in_care_only_where_somebody_decided(session, coordinator, child):
    say(child, coordinator, photos_public=True)
    child.care_experienced = Answer.YES
    child.save()
    with pytest.raises(NoConsentError):
        add(session, coordinator, child, uses=(PUBLIC,))
    say(child, coordinator, at=NOW + MINUTE, decided_by="social_worker", photos_public=True)
    add(session, coordinator, child, uses=(PUBLIC,))


def test_only_people_who_came(session, coordinator, hub):
    stranger = make_participant(hub=hub)
    say(stranger, coordinator, photos_inside=True)
    with pytest.raises(RecordError, match="came"):
        add(session, coordinator, stranger)


def test_a_description_and_a_use_are_needed(session, coordinator):
    with pytest.raises(RecordError):
        add(session, coordinator, description=" ")
    with pytest.raises(RecordError):
        add(session, coordinator, uses=())


def test_a_coordinator_of_another_hub_adds_and_removes_nothing(session, coordinator):
    photograph = add(session, coordinator)
    stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
    with pytest.raises(PermissionDenied):
        add(session, stranger)
    with pytest.raises(PermissionDenied):
        take_down(photograph=photograph, by=stranger, now=NOW)


def test_a_no_lists_what_must_come_down_and_refuses_new_uses_at_once(
    session, coordinator, child, django_assert_max_num_queries
):
    say(child, coordinator, photos_inside=True, photos_public=True)
    inside = add(session, coordinator, child)
    public = add(session, coordinator, child, uses=(PUBLIC,))
    assert count_to_take_down(coordinator) == 0
    withdraw(
        person=child,
        purposes=[Purpose.PHOTOGRAPHS_PUBLIC],
        answered_by="Comet Sample",
        relationship=Relationship.MOTHER,
        how=ConsentHow.PHONE,
        now=NOW + MINUTE,
        by=coordinator,
    )
    with django_assert_max_num_queries(9):
        found = to_take_down(coordinator)
    assert [(each.photograph, each.people) for each in found] == [(public, [child])]
    assert inside not in [each.photograph for each in found]
    with pytest.raises(NoConsentError):
        add(session, coordinator, child, uses=(PUBLIC,))
    assert count_to_take_down(make_user(Role.COORDINATOR, hubs=(make_hub(),))) == 0
    take_down(photograph=public, by=coordinator, now=NOW)
    assert count_to_take_down(coordinator) == 0


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_as_many_queries_for_many(
    people, session, coordinator, hub, django_assert_num_queries
):
    for _ in range(people):
        person = make_participant(hub=hub)
        make_attendance(session, person)
        say(person, coordinator, photos_inside=True)
        add(session, coordinator, person)
        say(person, coordinator, at=NOW + MINUTE, photos_inside=False)
    with django_assert_num_queries(4):
        assert len(to_take_down(coordinator)) == people


def test_taking_down_deletes_the_file_and_keeps_the_row(
    session, coordinator, django_capture_on_commit_callbacks
):
    photograph = add(session, coordinator)
    name = photograph.file.name
    with django_capture_on_commit_callbacks(execute=True):
        take_down(photograph=photograph, by=coordinator, now=NOW)
        take_down(photograph=photograph, by=coordinator, now=NOW + MINUTE)
    photograph.refresh_from_db()
    assert (photograph.taken_down_at, photograph.taken_down_by) == (NOW, coordinator)
    assert not photograph.file
    assert not default_storage.exists(name)
    assert AuditEntry.objects.filter(kind=AuditKind.PHOTOGRAPH_TAKEN_DOWN).count() == 1


def test_whoever_is_erased_is_in_no_photograph(
    session, coordinator, child, hub, django_capture_on_commit_callbacks
):
    other = make_participant(hub=hub)
    make_attendance(session, other)
    for person in (child, other):
        say(person, coordinator, photos_inside=True)
    theirs, with_both = add(session, coordinator, child), add(session, coordinator, child, other)
    alone = add(session, coordinator, other)
    names = [each.file.name for each in (theirs, with_both)]
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_person([child.pk], NOW) == 2
    assert list(Photograph.objects.up()) == [alone]
    assert not [name for name in names if default_storage.exists(name)]


@pytest.mark.parametrize("act", [erase, anonymise])
def test_photographs_come_down_with_a_record(
    act, session, coordinator, child, django_capture_on_commit_callbacks
):
    say(child, coordinator, photos_inside=True)
    photograph = add(session, coordinator, child)
    name = photograph.file.name
    with django_capture_on_commit_callbacks(execute=True):
        removal = act(person=child, by=make_user(Role.TRUST_STAFF), now=NOW)
    photograph.refresh_from_db()
    assert photograph.taken_down_at is not None
    assert not default_storage.exists(name)
    assert removal.counts["photographs taken down"] == 1


def test_the_register_says_who_may_be_photographed(session, coordinator, child, hub):
    no = make_participant(hub=hub, given_name="Zigzag")
    make_attendance(session, no)
    say(child, coordinator, photos_inside=True)
    found = {each.person.pk: (each.may_inside, each.may_public) for each in pictured_at(session)}
    assert found == {child.pk: (True, False), no.pk: (False, False)}
