"""Reads of what young people said after sessions, and of what came of it.

Nobody gives a name, but where three people answered a mood can be somebody's: how answers are
spread is told of sessions with at least `SHOWN_FROM` answers only, and every total is one of those
sessions. Otherwise a total less what is shown would tell of the small ones.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from activities.models import (
    Feedback,
    Mood,
    NextWish,
    Programme,
    SaidDid,
    SaidDidText,
    Session,
    SessionQuerySet,
    Suggestion,
    SuggestionState,
)
from hubs.models import Hub
from hubs.wording import Edition, edition_of, put_into_words

OPEN_FOR = dt.timedelta(days=3)
SHOWN_FROM = 5
# On a hub's own page; the others are one tap away.
LATEST = 3
# Whom to show the code now: sessions that are on, or ended this lately.
JUST_OVER = dt.timedelta(hours=3)
MOST_TO_ASK = 12
WHOLE = 100


class Opening(StrEnum):
    """Whether people can say how a session was."""

    OPEN = "open"
    EARLY = "early"
    LATE = "late"
    CANCELLED = "cancelled"


def opening_of(session: Session, now: dt.datetime) -> Opening:
    """Open from the start to three days after the end; of what is cancelled never."""
    if session.is_cancelled:
        return Opening.CANCELLED
    if now < session.starts_at:
        return Opening.EARLY
    return Opening.OPEN if now < session.ends_at + OPEN_FOR else Opening.LATE


@dataclass(frozen=True)
class Bar:
    """One answer, how many gave it, and the length of its bar, 0 to 100."""

    value: str
    label: str
    count: int
    length: int


@dataclass(frozen=True)
class Spread:
    """How answers are spread. Without bars where too few answered to tell."""

    n: int
    moods: tuple[Bar, ...] = ()
    wishes: tuple[Bar, ...] = ()

    @property
    def is_shown(self) -> bool:
        return bool(self.moods)


@dataclass(frozen=True)
class SessionAnswers:
    """A session with activity and hub, and what was said after it."""

    session: Session
    spread: Spread


@dataclass(frozen=True)
class Totals:
    """All answers of sessions that had enough, and how many sessions with answers had too few."""

    spread: Spread
    sessions: int
    left_out: int


@dataclass(frozen=True)
class FeedbackTotals:
    """Answers by mood over a period: `n` in all, of `sessions` sessions.

    `left_out` sessions had answers, but fewer than `SHOWN_FROM`; none of theirs is counted.
    """

    moods: Mapping[Mood, int]
    n: int
    sessions: int
    left_out: int


def feedback_of(programme: Programme, first_day: dt.date, last_day: dt.date) -> FeedbackTotals:
    """How sessions of a programme were, on Europe/London dates, both included. Two queries."""
    sessions = Session.objects.filter(activity__programme=programme).between(first_day, last_day)
    totals = totals_of(sessions)
    counts = {Mood(int(bar.value)): bar.count for bar in totals.spread.moods}
    moods = {mood: counts.get(mood, 0) for mood in Mood}
    return FeedbackTotals(moods, totals.spread.n, totals.sessions, totals.left_out)


def answered(sessions: SessionQuerySet) -> SessionQuerySet:
    """Those with answers, each with their counts and with activity and hub; the latest first."""
    counted = sessions.annotate(answers=Count("feedback"), **_counts("feedback__"))
    return (
        counted.filter(answers__gt=0).select_related("activity__hub").order_by("-starts_at", "pk")
    )


def answers_of(session: Session) -> SessionAnswers:
    """What was said after a session that comes from `answered`, or after one of which none was."""
    n = getattr(session, "answers", 0)
    return SessionAnswers(session, _spread(n, vars(session)) if n >= SHOWN_FROM else Spread(n))


def totals_of(sessions: SessionQuerySet) -> Totals:
    """What was said after sessions that had enough answers. Two queries."""
    counted = sessions.annotate(answers=Count("feedback")).order_by()
    enough = counted.filter(answers__gte=SHOWN_FROM)
    found = Feedback.objects.filter(session__in=enough.values("pk")).aggregate(
        answers=Count("pk"), sessions=Count("session", distinct=True), **_counts("")
    )
    few = counted.filter(answers__gt=0, answers__lt=SHOWN_FROM).count()
    n = found["answers"]
    return Totals(_spread(n, found) if n else Spread(0), found["sessions"], few)


def _counts(path: str) -> dict[str, Count]:
    moods = {f"mood_{mood.value}": Q(**{f"{path}mood": mood}) for mood in Mood}
    wishes = {f"wish_{wish.value}": Q(**{f"{path}wish": wish}) for wish in NextWish}
    return {name: Count(f"{path}pk", filter=each) for name, each in (moods | wishes).items()}


def _spread(n: int, counts: Mapping[str, Any]) -> Spread:
    """The best mood first, and the wishes in the order of their list."""
    return Spread(
        n,
        tuple(_bar(mood, counts[f"mood_{mood.value}"], n) for mood in reversed(Mood)),
        tuple(_bar(wish, counts[f"wish_{wish.value}"], n) for wish in NextWish),
    )


def _bar(choice: Mood | NextWish, count: int, n: int) -> Bar:
    return Bar(str(choice.value), str(choice.label), count, round(WHOLE * count / n))


def to_ask_now(user: User, now: dt.datetime) -> list[Session]:
    """Sessions that are on or ended lately, whose code can be shown to who was there."""
    sessions = Session.objects.public().visible_to(user, now)
    lately = sessions.filter(
        starts_at__lte=now, ends_at__gt=now - JUST_OVER, cancelled_at__isnull=True
    )
    return list(lately.for_listing()[:MOST_TO_ASK])


def suggestions_for(user: User, state: str, hub: Hub | None = None) -> QuerySet[Suggestion]:
    """Suggestions in a state, with hub, session and answer; the oldest first where they wait.

    Those whose words were deleted on time are left out.
    """
    found = Suggestion.objects.visible_to(user).filter(state=state).exclude(words="")
    if hub:
        found = found.filter(hub=hub)
    order = "sent_at" if state == SuggestionState.WAITING else "-sent_at"
    related = "hub", "session__activity", "answer", "decided_by"
    return found.select_related(*related).order_by(order, "pk")


def said_and_done(
    hub: Hub, now: dt.datetime, edition: Edition, most: int | None = None
) -> list[SaidDid]:
    """What a hub says in public that it did, the latest first. One query, two if not in English."""
    rows = list(SaidDid.objects.public(now).filter(hub=hub)[:most])
    put_into_words(rows, SaidDidText, "said_did", edition)
    return rows


@dataclass(frozen=True)
class EditionState:
    """An edition other than plain English, and its words where there are some."""

    code: str
    name: str
    text: SaidDidText | None


def edition_states(said_did: SaidDid) -> list[EditionState]:
    """Every edition that words can be put into. One query."""
    texts = {(each.language, each.variant): each for each in said_did.texts.all()}
    return [
        EditionState(code, name, texts.get((each.language, each.variant)))
        for code, name in settings.LANGUAGES
        if not (each := edition_of(code)).is_source
    ]


def fingerprint_of(thing: SaidDid | SaidDidText) -> str:
    """SHA-256 of both sentences as hexadecimal digits: another one once a letter changes."""
    return sha256(json.dumps([thing.said, thing.did]).encode()).hexdigest()


def waiting(user: User) -> int:
    """How many suggestions nobody has decided about yet."""
    return suggestions_for(user, SuggestionState.WAITING).count()


def chosen_suggestions(user: User, ids: Iterable[str]) -> list[Suggestion]:
    """The suggestions of these ids that the user may read; what is no id is left out."""
    known = Suggestion.objects.visible_to(user).exclude(words="").select_related("hub")
    wanted = set(ids)
    return [each for each in known.filter(state__in=OPEN_STATES) if str(each.pk) in wanted]


# What was put away is answered by nothing.
OPEN_STATES = (SuggestionState.WAITING, SuggestionState.KEPT)
