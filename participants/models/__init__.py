"""Who came: young people, where they are registered, and the marks of every register."""

from participants.models.marks import (
    ATTENDED,
    CLEARED,
    OPERATION_STATUSES,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    AttendanceRole,
    MarkOperation,
    MarkStatus,
)
from participants.models.people import (
    Answer,
    Gender,
    Participant,
    ParticipantQuerySet,
    Registration,
)

__all__ = [
    "ATTENDED",
    "CLEARED",
    "OPERATION_STATUSES",
    "YOUNG_PEOPLE_ROLES",
    "Answer",
    "Attendance",
    "AttendanceRole",
    "Gender",
    "MarkOperation",
    "MarkStatus",
    "Participant",
    "ParticipantQuerySet",
    "Registration",
]
