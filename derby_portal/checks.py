"""System checks of the whole portal."""

from typing import Any

from django.conf import settings
from django.core import checks

SAME_ROLE = (
    "Web and workers use the same database role that owns the tables, so they could change "
    "the audit trail."
)


@checks.register(checks.Tags.security, deploy=True)
def two_database_roles(**kwargs: Any) -> list[checks.CheckMessage]:
    """The audit trail is only safe from a role that may not change it."""
    if settings.DATABASE_OWNER_URL["USER"] != settings.DATABASE_APPLICATION_USER:
        return []
    return [
        checks.Warning(
            SAME_ROLE,
            hint="Give DATABASE_OWNER_URL the owner and DATABASE_URL a second role.",
            id="derby_portal.W001",
        )
    ]
