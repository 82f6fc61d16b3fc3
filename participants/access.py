"""May this user do this to this session's register."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from activities.models import Session

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def can_record(user: User | AnonymousUser, session: Session, at: dt.datetime | None = None) -> bool:
    """Whether the user may keep the register of this session now, or at a past moment."""
    return Session.objects.visible_to(user, at).filter(pk=session.pk).exists()
