"""Studies and their keys: what the University may be given, and who is called what in it."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Programme
from evaluation import access
from evaluation.models import Extract, Pseudonym, Study
from participants.queries.retention import among

KEYS_GONE = "The key of this study was destroyed: nothing more can be made for it."
NOT_YOURS = "Only trust staff run studies."

COLOURS = (
    *("amber", "azure", "blue", "bronze", "cobalt", "copper", "coral", "cream", "crimson", "cyan"),
    *("emerald", "gold", "green", "grey", "indigo", "ivory", "jade", "khaki", "lemon", "lilac"),
    *("lime", "magenta", "maroon", "mauve", "mint", "navy", "ochre", "olive", "orange", "peach"),
    *("pearl", "pink", "plum", "purple", "red", "rose", "ruby", "rust", "sage", "scarlet"),
    *("silver", "teal", "topaz", "umber", "violet", "white", "yellow"),
)
THINGS = (
    *("acorn", "anchor", "apple", "arch", "ash", "aspen", "barn", "basket", "beach", "beech"),
    *("bell", "bench", "birch", "boat", "book", "bridge", "brook", "candle", "canoe", "cedar"),
    *("clock", "cloud", "comet", "compass", "drum", "elm", "fern", "field", "fiddle", "flute"),
    *("forest", "garden", "gate", "harbour", "hazel", "hill", "island", "ivy", "kite", "lamp"),
    *("lantern", "leaf", "maple", "meadow", "mill", "moon", "oak", "paddle", "path", "pebble"),
    *("piano", "pine", "planet", "pond", "quilt", "river", "sail", "shell", "spruce", "star"),
    *("stone", "stream", "tower", "tunnel", "valley", "willow", "window", "wood", "wool"),
)
NUMBERS = 100


@transaction.atomic
def start_study(
    *,
    programme: Programme,
    title: str,
    purpose: str,
    ethics_reference: str,
    by: User,
    now: dt.datetime,
) -> Study:
    """Start a piece of research on a programme that an ethics committee has approved.

    Raises:
        PermissionDenied: not trust staff.
    """
    if not access.can_run_studies(by):
        raise PermissionDenied(NOT_YOURS)
    study = Study.objects.create(
        programme=programme,
        title=title.strip(),
        purpose=purpose.strip(),
        ethics_reference=ethics_reference.strip(),
        started_by=by,
        started_at=now,
    )
    record_audit(by=by, kind=AuditKind.STUDY_STARTED, about=study)
    return study


@transaction.atomic
def drop_keys(*, study: Study, by: User, now: dt.datetime) -> int:
    """Destroy a study's key and what files it has here, for good; how many people it named.

    From then on nobody can say who stands behind a word, so nothing more can be made, and nobody
    can be taken out of what the University holds.

    Raises:
        PermissionDenied: not trust staff.
    """
    if not access.can_run_studies(by):
        raise PermissionDenied(NOT_YOURS)
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.keys_dropped_at:
        return 0
    study.keys_dropped_at = now
    study.save(update_fields=["keys_dropped_at"])
    for extract in Extract.objects.with_files().filter(study=study):
        extract.file.delete()
    number = study.pseudonyms.count()
    study.pseudonyms.all().delete()
    record_audit(by=by, kind=AuditKind.STUDY_KEYS_DROPPED, about=study)
    return number


def names_for(
    *, study: Study, records: Mapping[UUID, Sequence[UUID]], now: dt.datetime
) -> dict[UUID, Pseudonym]:
    """By root person what they are called in a study, made where they have no name yet.

    `records` has the ids of every record of each person. A person of several records goes by the
    earliest made, so that merging and undoing a merge change what nobody is called. To be called
    in a transaction that holds the study's row. Two queries, and one that makes what is missing.
    """
    by_record = {record: root for root, theirs in records.items() for record in theirs}
    made = Pseudonym.objects.filter(study=study, participant__in=among(by_record))
    names: dict[UUID, Pseudonym] = {}
    for name in made.order_by("made_at", "pk"):
        names.setdefault(by_record[name.participant_id], name)
    words = _new_words(study, len(records) - len(names))
    new = [
        Pseudonym(study=study, participant_id=root, word=word, made_at=now)
        for root, word in zip(sorted(set(records) - set(names)), words, strict=True)
    ]
    Pseudonym.objects.bulk_create(new)
    return names | {name.participant_id: name for name in new}


def _new_words(study: Study, number: int) -> list[str]:
    """Random words that nobody goes by in a study yet: a colour, a thing and a number."""
    taken = set(study.pseudonyms.values_list("word", flat=True))
    words: list[str] = []
    while len(words) < number:
        word = f"{secrets.choice(COLOURS)}-{secrets.choice(THINGS)}-{secrets.randbelow(NUMBERS):02}"
        if word not in taken:
            taken.add(word)
            words.append(word)
    return words
