"""Housekeeping of sign-ins."""

from __future__ import annotations

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task(ignore_result=True)
def clear_expired_sessions() -> None:
    """Delete the sessions that ended by themselves: they name who was signed in."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
