"""Housekeeping of sign-ins."""

from __future__ import annotations

from importlib import import_module

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session


@shared_task(ignore_result=True)
def clear_expired_sessions() -> None:
    """Delete the sessions that ended by themselves: they name who was signed in, and where."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
