"""What a user may do with reports, and with what the public is told."""

from __future__ import annotations

from accounts.access import holds_any
from accounts.models import User
from evaluation.models import EDITOR_ROLES, REPORT_ROLES
from evaluation.models.instruments import ASKING_ROLES
from participants.models import Participant
from participants.queries.records import records_for


def can_request_report(user: User) -> bool:
    """Whether the user may have reports built."""
    return holds_any(user, REPORT_ROLES)


def can_export_report(user: User) -> bool:
    """Whether the user may download a finished report's files."""
    return holds_any(user, REPORT_ROLES)


def can_edit_stories(user: User) -> bool:
    """Whether the user may write stories, put them up and take them down."""
    return holds_any(user, REPORT_ROLES)


def can_release(user: User) -> bool:
    """Whether the user may publish figures and take them back."""
    return holds_any(user, REPORT_ROLES)


def can_edit_pages(user: User) -> bool:
    """Whether the user may change pages, recordings and what stands about translations."""
    return holds_any(user, EDITOR_ROLES)


def can_ask(user: User, *people: Participant) -> bool:
    """Whether the user may have all these root people asked: by a tablet, a link or on paper.

    One query beside that for roles, however many they are.
    """
    if not holds_any(user, ASKING_ROLES):
        return False
    ids = {person.pk for person in people}
    return records_for(user).named().filter(pk__in=ids).count() == len(ids)
