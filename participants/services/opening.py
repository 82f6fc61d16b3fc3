"""Opening a section of a person's record: what is read is written down first, or is not read."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.access import section_rights
from participants.models import Participant
from participants.sections import Act, Section
from participants.services.errors import RecordError

READ: dict[Section, AuditKind] = {
    Section.IDENTITY: AuditKind.IDENTITY_READ,
    Section.CONTACTS: AuditKind.CONTACTS_READ,
    Section.CARE: AuditKind.CARE_READ,
    Section.EQUALITY: AuditKind.EQUALITY_READ,
    Section.CONSENTS: AuditKind.CONSENTS_READ,
    Section.ATTENDANCE: AuditKind.ATTENDANCE_READ,
    Section.OUTCOMES: AuditKind.OUTCOMES_READ,
    Section.HISTORY: AuditKind.CHANGES_READ,
}
NO_REASON = "Say why you need to read this."


@transaction.atomic
def open_section(*, person: Participant, section: Section, by: User, reason: str = "") -> None:
    """Write down that the user reads a section; who may not read it, or does not say why, may not.

    Called before anything of the section is shown, in the transaction of the read.

    Raises:
        PermissionDenied: the section is not the user's to read.
        RecordError: it is read for a reason only, and none was given.
    """
    rights = section_rights(by, person)[section]
    if Act.READ not in rights:
        if Act.READ_FOR_A_REASON not in rights:
            raise PermissionDenied
        if not reason.strip():
            raise RecordError(NO_REASON)
    record_audit(by=by, kind=READ[section], about=person, reason=reason.strip())
