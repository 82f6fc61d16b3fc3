"""Studies and extracts on pages: who sees what, and what never stands on one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessAlert, AuditEntry, AuditKind, Role, User
from evaluation.models import Extract, ExtractStatus, Pseudonym, Study
from participants.models import Participant
from tests import factories
from tests.evaluation.research.cohort import (
    FIRST,
    LAST,
    agree,
    ask,
    finished,
    make_study,
    released,
    withdraw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def study(trust: User) -> Study:
    return make_study(factories.make_programme(), trust)


@pytest.fixture
def people() -> list[Participant]:
    return [agree(factories.make_participant(given_name="Zebedee")) for _ in range(6)]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at = factories.london(2019, 7, 2)
    monkeypatch.setattr("evaluation.views.research.timezone.now", lambda: at)


@pytest.fixture
def as_trust(client: Client, trust: User) -> Client:
    client.force_login(trust)
    return client


@pytest.fixture
def as_evaluator() -> Client:
    client = Client()
    client.force_login(factories.make_user(Role.EVALUATOR))
    return client


def address(name: str, row: Any) -> str:
    return reverse(f"research:{name}", args=[row.pk])


# --- Trust staff ---------------------------------------------------------------------------------
def test_a_study_is_started_by_its_form(as_trust: Client) -> None:
    programme = factories.make_programme()
    form = {"title": "T", "purpose": "P", "programme": programme.pk, "ethics_reference": ""}
    assert as_trust.post(reverse("research:new"), form).status_code == 422
    assert not Study.objects.exists()
    response = as_trust.post(reverse("research:new"), form | {"ethics_reference": "E1"})
    assert response["Location"] == address("study", Study.objects.get())


def test_an_extract_is_asked_for_and_queued(
    as_trust: Client, study: Study, django_capture_on_commit_callbacks: Any
) -> None:
    page = address("ask", study)
    wrong = as_trust.post(page, {"first_day": LAST, "last_day": FIRST})
    late = as_trust.post(page, {"first_day": FIRST, "last_day": "2019-07-03"})
    early = as_trust.post(page, {"first_day": "2017-01-01", "last_day": "2017-01-02"})
    assert (wrong.status_code, late.status_code, early.status_code) == (422, 422, 422)
    assert "Choose a day that has come." in late.content.decode()
    assert not Extract.objects.exists()
    response = as_trust.post(page, {"first_day": FIRST, "last_day": LAST})
    extract = Extract.objects.get()
    assert response["Location"] == address("extract", extract)
    shown = as_trust.get(address("extract", extract)).content.decode()
    assert "Waiting for a worker" in shown
    assert address("progress", extract) in shown


def test_progress_tells_and_then_loads_the_page_anew(
    as_trust: Client, study: Study, people: list[Participant]
) -> None:
    assert b"Waiting for a worker" in as_trust.get(address("progress", ask(study))).content
    done = as_trust.get(address("progress", finished(study, people)))
    assert done["HX-Refresh"] == "true"


def test_a_failed_one_says_why_and_is_tried_again(as_trust: Client, study: Study) -> None:
    extract = ask(study)
    Extract.objects.filter(pk=extract.pk).update(status="failed", failed_why="Because of this.")
    shown = as_trust.get(address("extract", extract)).content.decode()
    assert "Because of this." in shown
    as_trust.post(address("retry", extract))
    extract.refresh_from_db()
    assert extract.status == ExtractStatus.QUEUED


def test_a_release_wants_a_second_look(
    as_trust: Client, study: Study, people: list[Participant]
) -> None:
    extract = finished(study, people)
    page = address("release", extract)
    assert b"6 people under random words" in as_trust.get(page).content
    form = {"recipient": "A. Sample", "address": "a@example.org", "why": "Study"}
    assert b"Look once more" in as_trust.post(page, form).content
    assert as_trust.post(page, form | {"step": "looked"}).status_code == 422
    extract.refresh_from_db()
    assert extract.released_at is None
    assert as_trust.post(page, form | {"step": "looked", "looked": "on"}).status_code == 302
    extract.refresh_from_db()
    assert extract.released_at is not None
    assert AuditEntry.objects.filter(kind=AuditKind.EXTRACT_RELEASED).count() == 1


def test_a_key_is_destroyed_in_two_steps(
    as_trust: Client, study: Study, people: list[Participant]
) -> None:
    finished(study, people)
    page = address("drop_keys", study)
    assert b"Nobody can be taken out" in as_trust.get(page).content
    assert as_trust.post(page).status_code == 422
    assert Pseudonym.objects.count() == 6
    as_trust.post(page, {"sure": "on"})
    assert not Pseudonym.objects.exists()
    shown = as_trust.get(address("study", study)).content.decode()
    assert "No extract can be made." in shown
    assert address("ask", study) not in shown
    as_trust.post(address("ask", study), {"first_day": FIRST, "last_day": LAST})
    assert Extract.objects.count() == 1


@pytest.mark.parametrize("name", ["drop_keys", "release", "download"])
def test_what_matters_wants_a_fresh_sign_in(
    client: Client, trust: User, study: Study, people: list[Participant], name: str
) -> None:
    trust.set_password("a password of an hour ago")
    trust.save()
    client.force_login(trust)
    session = client.session
    an_hour = dt.timedelta(hours=1).total_seconds()
    session["account_authentication_methods"] = [
        each | {"at": each["at"] - an_hour} for each in session["account_authentication_methods"]
    ]
    session.save()
    row = study if name == "drop_keys" else released(study, people)
    response = client.get(address(name, row))
    assert response.status_code == 302
    assert response["Location"].startswith("/account/reauthenticate/")


# --- The evaluator -------------------------------------------------------------------------------
def test_the_evaluator_sees_studies_and_asks_for_nothing(
    as_evaluator: Client, study: Study, people: list[Participant]
) -> None:
    extract = finished(study, people)
    pages = [
        as_evaluator.get(reverse("research:studies")),
        as_evaluator.get(address("study", study)),
        as_evaluator.get(address("extract", extract)),
    ]
    assert [page.status_code for page in pages] == [200, 200, 200]
    shown = "".join(page.content.decode() for page in pages)
    for name, row in (("ask", study), ("drop_keys", study), ("release", extract)):
        assert address(name, row) not in shown
        assert as_evaluator.get(address(name, row)).status_code == 403
    assert as_evaluator.get(reverse("research:new")).status_code == 403
    assert as_evaluator.post(address("retry", extract)).status_code == 403
    assert "The trust has not released it yet." in shown


def test_the_evaluator_fetches_after_the_release_and_not_before(
    as_evaluator: Client, study: Study, people: list[Participant]
) -> None:
    before, after = finished(study, people), released(study, people)
    assert as_evaluator.get(address("download", before)).status_code == 302
    assert not AuditEntry.objects.filter(kind=AuditKind.EXTRACT_EXPORTED).exists()
    response = as_evaluator.get(address("download", after))
    assert (response.content, response["Content-Type"]) == (b"contents", "application/zip")
    assert response["Content-Disposition"] == (
        'attachment; filename="extract-2019-01-01-2019-06-30-55555555.zip"'
    )
    assert "no-store" in response["Cache-Control"]
    entry = AuditEntry.objects.get(kind=AuditKind.EXTRACT_EXPORTED)
    assert entry.object_id == after.pk
    assert AccessAlert.objects.count() == 1


def test_no_page_shows_the_key(
    as_trust: Client, as_evaluator: Client, study: Study, people: list[Participant]
) -> None:
    extract = released(study, people)
    keys = [*Pseudonym.objects.values_list("word", flat=True), "Zebedee"]
    keys += [str(person.pk) for person in people]
    for client in (as_trust, as_evaluator):
        for page in (
            reverse("research:studies"),
            address("study", study),
            address("extract", extract),
            address("release", extract),
            address("drop_keys", study),
        ):
            shown = client.get(page).content.decode()
            assert [key for key in keys if key in shown] == []


# --- Afterwards ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("client_name", "said"),
    [
        ("as_trust", "Tell the University: delete what was downloaded"),
        ("as_evaluator", "Delete what you downloaded"),
    ],
)
def test_who_left_since_is_a_number(
    request: pytest.FixtureRequest,
    study: Study,
    people: list[Participant],
    client_name: str,
    said: str,
) -> None:
    client = request.getfixturevalue(client_name)
    extract = released(study, people, fetched_at=factories.london(2019, 7, 2))
    for person in people[:2]:
        withdraw(person)
    for page in (address("study", study), address("extract", extract)):
        shown = client.get(page).content.decode()
        assert "2 people have left since." in shown
        assert said in shown
        assert "Zebedee" not in shown


def test_a_deleted_file_leaves_its_record(
    as_trust: Client, study: Study, people: list[Participant]
) -> None:
    extract = released(study, people, expires_at=factories.london(2019, 7, 1))
    shown = as_trust.get(address("extract", extract)).content.decode()
    assert "The file is deleted. What follows is the record" in shown
    assert "5" * 64 in shown
    assert address("download", extract) not in shown
    assert as_trust.get(address("download", extract)).status_code == 302


# --- Lists and strangers -------------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3])
def test_lists_take_as_many_queries_for_one_as_for_three(
    as_trust: Client,
    study: Study,
    people: list[Participant],
    number: int,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(number - 1):
        make_study(study.programme, study.started_by)
    for at in range(number):
        released(study, people, fetched_at=factories.london(2019, 7, 2) + dt.timedelta(hours=at))
    with django_assert_num_queries(4):
        as_trust.get(reverse("research:studies"))
    with django_assert_num_queries(9):
        as_trust.get(address("study", study))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF, Role.EVALUATOR}))
def test_strangers_see_nothing(
    client: Client, study: Study, people: list[Participant], role: Role
) -> None:
    extract = released(study, people)
    client.force_login(factories.make_user(role))
    for page in (
        reverse("research:studies"),
        address("study", study),
        address("extract", extract),
        address("progress", extract),
        address("download", extract),
    ):
        assert client.get(page).status_code == 403
    assert not Study.objects.visible_to(factories.make_user(role)).exists()
    assert not Extract.objects.visible_to(factories.make_user(role)).exists()


def test_visitors_are_asked_to_sign_in(client: Client, study: Study) -> None:
    response = client.get(address("study", study))
    assert response["Location"].startswith("/account/login/")


def test_more_lists_research_for_both(as_trust: Client, as_evaluator: Client) -> None:
    for client in (as_trust, as_evaluator):
        assert reverse("research:studies") in client.get(reverse("everything")).content.decode()
