"""Answers on paper and what staff observed, keyed in; some forms by a second person as a check.

What somebody answered is written here and never read back: not even who settles the differences
between two keyings sees either of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import LONDON, Session, london_today
from evaluation.access import can_enter
from evaluation.models import (
    Assistance,
    Channel,
    Measure,
    RespondentKind,
    Response,
    SecondKeying,
    SurveyPass,
)
from evaluation.queries.instruments import Questionnaire
from evaluation.queries.keying import papers_for, unsettled_for
from evaluation.services.worry import raise_concern
from hubs.models import Hub
from participants.models import Participant, Purpose, Registration
from participants.queries.consents import may
from participants.queries.records import records_of
from participants.services.errors import RecordError

# Older paper is history: nobody remembers how it was answered.
OLDEST = dt.timedelta(days=366)
NOON = dt.time(12)
NO_CONSENT = "There is no consent for surveys in force: nothing may be keyed in."
NOT_THEN = "Choose a date within the last year, not in the future."
NO_SUCH_ANSWER = "Some of these are none of the answers."
NOTHING = "Key in at least one answer."
TWICE = "The answers of that day were keyed in already."
ON_PAPER = "Answered on paper"
NOT_YOURS = "Somebody else keys this form in once more."
SETTLED = "This is settled already."


@dataclass(frozen=True)
class Keyed:
    """A form as somebody keyed it in: what was asked, the answers by item, and how it was answered.

    An item without an answer was passed over.
    """

    asked: Questionnaire
    answers: Mapping[str, int]
    answered_on: dt.date
    assistance: Assistance


@transaction.atomic
def key_in(
    *,
    person: Participant,
    measure: Measure,
    wave: str,
    session: Session | None,
    keyed: Keyed,
    by: User,
    now: dt.datetime,
) -> Response:
    """Keep a form on paper, or what a member of staff observed, as finished on its own date.

    Links and turns of the same wave end, and answers that were begun on a device are set aside.

    Raises:
        PermissionDenied: the user may not enter answers of this person.
        RecordError: no consent, no such date or answer, nothing answered, or keyed in already.
    """
    _check(person, keyed, by, now)
    Participant.objects.select_for_update(no_key=True).get(pk=person.pk)
    same = {"participant__in": records_of(person), "measure": measure, "wave": wave}
    _close_the_wave(same, keyed.answered_on, by, now)
    at = min(dt.datetime.combine(keyed.answered_on, NOON, LONDON), now)
    is_observed = measure.respondent == RespondentKind.STAFF
    response = Response.objects.create(
        participant=person,
        measure=measure,
        wave=wave,
        form=keyed.asked.form,
        language=keyed.asked.language,
        hub=_hub(session, person, by),
        session=session,
        channel=Channel.STAFF if is_observed else Channel.PAPER,
        assistance=Assistance.BY_STAFF if is_observed else keyed.assistance,
        answers=dict(keyed.answers),
        skipped=[each.id for each in keyed.asked.questions if each.id not in keyed.answers],
        started_at=at,
        changed_at=now,
        finished_at=at,
        entered_by=by,
    )
    kind = AuditKind.SURVEY_OBSERVED if is_observed else AuditKind.SURVEY_KEYED
    record_audit(by=by, kind=kind, about=response, reason=wave)
    raise_concern(response, now)
    return response


@transaction.atomic
def key_again(
    *, response: Response, answers: Mapping[str, int], by: User, now: dt.datetime
) -> SecondKeying:
    """Keep a second keying of the same paper and the items in which the two differ.

    Raises:
        PermissionDenied: the form is not the user's to check, as of whoever keyed it in first.
        RecordError: some of these are none of the answers.
    """
    found = papers_for(by).select_for_update(of=("self",)).filter(pk=response.pk).first()
    # Of two at the same moment the second one saw none when it asked, and waited for the first.
    if found is None or SecondKeying.objects.filter(response=found).exists():
        raise PermissionDenied(NOT_YOURS)
    asked = [*found.answers, *found.skipped]
    _check_answers(found, answers)
    second = SecondKeying.objects.create(
        response=found,
        answers=dict(answers),
        differs=[item for item in asked if found.answers.get(item) != answers.get(item)],
        keyed_by=by,
        keyed_at=now,
    )
    reason = f"{len(second.differs)} of {len(asked)} differ"
    record_audit(by=by, kind=AuditKind.SURVEY_KEYED_AGAIN, about=found, reason=reason)
    return second


@transaction.atomic
def settle(
    *, second: SecondKeying, answers: Mapping[str, int], by: User, now: dt.datetime
) -> Response:
    """Take what the paper says of the items that differ, after a third look at it.

    Raises:
        PermissionDenied: the form is not the user's to settle.
        RecordError: it is settled, or some of these are none of the answers.
    """
    found = unsettled_for(by).select_for_update(of=("self",)).filter(pk=second.pk).first()
    if found is None:
        raise PermissionDenied
    response = Response.objects.select_for_update().get(pk=found.response_id)
    _check_answers(response, {item: answers[item] for item in answers if item in found.differs})
    kept = {item: value for item, value in response.answers.items() if item not in found.differs}
    looked = {item: answers[item] for item in found.differs if item in answers}
    asked = [*response.answers, *response.skipped]
    response.answers = kept | looked
    response.skipped = [item for item in asked if item not in response.answers]
    response.save(update_fields=["answers", "skipped"])
    found.settled_by, found.settled_at = by, now
    found.save(update_fields=["settled_by", "settled_at"])
    record_audit(by=by, kind=AuditKind.SURVEY_SETTLED, about=response)
    raise_concern(response, now)
    return response


@transaction.atomic
def set_aside(*, response: Response, why: str, by: User, now: dt.datetime) -> None:
    """Leave answers out of everything: the wrong child, or not meant.

    Raises:
        PermissionDenied: the user may not read answers.
        RecordError: no reason is given.
    """
    found = _theirs(response, by)
    if not why.strip():
        raise RecordError("Say why.")
    found.set_aside_at, found.set_aside_by, found.set_aside_why = now, by, why.strip()[:200]
    found.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_why"])
    record_audit(by=by, kind=AuditKind.SURVEY_SET_ASIDE, about=found, reason="set aside")


@transaction.atomic
def bring_back(*, response: Response, by: User) -> None:
    """Let answers that were set aside count again.

    Raises:
        PermissionDenied: the user may not read answers.
        RecordError: the same wave was begun anew since.
    """
    found = _theirs(response, by)
    if found.finished_at is None and _unfinished(found).exists():
        raise RecordError("The same wave was begun anew.")
    found.set_aside_at, found.set_aside_by, found.set_aside_why = None, None, ""
    found.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_why"])
    record_audit(by=by, kind=AuditKind.SURVEY_SET_ASIDE, about=found, reason="brought back")


def _check(person: Participant, keyed: Keyed, by: User, now: dt.datetime) -> None:
    if not can_enter(by, person):
        raise PermissionDenied
    if not may([person.pk], Purpose.SURVEYS):
        raise RecordError(NO_CONSENT)
    today = london_today(now)
    if not today - OLDEST <= keyed.answered_on <= today:
        raise RecordError(NOT_THEN)
    if not keyed.answers:
        raise RecordError(NOTHING)
    values = {each.id: {value for value, _ in each.options} for each in keyed.asked.questions}
    if any(value not in values.get(item, ()) for item, value in keyed.answers.items()):
        raise RecordError(NO_SUCH_ANSWER)


def _check_answers(response: Response, answers: Mapping[str, int]) -> None:
    ranges = {
        item["id"]: range(item["low"], item["high"] + 1)
        for item in response.measure.instrument.definition["items"]
    }
    asked = {*response.answers, *response.skipped}
    if any(item not in asked or value not in ranges[item] for item, value in answers.items()):
        raise RecordError(NO_SUCH_ANSWER)


def _close_the_wave(same: dict[str, Any], day: dt.date, by: User, now: dt.datetime) -> None:
    responses = Response.objects.filter(**same, set_aside_at=None)
    if responses.filter(finished_at__date=day).exists():
        raise RecordError(TWICE)
    responses.filter(finished_at=None).update(
        set_aside_at=now, set_aside_by=by, set_aside_why=ON_PAPER
    )
    SurveyPass.objects.filter(**same, ended_at=None).update(ended_at=now)


def _hub(session: Session | None, person: Participant, by: User) -> Hub | None:
    """The session's hub, else the one of theirs where whoever keys it in works."""
    if session is not None and session.activity.hub is not None:
        return session.activity.hub
    registered = Registration.objects.filter(participant__in=records_of(person))
    hubs = Hub.objects.visible_to(by).filter(pk__in=registered.values("hub"))
    return hubs.order_by("pk").first()


def _theirs(response: Response, by: User) -> Response:
    mine = Response.objects.visible_to(by).select_for_update(of=("self",))
    found = mine.filter(pk=response.pk).first()
    if found is None:
        raise PermissionDenied
    return found


def _unfinished(response: Response) -> QuerySet[Response]:
    return Response.objects.filter(
        participant=response.participant_id,
        measure=response.measure_id,
        wave=response.wave,
        finished_at=None,
        set_aside_at=None,
    )
