"""What is offered and when: programmes, activities, weekly schedules and dated sessions."""

from activities.models.clock import LONDON, london_midnight, london_today
from activities.models.offers import (
    AccessNeed,
    Activity,
    ActivityQuerySet,
    ActivityText,
    BringItem,
    Kind,
    MetBy,
    Programme,
    SpokenLanguage,
)
from activities.models.sessions import (
    HIDDEN_AFTER,
    STALE_AFTER,
    CountMethod,
    Delivery,
    FirstVisitCount,
    HeadCount,
    HeadCountGroup,
    Schedule,
    Session,
    SessionKind,
    SessionQuerySet,
)

__all__ = [
    "HIDDEN_AFTER",
    "LONDON",
    "STALE_AFTER",
    "AccessNeed",
    "Activity",
    "ActivityQuerySet",
    "ActivityText",
    "BringItem",
    "CountMethod",
    "Delivery",
    "FirstVisitCount",
    "HeadCount",
    "HeadCountGroup",
    "Kind",
    "MetBy",
    "Programme",
    "Schedule",
    "Session",
    "SessionKind",
    "SessionQuerySet",
    "SpokenLanguage",
    "london_midnight",
    "london_today",
]
