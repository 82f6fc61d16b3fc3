"""What is offered and when: programmes, activities, weekly schedules and dated sessions."""

from activities.models.clock import LONDON, london_midnight, london_today
from activities.models.log import SessionLog, Skill
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
from activities.models.terms import SCHOOL_CLOSURES, Closure, ClosureKind, ClosureQuerySet, Term

__all__ = [
    "HIDDEN_AFTER",
    "LONDON",
    "SCHOOL_CLOSURES",
    "STALE_AFTER",
    "AccessNeed",
    "Activity",
    "ActivityQuerySet",
    "ActivityText",
    "BringItem",
    "Closure",
    "ClosureKind",
    "ClosureQuerySet",
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
    "SessionLog",
    "SessionQuerySet",
    "Skill",
    "SpokenLanguage",
    "Term",
    "london_midnight",
    "london_today",
]
