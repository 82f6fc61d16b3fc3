"""What an instrument is: items with their ranges, scores, bands, norms and where they are from.

A definition is one version of one instrument and carries no wording; wordings are kept apart,
because most of them are somebody else's. Items are always named by their ids, never by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Respondent(StrEnum):
    """Who answers."""

    SELF = "self"
    STAFF = "staff"
    CARER = "carer"


class Method(StrEnum):
    """How items become a score.

    ITEM: one item by itself. SUM and MEAN: of the items answered, reversed where an item says so;
    where fewer than all are answered a sum is prorated only if the owner's rule says that some may
    be missing. TABLE: the raw sum is looked up.
    """

    ITEM = "item"
    SUM = "sum"
    MEAN = "mean"
    TABLE = "table"


class Direction(StrEnum):
    """Which end of a score is the better one."""

    HIGHER = "higher"
    LOWER = "lower"


class Scale(StrEnum):
    """What answers look like."""

    FACES = "faces"
    WORDS = "words"
    NUMBERS = "numbers"


@dataclass(frozen=True)
class Item:
    """One question: its id, the lowest and highest answer, and whether it counts turned round.

    `min_age` in whole years, where only older ones are asked; `subscale` where it belongs to one.
    """

    id: str
    low: int
    high: int
    reverse: bool = False
    subscale: str = ""
    min_age: int | None = None


@dataclass(frozen=True)
class Band:
    """A range of a score with a name; both ends included, in the score's own units."""

    id: str
    label: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Norm:
    """Mean and standard deviation of a population, with its source.

    `functional` marks the one that reliable change takes as its functional population.
    """

    population: str
    mean: Decimal
    sd: Decimal
    source: str
    functional: bool = False


@dataclass(frozen=True)
class Score:
    """One score: of which items, how, and what it means.

    `minimum_answered` of the items are needed, or there is no score. `table` maps raw sums to
    scores. `reliability` is Cronbach's alpha or a test-retest correlation, with its source.
    One that `is_check` says how far the answers can be believed, and is no outcome.
    """

    id: str
    label: str
    items: tuple[str, ...]
    method: Method
    minimum_answered: int
    low: Decimal
    high: Decimal
    direction: Direction = Direction.HIGHER
    decimals: int = 0
    table: Mapping[int, Decimal] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    norms: tuple[Norm, ...] = ()
    reliability: Decimal | None = None
    reliability_source: str = ""
    is_check: bool = False


@dataclass(frozen=True)
class Form:
    """One way of putting the questions: for whom, for which ages (both included), in which edition.

    Answers to different forms of one instrument and respondent are comparable by design; `edition`
    is "en-gb" or "en-easy" for forms of our own, and is told by the wording otherwise.
    Where several fit somebody, the first in the file is meant.
    """

    id: str
    respondent: Respondent
    min_age: int
    max_age: int
    scale: Scale = Scale.WORDS
    edition: str = "en-gb"
    label: str = ""


@dataclass(frozen=True)
class Definition:
    """One version of one instrument.

    `weeks` is the least time between a baseline and its follow-up. `has_wording` says whether the
    product ships its words (only its own); `needs_terms` whether a named person accepts the
    owner's terms before wording comes in. `is_programme_made` marks what nobody has validated.
    `is_off` marks what is not offered unless somebody switches it on.
    """

    id: str
    version: int
    name: str
    owner: str
    citation: str
    licence: str
    min_age: int
    max_age: int
    weeks: int
    items: tuple[Item, ...]
    scores: tuple[Score, ...]
    forms: tuple[Form, ...]
    has_wording: bool = False
    needs_terms: bool = False
    terms: str = ""
    is_programme_made: bool = False
    is_off: bool = False
    source: str = ""

    def item(self, item_id: str) -> Item:
        """The item of an id; KeyError where there is none."""
        return {item.id: item for item in self.items}[item_id]

    def score(self, score_id: str) -> Score:
        """The score of an id; KeyError where there is none."""
        return {score.id: score for score in self.scores}[score_id]
