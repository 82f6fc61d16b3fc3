"""Looking after accounts: clearances, second factors, and the end of one."""

from __future__ import annotations

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditKind, Clearance, ClearanceKind, RoleGrant, RoleProposal, User
from accounts.services.audit import record_audit
from accounts.services.invitations import close_invitations
from accounts.services.roles import refuse_last_administrator
from accounts.services.sign_ins import end_sign_ins
from accounts.services.staff_errors import StaffError

# Longer than any check or training is good for: a slip of the keys.
LONGEST_CLEARANCE = dt.timedelta(days=6 * 365)


@transaction.atomic
def record_clearance(
    *, user: User, kind: ClearanceKind, expires_on: dt.date, by: User
) -> Clearance:
    """Record until when a check or training is good. The one recorded last counts.

    Raises:
        StaffError: it is one's own, or good for longer than any is.
    """
    if user.pk == by.pk:
        raise StaffError("Nobody records their own checks: ask somebody else.")
    if expires_on > timezone.localdate() + LONGEST_CLEARANCE:
        raise StaffError("That is more than six years away. Look at the year again.")
    record_audit(by=by, kind=AuditKind.CLEARANCE_RECORDED, about=user, reason=kind.value)
    return Clearance.objects.create(user=user, kind=kind, expires_on=expires_on, recorded_by=by)


@transaction.atomic
def reset_second_factors(*, user: User, by: User) -> None:
    """Take away what somebody signed in with, who lost it: at the next sign-in they set up anew.

    Raises:
        StaffError: it is one's own account.
    """
    if user.pk == by.pk:
        raise StaffError('Change your own under "Second step of signing in".')
    Authenticator.objects.filter(user=user).delete()
    end_sign_ins(user=user, by=by, reason="second factor set back", keep=None)
    record_audit(by=by, kind=AuditKind.SECOND_FACTOR_REMOVED, about=user, reason="set back")


@transaction.atomic
def end_account(*, user: User, by: User, now: dt.datetime) -> None:
    """End everything that lets a leaver in: roles, sign-ins, invitations, second factors.

    The account's row stays: what they did bears its id.

    Raises:
        StaffError: it is one's own account, or the last administrator's.
    """
    if user.pk == by.pk:
        raise StaffError("Nobody ends their own account: ask another administrator.")
    refuse_last_administrator(user)
    RoleGrant.objects.current().filter(user=user).update(ended_at=now)
    RoleProposal.objects.filter(user=user, decided_at=None).update(decided_at=now)
    close_invitations(user=user, now=now)
    end_sign_ins(user=user, by=by, reason="account ended", keep=None)
    Authenticator.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.is_active, user.left_at = False, now
    user.save(update_fields=["password", "is_active", "left_at"])
    record_audit(by=by, kind=AuditKind.STAFF_LEFT, about=user)
