"""Asking: secret links for one respondent, and a tablet handed over for several.

Whatever a secret opens is written down beforehand as a `SurveyPass`; the secret itself is kept as
its SHA-256 only.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from evaluation.access import can_ask
from evaluation.models import Channel, Kiosk, Measure, RespondentKind, SurveyPass, Wave
from evaluation.queries.asking import hash_of, next_turn
from participants.models import Participant, Purpose
from participants.queries.consents import may
from participants.queries.records import records_of
from participants.services.errors import RecordError

LINK_LASTS = dt.timedelta(days=7)
KIOSK_LASTS = dt.timedelta(hours=1)
# Nobody gets through more in an hour.
MOST_TURNS = 40
NO_CONSENT = "{name} may not be asked: there is no consent for surveys in force."
NOT_ASKED = "This is not asked any more."
NOBODY = "Choose at least one young person."
TOO_MANY = f"Choose at most {MOST_TURNS} at once."
ELSEWHERE = "{name} is answering on another tablet. Take that one back first."


class PassEndedError(RecordError):
    """The pass was used, left or has expired. Nothing says which."""

    def __init__(self) -> None:
        super().__init__("This does not work any more.")


class Asked(Protocol):
    """Who is asked what at which wave; whoever lists who is due gives such things."""

    @property
    def person(self) -> Participant: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def wave(self) -> str: ...


@transaction.atomic
def make_link(
    *,
    person: Participant,
    measure: Measure,
    wave: str,
    session: Session | None,
    by: User,
    now: dt.datetime,
    language: str = "en-gb",
) -> tuple[SurveyPass, str]:
    """Make a secret link for one respondent; return it with its token, which cannot be had again.

    It opens until the answers are finished, for seven days at most; earlier links of the same wave
    are closed.

    Raises:
        PermissionDenied: the user may not ask this person.
        RecordError: there is no consent, the record is not in use, or it is not asked any more.
    """
    root = _root(person)
    _check(by, [root], [measure])
    _lock([root])
    for earlier in _same_wave(root, measure, wave).filter(kiosk__isnull=True):
        _close(earlier, by, now)
    token = new_token()
    link = SurveyPass.objects.create(
        participant=root,
        measure=measure,
        wave=Wave(wave),
        channel=Channel.LINK,
        token_hash=hash_of(token),
        session=session,
        language=language,
        made_by=by,
        made_at=now,
        expires_at=now + LINK_LASTS,
    )
    record_audit(by=by, kind=AuditKind.SURVEY_LINK_MADE, about=link, reason=wave)
    return link, token


@transaction.atomic
def make_links(
    *, dues: Sequence[Asked], session: Session, by: User, now: dt.datetime
) -> list[tuple[SurveyPass, str]]:
    """Make a link for each of these, all or none, in their order; see `make_link`."""
    if len(dues) > MOST_TURNS:
        raise RecordError(TOO_MANY)
    return [
        make_link(
            person=due.person, measure=due.measure, wave=due.wave, session=session, by=by, now=now
        )
        for due in dues
    ]


@transaction.atomic
def close_link(*, link: SurveyPass, by: User, now: dt.datetime) -> None:
    """Let nobody use a link any more; what was answered stands. Again it changes nothing.

    Raises PermissionDenied where the user may not ask this person.
    """
    if not can_ask(by, _root(link.participant)):
        raise PermissionDenied
    found = SurveyPass.objects.select_for_update().get(pk=link.pk)
    if found.ended_at is None:
        _close(found, by, now)


@transaction.atomic
def hand_over(
    *,
    session: Session,
    dues: Sequence[Asked],
    by: User,
    now: dt.datetime,
    language: str = "en-gb",
) -> tuple[Kiosk, str]:
    """Make a tablet that opens these turns, in this order, for an hour; return it with its token.

    Somebody who waits for a turn at another tablet waits at this one from now on.

    Raises:
        PermissionDenied: the session or one of the people is not the user's to ask.
        RecordError: nobody or too many were chosen, consent is missing, or one of them answers on
            another tablet at this moment.
    """
    if not Session.objects.visible_to(by).filter(pk=session.pk).exists():
        raise PermissionDenied
    chosen = _once(dues)
    people = [_root(due.person) for due in chosen]
    _check(by, people, [due.measure for due in chosen])
    _lock(people)
    for due in chosen:
        _leave_other_tablets(due, now)
    token = new_token()
    kiosk = Kiosk.objects.create(
        session=session,
        token_hash=hash_of(token),
        handed_over_by=by,
        handed_over_at=now,
        expires_at=now + KIOSK_LASTS,
    )
    SurveyPass.objects.bulk_create(
        _turn(kiosk, due, position, language) for position, due in enumerate(chosen, 1)
    )
    reason = f"{len(chosen)} turns"
    record_audit(by=by, kind=AuditKind.SURVEY_HANDED_OVER, about=kiosk, reason=reason)
    return kiosk, token


@transaction.atomic
def open_turn(*, turn: SurveyPass, now: dt.datetime) -> SurveyPass:
    """Somebody begins, by their link or at the tablet. Again it changes nothing.

    Raises PassEndedError where the pass, its tablet or the consent has ended.
    """
    turn = _locked(turn)
    if not turn.is_open(now) or (turn.kiosk is not None and not turn.kiosk.is_open(now)):
        raise PassEndedError
    if not may([turn.participant_id], Purpose.SURVEYS):
        raise PassEndedError
    if turn.opened_at is None:
        turn.opened_at = now
        turn.save(update_fields=["opened_at"])
    return turn


@transaction.atomic
def end_turn(*, turn: SurveyPass, now: dt.datetime) -> None:
    """A turn was left, or a link's answers are finished: it opens nothing any more.

    With the last of its turns the tablet ends. Again it changes nothing.
    """
    turn = _locked(turn)
    if turn.ended_at is None:
        turn.ended_at = now
        turn.save(update_fields=["ended_at"])
    if turn.kiosk is not None and next_turn(turn.kiosk, now) is None:
        end_kiosk(kiosk=turn.kiosk, now=now)


@transaction.atomic
def take_back(*, kiosk: Kiosk, by: User, now: dt.datetime) -> bool:
    """End a tablet and what is left of its turns; whether it was still open.

    Raises PermissionDenied where its session is not the user's.
    """
    if not Kiosk.objects.visible_to(by).filter(pk=kiosk.pk).exists():
        raise PermissionDenied
    was_open = end_kiosk(kiosk=kiosk, now=now)
    if was_open:
        record_audit(by=by, kind=AuditKind.SURVEY_TAKEN_BACK, about=kiosk)
    return was_open


@transaction.atomic
def end_kiosk(*, kiosk: Kiosk, now: dt.datetime) -> bool:
    """Let a tablet's cookie open nothing any more; whether it still did."""
    ended = Kiosk.objects.filter(pk=kiosk.pk, ended_at=None).update(ended_at=now)
    SurveyPass.objects.filter(kiosk=kiosk, ended_at=None).update(ended_at=now)
    return bool(ended)


def new_token() -> str:
    """A word for a secret: 43 characters, 256 random bits."""
    return secrets.token_urlsafe(32)


def _check(by: User, people: Sequence[Participant], measures: Collection[Measure]) -> None:
    if not people:
        raise RecordError(NOBODY)
    if len(people) > MOST_TURNS:
        raise RecordError(TOO_MANY)
    if not can_ask(by, *people):
        raise PermissionDenied
    if any(measure.ended_at is not None for measure in measures):
        raise RecordError(NOT_ASKED)
    agreed = may([person.pk for person in people], Purpose.SURVEYS)
    for person in people:
        if person.pk not in agreed:
            raise RecordError(NO_CONSENT.format(name=person.given_name))


def _once(dues: Sequence[Asked]) -> list[Asked]:
    """Each of them once, in the order chosen, of those that young people answer themselves."""
    by_what = {
        (_root(due.person).pk, due.measure.pk, due.wave): due
        for due in dues
        if due.measure.respondent == RespondentKind.SELF
    }
    return list(by_what.values())


def _leave_other_tablets(due: Asked, now: dt.datetime) -> None:
    person = _root(due.person)
    for turn in _same_wave(person, due.measure, due.wave).filter(kiosk__isnull=False):
        if turn.opened_at is not None and turn.is_open(now):
            raise RecordError(ELSEWHERE.format(name=person.given_name))
        end_turn(turn=turn, now=now)


def _turn(kiosk: Kiosk, due: Asked, position: int, language: str) -> SurveyPass:
    return SurveyPass(
        participant=_root(due.person),
        measure=due.measure,
        wave=Wave(due.wave),
        channel=Channel.KIOSK,
        kiosk=kiosk,
        position=position,
        session=kiosk.session,
        language=language,
        made_by=kiosk.handed_over_by,
        made_at=kiosk.handed_over_at,
        expires_at=kiosk.expires_at,
    )


def _same_wave(person: Participant, measure: Measure, wave: str) -> QuerySet[SurveyPass]:
    return SurveyPass.objects.select_for_update(of=("self",)).filter(
        participant__in=records_of(person), measure=measure, wave=wave, ended_at=None
    )


def _close(link: SurveyPass, by: User, now: dt.datetime) -> None:
    link.ended_at = now
    link.save(update_fields=["ended_at"])
    record_audit(by=by, kind=AuditKind.SURVEY_LINK_CLOSED, about=link)


def _locked(turn: SurveyPass) -> SurveyPass:
    passes = SurveyPass.objects.select_for_update(of=("self",))
    return passes.select_related("kiosk", "participant", "measure").get(pk=turn.pk)


def _lock(people: Sequence[Participant]) -> None:
    """Whoever asks one of them at the same moment waits; in one order, so that nobody locks up."""
    ids: list[UUID] = sorted(person.pk for person in people)
    rows = Participant.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    list(rows.values_list("pk"))


def _root(person: Participant) -> Participant:
    return person.merged_into or person
