"""Housekeeping of sign-ins, and looking after the audit trail."""

from __future__ import annotations

from importlib import import_module

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

from accounts.services import alerts, sealing


@shared_task(ignore_result=True)
def clear_expired_sessions() -> None:
    """Delete the sessions that ended by themselves: they name who was signed in, and where."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@shared_task(ignore_result=True, autoretry_for=(OperationalError,), max_retries=2)
def seal_audit() -> None:
    """Seal what was written since the last time; where somebody else is at it, they do."""
    sealing.seal_audit()


@shared_task(ignore_result=True)
def verify_audit() -> None:
    """By night: seal what was committed extraordinarily late, and verify the whole chain."""
    sealing.seal_audit(whole=True)
    if sealing.verify_audit(now=timezone.now()).problem:
        alerts.mail_broken_chain()


@shared_task(ignore_result=True, autoretry_for=(OSError,), max_retries=3, retry_backoff=60)
def mail_alerts() -> None:
    """Tell auditors of new alerts."""
    alerts.mail_alerts(now=timezone.now())


@shared_task(ignore_result=True, autoretry_for=(OSError,), max_retries=3, retry_backoff=600)
def mail_audit_head() -> None:
    """Give auditors the head of the chain to keep."""
    alerts.mail_audit_head()
