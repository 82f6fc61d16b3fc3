"""Accounts and the roles they hold."""

from __future__ import annotations

import datetime as dt

from allauth.account.models import EmailAddress
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access import SAFEGUARDING_ROLES, holds_any
from accounts.models import AuditKind, Role, RoleGrant, RoleProposal, User
from accounts.services.audit import record_audit
from accounts.services.staff_errors import StaffError

# Who may be the second person behind a safeguarding role.
SECONDS = frozenset({Role.ADMINISTRATOR, Role.TRUST_STAFF, Role.SAFEGUARDING_LEAD})
LEAD = frozenset({Role.SAFEGUARDING_LEAD})
# Somebody who is not an administrator is always one of the two.
NOT_ADMINISTRATORS = frozenset({Role.TRUST_STAFF, Role.SAFEGUARDING_LEAD})


# Whoever agrees to a safeguarding role has had their own for this long: an administrator alone
# could else make two accounts of the trust and let them do it.
SETTLED = dt.timedelta(days=14)


@transaction.atomic
def grant_role(
    *, user: User, role: Role, by: User | None, at: dt.datetime | None = None
) -> RoleGrant:
    """Give a role; giving it twice changes nothing. `by` is empty only for set-up commands.

    `at` is since when, now where it is not said.
    """
    since = {"granted_at": at} if at else {}
    grant, _ = RoleGrant.objects.current().get_or_create(
        user=user, role=role, defaults={"granted_by": by, **since}
    )
    return grant


@transaction.atomic
def add_staff(*, email: str, name: str, role: Role, by: User | None) -> User:
    """Make an account with a role, or give the role to the account that is there.

    The account has no password: its owner sets one through an invitation or "Forgot your
    password?", which prove that the address is theirs. `by` is empty only for commands on the
    server itself.

    Raises:
        ValidationError: the address is not one.
    """
    user = ensure_account(email=email, name=name)
    grant_role(user=user, role=role, by=by)
    record_audit(by=by, kind=AuditKind.ROLE_GRANTED, about=user, reason=role.value)
    return user


def ensure_account(*, email: str, name: str) -> User:
    """The account with this address, made where there is none. ValidationError if it is none."""
    validate_email(email)
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def give_role(*, user: User, role: Role, by: User) -> RoleGrant:
    """Give a role that one person alone may give, to somebody else.

    Raises:
        StaffError: it is a safeguarding role, one's own account or a closed one.
    """
    _refuse_oneself(user, by)
    if role in SAFEGUARDING_ROLES:
        raise StaffError("The safeguarding lead proposes this role, and a second person agrees.")
    if not user.is_active:
        raise StaffError("This account is closed.")
    record_audit(by=by, kind=AuditKind.ROLE_GRANTED, about=user, reason=role.value)
    return grant_role(user=user, role=role, by=by)


@transaction.atomic
def end_role(*, user: User, role: Role, by: User, now: dt.datetime) -> None:
    """End a role from now on; one that is not held is no mistake.

    Raises:
        StaffError: it is one's own, the last administrator's, or a safeguarding role and `by` is
            not the lead.
    """
    _refuse_oneself(user, by)
    if role in SAFEGUARDING_ROLES and not holds_any(by, LEAD):
        raise StaffError("The safeguarding lead ends this role.")
    if role == Role.ADMINISTRATOR:
        refuse_last_administrator(user)
    if RoleGrant.objects.current().filter(user=user, role=role).update(ended_at=now):
        record_audit(by=by, kind=AuditKind.ROLE_ENDED, about=user, reason=role.value)


def refuse_last_administrator(user: User) -> None:
    """StaffError where nobody else could invite, end and give roles any more."""
    # Two who end each other at the same moment wait for one another.
    grants = RoleGrant.objects.current().filter(role=Role.ADMINISTRATOR, user__is_active=True)
    holders = set(grants.select_for_update(of=("self",)).values_list("user_id", flat=True))
    if holders == {user.pk}:
        raise StaffError("This is the last administrator. Make somebody else one first.")


@transaction.atomic
def propose_role(*, user: User, role: Role, by: User) -> RoleProposal:
    """Propose somebody for a safeguarding role; it waits for a second person.

    The lead proposes. Where there is none, an administrator or a member of the trust does.

    Raises:
        StaffError: the role, the person or the proposer is not one for this.
    """
    if role not in SAFEGUARDING_ROLES:
        raise StaffError("Only safeguarding roles need two people.")
    if not user.is_active:
        raise StaffError("This account is closed.")
    if RoleGrant.objects.current().filter(user=user, role=role).exists():
        raise StaffError("They hold this role already.")
    if not can_propose(by):
        raise StaffError("The safeguarding lead proposes this role.")
    proposal, is_new = RoleProposal.objects.get_or_create(
        user=user, role=role, decided_at=None, defaults={"proposed_by": by}
    )
    if is_new:
        record_audit(by=by, kind=AuditKind.ROLE_PROPOSED, about=user, reason=role.value)
    return proposal


def can_propose(by: User) -> bool:
    """Whether somebody may propose for a safeguarding role now."""
    if holds_any(by, LEAD):
        return True
    leads = RoleGrant.objects.current().filter(role__in=LEAD, user__is_active=True)
    return holds_any(by, SECONDS) and not leads.exists()


def can_decide(by: User, proposal: RoleProposal) -> bool:
    """Whether somebody may be the second person: none of the two, nor all administrators.

    One of the two at least is the lead, or somebody of the trust who has been for `SETTLED`.
    """
    if not _are_two(by, proposal):
        return False
    settled = Q(role__in=LEAD) | Q(granted_at__lte=timezone.now() - SETTLED)
    grants = RoleGrant.objects.current().filter(settled, role__in=NOT_ADMINISTRATORS)
    return grants.filter(user__in=[by, proposal.proposed_by], user__is_active=True).exists()


@transaction.atomic
def decide_role(
    *, proposal: RoleProposal, agrees: bool, by: User, now: dt.datetime, on_server: bool = False
) -> None:
    """Agree to a proposed role, which gives it, or refuse it.

    `on_server` is for the command that names two people on a new installation, where nobody has
    been there for long.

    Raises:
        StaffError: somebody decided already, or may not be the second person.
    """
    proposal = RoleProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if proposal.decided_at:
        raise StaffError("This was decided already.")
    if not (can_decide(by, proposal) or (on_server and _are_two(by, proposal))):
        raise StaffError("A second person decides: neither who proposed it nor who gets the role.")
    if agrees and not proposal.user.is_active:
        raise StaffError("This account is closed.")
    proposal.second_by, proposal.decided_at, proposal.is_agreed = by, now, agrees
    proposal.save(update_fields=["second_by", "decided_at", "is_agreed"])
    kind = AuditKind.ROLE_GRANTED if agrees else AuditKind.ROLE_REFUSED
    record_audit(by=by, kind=kind, about=proposal.user, reason=proposal.role)
    if agrees:
        grant_role(user=proposal.user, role=Role(proposal.role), by=proposal.proposed_by)


def _are_two(by: User, proposal: RoleProposal) -> bool:
    """Whether these are two people, not both administrators, neither of whom gets the role."""
    if by.pk in {proposal.user_id, proposal.proposed_by_id} or not holds_any(by, SECONDS):
        return False
    return holds_any(by, NOT_ADMINISTRATORS) or holds_any(proposal.proposed_by, NOT_ADMINISTRATORS)


def _refuse_oneself(user: User, by: User) -> None:
    if user.pk == by.pk:
        raise StaffError("Nobody changes their own roles: ask another administrator.")
