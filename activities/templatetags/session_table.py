"""What rows of the table of sessions say."""

from __future__ import annotations

from django import template
from django.utils import timezone

from activities.models import Session
from activities.queries.session_table import State, states_of

register = template.Library()

LOOKS = {
    State.CANCELLED: "bad",
    State.MISSING: "warn",
    State.NOT_LOGGED: "warn",
}


@register.filter
def states(session: Session) -> list[tuple[State, str]]:
    """The states that a session is in now, each with the look of its badge."""
    return [(state, LOOKS.get(state, "muted")) for state in states_of(session, timezone.now())]


@register.filter
def has_begun(session: Session) -> bool:
    """Whether a session has begun by now."""
    return session.starts_at <= timezone.now()


@register.filter
def needs_register(session: Session) -> bool:
    """Whether the register of a session that has begun is still to be taken."""
    is_taken = session.headcount_only or session.register_taken_at is not None
    return not (is_taken or session.is_cancelled)
