"""Words of young people as evidence: written down, checked, changed, and taken out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Activity, Skill, london_today
from evaluation.access import can_change_quote, can_check_quote, can_write_quote
from evaluation.models import Quote, QuoteKind, QuoteUse
from evaluation.queries.quotes import (
    COVERED_BY,
    names_in,
    own_names,
    tells_where,
    uses_covered,
    words_in,
)
from hubs.models import Hub
from participants.models import Participant
from participants.queries.consents import standing
from participants.queries.records import records_of
from participants.services.consents import hold
from participants.services.errors import RecordError

WITHDRAWN = "Consent was taken back."
IS_OUT = "This was taken out."
OVERTAKEN = "Somebody changed this meanwhile. Read it as it stands now."
HIDDEN = "Nothing may say where this young person is. Sign it without an area."
NAME_IN_SIGNATURE = "It is never signed with a name. Take the name out."
EXACT_AGE = "An exact age tells too much. Write an age band, as “aged 13 to 15”, or none."
# An age band as it may stand in a signature, and how far its ends must lie apart.
BAND = re.compile(r"\b(\d{1,2}) to (\d{1,2})\b")
NARROWEST = 2


class NamesFoundError(RecordError):
    """There are names in the words, and nobody has said that they are none; `names` says which."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(
            f"There may be a name in this: {', '.join(names)}. Write “my friend” or “my coach” in "
            "its place, or tick that it is no name of a person."
        )


@dataclass(frozen=True)
class Said:
    """What is written down: the words as they were said, and what they are for."""

    kind: QuoteKind
    words: str
    attribution: str
    hub: Hub
    uses: tuple[QuoteUse, ...]
    said_on: dt.date
    skills: tuple[Skill, ...] = ()
    activity: Activity | None = None


@transaction.atomic
def record_quote(
    *,
    person: Participant,
    said: Said,
    by: User,
    now: dt.datetime,
    names_are_fine: bool = False,
) -> Quote:
    """Write down a young person's words, or a case study, for uses that consent covers now.

    Their answers wait until this is done, so nothing is written in the second of a no.

    Raises:
        PermissionDenied: the user may not write this of this person at this hub.
        RecordError: nothing was said, no use, no consent for one, a date to come, or a signature
            that tells too much.
        NamesFoundError: a name stands in the words, and `names_are_fine` does not say it is none.
    """
    root = hold(person)
    if not can_write_quote(by, root, said.hub):
        raise PermissionDenied
    _check(root, said, now, names_are_fine=names_are_fine)
    quote = Quote(participant=root, recorded_by=by, recorded_at=now)
    _put(quote, said)
    quote.save(force_insert=True)
    record_audit(by=by, kind=AuditKind.QUOTE_RECORDED, about=quote)
    return quote


@transaction.atomic
def change_quote(
    *,
    quote: Quote,
    said: Said,
    version: str,
    by: User,
    now: dt.datetime,
    names_are_fine: bool = False,
) -> Quote:
    """Write it differently. What a second person read is no longer it: the check is taken back.

    Raises what `record_quote` raises; a RecordError, too, where it was taken out, or changed
    since `version`.
    """
    root, quote = _held(quote)
    _check_stands(quote, version)
    if not can_change_quote(by, quote) or not can_write_quote(by, root, said.hub):
        raise PermissionDenied
    _check(root, said, now, names_are_fine=names_are_fine)
    _put(quote, said)
    if quote.version == version:
        return quote
    was_checked = quote.checked_at is not None
    quote.edited_by, quote.edited_at = by, now
    quote.checked_by, quote.checked_at = None, None
    quote.save(force_update=True)
    reason = "changed; its check is taken back" if was_checked else "changed"
    record_audit(by=by, kind=AuditKind.QUOTE_RECORDED, about=quote, reason=reason)
    return quote


@transaction.atomic
def check_quote(*, quote: Quote, version: str, by: User, now: dt.datetime) -> Quote:
    """Say that nothing in it tells who it is, and that it may be used. Again changes nothing.

    Raises:
        PermissionDenied: the user wrote it, or may not check.
        RecordError: it was taken out, or changed since `version`; consent covers no use now.
    """
    root, quote = _held(quote)
    _check_stands(quote, version)
    if quote.checked_at is not None:
        return quote
    if not can_check_quote(by, quote):
        raise PermissionDenied
    if not set(quote.uses) & set(uses_covered(root)):
        raise RecordError("No consent covers this now, so it cannot be checked for use.")
    quote.checked_by, quote.checked_at = by, now
    quote.save(update_fields=["checked_by", "checked_at"])
    record_audit(by=by, kind=AuditKind.QUOTE_CHECKED, about=quote)
    return quote


@transaction.atomic
def take_out(*, quote: Quote, why: str, by: User, now: dt.datetime) -> Quote:
    """Use it nowhere any more, for good, for a reason. Again changes nothing.

    Raises:
        PermissionDenied: it is not the user's to take out.
        RecordError: nobody says why.
    """
    _, quote = _held(quote)
    if not can_change_quote(by, quote):
        raise PermissionDenied
    if not why.strip():
        raise RecordError("Say why it is taken out.")
    if quote.taken_out_at is None:
        _take_out(quote, why.strip(), by, now)
    return quote


@transaction.atomic
def take_out_uncovered(ids: Collection[UUID], *, now: dt.datetime) -> int:
    """Take uses off these people's words that somebody said no to; how many words changed.

    Words that may be used nowhere any more are taken out. A record that is restricted, or whose
    person objected, keeps its words: they are used nowhere for so long, and no consent ended.
    """
    changed = 0
    for person in _roots(ids):
        refused = _refused(person)
        quotes = Quote.objects.standing().filter(participant__in=records_of(person))
        for quote in quotes.filter(uses__overlap=list(refused)).select_for_update():
            _take_off(quote, refused, now)
            changed += 1
    return changed


def _roots(ids: Collection[UUID]) -> list[Participant]:
    named = Participant.objects.filter(pk__in=ids).select_related("merged_into")
    return list({root.pk: root for each in named for root in [each.merged_into or each]}.values())


def _refused(person: Participant) -> set[str]:
    """Uses that nobody says yes to: the latest answer is no, or there is none."""
    answers = {purpose: each.answer for purpose, each in standing(person).items()}
    return {
        use.value
        for use, purpose in COVERED_BY.items()
        for answer in [answers[purpose]]
        if answer is None or not answer.is_given
    }


def _take_off(quote: Quote, refused: set[str], now: dt.datetime) -> None:
    left = [use for use in quote.uses if use not in refused]
    if not left:
        _take_out(quote, WITHDRAWN, None, now)
        return
    quote.uses = left
    quote.save(update_fields=["uses"])
    reason = f"{WITHDRAWN} Left: {', '.join(left)}"
    record_audit(by=None, kind=AuditKind.QUOTE_TAKEN_OUT, about=quote, reason=reason)


def _take_out(quote: Quote, why: str, by: User | None, now: dt.datetime) -> None:
    quote.uses = [] if by is None else quote.uses
    quote.taken_out_at, quote.taken_out_by, quote.taken_out_why = now, by, why
    quote.save(update_fields=["uses", "taken_out_at", "taken_out_by", "taken_out_why"])
    reason = WITHDRAWN if by is None else ""
    record_audit(by=by, kind=AuditKind.QUOTE_TAKEN_OUT, about=quote, reason=reason)


def _held(quote: Quote) -> tuple[Participant, Quote]:
    """The root person and the quote as it stands, both held to the end of the transaction."""
    root = hold(quote.participant)
    rows = Quote.objects.select_for_update(of=("self",), no_key=True)
    return root, rows.select_related("hub").get(pk=quote.pk)


def _check_stands(quote: Quote, version: str) -> None:
    if quote.taken_out_at is not None:
        raise RecordError(IS_OUT)
    if quote.version != version:
        raise RecordError(OVERTAKEN)


def _put(quote: Quote, said: Said) -> None:
    quote.kind, quote.words = said.kind.value, said.words.strip()
    quote.attribution = said.attribution.strip()
    quote.skills = [each.value for each in Skill if each in said.skills]
    quote.uses = [each.value for each in QuoteUse if each in said.uses]
    quote.hub, quote.activity, quote.said_on = said.hub, said.activity, said.said_on


def _check(root: Participant, said: Said, now: dt.datetime, *, names_are_fine: bool) -> None:
    if root.anonymised_at is not None or root.restricted_at is not None:
        raise RecordError("This record is kept and not used: nothing is written down of it.")
    if not said.words.strip() or not said.uses:
        raise RecordError("Write down what was said, and where it may be used.")
    if said.said_on > london_today(now):
        raise RecordError("Nobody has said anything in the future.")
    if said.activity is not None and said.activity.hub_id not in {None, said.hub.pk}:
        raise RecordError("This activity is not of that hub.")
    _check_covered(root, said)
    _check_signature(root, said)
    names = [] if names_are_fine else names_in(said.words, root, said.hub)
    if names:
        raise NamesFoundError(names)


def _check_covered(root: Participant, said: Said) -> None:
    lacking = set(said.uses) - set(uses_covered(root))
    if lacking:
        uses = ", ".join(str(use.label).lower() for use in QuoteUse if use in lacking)
        raise RecordError(f"No consent covers this now: {uses}.")


def _check_signature(root: Participant, said: Said) -> None:
    """Never a name, no age but a band of three years or more, no area where that is hidden."""
    records, words = list(records_of(root)), set(words_in(said.attribution))
    if not words:
        raise RecordError("Say how it is signed.")
    if words & own_names(records):
        raise RecordError(NAME_IN_SIGNATURE)
    if _tells_age(said.attribution):
        raise RecordError(EXACT_AGE)
    is_hidden = any(each.is_address_hidden for each in records)
    if is_hidden and tells_where(said.attribution, said.hub):
        raise RecordError(HIDDEN)


def _tells_age(attribution: str) -> bool:
    bands = BAND.findall(attribution)
    is_narrow = any(int(high) - int(low) < NARROWEST for low, high in bands)
    return is_narrow or any(each.isdigit() for each in BAND.sub("", attribution))
