"""Which sessions nobody has worked on yet, so that plans may still change them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef

from activities.models import FirstVisitCount, HeadCount, Session, SessionLog, SessionQuerySet

# Nobody has looked at a listing, or put it into a diary, that was up for so short a time.
A_MOMENT = dt.timedelta(minutes=10)
OVER = "It is over"


def with_traces(sessions: SessionQuerySet) -> SessionQuerySet:
    """Sessions with what was left at them: `has_counts`, `has_log`, `has_first_visits`."""
    here = {"session": OuterRef("pk")}
    return sessions.annotate(
        has_counts=Exists(HeadCount.objects.filter(**here)),
        has_log=Exists(SessionLog.objects.filter(**here)),
        has_first_visits=Exists(FirstVisitCount.objects.filter(**here)),
    )


def frozen_because(session: Session, now: dt.datetime) -> str:
    """Why nothing of a session may be planned anew, in words; empty where it may.

    Takes a session of `with_traces`.
    """
    reasons = (
        (session.ends_at <= now, OVER),
        (session.starts_at <= now, "It has begun"),
        (session.has_marks, "People are marked in its register"),
        (session.register_taken_at is not None, "Its register is taken"),
        (session.has_counts, "People were counted at it"),  # type: ignore[attr-defined]
        (session.has_log or session.delivery, "Its log is written"),  # type: ignore[attr-defined]
    )
    return next((words for is_so, words in reasons if is_so), "")


def left_because(session: Session, now: dt.datetime) -> str:
    """Why a change of its whole series leaves a session alone, in words; empty where it does not.

    Takes a session of `with_traces`.
    """
    if reason := frozen_because(session, now):
        return reason
    if session.is_cancelled:
        return "It is cancelled already"
    return "It was changed by itself" if session.is_exception else ""


def may_vanish(session: Session, now: dt.datetime, *, is_booked: bool) -> bool:
    """Whether a session may be taken away without a word: nobody can have planned by it.

    It was up for ten minutes at most, has neither places nor bookings, nobody said that they might
    come, and it is a day away or more. Anything else is cancelled with a message, never deleted.
    Takes a session of `with_traces`.
    """
    return (
        not is_booked
        and session.listed_at > now - A_MOMENT
        and session.places is None
        and session.revision == 0
        and not session.has_first_visits  # type: ignore[attr-defined]
        and session.starts_at > now + dt.timedelta(days=1)
    )
