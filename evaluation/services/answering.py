"""Answering: begun by a pass, kept answer by answer, finished once.

Whoever answers has no account. What lets them is a pass, by a secret link or as a turn at a tablet
that was handed over; whoever calls has looked it up by its secret.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max

from accounts.models import AuditKind
from accounts.services.audit import record_audit
from evaluation.instruments.definition import Item
from evaluation.models import Assistance, Response, SurveyPass
from evaluation.queries.answering import may_go_on, questions_for
from evaluation.queries.instruments import definition_of
from evaluation.services import worry
from evaluation.services.asking import end_turn
from hubs.models import Hub
from participants.models import Registration


class AnsweringError(Exception):
    """Something that answering refuses; its text is for nobody but the log and the tests."""


@transaction.atomic
def begin(
    *, survey_pass: SurveyPass, now: dt.datetime, language: str, assistance: Assistance
) -> Response:
    """Open answers for a pass, or go on with those that somebody began; the pass now leads to them.

    `language` is the edition of the pages, kept with the pass; the answers keep the one that the
    questions are worded in. A pass remembers what was answered before it, which is not shown again.
    Beginning again changes nothing but language and assistance.

    Raises:
        AnsweringError: the pass opens nothing any more, consent is missing, the wave was answered
            by another way since the pass was made, or the questions have no words.
    """
    survey_pass = _locked_pass(survey_pass)
    if not may_go_on(survey_pass, now):
        raise AnsweringError("The pass is not open.")
    if _answered_since(survey_pass):
        raise AnsweringError("The wave was answered by another way.")
    survey_pass.language = language
    response = survey_pass.response or _unfinished(survey_pass, now)
    asked = questions_for(survey_pass, language, now)
    if asked is None:
        raise AnsweringError("The questions have no words.")
    response.form, response.language = asked.form, asked.language
    response.assistance, response.changed_at = assistance, now
    response.save(update_fields=["form", "language", "assistance", "channel", "changed_at"])
    _lead_to(survey_pass, response, now)
    return response


@transaction.atomic
def give(
    *,
    response: Response,
    item: str,
    value: int | None,
    now: dt.datetime,
    is_settled: bool = True,
) -> Response:
    """Keep one answer at once; None passes the item over. The last word about each item counts.

    `value` is as it was chosen, in the item's own range; scoring turns items round. A worrying
    answer may raise a concern, unless it is not settled yet: a finger may have slipped, and
    whoever answers has not gone on to another question.

    Raises:
        AnsweringError: the answers are finished or gone, the instrument has no such item, or the
            value is none of its answers.
    """
    response = _locked(response)
    if response.finished_at is not None:
        raise AnsweringError("The answers are finished.")
    asked = _item(response, item)
    if value is not None and not asked.low <= value <= asked.high:
        raise AnsweringError("This is none of the answers.")
    answers = {key: kept for key, kept in response.answers.items() if key != item}
    skipped = set(response.skipped) - {item}
    if value is None:
        skipped.add(item)
    else:
        answers[item] = value
    response.answers, response.skipped = _in_order(response, answers, skipped)
    response.changed_at = now
    response.save(update_fields=["answers", "skipped", "changed_at"])
    if is_settled:
        worry.raise_concern(response, now)
    return response


@transaction.atomic
def finish(*, response: Response, now: dt.datetime) -> Response:
    """End answering: the answers stand, every pass to them ends. Finishing twice is once.

    Items without an answer count as passed over. A worrying answer may raise a concern.

    Raises AnsweringError where the answers are gone.
    """
    response = _locked(response)
    if response.finished_at is not None:
        return response
    response.finished_at = response.changed_at = now
    response.save(update_fields=["finished_at", "changed_at"])
    for each in response.passes.filter(ended_at__isnull=True):
        end_turn(turn=each, now=now)
    record_audit(by=None, kind=AuditKind.SURVEY_FINISHED, about=response, reason=response.channel)
    worry.raise_concern(response, now)
    return response


@transaction.atomic
def leave(*, survey_pass: SurveyPass, now: dt.datetime) -> None:
    """Stop before the end: what was answered is kept. A turn is over, a link opens again."""
    if survey_pass.response is not None and survey_pass.response.finished_at is None:
        worry.raise_concern(survey_pass.response, now)
    if survey_pass.kiosk_id is not None:
        end_turn(turn=survey_pass, now=now)


@transaction.atomic
def put_off(*, turn: SurveyPass) -> None:
    """Whoever holds the tablet is somebody else: this turn comes after all others of the tablet."""
    turns = SurveyPass.objects.filter(kiosk=turn.kiosk_id)
    last = turns.aggregate(last=Max("position"))["last"]
    turns.filter(pk=turn.pk).update(position=last + 1)


def _locked_pass(survey_pass: SurveyPass) -> SurveyPass:
    passes = SurveyPass.objects.select_for_update(of=("self",))
    related = ("participant", "measure__instrument", "session__activity", "response")
    return passes.select_related(*related).get(pk=survey_pass.pk)


def _locked(response: Response) -> Response:
    rows = Response.objects.select_for_update(of=("self",)).select_related("measure__instrument")
    found = rows.filter(pk=response.pk, set_aside_at__isnull=True).first()
    if found is None:
        raise AnsweringError("These answers are gone.")
    return found


def _answered_since(survey_pass: SurveyPass) -> bool:
    standing = Response.objects.standing().filter(
        participant=survey_pass.participant_id,
        measure=survey_pass.measure_id,
        wave=survey_pass.wave,
        finished_at__gte=survey_pass.made_at,
    )
    return standing.exists()


def _unfinished(survey_pass: SurveyPass, now: dt.datetime) -> Response:
    """The answers of this wave that nobody finished, or new ones."""
    response, _ = Response.objects.select_for_update(of=("self",)).get_or_create(
        participant=survey_pass.participant,
        measure=survey_pass.measure,
        wave=survey_pass.wave,
        finished_at=None,
        set_aside_at=None,
        defaults={
            "channel": survey_pass.channel,
            "started_at": now,
            "hub_id": _hub(survey_pass),
            "session": survey_pass.session,
        },
    )
    response.channel = survey_pass.channel
    return response


def _hub(survey_pass: SurveyPass) -> int | None:
    """Where they were asked: the session's hub, else where they are registered."""
    session = survey_pass.session
    if session is not None and session.activity.hub_id is not None:
        return session.activity.hub_id
    registered = Registration.objects.filter(participant=survey_pass.participant_id)
    return Hub.objects.filter(pk__in=registered.values("hub")).values_list("pk", flat=True).first()


def _lead_to(survey_pass: SurveyPass, response: Response, now: dt.datetime) -> None:
    if survey_pass.response_id is None:
        survey_pass.answered_before = [*response.answers, *response.skipped]
    survey_pass.response = response
    survey_pass.opened_at = survey_pass.opened_at or now
    fields = ["language", "answered_before", "response", "opened_at"]
    survey_pass.save(update_fields=fields)


def _item(response: Response, item: str) -> Item:
    try:
        return definition_of(response.measure.instrument).item(item)
    except KeyError:
        raise AnsweringError("There is no such item.") from None


def _in_order(
    response: Response, answers: dict[str, int], skipped: set[str]
) -> tuple[dict[str, int], list[str]]:
    """Both in the order of the instrument's items, however they were given."""
    items = [each.id for each in definition_of(response.measure.instrument).items]
    kept = {item: answers[item] for item in items if item in answers}
    return kept, [item for item in items if item in skipped]
