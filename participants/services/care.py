"""Care notes: written and ended, never rewritten."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.models import CareKind, CareNote, Participant
from participants.queries.records import records_of
from participants.sections import Section
from participants.services.errors import RecordError
from participants.services.records import hold_record

GONE = "This care note has ended already."


@transaction.atomic
def write_care_note(
    *,
    person: Participant,
    note_id: UUID,
    kind: CareKind,
    text: str,
    by: User,
    now: dt.datetime,
) -> CareNote:
    """Write a care note. `note_id` is the form's own, so that sent twice is once.

    Raises as `hold_record` does.
    """
    held = hold_record(person=person, section=Section.CARE, by=by)
    note, is_new = CareNote.objects.get_or_create(
        pk=note_id,
        participant=held,
        defaults={"kind": kind, "text": text, "written_by": by, "written_at": now},
    )
    if is_new:
        record_audit(by=by, kind=AuditKind.CARE_WRITTEN, about=held)
    return note


@transaction.atomic
def end_care_note(*, person: Participant, note_id: UUID, by: User, now: dt.datetime) -> None:
    """Say that a care note does not hold any more; its words stay, with who ended it.

    Raises as `hold_record` does; RecordError also where it has ended, or is nobody's here.
    """
    held = hold_record(person=person, section=Section.CARE, by=by)
    ended = CareNote.objects.standing().filter(
        pk=note_id, participant__in=records_of(held).values("pk")
    )
    if not ended.update(ended_at=now, ended_by=by):
        raise RecordError(GONE)
    record_audit(by=by, kind=AuditKind.CARE_ENDED, about=held)
