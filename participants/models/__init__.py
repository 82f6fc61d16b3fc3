"""Who came: young people, where they are registered, registers with their marks, bookings."""

from participants.models.bookings import Booking, BookingLink, BookingQuerySet
from participants.models.marks import (
    ATTENDED,
    CLEARED,
    OPERATION_STATUSES,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    AttendanceRole,
    HeldFor,
    MarkOperation,
    MarkOperationQuerySet,
    MarkStatus,
)
from participants.models.people import (
    Answer,
    Gender,
    Participant,
    ParticipantQuerySet,
    Registration,
)
from participants.models.registers import (
    PrintedRegister,
    PrintedRow,
    RegisterAction,
    RegisterEvent,
    SealedWalkIn,
)

__all__ = [
    "ATTENDED",
    "CLEARED",
    "OPERATION_STATUSES",
    "YOUNG_PEOPLE_ROLES",
    "Answer",
    "Attendance",
    "AttendanceRole",
    "Booking",
    "BookingLink",
    "BookingQuerySet",
    "Gender",
    "HeldFor",
    "MarkOperation",
    "MarkOperationQuerySet",
    "MarkStatus",
    "Participant",
    "ParticipantQuerySet",
    "PrintedRegister",
    "PrintedRow",
    "RegisterAction",
    "RegisterEvent",
    "Registration",
    "SealedWalkIn",
]
