"""Inviting staff to hubs, and what follows for memberships when they change or leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts.access import HUB_ROLES
from accounts.models import AuditKind, ClearanceKind, Role, User
from accounts.services import record_audit
from accounts.services import staff as accounts_staff
from accounts.services.invitations import invite
from accounts.services.roles import ensure_account, give_role
from accounts.services.staff_errors import StaffError
from hubs.models import Hub, HubMembership
from hubs.staff_access import can_end, can_look_after, hubs_to_give, roles_to_give


@transaction.atomic
def invite_staff(
    *,
    email: str,
    name: str,
    role: Role,
    hubs: Iterable[Hub],
    good_through: Mapping[ClearanceKind, dt.date | None],
    by: User,
    now: dt.datetime,
) -> tuple[User, str]:
    """Invite somebody, or give somebody who is here already the role and the hubs.

    Returns the account and a secret token for the mail; the token is empty where they have a
    password and so need no invitation. Inviting twice sends a new link, and the old one closes.

    Raises:
        StaffError: a role, hub or check that is not this person's to give, or the account was
            ended.
        ValidationError: the address is not one.
    """
    hubs = list(hubs)
    _refuse_what_is_not_theirs(role, hubs, by)
    user = ensure_account(email=email, name=name)
    if not user.is_active:
        if not can_end(by, user):
            raise StaffError("This account was ended. An administrator can open it again.")
        user.is_active, user.left_at = True, None
        user.save(update_fields=["is_active", "left_at"])
    recorded = {kind: day for kind, day in good_through.items() if day is not None}
    if recorded and not can_look_after(by, user):
        raise StaffError("They have an account with other roles: an administrator records checks.")
    give_role(user=user, role=role, by=by)
    for hub in hubs:
        add_to_hub(user=user, hub=hub, until=None, by=by, now=now)
    for kind, day in recorded.items():
        accounts_staff.record_clearance(user=user, kind=kind, expires_on=day, by=by)
    token = "" if user.has_usable_password() else invite(user=user, by=by, now=now)
    return user, token


@transaction.atomic
def add_to_hub(
    *, user: User, hub: Hub, until: dt.datetime | None, by: User, now: dt.datetime
) -> None:
    """Let somebody work at a hub from now on, until a moment where one is given."""
    if user.pk == by.pk:
        raise StaffError("Nobody gives themselves a hub: ask somebody else.")
    if until is not None and until <= now:
        raise StaffError("The last day is over already.")
    held = HubMembership.objects.held(now).filter(user=user, hub=hub).first()
    if held is None:
        HubMembership.objects.create(user=user, hub=hub, started_at=now, ended_at=until)
    elif held.ended_at != until:
        held.ended_at = until
        held.save(update_fields=["ended_at"])
    else:
        return
    record_audit(
        by=by, kind=AuditKind.MEMBERSHIP_CHANGED, about=user, reason=f"works at {hub.slug}"
    )


@transaction.atomic
def end_at_hub(*, membership: HubMembership, by: User, now: dt.datetime) -> None:
    """End somebody's work at a hub; marks taken before still count."""
    membership.ended_at = now
    membership.save(update_fields=["ended_at"])
    record_audit(
        by=by,
        kind=AuditKind.MEMBERSHIP_CHANGED,
        about=membership.user,
        reason=f"left {membership.hub.slug}",
    )


@transaction.atomic
def end_account(*, user: User, by: User, now: dt.datetime) -> None:
    """End a leaver's account in one act: all that `accounts` ends, and all hubs.

    Raises:
        StaffError: only an administrator may, not for themselves and not for the last one.
    """
    if not can_end(by, user):
        raise StaffError("Another administrator ends an account.")
    HubMembership.objects.held(now).filter(user=user).update(ended_at=now)
    accounts_staff.end_account(user=user, by=by, now=now)


def refuse_strangers(*, by: User, member: User) -> None:
    """StaffError where somebody may look at an account but not change it."""
    if not can_look_after(by, member):
        raise StaffError("Only an administrator can change this account.")


def _refuse_what_is_not_theirs(role: Role, hubs: list[Hub], by: User) -> None:
    if role not in roles_to_give(by):
        raise StaffError("This role is not yours to give.")
    if bool(hubs) != (role in HUB_ROLES):
        raise StaffError("Coordinators and hub leads work at a hub; other roles at none.")
    own = set(hubs_to_give(by).values_list("pk", flat=True))
    if {hub.pk for hub in hubs} - own:
        raise StaffError("This hub is not yours to give.")
