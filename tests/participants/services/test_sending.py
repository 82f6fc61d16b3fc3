from __future__ import annotations

import uuid

import pytest

from accounts.models import AuditEntry, Role
from participants.models import Disclosure
from participants.services.errors import RecordError
from participants.services.sending import Document, confirm
from tests.factories import make_participant, make_user

pytestmark = pytest.mark.django_db


def test_who_got_what_is_kept_and_audited_without_a_name() -> None:
    trust, person = make_user(Role.TRUST_STAFF), make_participant(is_address_hidden=True)
    which = uuid.uuid4()
    disclosure = confirm(
        document=Document("bundle", which),
        about=person,
        recipient=" Quillon Asker ",
        address="quillon@example.org",
        why="Asked for it",
        by=trust,
    )
    assert Disclosure.objects.get() == disclosure
    assert (disclosure.recipient, disclosure.document_id) == ("Quillon Asker", which)
    assert disclosure.had_hidden_address
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_id) == ("disclosure.confirmed", disclosure.pk)
    assert entry.reason == "bundle"


@pytest.mark.parametrize("missing", ["recipient", "address", "why"])
def test_nothing_leaves_without_saying_to_whom_where_and_why(missing: str) -> None:
    said = {"recipient": "Quillon", "address": "quillon@example.org", "why": "Asked"}
    with pytest.raises(RecordError, match="who gets it"):
        confirm(document=Document("people"), about=None, by=make_user(), **(said | {missing: " "}))
    assert not Disclosure.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("hidden", [True, False])
def test_of_many_people_the_caller_says_whether_one_is_hidden(hidden: bool) -> None:
    disclosure = confirm(
        document=Document("people"),
        about=None,
        recipient="The University",
        address="data@example.org",
        why="The evaluation",
        by=make_user(),
        had_hidden_address=hidden,
    )
    assert disclosure.had_hidden_address is hidden
