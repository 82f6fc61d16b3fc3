"""What a user may do with reports, and with what the public is told."""

from __future__ import annotations

from accounts.access import holds_any
from accounts.models import User
from evaluation.models import EDITOR_ROLES, REPORT_ROLES


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
