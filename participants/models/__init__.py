"""Who came: young people and their records, registers with their marks, places, protection."""

from participants.models.answers import (
    Answer,
    Ethnicity,
    Gender,
    SenNeed,
    SenProvision,
    TakesPartAs,
)
from participants.models.bookings import Booking, BookingLink, BookingQuerySet
from participants.models.care import CareKind, CareNote
from participants.models.concerns import (
    Breach,
    Complaint,
    Concern,
    ConcernAction,
    ConcernActionKind,
    ConcernRoute,
)
from participants.models.consents import (
    Consent,
    ConsentHow,
    ParentLink,
    ParentLinkPurpose,
    Photograph,
    PhotographUse,
    Purpose,
)
from participants.models.contacts import Collects, Contact, Relationship
from participants.models.imports import ImportBatch, ImportKind, ImportMatch, ImportState
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
from participants.models.merging import Merge, NotTheSame
from participants.models.people import Participant, ParticipantQuerySet, Registration
from participants.models.registers import (
    PrintedRegister,
    PrintedRow,
    RegisterAction,
    RegisterEvent,
    SealedWalkIn,
)
from participants.models.retention import LegalHold, Removal, RetentionRun, RunState
from participants.models.rights import (
    Disclosure,
    Outcome,
    Right,
    RightsRequest,
    SubjectBundle,
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
    "Breach",
    "CareKind",
    "CareNote",
    "Collects",
    "Complaint",
    "Concern",
    "ConcernAction",
    "ConcernActionKind",
    "ConcernRoute",
    "Consent",
    "ConsentHow",
    "Contact",
    "Disclosure",
    "Ethnicity",
    "Gender",
    "HeldFor",
    "ImportBatch",
    "ImportKind",
    "ImportMatch",
    "ImportState",
    "LegalHold",
    "MarkOperation",
    "MarkOperationQuerySet",
    "MarkStatus",
    "Merge",
    "NotTheSame",
    "Outcome",
    "ParentLink",
    "ParentLinkPurpose",
    "Participant",
    "ParticipantQuerySet",
    "Photograph",
    "PhotographUse",
    "PrintedRegister",
    "PrintedRow",
    "Purpose",
    "RegisterAction",
    "RegisterEvent",
    "Registration",
    "Relationship",
    "Removal",
    "RetentionRun",
    "Right",
    "RightsRequest",
    "RunState",
    "SealedWalkIn",
    "SenNeed",
    "SenProvision",
    "SubjectBundle",
    "TakesPartAs",
]
