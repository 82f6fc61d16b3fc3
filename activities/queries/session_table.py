"""Reads for the table of sessions: what states each is in, and what may still be changed of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.access import EVERY_HUB, holds_any
from accounts.models import RoleGrant, User
from activities.models import HeadCount, Session, SessionLog, SessionQuerySet
from hubs.models import Hub, HubMembership


class State(models.TextChoices):
    """What a session can be; several at a time."""

    COMING = "coming", "To come"
    OVER = "over", "Over"
    CANCELLED = "cancelled", "Cancelled"
    MISSING = "missing", "Register missing"
    NOT_LOGGED = "not_logged", "Not logged"
    CHANGED = "changed", "Changed by itself"


class Left(models.TextChoices):
    """Why a session stays as it is when many are changed at once."""

    CANCELLED = "cancelled", "cancelled already"
    TAKEN = "taken", "register taken"
    MARKED = "marked", "people are marked"
    COUNTED = "counted", "people were counted"
    LOGGED = "logged", "log written"
    OVER = "over", "over"
    BEGUN = "begun", "begun already"
    ANOTHER_DAY = "another_day", "would fall on another day"
    NIGHT = "night", "would begin before 6am or end after 11pm"
    PAST = "past", "would begin in the past"
    BOOKED = "booked", "people have booked: change its places on its own page"
    NOT_STAFF = "not_staff", "not a hub of that person"
    SAME = "same", "already like that"


def sessions_for(user: User) -> SessionQuerySet:
    """Every session that the user plans, with `has_log`, `has_counts` and what a row shows."""
    logs = SessionLog.objects.filter(pk=OuterRef("pk"))
    counts = HeadCount.objects.filter(session=OuterRef("pk"))
    return (
        Session.objects.visible_to(user)
        .select_related("activity__hub", "led_by")
        .annotate(has_log=Exists(logs), has_counts=Exists(counts))
    )


def in_state(state: State, now: dt.datetime) -> Q:
    """Sessions of `sessions_for` that are in a state at a moment."""
    ended, stands = Q(ends_at__lte=now), Q(cancelled_at__isnull=True)
    not_taken = Q(headcount_only=False, register_taken_at__isnull=True)
    conditions = {
        State.COMING: stands & ~ended,
        State.OVER: stands & ended,
        State.CANCELLED: ~stands,
        State.MISSING: stands & ended & not_taken,
        State.NOT_LOGGED: stands & ended & Q(delivery="", has_log=False),
        State.CHANGED: Q(is_exception=True),
    }
    return conditions[state]


def states_of(session: Session, now: dt.datetime) -> list[State]:
    """The states that a session of `sessions_for` is in at a moment, the most telling first."""
    stands, ended = not session.is_cancelled, session.ends_at <= now
    was_on = stands and ended
    has_register = session.headcount_only or session.register_taken_at is not None
    is_in: dict[State, bool] = {
        State.CANCELLED: not stands,
        State.COMING: stands and not ended,
        State.OVER: was_on,
        State.MISSING: was_on and not has_register,
        State.NOT_LOGGED: was_on and not is_logged(session),
        State.CHANGED: session.is_exception,
    }
    return [state for state, it_is in is_in.items() if it_is]


def is_logged(session: Session) -> bool:
    """Whether somebody has said what became of a session of `sessions_for`."""
    return bool(session.delivery) or session.has_log  # type: ignore[attr-defined]


SETTLED: tuple[tuple[Left, Callable[[Session], bool]], ...] = (
    (Left.CANCELLED, lambda session: session.is_cancelled),
    (Left.TAKEN, lambda session: session.register_taken_at is not None),
    (Left.MARKED, lambda session: session.has_marks),
    (Left.COUNTED, lambda session: session.has_counts),  # type: ignore[attr-defined]
    (Left.LOGGED, is_logged),
)


def left_alone(session: Session, now: dt.datetime) -> Left | None:
    """Why nothing of a session may be changed together with others; none where it may."""
    for reason, is_so in SETTLED:
        if is_so(session):
            return reason
    return Left.OVER if session.ends_at <= now else None


def leaders_for(user: User) -> QuerySet[User]:
    """Who can be said to lead a session that the user plans, by name."""
    members = HubMembership.objects.held().filter(hub__in=Hub.objects.visible_to(user))
    fitting = Q(pk__in=members.values("user_id"))
    if holds_any(user, EVERY_HUB):
        office = RoleGrant.objects.current().filter(role__in=EVERY_HUB)
        fitting |= Q(pk__in=office.values("user_id"))
    return User.objects.filter(fitting, is_active=True).order_by("name", "email")


def hubs_led_by(leader: User) -> frozenset[int | None]:
    """Hubs at which somebody may lead; None stands for the whole city. One query or two."""
    hubs = Hub.objects.visible_to(leader).values_list("pk", flat=True)
    citywide = (None,) if holds_any(leader, EVERY_HUB) else ()
    return frozenset({*hubs, *citywide})
