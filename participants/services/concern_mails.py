"""Telling the safeguarding lead and the deputy that something waits for them.

The mails say nothing of a concern: not whom it is about, not where, not how bad it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from accounts.models import User
from participants.models import Concern
from participants.queries.concerns import readers_of

SUBJECT = "A concern was written"
WORDS = "A concern was written. Sign in to read it."
# Who wrote it was told to ring where it cannot wait; the mail of the writing itself comes first.
FIRST_REMINDER_AFTER = dt.timedelta(minutes=10)


def tell_of_concern(concern_id: UUID) -> int:
    """Send a mail to each who may read it, unless somebody has. Answers how many were sent."""
    concern = Concern.objects.filter(pk=concern_id, first_read_at__isnull=True).first()
    return _send(readers_of(concern.route)) if concern else 0


def remind_of_unread(*, now: dt.datetime, urgent_only: bool) -> int:
    """Send each reader one mail, however many concerns wait unread. Answers how many were sent."""
    unread = Concern.objects.unread(before=now - FIRST_REMINDER_AFTER)
    if urgent_only:
        unread = unread.filter(is_urgent=True)
    routes = set(unread.values_list("route", flat=True))
    return _send({reader for route in routes for reader in readers_of(route)})


def _send(readers: Iterable[User]) -> int:
    """One mail to each address: none shows who else was told."""
    mails = [
        EmailMessage(
            settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + SUBJECT,
            WORDS,
            settings.DEFAULT_FROM_EMAIL,
            [reader.email],
        )
        for reader in sorted(readers, key=lambda reader: reader.email)
    ]
    return get_connection().send_messages(mails) or 0 if mails else 0
