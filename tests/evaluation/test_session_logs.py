"""What a session's log does to the figures of reports."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Role
from activities.models import Session
from activities.queries.log import Happened, LogFacts, facts_of, fingerprint_of, log_of
from activities.services.log import log_session
from evaluation.indicators import INDICATORS
from evaluation.queries.record import Scope, totals
from tests import factories

pytestmark = pytest.mark.django_db
ASKED = ("session_hours", "sessions", "sessions_cancelled", "registers_missing", "contact_hours")
MINUTES_PLANNED = 90


@pytest.fixture
def session() -> Session:
    return factories.make_session(minutes=MINUTES_PLANNED)


def log(session: Session, happened: Happened, minutes: int | None, now: dt.datetime) -> None:
    session.refresh_from_db()
    log_session(
        by=factories.make_user(Role.TRUST_STAFF),
        session=session,
        facts=LogFacts(
            happened, minutes, "" if happened == Happened.DELIVERED else "A fire alarm.",
            frozenset(), "", frozenset(), frozenset(),
        ),
        seen=fingerprint_of(facts_of(session, log_of(session))),
        now=now,
    )  # fmt: skip


def figures(session: Session, now: dt.datetime) -> list[Any]:
    """Minutes of session hours, sessions held and cancelled, registers missing, contact minutes."""
    day = session.local_date
    scope = Scope.of([session.activity.programme], day, day, now=now)
    found = totals(scope, [INDICATORS[each] for each in ASKED])
    return [found[each] for each in ASKED]


def test_a_log_counts_its_minutes_once_and_corrections_count_anew(session, now):
    later = now + dt.timedelta(hours=2)
    assert figures(session, later) == [0, 0, 0, 1, 0]
    log(session, Happened.DELIVERED, 90, later)
    assert figures(session, later) == [90, 1, 0, 1, 0]
    log(session, Happened.CUT_SHORT, 40, later)
    assert figures(session, later) == [40, 1, 0, 1, 0]
    log(session, Happened.NOT, None, later)
    assert figures(session, later) == [0, 0, 1, 0, 0]
    log(session, Happened.DELIVERED, 100, later)
    assert figures(session, later) == [100, 1, 0, 1, 0]


def test_contact_hours_follow_the_minutes_where_nobody_noted_times(session, now):
    later = now + dt.timedelta(hours=2)
    for _ in range(3):
        factories.make_attendance(session)
    Session.objects.update(has_marks=True, register_taken_at=later)
    assert figures(session, later) == [90, 1, 0, 0, 270]
    log(session, Happened.CUT_SHORT, 40, later)
    assert figures(session, later) == [40, 1, 0, 0, 120]
