"""Care notes of a person: asked for once a reason is written down."""

from __future__ import annotations

from dataclasses import dataclass

from participants.models import CareNote, Participant
from participants.queries.records import records_of


@dataclass(frozen=True)
class CareNotes:
    """Notes that stand, the oldest first, and those that ended, the latest first."""

    standing: list[CareNote]
    ended: list[CareNote]


def care_notes_of(person: Participant) -> CareNotes:
    """The care notes of a root person, of any of their records. One query."""
    notes = CareNote.objects.filter(participant__in=records_of(person).values("pk"))
    found = list(notes.select_related("written_by", "ended_by"))
    ended = [(note.ended_at, note) for note in found if note.ended_at is not None]
    ended.sort(key=lambda pair: pair[0], reverse=True)
    return CareNotes(
        standing=[note for note in found if note.ended_at is None],
        ended=[note for _, note in ended],
    )
