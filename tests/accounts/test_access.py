from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.access import roles_of
from accounts.models import AuditEntry, AuditKind, Role, RoleGrant, User
from accounts.services import grant_role, record_audit
from tests import factories

pytestmark = pytest.mark.django_db


def test_roles_are_asked_once_a_request(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = factories.make_user(Role.COORDINATOR, Role.AUDITOR)
    with django_assert_num_queries(1):
        assert roles_of(user) == {Role.COORDINATOR, Role.AUDITOR}
        assert roles_of(user) == {Role.COORDINATOR, Role.AUDITOR}


def test_nobody_and_leavers_hold_no_role() -> None:
    assert roles_of(AnonymousUser()) == frozenset()
    user = factories.make_user(Role.ADMINISTRATOR)
    user.is_active = False
    assert roles_of(user) == frozenset()


def test_an_ended_grant_counts_no_more_and_can_be_given_again() -> None:
    user, giver = factories.make_user(Role.AUDITOR), factories.make_user(Role.ADMINISTRATOR)
    user.role_grants.update(ended_at=factories.london(2019, 1, 1))
    assert roles_of(User.objects.get(pk=user.pk)) == frozenset()
    grant = grant_role(user=user, role=Role.AUDITOR, by=giver)
    assert (grant.granted_by, RoleGrant.objects.filter(user=user).count()) == (giver, 2)
    assert grant_role(user=user, role=Role.AUDITOR, by=giver) == grant


def test_two_current_grants_of_one_role_are_refused_by_the_database() -> None:
    user = factories.make_user(Role.AUDITOR)
    with pytest.raises(IntegrityError, match="role_grant_one_current"), transaction.atomic():
        RoleGrant.objects.create(user=user, role=Role.AUDITOR)


def test_one_address_one_account_whatever_its_case() -> None:
    User.objects.create_user(email="One@example.org", name="One")
    assert User.objects.get_by_natural_key("one@EXAMPLE.org").name == "One"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email="oNE@example.org", name="Other")


def test_passwords_are_kept_with_argon2() -> None:
    user = factories.make_user(password=factories.PASSWORD)
    assert user.password.startswith("argon2")
    assert user.check_password(factories.PASSWORD)
    assert not factories.make_user().has_usable_password()


def test_the_audit_trail_keeps_ids_and_no_words() -> None:
    user = factories.make_user(name="A name")
    participant = factories.make_participant(given_name="Secret")
    record_audit(by=user, kind=AuditKind.PARTICIPANT_CREATED, about=participant)
    entry = AuditEntry.objects.values().get()
    assert (entry["actor_id"], entry["object_type"], entry["object_id"]) == (
        user.pk,
        "participants.participant",
        participant.pk,
    )
    assert entry["at"] is not None
    assert not {"A name", "Secret"} & {str(value) for value in entry.values()}


def test_an_audit_row_goes_with_its_transaction() -> None:
    hub = factories.make_hub()
    with transaction.atomic():
        record_audit(by=None, kind=AuditKind.REGISTER_READ, about=hub)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()
