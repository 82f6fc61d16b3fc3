"""Pages of imports: for trust staff, each read written down, and strangers shown nothing."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessAlert, AlertKind, AuditEntry, AuditKind, Role, User
from hubs.models import Hub
from participants.models import ImportBatch, ImportKind, ImportState, Participant
from participants.services import imports
from participants.services.imports.checking import check
from tests import factories

pytestmark = pytest.mark.django_db

NOW = factories.london(2026, 6, 1, 12)
GOOD = "Forename,Surname,DOB\nComet,Quince,01/02/2010\n"
FAULTY = "Forename,Surname,DOB,Sex\nComet,Quince,=1+1,lass\nMaple,Walnut,01/02/2010,lass\n"
PAGES = ("detail", "match", "sheet", "progress", "words", "apply", "undo", "drop", "faults_csv",
         "faults_xlsx")  # fmt: skip


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Acorn")


@pytest.fixture
def staff(client: Client) -> User:
    user = factories.make_user(Role.TRUST_STAFF)
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def _nothing_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("participants.views.imports.queue_import", lambda _: None)


def receive(text: str, by: User, hub: Hub) -> ImportBatch:
    return imports.receive_file(
        kind=ImportKind.PEOPLE, file=io.BytesIO(text.encode()), file_name="hub.csv", hub=hub, by=by,
        now=NOW,
    )  # fmt: skip


def checked(text: str, by: User, hub: Hub) -> ImportBatch:
    batch = receive(text, by, hub)
    imports.match_columns(batch=batch, matched=batch.matched, options={}, by=by, now=NOW)
    ImportBatch.objects.filter(pk=batch.pk).update(claim=batch.pk)
    batch.refresh_from_db()
    check(batch, lambda _: None, NOW)
    batch.refresh_from_db()
    return batch


def upload(client: Client, content: bytes, **more: Any) -> Any:
    file = SimpleUploadedFile("hub.csv", content)
    return client.post(reverse("imports:list"), {"kind": "people", "file": file} | more)


def reads(batch: ImportBatch) -> list[str]:
    found = AuditEntry.objects.filter(kind=AuditKind.IMPORT_READ, object_id=batch.pk)
    return list(found.order_by("at", "pk").values_list("reason", flat=True))


def test_a_file_is_received_and_its_columns_shown(client: Client, staff: User, hub: Hub) -> None:
    response = upload(client, GOOD.encode(), hub=hub.pk)
    batch = ImportBatch.objects.get()
    assert response["Location"] == reverse("imports:match", args=[batch.pk])
    text = client.get(response["Location"]).text
    assert "“Comet”" in text
    assert reads(batch) == ["columns"]
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"%PDF-1.7", "This is a PDF."), (b"", "The file is empty."), (b"Name\n", "no rows below")],
    ids=["pdf", "empty", "headings"],
)
def test_what_cannot_be_read_says_why(
    client: Client, staff: User, content: bytes, words: str
) -> None:
    response = upload(client, content)
    assert response.status_code == 422
    assert words in response.text
    assert not ImportBatch.objects.exists()


def test_two_columns_of_one_thing_are_refused(client: Client, staff: User, hub: Hub) -> None:
    batch = receive(GOOD, staff, hub)
    said = {"column_0": "given_name", "column_1": "given_name", "known": "skip", "epoch": "1900"}
    response = client.post(reverse("imports:match", args=[batch.pk]), said)
    assert response.status_code == 422
    assert "“Forename” is matched to this already." in response.text


def test_matching_asks_for_the_check(client: Client, staff: User, hub: Hub) -> None:
    batch = receive(GOOD, staff, hub)
    said = {"column_0": "given_name", "column_2": "birth_date", "known": "link", "epoch": "1904"}
    response = client.post(reverse("imports:match", args=[batch.pk]), said)
    assert response.status_code == 302
    batch.refresh_from_db()
    assert batch.state == ImportState.CHECKING
    assert batch.matched == {"0": "given_name", "2": "birth_date"}
    assert (batch.options["known"], batch.options["is_1904"]) == ("link", True)
    fragment = client.get(reverse("imports:progress", args=[batch.pk]))
    assert "0 of 1 rows" in fragment.text


def test_every_fault_with_its_cell(client: Client, staff: User, hub: Hub) -> None:
    batch = checked(FAULTY, staff, hub)
    text = client.get(reverse("imports:detail", args=[batch.pk])).text
    assert "3 things to put right" in text
    assert "=1+1" in text
    assert "Gender: “lass”" in text
    assert reads(batch) == ["faults"]
    said = {"gender-0": "female"}
    client.post(reverse("imports:words", args=[batch.pk]), said)
    batch.refresh_from_db()
    assert batch.options["values"] == {"gender": {"lass": "female"}}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_of_faults_runs_no_formula(
    client: Client, staff: User, hub: Hub, kind: str
) -> None:
    batch = checked(FAULTY, staff, hub)
    response = client.get(reverse(f"imports:faults_{kind}", args=[batch.pk]))
    assert response["Content-Disposition"].endswith(f'.{kind}"')
    entry = AuditEntry.objects.get(kind=AuditKind.PEOPLE_EXPORTED)
    assert (entry.object_id, entry.reason) == (batch.pk, f"faults as {kind}")
    assert AccessAlert.objects.get().kind == AlertKind.EXPORT
    if kind == "csv":
        assert ",'=1+1\r\n" in response.content.decode("utf-8-sig")


def test_who_is_known_already_is_named(client: Client, staff: User, hub: Hub) -> None:
    person = factories.make_participant(
        given_name="Comet", family_name="Quince", birth_date=dt.date(2010, 2, 1)
    )
    batch = checked(GOOD, staff, hub)
    text = client.get(reverse("imports:detail", args=[batch.pk])).text
    assert "Comet Quince" in text
    assert reverse("people:person", args=[person.pk]) in text
    assert reads(batch) == ["known"]


def test_bringing_in_is_asked_for_once(client: Client, staff: User, hub: Hub) -> None:
    batch = checked(GOOD, staff, hub)
    for words in ("", "Something else has happened"):
        response = client.post(reverse("imports:apply", args=[batch.pk]), follow=True)
        assert words in response.text
    batch.refresh_from_db()
    assert batch.state == ImportState.APPLYING


@pytest.mark.parametrize("page", PAGES)
def test_strangers(client: Client, hub: Hub, page: str) -> None:
    batch = checked(FAULTY, factories.make_user(Role.TRUST_STAFF), hub)
    address = reverse(f"imports:{page}", args=[batch.pk])
    for method in (client.get, client.post):
        assert method(address).status_code in {302, 405}
    for role in set(Role) - {Role.TRUST_STAFF}:
        client.force_login(factories.make_user(role, hubs=(hub,)))
        answers = [client.get(address), client.post(address)]
        assert {answer.status_code for answer in answers} <= {403, 405}
        assert not any("Comet" in answer.text for answer in answers)
    assert reads(batch) == []


def test_as_many_queries_for_three_as_for_one(client: Client, staff: User, hub: Hub) -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            receive(GOOD, staff, hub)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("imports:list")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
