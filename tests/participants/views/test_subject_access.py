from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pypdf
import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role, User
from participants.models import CareNote, Disclosure, Participant, Right, SubjectBundle
from participants.services.rights import record_request
from participants.services.subject_access import expire_bundles
from participants.subject_access.document import undecided
from tests.factories import make_user
from tests.participants.rights import asked_for, make_known

pytestmark = pytest.mark.django_db
SENT = {"recipient": "Quillon Asker", "address": "quillon@example.org", "why": "Asked for it"}


@pytest.fixture
def trust(client: Client) -> User:
    user = make_user(Role.TRUST_STAFF, name="Ash")
    client.force_login(user)
    return user


@pytest.fixture
def person() -> Participant:
    return make_known()


def at(name: str, pk: UUID) -> str:
    return reverse(f"rights:{name}", args=[pk])


def make(client: Client, person: Participant, **asked: Any) -> SubjectBundle:
    request = record_request(
        person=person,
        asked=asked_for(Right.ACCESS, **asked),
        received_on=timezone.now().date(),
        by=make_user(Role.TRUST_STAFF),
        now=timezone.now(),
    )
    response = client.post(at("make_bundle", request.pk))
    bundle = SubjectBundle.objects.get()
    assert response["Location"] == at("bundle", bundle.pk)
    return bundle


def note_key(person: Participant) -> str:
    return f"carenote:{CareNote.objects.get(participant=person).pk}"


def decide_all(client: Client, bundle: SubjectBundle, **out: str) -> Any:
    data = {"act": "rest_stays"}
    for key, why in out.items():
        data |= {f"decide-{key}": "out", f"why-{key}": why}
    return client.post(at("bundle", bundle.pk), data)


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def files(response: Any) -> tuple[str, str]:
    """The text of the PDF, and the JSON."""
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == [
            "copy-of-data.pdf",
            "copy-of-data.json",
            "copy-of-data.schema.json",
        ]
        pages = pypdf.PdfReader(io.BytesIO(archive.read("copy-of-data.pdf"))).pages
        machine = archive.read("copy-of-data.json").decode()
        return " ".join(page.extract_text() for page in pages), machine


def test_a_copy_is_made_looked_through_released_and_downloaded(
    client: Client, trust: User, person: Participant
) -> None:
    bundle = make(client, person)
    page = client.get(at("bundle", bundle.pk)).text
    for words in ("Pistachio", "Zebedee Contact", "May tell of somebody else", "to decide"):
        assert words in page
    assert "Release it" not in page
    decide_all(client, bundle, **{note_key(person): "It is about a sister"})
    assert "Everything is decided" in client.get(at("bundle", bundle.pk)).text
    first = client.get(at("bundle_send", bundle.pk)).text
    assert "Who gets it?" in first
    look = client.post(at("bundle_send", bundle.pk), SENT).text
    assert "Look once more" in look
    assert "quillon@example.org" in look
    assert not Disclosure.objects.exists()
    client.post(at("bundle_send", bundle.pk), SENT | {"step": "looked", "looked": "on"})
    disclosure = Disclosure.objects.get()
    assert (disclosure.recipient, disclosure.participant, disclosure.document_id) == (
        "Quillon Asker",
        person,
        bundle.pk,
    )
    response = client.get(at("bundle_download", bundle.pk))
    pdf, machine = files(response)
    for text in (pdf, machine):
        assert "Pistachio" not in text
        assert "It is about a sister" in text
        assert "Zebedee Contact" in text
    assert json.loads(machine)["schema"] == "thisisderby-subject-access"
    kinds = set(AuditEntry.objects.filter(object_id=bundle.pk).values_list("kind", flat=True))
    assert kinds >= {"bundle.made", "bundle.read", "bundle.released", "bundle.exported"}


def test_the_file_is_an_attachment_that_nobody_keeps_and_names_nobody(
    client: Client, trust: User, person: Participant
) -> None:
    bundle = make(client, person)
    decide_all(client, bundle)
    client.post(at("bundle_send", bundle.pk), SENT | {"step": "looked", "looked": "on"})
    response = client.get(at("bundle_download", bundle.pk))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == (
        f'attachment; filename="copy-of-data-{str(bundle.pk)[:8]}.zip"'
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_nothing_is_sent_or_downloaded_before_everything_is_decided(
    client: Client, trust: User, person: Participant
) -> None:
    bundle = make(client, person)
    for name in ("bundle_send", "bundle_download"):
        response = client.get(at(name, bundle.pk))
        assert response["Location"] == at("bundle", bundle.pk)
        assert told(response)[-1] == "The copy has to be looked through first."
    keys = undecided(bundle.body, {})
    data = {f"decide-{key}": "stays" for key in keys[1:]} | {"act": "save"}
    client.post(at("bundle", bundle.pk), data)
    client.post(at("bundle_send", bundle.pk), SENT | {"step": "looked", "looked": "on"})
    assert not Disclosure.objects.exists()
    client.post(at("bundle", bundle.pk), {f"decide-{keys[0]}": "stays", "act": "save"})
    # Looked through, and not yet released.
    assert client.get(at("bundle_download", bundle.pk)).status_code == 302
    assert client.get(at("bundle_send", bundle.pk)).status_code == 200


def test_an_entry_is_left_out_for_a_reason_only(
    client: Client, trust: User, person: Participant
) -> None:
    bundle = make(client, person)
    key = note_key(person)
    response = client.post(at("bundle", bundle.pk), {f"decide-{key}": "out", "act": "rest_stays"})
    assert response.status_code == 422
    assert "Say why each entry is left out." in response.text
    bundle.refresh_from_db()
    # "Nothing of others in the rest" must not let stay what somebody wants left out.
    assert key not in bundle.redactions
    assert bundle.reviewed_at is None


def test_a_hidden_address_is_a_red_warning_and_a_second_tick(client: Client, trust: User) -> None:
    person = make_known(is_address_hidden=True)
    bundle = make(client, person)
    page = client.get(at("bundle", bundle.pk)).text
    assert "4 Thornapple Row" not in page
    assert "This address must stay hidden" in page
    decide_all(client, bundle)
    look = client.post(at("bundle_send", bundle.pk), SENT).text
    assert "an address that must stay hidden" in look
    assert "Everything that says where they live is left out." in look
    one = {"step": "looked", "looked": "on"}
    assert client.post(at("bundle_send", bundle.pk), SENT | one).status_code == 422
    assert not Disclosure.objects.exists()
    client.post(at("bundle_send", bundle.pk), SENT | one | {"hidden": "on"})
    assert Disclosure.objects.get().had_hidden_address
    for text in files(client.get(at("bundle_download", bundle.pk))):
        assert "Thornapple" not in text
        assert "DE1 9ZZ" not in text


def test_a_hidden_address_for_the_person_themselves_says_that_it_is_in_it(
    client: Client, trust: User
) -> None:
    bundle = make(client, make_known(is_address_hidden=True), relationship="themselves")
    decide_all(client, bundle)
    look = client.post(at("bundle_send", bundle.pk), SENT).text
    assert "This copy says where they live" in look


def test_the_second_look_goes_back_and_wants_its_tick(
    client: Client, trust: User, person: Participant
) -> None:
    bundle = make(client, person)
    decide_all(client, bundle)
    where = at("bundle_send", bundle.pk)
    assert client.post(where, SENT | {"address": ""}).status_code == 422
    back = client.post(where, SENT | {"step": "change"})
    assert back.status_code == 200
    assert "Who gets it?" in back.text
    assert 'value="quillon@example.org"' in back.text
    untold = client.post(where, SENT | {"step": "looked"})
    assert untold.status_code == 422
    assert "Read both again" in untold.text
    assert not Disclosure.objects.exists()


def test_a_copy_that_is_gone_says_so(client: Client, trust: User, person: Participant) -> None:
    bundle = make(client, person)
    decide_all(client, bundle)
    expire_bundles(now=bundle.expires_at)
    page = client.get(at("bundle", bundle.pk)).text
    assert "This copy is gone" in page
    assert "Pistachio" not in page
    response = decide_all(client, bundle)
    assert response.status_code == 422
    assert client.get(at("bundle_download", bundle.pk)).status_code == 302


def test_each_look_reads_every_section(client: Client, trust: User, person: Participant) -> None:
    bundle = make(client, person)
    before = AuditEntry.objects.filter(kind="care.read", object_id=person.pk).count()
    client.get(at("bundle", bundle.pk))
    reads = AuditEntry.objects.filter(kind="care.read", object_id=person.pk)
    assert reads.count() == before + 1
    assert reads.latest("pk").reason == "For a copy of the data, as was asked"


def test_a_sign_in_of_long_ago_is_proved_again(
    client: Client, trust: User, person: Participant
) -> None:
    bundle = make(client, person)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": 0, "email": trust.email},
    ]
    session.save()
    for name in ("bundle", "bundle_send", "bundle_download"):
        response = client.get(at(name, bundle.pk))
        assert response.status_code == 302
        assert response["Location"].startswith("/account/")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_sees_or_takes_a_copy(role: Role, client: Client, trust: User) -> None:
    person = make_known()
    bundle = make(client, person)
    client.force_login(make_user(role, hubs=(person.registrations.get().hub,)))
    for name in ("bundle", "bundle_send", "bundle_download"):
        response = client.get(at(name, bundle.pk))
        assert response.status_code == 403
        assert "Bramblewick" not in response.text
    assert decide_all(client, bundle).status_code == 403


def test_visitors_sign_in_first(client: Client, trust: User, person: Participant) -> None:
    bundle = make(client, person)
    client.logout()
    for name in ("bundle", "bundle_send", "bundle_download"):
        response = client.get(at(name, bundle.pk))
        assert response["Location"].startswith(reverse("account_login"))
