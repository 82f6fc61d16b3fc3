"""Telling auditors: of alerts, and of the head of the sealed trail. No names, no ids."""

from __future__ import annotations

import datetime as dt
import logging

from django.core.mail import send_mail
from django.db import transaction

from accounts.models import AccessAlert, AuditKind, User
from accounts.queries.alerts import auditors
from accounts.services.audit import record_audit
from accounts.services.sealing import publish_head

logger = logging.getLogger(__name__)

# Alerts that come so soon after a mail wait, so that a bad hour is a few mails and not sixty.
QUIET = dt.timedelta(minutes=10)
ALERTS = (
    "{number} since the last message.\n\n"
    "Somebody opened many records or lists within an hour, or took an export. Sign in to the "
    'portal and open "Alerts": each one waits until somebody says what came of it.\n\n'
    "This message names nobody, on purpose.\n"
)
HEAD = (
    "The audit trail is sealed up to link {position}. Its head, at {at}:\n\n{digest}\n\n"
    "Keep this message. Whoever rewrites the trail later cannot rewrite what you hold:\n\n"
    "python manage.py verify_audit --from-head {position}:{digest}\n\n"
    "verifies what came after it. The line says nothing about anybody.\n"
)


class AlertError(Exception):
    """An alert that cannot be looked at so; the message is for the person who tried."""


@transaction.atomic
def mail_alerts(*, now: dt.datetime) -> int:
    """Tell auditors of alerts that none was told of; answers of how many.

    Sent before it is written down, so a mail may come twice and never not at all.
    """
    waiting = AccessAlert.objects.filter(mailed_at=None).select_for_update(skip_locked=True)
    if AccessAlert.objects.filter(mailed_at__gt=now - QUIET).exists():
        return 0
    alerts, addresses = list(waiting), [each.email for each in auditors()]
    if not alerts:
        return 0
    if not addresses:
        logger.warning("%d alerts wait: no account has the role of an auditor.", len(alerts))
        return 0
    number = "One alert" if len(alerts) == 1 else f"{len(alerts)} alerts"
    _send(f"{number} about records", ALERTS.format(number=number), addresses)
    AccessAlert.objects.filter(pk__in=[each.pk for each in alerts]).update(mailed_at=now)
    return len(alerts)


def mail_audit_head() -> bool:
    """Send auditors the head of the chain, which is a digest; False where there is nothing to."""
    addresses = [each.email for each in auditors()]
    head = publish_head()
    if head is None or not addresses:
        return False
    words = HEAD.format(position=head.position, at=head.at, digest=head.digest)
    _send(f"Head of the audit trail, link {head.position}", words, addresses)
    return True


def mail_broken_chain() -> None:
    """Tell auditors that the chain does not hold. What and where stands in the portal."""
    words = (
        "The audit trail does not agree with its seals: entries were changed, taken out or put in, "
        "or the published heads were.\n\n"
        'Sign in and open "Audit trail", then "Seals", and keep the copies of the heads that you '
        "hold. docs/operations.md says what to do next.\n"
    )
    _send("The audit trail does not hold", words, [each.email for each in auditors()])


@transaction.atomic
def look_at(*, alert: AccessAlert, by: User, words: str, now: dt.datetime) -> AccessAlert:
    """Say what came of an alert, once.

    Raises:
        AlertError: somebody did already, nothing is said, or it is about oneself.
    """
    held = AccessAlert.objects.select_for_update().get(pk=alert.pk)
    if held.seen_at:
        raise AlertError("Somebody has looked at this alert already.")
    if held.actor_id == by.pk:
        raise AlertError("Nobody settles an alert about themselves.")
    if not words.strip():
        raise AlertError("Say what came of it, in a few words.")
    held.seen_at, held.seen_by, held.words = now, by, words.strip()
    held.save(update_fields=["seen_at", "seen_by", "words"])
    record_audit(by=by, kind=AuditKind.ALERT_SEEN, about=held)
    return held


def _send(subject: str, words: str, addresses: list[str]) -> None:
    """One message each: nobody learns who else is told."""
    for address in addresses:
        send_mail(f"#ThisIsDerby portal: {subject}", words, None, [address])
