"""Search in words as people type them: without accents, by the beginnings of words, misspelt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import (
    F,
    FloatField,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThanOrEqual, Regex

from activities.models import Activity, ActivityQuerySet, Session
from activities.queries.other_words import bare_words, in_english

MOST_WORDS = 6
# Shares of common groups of three letters (pg_trgm): "bocksing" and "boxing" have 0.33.
LEAST_LIKENESS = 0.33
NEAR_THE_BEST = 0.95
TEXT = TextField()


@dataclass(frozen=True)
class Word:
    """A word of a search; `likeness` (0 to 1) is of what comes nearest to it anywhere."""

    text: str
    is_known: bool
    likeness: float

    @property
    def means_nothing(self) -> bool:
        """Whether nothing is even spelt like it."""
        return not self.is_known and self.likeness < LEAST_LIKENESS


def words_of(search: str) -> list[str]:
    """The first few different words of a search, bare, and in English where we know them."""
    return list(dict.fromkeys(in_english(word) for word in bare_words(search)))[:MOST_WORDS]


def _joined(*parts: Combinable) -> Func:
    return Func(Value(" "), *parts, function="concat_ws", output_field=TEXT)


def _searchable(part: Combinable) -> Func:
    return Func(part, function="portal_searchable", output_field=TEXT)


NAMES = _joined(F("hub__name"), F("hub__ward__name"), F("partner__name"))
EVERYTHING = _joined(F("search_text"), _searchable(NAMES))


def _begins_with(word: str) -> Regex:
    """Whether a word begins so. Words are letters and digits, so nothing has to be escaped."""
    pattern = Func(Value(r"\m"), _searchable(Value(word)), function="concat", output_field=TEXT)
    return Regex(EVERYTHING, pattern)


def _likeness(word: str) -> Func:
    like = _searchable(Value(word)), EVERYTHING
    return Func(*like, function="word_similarity", output_field=FloatField())


def how_known(word: str, now: dt.datetime) -> QuerySet[Activity, tuple[str, str, str, str]]:
    """One row of text: "word", the word, whether it stands anywhere, and the best likeness.

    Asks activities of which a list can show a session: what is hidden must not be guessed.
    """
    known, best = BoolOr(_begins_with(word)), Max(_likeness(word))
    rows = _shown(now).order_by().values(of=Value("word", TEXT))
    return rows.annotate(
        word=Value(word, TEXT),
        known=Cast(Coalesce(known, Value(value=False)), TEXT),
        best=Cast(Coalesce(best, Value(0.0)), TEXT),
    ).values_list("of", "word", "known", "best")


def _shown(now: dt.datetime) -> ActivityQuerySet:
    """The last session of each stands in an index; `Exists` would read all sessions."""
    listed = Session.objects.public().listed(now).filter(activity=OuterRef("pk"))
    last = Subquery(listed.order_by("-starts_at").values("starts_at")[:1])
    return Activity.objects.public().alias(last=last).filter(last__isnull=False)


def speaks_of(words: list[Word]) -> Q:
    """Sessions of activities in which every word stands, or else what is spelt most like it."""
    found = Activity.objects.public().order_by()
    for word in words:
        if word.means_nothing:
            return Q(activity__in=[])
        found = found.filter(_begins_with(word.text) if word.is_known else _is_like(word))
    return Q(activity__in=found.values("pk"))


def _is_like(word: Word) -> GreaterThanOrEqual:
    least = max(LEAST_LIKENESS, word.likeness * NEAR_THE_BEST)
    return GreaterThanOrEqual(_likeness(word.text), Value(least))
