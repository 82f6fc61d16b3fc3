"""What young people say after a session, what staff decide about it, and what they answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_answer
from activities.models import (
    Feedback,
    Mood,
    NextWish,
    SaidDid,
    SaidDidText,
    Session,
    Suggestion,
    SuggestionState,
)
from activities.queries.feedback import Opening, fingerprint_of, opening_of
from activities.services.errors import (
    ChangedMeanwhileError,
    NotOpenError,
    NotReadError,
    NoWordsError,
)
from hubs.models import Hub
from hubs.wording import Edition

# How long the second tap may take.
SECOND_TAP = dt.timedelta(minutes=15)
SALT = "activities.feedback.second-tap"


@transaction.atomic
def tell_mood(*, session: Session, mood: Mood, now: dt.datetime) -> tuple[Feedback, str]:
    """Keep how a session was for somebody: the answer and the hour, and nothing else.

    Returns the row and the secret that lets the page which carries it add a wish. Raises
    NotOpenError.
    """
    _refuse_closed(session, now)
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = Feedback.objects.create(session=session, mood=mood, given_at=hour)
    return row, Signer(salt=SALT).sign(f"{row.pk.hex}.{int(now.timestamp())}")


@transaction.atomic
def tell_wish(*, session: Session, secret: str, wish: NextWish | None, now: dt.datetime) -> None:
    """Add to the row of a first tap what somebody wants next; None is nothing more.

    Said again, the later one counts. Raises NotOpenError where the secret is none, is of another
    session or is too old.
    """
    row, said_at = _opened(secret)
    if not dt.timedelta(0) <= now - said_at <= SECOND_TAP:
        raise NotOpenError
    if not Feedback.objects.filter(pk=row, session=session).update(wish=wish or ""):
        raise NotOpenError


def _opened(secret: str) -> tuple[UUID, dt.datetime]:
    """The row that a secret is for, and the second it was made in."""
    try:
        row, _, second = Signer(salt=SALT).unsign(secret).partition(".")
    except BadSignature as error:
        raise NotOpenError from error
    return UUID(row), dt.datetime.fromtimestamp(int(second), tz=dt.UTC)


@transaction.atomic
def suggest(*, session: Session, words: str, now: dt.datetime) -> Suggestion:
    """Keep an idea for the hub of a session, without a name, until staff have read it.

    Raises NotOpenError; also of what is citywide, where nobody would read it.
    """
    _refuse_closed(session, now)
    hub = session.activity.hub
    if hub is None:
        raise NotOpenError
    hour = now.replace(minute=0, second=0, microsecond=0)
    return Suggestion.objects.create(hub=hub, session=session, words=words, sent_at=hour)


def _refuse_closed(session: Session, now: dt.datetime) -> None:
    if opening_of(session, now) is not Opening.OPEN:
        raise NotOpenError


@transaction.atomic
def read_suggestions(*, suggestions: Iterable[Suggestion], by: User) -> None:
    """Write down that somebody read what was suggested: one row for each hub it was read of."""
    hubs = {each.hub_id: each.hub for each in suggestions}
    for hub in hubs.values():
        record_audit(by=by, kind=AuditKind.FEEDBACK_READ, about=hub, reason=f"Hub {hub.slug}")


@transaction.atomic
def decide(*, suggestion: Suggestion, keep: bool, by: User, now: dt.datetime) -> Suggestion:
    """Keep a suggestion or put it away. Either can be changed. Raises PermissionDenied."""
    _refuse_others(by, suggestion.hub)
    _settle([suggestion], SuggestionState.KEPT if keep else SuggestionState.REFUSED, by, now)
    return suggestion


@transaction.atomic
def write_said_did(
    *,
    said_did: SaidDid,
    words: Mapping[str, str],
    seen: str,
    by: User,
    now: dt.datetime,
) -> SaidDid:
    """Write what young people said and what was done, in plain English. A new one is a draft.

    One that everybody can read becomes a draft again when a letter of it changes, for nobody has
    read the new words. `seen` is the fingerprint of the words that the writer began from. Raises
    PermissionDenied, and ChangedMeanwhileError where other words stand there by now.
    """
    _refuse_others(by, said_did.hub)
    if said_did._state.adding:
        said_did.written_by, said_did.written_at = by, now
        said_did.said, said_did.did = words["said"], words["did"]
        said_did.save()
        return said_did
    stored = SaidDid.objects.select_for_update(no_key=True).get(pk=said_did.pk)
    if seen != fingerprint_of(stored):
        raise ChangedMeanwhileError
    if (stored.said, stored.did) != (words["said"], words["did"]):
        _write_anew(stored, words, by)
    return stored


def _write_anew(stored: SaidDid, words: Mapping[str, str], by: User) -> None:
    if stored.published_at and not stored.withdrawn_at:
        record_audit(by=by, kind=AuditKind.SAID_DID_WITHDRAWN, about=stored, reason="New words")
    stored.said, stored.did = words["said"], words["did"]
    stored.published_at = stored.withdrawn_at = None
    stored.save()


@transaction.atomic
def answer(
    *, said_did: SaidDid, suggestions: Iterable[Suggestion], by: User, now: dt.datetime
) -> None:
    """Say which suggestions of its hub it answers; they count as kept. Raises PermissionDenied."""
    _refuse_others(by, said_did.hub)
    answered = [each for each in suggestions if each.hub_id == said_did.hub_id]
    for suggestion in answered:
        suggestion.answer = said_did
    _settle(answered, SuggestionState.KEPT, by, now)


def _settle(
    suggestions: Iterable[Suggestion], state: SuggestionState, by: User, now: dt.datetime
) -> None:
    for suggestion in suggestions:
        suggestion.state, suggestion.decided_by, suggestion.decided_at = state, by, now
        suggestion.save(update_fields=["state", "decided_by", "decided_at", "answer"])
        record_audit(by=by, kind=AuditKind.SUGGESTION_DECIDED, about=suggestion, reason=state)


@transaction.atomic
def show(*, said_did: SaidDid, has_read: bool, seen: str, by: User, now: dt.datetime) -> SaidDid:
    """Let everybody read it, once whoever shows it says that they read these very words.

    Raises PermissionDenied, NotReadError, and ChangedMeanwhileError where `seen` is the fingerprint
    of other words.
    """
    _refuse_others(by, said_did.hub)
    if not has_read:
        raise NotReadError("Say that you have read it before everybody can.")
    stored = SaidDid.objects.select_for_update(no_key=True).get(pk=said_did.pk)
    if seen != fingerprint_of(stored):
        raise ChangedMeanwhileError
    stored.published_at, stored.withdrawn_at = now, None
    stored.save(update_fields=["published_at", "withdrawn_at"])
    record_audit(by=by, kind=AuditKind.SAID_DID_SHOWN, about=stored)
    return stored


@transaction.atomic
def withdraw(*, said_did: SaidDid, by: User, now: dt.datetime) -> SaidDid:
    """Take it off the website at once; nothing is lost. Raises PermissionDenied."""
    _refuse_others(by, said_did.hub)
    said_did.withdrawn_at = now
    said_did.save(update_fields=["withdrawn_at"])
    record_audit(by=by, kind=AuditKind.SAID_DID_WITHDRAWN, about=said_did)
    return said_did


@transaction.atomic
def put_words(
    *, said_did: SaidDid, edition: Edition, words: Mapping[str, str], seen: str, by: User
) -> SaidDidText:
    """Write the same in an edition. Other words are words that nobody has checked.

    `seen` is the fingerprint of the words that the writer began from. Raises PermissionDenied, and
    ChangedMeanwhileError where others stand there by now.
    """
    text = _text_of(said_did, edition, by)
    if any(getattr(text, name) != words[name] for name in text.WORDS):
        if seen != fingerprint_of(text):
            raise ChangedMeanwhileError
        text.said, text.did = words["said"], words["did"]
        text.checked_by, text.checked_on = "", None
        text.save()
    return text


@transaction.atomic
def check_words(
    *,
    said_did: SaidDid,
    edition: Edition,
    speaker: str,
    checked_on: dt.date,
    seen: str,
    by: User,
) -> SaidDidText:
    """Record that a speaker has read the words in an edition and stands by them.

    Raises PermissionDenied, NoWordsError where there are none, and ChangedMeanwhileError where they
    are other ones by now.
    """
    text = _text_of(said_did, edition, by)
    if text._state.adding:
        raise NoWordsError("There are no words to check yet. Save some first.")
    if seen != fingerprint_of(text):
        raise ChangedMeanwhileError
    text.checked_by, text.checked_on = speaker, checked_on
    text.save()
    return text


def _text_of(said_did: SaidDid, edition: Edition, by: User) -> SaidDidText:
    """The row of words, held to the end of the transaction; a new one, not yet saved, else."""
    _refuse_others(by, said_did.hub)
    SaidDid.objects.select_for_update(no_key=True).get(pk=said_did.pk)
    key = {"said_did": said_did, "language": edition.language, "variant": edition.variant}
    return SaidDidText.objects.filter(**key).first() or SaidDidText(**key)


def _refuse_others(by: User, hub: Hub) -> None:
    if not can_answer(by, hub):
        raise PermissionDenied
