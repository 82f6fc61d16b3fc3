from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.tasks import clear_expired_sessions
from derby_portal.celery import app


@pytest.mark.django_db
def test_only_expired_sessions_go() -> None:
    now = timezone.now()
    for key, hours in (("old", -1), ("new", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=now + dt.timedelta(hours=hours)
        )
    clear_expired_sessions()
    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_everything_that_beat_sends_is_a_task() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
