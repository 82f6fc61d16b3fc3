"""Writing in a person's record: one section at a time, and never over somebody else's change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from participants.access import can
from participants.models import Participant
from participants.sections import Act, Section
from participants.services.errors import RecordError

CHANGED_MEANWHILE = (
    "Somebody else changed this record while you were typing. Look at what stands there now, "
    "below; what you typed is still here. Save again to keep yours."
)
RESTRICTED = "This record is restricted: it is kept and not used. Nothing in it can be changed."
ANONYMISED = "This record was anonymised. There is nothing left in it to change."
MERGED = "This record was merged into another meanwhile. Change that one."


class ChangedMeanwhileError(RecordError):
    """The record is not as it was when its form was opened."""

    def __init__(self) -> None:
        super().__init__(CHANGED_MEANWHILE)


def version_of(person: Participant) -> int:
    """A number that grows with every change of a record's own fields: its latest kept state."""
    return latest_state("ParticipantEvent", person.pk)


def latest_state(event: str, pk: UUID) -> int:
    """The latest state that triggers kept of a row, 0 where there is none. One query."""
    states: Any = apps.get_model("participants", event)
    rows = states.objects.filter(pgh_obj_id=pk).order_by("-pgh_id")
    return rows.values_list("pgh_id", flat=True).first() or 0


def hold_record(
    *, person: Participant, section: Section, by: User, version: int | None = None
) -> Participant:
    """The record, held to the end of the caller's transaction, if the user may write in a section.

    `version` is that of the form, and None where nothing is overwritten.

    Raises:
        PermissionDenied: the section is not the user's to write in.
        ChangedMeanwhileError: the record was changed since.
        RecordError: it was merged, is restricted or anonymised.
    """
    held = Participant.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not can(by, Act.WRITE, section, held):
        raise PermissionDenied
    _refuse_what_is_not_used(held)
    if version is not None and version != version_of(held):
        raise ChangedMeanwhileError
    return held


@transaction.atomic
def change_fields(
    *, person: Participant, section: Section, values: Mapping[str, Any], version: int, by: User
) -> Participant:
    """Set fields of one section of a record, and write down that it was changed.

    Nothing is written where nothing is different. Raises as `hold_record` does.
    """
    held = hold_record(person=person, section=section, by=by, version=version)
    different = [name for name, value in values.items() if getattr(held, name) != value]
    if different:
        for name in different:
            setattr(held, name, values[name])
        held.save(update_fields=different)
        record_audit(by=by, kind=AuditKind.RECORD_CHANGED, about=held, reason=section.value)
    return held


def _refuse_what_is_not_used(record: Participant) -> None:
    for is_so, why in (
        (record.merged_into_id, MERGED),
        (record.restricted_at, RESTRICTED),
        (record.anonymised_at, ANONYMISED),
    ):
        if is_so:
            raise RecordError(why)
