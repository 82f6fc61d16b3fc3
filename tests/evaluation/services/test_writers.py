"""Whoever ever wrote in a release does not sign it off, whose words stand in it last or not."""

from __future__ import annotations

from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation import access
from evaluation.models import Narrative, Release
from evaluation.services import releases
from tests import factories
from tests.evaluation.test_releases import NOW, make_draft, make_run, make_waiting, quick

pytestmark = pytest.mark.django_db
WHY_NOT = "You began this, or wrote in one of its boxes"


@pytest.fixture(autouse=True)
def _quick_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "RENDERERS", {"pdf": quick})


def trust_staff(name: str) -> User:
    return factories.make_user(Role.TRUST_STAFF, name=name)


@pytest.fixture
def maker() -> User:
    return trust_staff("Maker")


@pytest.fixture
def writer() -> User:
    return trust_staff("Writer")


@pytest.fixture
def mender() -> User:
    return trust_staff("Mender")


def write(release: Release, text: str, by: User, box: str = "learning") -> None:
    releases.write_narrative(release=release, box=box, text=text, by=by, now=NOW)


@pytest.fixture
def mended(maker: User, writer: User, mender: User) -> Release:
    """Begun by one, written by another, and then a comma of a third; it waits."""
    release = make_draft(maker)
    write(release, "Much was learnt and more.", by=writer)
    write(release, "Much was learnt, and more.", by=mender)
    return releases.submit(release=release, by=maker, now=NOW)


def test_who_wrote_first_does_not_sign_off_after_another_changed_a_comma(
    mended: Release, maker: User, writer: User, mender: User
) -> None:
    assert mended.narratives.get().written_by == mender
    assert set(mended.writers.all()) == {writer, mender}
    for own in (maker, writer, mender):
        assert not access.can_sign_off(own, mended)
        with pytest.raises(PermissionDenied, match="Another person"):
            releases.sign_off(release=mended, by=own, now=NOW)
    reader = trust_staff("Reader")
    assert access.can_sign_off(reader, mended)
    assert releases.sign_off(release=mended, by=reader, now=NOW).checked_by == reader


def test_who_wrote_what_was_emptied_or_given_back_since_does_not_sign_off(
    maker: User, writer: User, mender: User
) -> None:
    release = make_draft(maker)
    write(release, "Much.", by=writer)
    write(release, "", by=mender)
    releases.submit(release=release, by=maker, now=NOW)
    releases.give_back(release=release, why="A word.", by=maker, now=NOW)
    write(release, "Little.", by=maker)
    waiting = releases.submit(release=release, by=maker, now=NOW)
    assert [access.can_sign_off(each, waiting) for each in (writer, mender)] == [False, False]


def test_who_wrote_in_another_release_signs_off_this_one(maker: User, writer: User) -> None:
    write(make_draft(maker), "Much.", by=writer)
    assert access.can_sign_off(writer, make_waiting(maker))


def test_a_box_that_is_none_makes_nobody_a_writer(maker: User, writer: User) -> None:
    release = make_draft(maker)
    with pytest.raises(releases.ReleaseError, match="no such box"):
        write(release, "Much.", by=writer, box="other")
    assert not release.writers.exists()


def test_the_page_says_why_not(client: Client, mended: Release, writer: User) -> None:
    address = reverse("releases:detail", args=[mended.pk])
    check = reverse("releases:check", args=[mended.pk])
    client.force_login(writer)
    shown = client.get(address).text
    assert WHY_NOT in shown
    assert check not in shown
    assert client.get(check).status_code == 403
    client.force_login(trust_staff("Reader"))
    shown = client.get(address).text
    assert WHY_NOT not in shown
    assert check in shown


def test_writers_of_before_are_found_in_the_words_and_in_the_trail(
    maker: User, writer: User, mender: User
) -> None:
    run = make_run()
    mended, untouched = make_draft(maker, run), make_draft(maker, run)
    Narrative.objects.create(release=mended, box="learning", text="M", written_by=mender)
    Narrative.objects.create(release=mended, box="numbers", text="N", written_by=None)
    gone = UUID(int=7)
    for actor in (writer.pk, gone, None):
        AuditEntry.objects.create(
            actor_id=actor,
            kind=AuditKind.RELEASE_WRITTEN,
            object_type="evaluation.release",
            object_id=mended.pk,
        )
    fill = import_module("evaluation.migrations.0019_writers_of_releases").fill
    fill(apps, None)
    fill(apps, None)
    assert set(mended.writers.all()) == {writer, mender}
    assert not untouched.writers.exists()
