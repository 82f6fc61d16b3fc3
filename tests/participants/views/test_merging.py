"""Two records side by side: what is shown, chosen, merged, undone; and the list of pairs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from participants import tasks
from participants.models import CareNote, Contact, Merge, NotTheSame, Participant
from participants.services.duplicates import find_likely_pairs
from participants.services.merging import merge
from tests.factories import (
    PASSWORD,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client: Client) -> User:
    user = make_user(Role.TRUST_STAFF, password=PASSWORD)
    client.force_login(user)
    return user


def two() -> tuple[Participant, Participant]:
    """Two alike: the first came once and has a school, the second came never and has none."""
    first = make_participant(
        hub=make_hub(), given_name="Samplia", family_name="Zed", school="Made-up School"
    )
    second = make_participant(hub=make_hub(), given_name="Sampliah", family_name="Zed")
    make_attendance(make_session(), first)
    return first, second


def pair(first: Participant, second: Participant, name: str = "pair") -> str:
    return reverse(f"merging:{name}", args=[first.pk, second.pk])


def test_side_by_side_shows_counts_and_no_care_note(client: Client, user: User) -> None:
    first, second = two()
    Contact.objects.create(participant=second, name="A Parent")
    CareNote.objects.create(participant=second, kind="health", text="Planted words")
    page = client.get(pair(first, second))
    assert "Made-up School" in page.text
    assert "A Parent" in page.text
    assert "1 session," in page.text
    assert page.text.count("Differs") == 2
    assert "Planted words" not in page.text
    read = AuditEntry.objects.filter(kind=AuditKind.PAIR_READ)
    assert {entry.object_id for entry in read} == {first.pk, second.pk}
    form = page.context["form"]
    assert form.fields["stays"].initial == "A"
    assert form.fields["keep_school"].initial == "A"


def test_values_are_chosen_field_by_field(client: Client, user: User) -> None:
    first, second = two()
    answers = {"stays": "A", "keep_given_name": "B", "keep_school": "A"}
    assert client.post(pair(first, second), answers)["Location"] == reverse("merging:merges")
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.merged_into == first
    assert (first.given_name, first.school) == ("Sampliah", "Made-up School")


def test_the_other_record_may_stay(client: Client, user: User) -> None:
    first, second = two()
    client.post(pair(first, second), {"stays": "B", "keep_given_name": "B", "keep_school": "A"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.merged_into == second
    assert (second.given_name, second.school) == ("Sampliah", "Made-up School")


def test_nothing_is_merged_without_choosing(client: Client, user: User) -> None:
    first, second = two()
    response = client.post(pair(first, second), {})
    assert response.status_code == 422
    assert "Choose which record stays." in response.text
    assert not Merge.objects.exists()


def test_an_old_sign_in_sees_and_merges_nothing(client: Client, user: User) -> None:
    first, second = two()
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    assert "reauthenticate" in client.get(pair(first, second))["Location"]
    assert client.post(pair(first, second), {"stays": "A"}).status_code == 403
    assert not Merge.objects.exists()
    assert not AuditEntry.objects.filter(kind=AuditKind.PAIR_READ).exists()


def test_what_is_no_pair_is_not_found(client: Client, user: User) -> None:
    first, _second = two()
    record = make_participant(merged_into=first)
    nameless = make_participant(anonymised_at=timezone.now())
    for other in (first, record, nameless, Participant()):
        assert client.get(pair(first, other)).status_code == 404


def test_two_people_leave_the_list(client: Client, user: User) -> None:
    first, second = two()
    find_likely_pairs(now=timezone.now())
    assert "Sampliah" in client.get(reverse("merging:pairs")).text
    client.post(pair(first, second, "two_people"))
    assert NotTheSame.objects.count() == 1
    page = client.get(reverse("merging:pairs")).text
    assert "Sampliah" not in page
    assert "Every pair is decided on." in page


def test_a_worker_looks_again(
    client: Client,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks.find_likely_pairs, "delay", lambda: queued.append("asked"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("merging:look_again"))
    assert queued == ["asked"]


def test_merges_are_undone_for_thirty_days(client: Client, user: User) -> None:
    first, second = two()
    now = timezone.now()
    made = merge(record=second, into=first, take=[], by=user, now=now - dt.timedelta(days=29))
    undo = reverse("merging:undo", args=[made.pk])
    assert undo in client.get(reverse("merging:merges")).text
    Merge.objects.update(merged_at=now - dt.timedelta(days=31))
    page = client.get(reverse("merging:merges")).text
    assert undo not in page
    assert "It can no longer be undone" in page
    assert "for 30 days" in client.post(undo, follow=True).text
    Merge.objects.update(merged_at=now)
    assert "Make two records of one?" in client.get(undo).text
    client.post(undo)
    second.refresh_from_db()
    assert second.merged_into is None
    assert "Undone on" in client.get(reverse("merging:merges")).text


def test_lists_ask_as_much_for_one_as_for_three(
    client: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    def number(name: str) -> int:
        with django_assert_max_num_queries(30) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    def add() -> None:
        first, second = two()
        merge(record=second, into=first, take=[], by=user, now=timezone.now())
        find_likely_pairs(now=timezone.now())

    add()
    two()
    find_likely_pairs(now=timezone.now())
    client.get(reverse("merging:pairs"))
    one = [number("merging:pairs"), number("merging:merges")]
    add()
    add()
    assert [number("merging:pairs"), number("merging:merges")] == one


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_strangers(role: Role, client: Client) -> None:
    first, second = two()
    find_likely_pairs(now=timezone.now())
    by = make_user(Role.TRUST_STAFF)
    made = merge(record=second, into=first, take=[], by=by, now=timezone.now())
    one, other = two()
    hubs = tuple(each.hub for person in (one, other) for each in person.registrations.all())
    client.force_login(make_user(role, hubs=hubs))
    for address in (
        reverse("merging:pairs"),
        reverse("merging:merges"),
        pair(one, other),
    ):
        assert client.get(address).status_code == 403
    for address in (
        reverse("merging:look_again"),
        reverse("merging:undo", args=[made.pk]),
        pair(one, other),
        pair(one, other, "two_people"),
    ):
        assert client.post(address, {"stays": "A"}).status_code == 403
    assert Merge.objects.filter(undone_at=None).count() == 1
    assert not NotTheSame.objects.exists()
