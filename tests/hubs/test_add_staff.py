from __future__ import annotations

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.access import roles_of
from accounts.models import AuditEntry, AuditKind, Role, User
from hubs.models import Hub, HubMembership
from tests import factories

pytestmark = pytest.mark.django_db


def add(*arguments: str) -> str:
    out = StringIO()
    call_command("add_staff", *arguments, stdout=out)
    return out.getvalue()


def test_a_coordinator_gets_account_role_and_hubs() -> None:
    hub, other = factories.make_hub(name="Abbey"), factories.make_hub(name="Sinfin")
    said = add("one@example.org", "One", "--role=coordinator", "--hub=abbey")
    user = User.objects.get()
    assert said.startswith("One is Hub coordinator.")
    assert roles_of(user) == {Role.COORDINATOR}
    assert list(Hub.objects.visible_to(user)) == [hub]
    assert other not in Hub.objects.visible_to(user)
    assert EmailAddress.objects.get().verified
    assert not user.has_usable_password()
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_id, entry.reason) == (
        AuditKind.ROLE_GRANTED,
        user.pk,
        "coordinator",
    )


def test_a_second_role_goes_to_the_same_account() -> None:
    factories.make_hub(name="Abbey")
    for _ in range(2):
        add("one@example.org", "One", "--role=coordinator", "--hub=abbey")
    add("ONE@example.org", "Other name", "--role=trust_staff")
    assert roles_of(User.objects.get()) == {Role.COORDINATOR, Role.TRUST_STAFF}
    assert HubMembership.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one@example.org", "One", "--role=coordinator"], "need a --hub"),
        (["one@example.org", "One", "--role=auditor", "--hub=abbey"], "other roles have none"),
        (
            ["one@example.org", "One", "--role=hub_lead", "--hub=nowhere"],
            "There is no hub nowhere. Known: abbey.",
        ),
        (["not an address", "One", "--role=auditor"], "valid email address"),
        (["one@example.org", "One", "--role=king"], "invalid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(arguments: list[str], message: str) -> None:
    factories.make_hub(name="Abbey")
    with pytest.raises(CommandError, match=message):
        add(*arguments)
    assert not User.objects.exists()


def test_the_owner_sets_the_password_by_mail(client: Client) -> None:
    add("one@example.org", "One", "--role=trust_staff")
    client.post(reverse("account_reset_password"), {"email": "one@example.org"})
    (letter,) = mail.outbox
    assert letter.to == ["one@example.org"]
    assert "/account/password/reset/key/" in letter.body
