"""Looking for records made twice, and saying that two alike are two people."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audits
from participants.access import can
from participants.models import LikelyPair, NotTheSame, Participant
from participants.queries.duplicates import likely_pairs, pair_key
from participants.sections import Act, Section
from participants.services.errors import RecordError

BATCH = 2_000


@transaction.atomic
def find_likely_pairs(*, now: dt.datetime) -> int:
    """Put the pairs that there are now in place of those found before; returns how many."""
    pairs = likely_pairs()
    LikelyPair.objects.all().delete()
    LikelyPair.objects.bulk_create(
        (
            LikelyPair(
                first_id=pair.first,
                second_id=pair.second,
                score=pair.score,
                reasons=pair.reasons,
                found_at=now,
            )
            for pair in pairs
        ),
        batch_size=BATCH,
    )
    return len(pairs)


@transaction.atomic
def say_two_people(*, first: Participant, second: Participant, by: User, now: dt.datetime) -> None:
    """Write down that two records are of two people; they are not shown as a pair again.

    Saying it twice changes nothing.

    Raises:
        PermissionDenied: who somebody is is not the user's to write.
        RecordError: both are the same record.
    """
    if not all(can(by, Act.WRITE, Section.IDENTITY, each) for each in (first, second)):
        raise PermissionDenied
    if first.pk == second.pk:
        raise RecordError("This is one record.")
    one, other = pair_key(first.pk, second.pk)
    _, made = NotTheSame.objects.get_or_create(
        first_id=one, second_id=other, defaults={"decided_by": by, "decided_at": now}
    )
    if made:
        record_audits(by=by, kind=AuditKind.PAIR_DISMISSED, about=[first, second])
