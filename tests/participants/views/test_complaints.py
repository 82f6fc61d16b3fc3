"""Complaints about data: anybody's form, and the inbox of trust staff."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role
from participants.models import Complaint
from participants.services.complaints import make_complaint
from tests import factories

pytestmark = pytest.mark.django_db
OWN = {"Origin": "http://testserver"}
WORDS = {"words": "Planted-Xylophone", "reply_to": "planted@example.org"}


@pytest.fixture(autouse=True)
def _no_counts(empty_cache: None) -> None:
    pass


def complaint(now: dt.datetime | None = None, **changes: str) -> Complaint:
    return make_complaint(**(WORDS | changes), now=now or timezone.now())


@pytest.mark.parametrize("prefix", ["", "/pl", "/ur", "/en-easy"])
def test_anybody_complains_without_a_cookie(prefix: str, client: Client) -> None:
    page = client.get(f"{prefix}/complain/")
    assert page.status_code == 200
    assert f'action="{prefix}/complain/send/"' in page.text
    answer = client.post(f"{prefix}/complain/send/", WORDS, headers=OWN)
    made = Complaint.objects.get()
    assert answer.status_code == 200
    assert made.receipt in answer.text
    assert "Planted" not in answer.text
    assert (made.words, made.reply_to) == ("Planted-Xylophone", "planted@example.org")
    assert not answer.cookies
    assert not page.cookies
    assert "no-store" in answer["Cache-Control"]
    assert not mail.outbox
    assert AuditEntry.objects.get(kind=AuditKind.COMPLAINT_MADE).actor_id is None


def test_the_form_says_what_each_field_is_for(client: Client) -> None:
    page = client.get("/pl/complain/").text
    for help_text in ("Opisz to własnymi słowami", "Adres e-mail lub numer telefonu."):
        assert help_text in page


def test_an_error_keeps_the_words(client: Client) -> None:
    answer = client.post("/complain/send/", {"reply_to": "planted@example.org"}, headers=OWN)
    assert answer.status_code == 422
    assert "Write what went wrong." in answer.text
    assert "planted@example.org" in answer.text
    long = client.post("/complain/send/", {"words": "Planted" * 600}, headers=OWN)
    assert long.status_code == 422
    assert "Planted" * 600 in long.text
    assert not Complaint.objects.exists()


def test_other_sites_and_floods_are_refused(client: Client) -> None:
    strange = {"Origin": "https://elsewhere.example"}
    assert client.post("/complain/send/", WORDS, headers=strange).status_code == 403
    assert client.get("/complain/send/").status_code == 405
    codes = [
        client.post("/complain/send/", WORDS | {"words": f"{n}"}, headers=OWN).status_code
        for n in range(11)
    ]
    assert codes == [200] * 10 + [429]


def test_it_is_linked_from_every_public_page(client: Client) -> None:
    for page in ("/", "/en-easy/"):
        assert "/complain/" in client.get(page).text


def test_trust_staff_read_acknowledge_and_answer(client: Client) -> None:
    made = complaint()
    user = factories.make_user(Role.TRUST_STAFF)
    client.force_login(user)
    assert "1 waiting" in client.get("/start/all/").text
    listed = client.get(reverse("complaints:list"))
    assert made.receipt in listed.text
    assert "29 days left" in listed.text
    assert "Planted" not in listed.text
    page = reverse("complaints:read", args=[made.pk])
    assert "Planted-Xylophone" in client.get(page).text
    assert client.post(reverse("complaints:acknowledge", args=[made.pk])).status_code == 302
    assert "Acknowledged" in client.get(page).text
    answers = reverse("complaints:answer", args=[made.pk])
    assert client.post(answers, {"words": ""}).status_code == 422
    assert client.post(answers, {"words": "We were wrong"}).status_code == 302
    assert client.post(answers, {"words": "Another"}).status_code == 422
    made.refresh_from_db()
    assert (made.answer, made.answered_by, made.acknowledged_by) == ("We were wrong", user, user)
    assert " waiting</span>" not in client.get("/start/all/").text
    kinds = AuditEntry.objects.filter(object_id=made.pk).values_list("kind", flat=True)
    assert set(kinds) == {
        AuditKind.COMPLAINT_MADE,
        AuditKind.COMPLAINT_READ,
        AuditKind.COMPLAINT_ANSWERED,
    }


def test_others_do_not_see_them(client: Client) -> None:
    made = complaint()
    pages = [reverse("complaints:list"), reverse("complaints:read", args=[made.pk])]
    assert {client.get(page).status_code for page in pages} == {302}
    client.force_login(factories.make_user(*(role for role in Role if role != Role.TRUST_STAFF)))
    assert {client.get(page).status_code for page in pages} == {403}
    for name in ("acknowledge", "answer"):
        assert client.post(reverse(f"complaints:{name}", args=[made.pk])).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_inbox_asks_the_same_of_any_length(
    rows: int, client: Client, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        complaint(words=f"Complaint {number}")
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    client.get(reverse("complaints:list"))
    with django_assert_num_queries(QUERIES):
        assert client.get(reverse("complaints:list")).text.count("concern-line__link") == rows


QUERIES = 4
