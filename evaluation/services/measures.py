"""Writes of what programmes measure: which instruments, of whom, and the one primary outcome."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Programme
from evaluation.access import can_change_measures
from evaluation.models import Instrument, Measure, RespondentKind, Response, Wave
from evaluation.queries.instruments import definition_of
from participants.services.errors import RecordError


class FollowUpsAreInError(RecordError):
    """The primary outcome is named before anybody's follow-up is in, never after."""

    def __init__(self) -> None:
        super().__init__(
            "Follow-ups are in. The primary outcome is named before anybody can know how it came "
            "out, so it cannot be named or changed any more."
        )


@transaction.atomic
def start_measure(
    *,
    programme: Programme,
    instrument: Instrument,
    respondent: RespondentKind,
    by: User | None,
    now: dt.datetime,
) -> Measure:
    """Let a programme measure by an instrument and a respondent, or go on after it had ended.

    `by` is empty only for commands on the server itself, here and below.

    Raises:
        PermissionDenied: the user may not say what is measured.
        RecordError: the instrument is not in use, has no form for the respondent, or it is
            measured already.
    """
    _refuse_others(by)
    _refuse_unfit(instrument, respondent)
    measure, is_new = Measure.objects.select_for_update().get_or_create(
        programme=programme,
        instrument=instrument,
        respondent=respondent,
        defaults={"started_at": now, "started_by": by},
    )
    if not is_new and measure.ended_at is None:
        raise RecordError("The programme measures this already.")
    measure.ended_at = None
    measure.save(update_fields=["ended_at"])
    record_audit(by=by, kind=AuditKind.MEASURE_CHANGED, about=measure, reason="started")
    return measure


@transaction.atomic
def end_measure(*, measure: Measure, by: User | None, now: dt.datetime) -> Measure:
    """Ask nobody any more; what was answered stays. Ending twice is the same as once.

    Raises:
        PermissionDenied: the user may not say what is measured.
    """
    _refuse_others(by)
    standing = Measure.objects.select_for_update().get(pk=measure.pk)
    if standing.ended_at is None:
        standing.ended_at = max(now, standing.started_at)
        standing.save(update_fields=["ended_at"])
        record_audit(by=by, kind=AuditKind.MEASURE_CHANGED, about=standing, reason="ended")
    return standing


@transaction.atomic
def name_primary(*, measure: Measure, score: str, by: User | None, now: dt.datetime) -> Measure:
    """Name one score of a measure its programme's primary outcome, in place of another if any.

    Raises:
        PermissionDenied: the user may not say what is measured.
        FollowUpsAreInError: somebody of the programme has given a follow-up.
        RecordError: the instrument has no such score, or it is not measured any more.
    """
    _refuse_others(by)
    programme = Programme.objects.select_for_update().get(pk=measure.programme_id)
    standing = Measure.objects.select_for_update(of=("self",)).select_related("instrument")
    measure = standing.get(pk=measure.pk)
    _refuse_score(measure, score)
    if has_follow_ups(programme):
        raise FollowUpsAreInError
    others = Measure.objects.filter(programme=programme, is_primary=True).exclude(pk=measure.pk)
    others.update(is_primary=False, primary_score="", primary_named_at=None)
    measure.is_primary, measure.primary_score, measure.primary_named_at = True, score, now
    measure.save(update_fields=["is_primary", "primary_score", "primary_named_at"])
    record_audit(by=by, kind=AuditKind.MEASURE_CHANGED, about=measure, reason="primary outcome")
    return measure


def has_follow_ups(programme: Programme) -> bool:
    """Whether anybody has finished a follow-up, even one that was set aside. One query."""
    finished = Response.objects.filter(measure__programme=programme, finished_at__isnull=False)
    return finished.filter(wave=Wave.FOLLOW_UP).exists()


def _refuse_others(by: User | None) -> None:
    if by and not can_change_measures(by):
        raise PermissionDenied("Only trust staff say what is measured.")


def _refuse_unfit(instrument: Instrument, respondent: RespondentKind) -> None:
    if not Instrument.objects.published().filter(pk=instrument.pk).exists():
        raise RecordError("This instrument is not in use: put it into use first.")
    kinds = {str(form.respondent) for form in definition_of(instrument).forms}
    if respondent.value not in kinds:
        raise RecordError(f"It has no form for this: {respondent.label.lower()}.")


def _refuse_score(measure: Measure, score: str) -> None:
    if measure.ended_at is not None:
        raise RecordError("This is not measured any more.")
    if score not in {each.id for each in definition_of(measure.instrument).scores}:
        raise RecordError("The instrument has no such score.")
