"""Worrying answers: which they are, and the concern that one of them raises.

Rules are set for an instrument by the safeguarding lead or the deputy. Nothing about a concern is
kept with the answers, and whoever reads answers never learns that there is one.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.views.decorators.debug import sensitive_variables

from accounts.access import holds_any
from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation.models import Instrument, RespondentKind, Response, WorryRule
from evaluation.queries.instruments import asked_as, definition_of
from evaluation.queries.worry import SETS_RULES, left_unfinished, rule_for, rules_met
from participants.concern_keys import ConcernKeyError, unseal
from participants.models import Concern, ConcernRoute
from participants.services.concerns import add_answer, write_concern
from participants.services.errors import RecordError
from participants.tasks import queue_concern_mails

logger = logging.getLogger(__name__)
# Ids of concerns follow from the answers' ids, so that a second call finds the first one's.
NAMESPACE = uuid.UUID("5b1d8a5e-7d0c-5f0e-9c55-0f5f1c3a6e21")
NO_SUCH_RULE = "Choose a question, and from or up to which answer it is worrying."
OUT_OF_RANGE = "Answers to this question go from {low} to {high}."
TOLD = "Whoever answered was shown at once where to find help."
RESPONDENTS = {
    RespondentKind.SELF: "the young person",
    RespondentKind.STAFF: "a member of staff about the young person",
    RespondentKind.CARER: "a parent or carer about the young person",
}
NOT_KEPT = "A concern that an answer raised could not be kept: %s. The answer is saved."


def is_worrying(response: Response, item: str) -> bool:
    """Whether the answer to this item points to help at once. One query."""
    value = response.answers.get(item)
    if value is None:
        return False
    rule = rule_for(response, item)
    return rule is not None and rule.is_met_by(value)


@sensitive_variables()
def raise_concern(response: Response, now: dt.datetime) -> Concern | None:
    """Raise a concern where an answer so far calls for one; None where none does.

    One for all of a response's answers, whoever calls how often; a further worrying answer is
    added to it. What was written is never made urgent: an urgent answer after others is one of its
    own. Nobody is named as its writer, and its readers are told as of any other. Where it
    cannot be kept the answer is saved all the same, and the log says so without a word of it.
    """
    rules = [rule for rule in rules_met(response) if rule.raises_concern]
    if not rules:
        return None
    try:
        with transaction.atomic():
            return _raised(response, rules, now)
    except (ConcernKeyError, DatabaseError, ValueError) as error:
        logger.error(NOT_KEPT, type(error).__name__)  # noqa: TRY400 -- a traceback may tell
        return None


def raise_for_what_was_left(now: dt.datetime) -> int:
    """Raise what answers call for that were left; at how many sets of answers it looked.

    Their page was closed, or their tablet taken back, before anybody went on. Again it changes
    nothing.
    """
    left = list(left_unfinished(now))
    for response in left:
        raise_concern(response, now)
    return len(left)


def _raised(response: Response, rules: list[WorryRule], now: dt.datetime) -> Concern:
    is_urgent = any(rule.is_urgent for rule in rules)
    concern_id = uuid.uuid5(NAMESPACE, f"{response.pk}:urgent" if is_urgent else str(response.pk))
    concern = Concern.objects.filter(pk=concern_id).first()
    if concern is None:
        concern = write_concern(
            nonce=concern_id,
            words=_words(response, rules, now),
            route=ConcernRoute.LEAD,
            is_urgent=is_urgent,
            person=response.participant,
            session=response.session,
            by=None,
            now=now,
        )
        queue_concern_mails(concern.pk)
    elif _add_further(concern, response, rules, now):
        queue_concern_mails(concern.pk)
    return concern


@sensitive_variables()
def _add_further(
    concern: Concern, response: Response, rules: list[WorryRule], now: dt.datetime
) -> bool:
    """Add the answers that the concern does not tell of yet; whether there were any."""
    told = unseal(concern.pk, concern.sealed).get("answers", {})
    new = [rule for rule in rules if told.get(rule.item) != response.answers[rule.item]]
    added = [
        add_answer(
            concern=concern,
            nonce=uuid.uuid5(concern.pk, f"{rule.item}:{response.answers[rule.item]}"),
            words=f"A further answer called for a concern. {_told(response, rule)}",
            now=now,
        )
        for rule in new
    ]
    return any(added)


@sensitive_variables()
def _words(response: Response, rules: list[WorryRule], now: dt.datetime) -> dict[str, Any]:
    """What is sealed, in the shape of a concern that somebody wrote."""
    return {
        "saw": "\n".join([_where_from(response), *(_told(response, rule) for rule in rules)]),
        "when": now.isoformat(),
        "did": TOLD,
        "who": "",
        "is_staff": False,
        "answers": {rule.item: response.answers[rule.item] for rule in rules},
    }


def _where_from(response: Response) -> str:
    measure = response.measure
    who = RESPONDENTS[RespondentKind(measure.respondent)]
    session = f", at {response.session}" if response.session else ""
    return (
        f"An answer to “{measure.instrument}”, given by {who} ({response.get_channel_display()}, "
        f"{response.get_assistance_display().lower()}){session}."
    )


def _told(response: Response, rule: WorryRule) -> str:
    answer = response.answers[rule.item]
    question = asked_as(response, rule.item) or f"Question {rule.item}"
    return f"{question.rstrip('.')}: the answer was {answer}; the rule is {rule.words}."


@transaction.atomic
def set_rule(
    *,
    instrument: Instrument,
    item: str,
    at_least: int | None,
    at_most: int | None,
    raises_concern: bool,
    is_urgent: bool,
    by: User,
    now: dt.datetime,
) -> WorryRule:
    """Say which answers to an item are worrying from now on; an earlier rule for it ends.

    Raises:
        PermissionDenied: the user is neither safeguarding lead nor deputy.
        RecordError: there is no such item, or no answer to it is meant.
    """
    _check_rule(instrument, item, at_least, at_most, by)
    WorryRule.objects.filter(instrument=instrument, item=item, ended_at=None).update(ended_at=now)
    rule = WorryRule.objects.create(
        instrument=instrument,
        item=item,
        at_least=at_least,
        at_most=at_most,
        raises_concern=raises_concern or is_urgent,
        is_urgent=is_urgent,
        set_by=by,
        set_at=now,
    )
    reason = f"{instrument.key} {item}: {rule.words}, {rule.deed}"
    record_audit(by=by, kind=AuditKind.WORRY_RULE_CHANGED, about=rule, reason=reason)
    return rule


@transaction.atomic
def end_rule(*, rule: WorryRule, by: User, now: dt.datetime) -> None:
    """Let an item's answers worry nobody any more. Again it changes nothing.

    Raises PermissionDenied where the user is neither safeguarding lead nor deputy.
    """
    if not holds_any(by, SETS_RULES):
        raise PermissionDenied
    if WorryRule.objects.filter(pk=rule.pk, ended_at=None).update(ended_at=now):
        reason = f"{rule.instrument.key} {rule.item}: ended"
        record_audit(by=by, kind=AuditKind.WORRY_RULE_CHANGED, about=rule, reason=reason)


def _check_rule(
    instrument: Instrument, item: str, at_least: int | None, at_most: int | None, by: User
) -> None:
    if not holds_any(by, SETS_RULES):
        raise PermissionDenied
    found = next((each for each in definition_of(instrument).items if each.id == item), None)
    if found is None or (at_least is None and at_most is None):
        raise RecordError(NO_SUCH_RULE)
    low = found.low if at_least is None else at_least
    high = found.high if at_most is None else at_most
    if not found.low <= low <= high <= found.high:
        raise RecordError(OUT_OF_RANGE.format(low=found.low, high=found.high))
