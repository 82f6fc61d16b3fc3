from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.access import roles_of
from accounts.models import AuditEntry, AuditKind, Clearance, Role, RoleProposal, User
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


class TestSafeguardingRoles:
    named = ("--proposed-by=ada@example.org", "--agreed-by=tara@example.org")

    def test_two_named_people_answer_for_the_first_lead(self) -> None:
        ada = factories.make_user(Role.ADMINISTRATOR, email="ada@example.org")
        tara = factories.make_user(Role.TRUST_STAFF, email="tara@example.org")
        said = add("sally@example.org", "Sally", "--role=safeguarding_lead", *self.named)
        assert "it has to be a passkey" in said
        assert roles_of(User.objects.get(email="sally@example.org")) == {Role.SAFEGUARDING_LEAD}
        proposal = RoleProposal.objects.get()
        assert (proposal.proposed_by, proposal.second_by, proposal.is_agreed) == (ada, tara, True)

    @pytest.mark.parametrize(
        ("roles", "arguments", "message"),
        [
            ((Role.ADMINISTRATOR, Role.TRUST_STAFF), (), "Two members of staff"),
            ((Role.ADMINISTRATOR, Role.TRUST_STAFF), named[:1], "Two members of staff"),
            ((Role.ADMINISTRATOR, Role.ADMINISTRATOR), named, "second person decides"),
            ((Role.COORDINATOR, Role.TRUST_STAFF), named, "lead proposes"),
        ],
    )
    def test_fewer_or_others_do_not(
        self, roles: tuple[Role, Role], arguments: tuple[str, ...], message: str
    ) -> None:
        for role, email in zip(roles, ("ada@example.org", "tara@example.org"), strict=True):
            factories.make_user(role, email=email)
        with pytest.raises(CommandError, match=message):
            add("sally@example.org", "Sally", "--role=safeguarding_lead", *arguments)
        assert not User.objects.filter(email="sally@example.org").exists()


def test_what_is_next_is_said() -> None:
    factories.make_hub(name="Abbey")
    said = add("one@example.org", "One", "--role=coordinator", "--hub=abbey")
    assert "set up a second step" in said
    assert "Registers stay closed to them" in said
    checks = ("--dbs=2030-12-31", "--training=2029-01-31")
    said = add("two@example.org", "Two", "--role=coordinator", "--hub=abbey", *checks)
    assert "Registers stay closed" not in said
    assert set(Clearance.objects.values_list("kind", "expires_on")) == {
        ("dbs", dt.date(2030, 12, 31)),
        ("training", dt.date(2029, 1, 31)),
    }
