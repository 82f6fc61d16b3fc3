"""What happens to answers, words and pseudonyms when something happens to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from evaluation.models import ExternalScore, Pseudonym, Quote, Response, SurveyPass
from evaluation.services.extracts import forget_files
from evaluation.services.quotes import take_out_uncovered
from evaluation.services.worry import raise_concern
from participants.models import Purpose

WORDS = frozenset({Purpose.WORDS_REPORTS, Purpose.WORDS_PUBLIC})
SHARED = frozenset({Purpose.SURVEYS, Purpose.SHARING_UNIVERSITY})


def forget_erased(ids: Collection[UUID]) -> dict[str, int]:
    """Delete everything of a person here; numbers of rows by model."""
    forget_files(ids)
    return _deleted(
        Quote.objects.filter(participant__in=ids),
        ExternalScore.objects.filter(participant__in=ids),
        SurveyPass.objects.filter(participant__in=ids),
        Response.objects.filter(participant__in=ids),
        Pseudonym.objects.filter(participant__in=ids),
    )


def forget_anonymised(ids: Collection[UUID]) -> dict[str, int]:
    """Take away what leads to a person; finished answers stay, for they are counted."""
    forget_files(ids)
    return _deleted(
        Quote.objects.filter(participant__in=ids),
        SurveyPass.objects.filter(participant__in=ids),
        Response.objects.filter(participant__in=ids, finished_at__isnull=True),
        Pseudonym.objects.filter(participant__in=ids),
    )


def stop_what_ended(ids: Collection[UUID], purpose: str) -> None:
    """A consent ended: nobody is asked any more, words come out, files with answers go.

    Finished answers stay and are left out of every figure; they count again if consent is given
    again.
    """
    now = timezone.now()
    if purpose == Purpose.SURVEYS:
        passes = SurveyPass.objects.filter(participant__in=ids, ended_at__isnull=True)
        passes.update(ended_at=now)
        begun = Response.objects.filter(participant__in=ids, finished_at__isnull=True)
        for response in begun.filter(set_aside_at__isnull=True):
            # Keeping a child safe asks for no consent, and after this nobody could look.
            raise_concern(response, now)
        begun.delete()
    if purpose in SHARED:
        forget_files(ids)
    if purpose in WORDS:
        take_out_uncovered(ids, now=now)


def _deleted(*rows: QuerySet[Any]) -> dict[str, int]:
    return dict(sum((Counter(each.delete()[1]) for each in rows), Counter()))
