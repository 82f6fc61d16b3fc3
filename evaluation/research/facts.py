"""What an extract is made from: plain facts about people who agreed, by a key of their record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from evaluation.instruments.definition import Definition


@dataclass(frozen=True)
class PersonFacts:
    """One person: values as they lie in the record, and what they attended in the period.

    `age` in whole years at the first attendance of the period, `hub` where they attended most.
    """

    key: UUID
    age: int | None
    gender: str
    ethnicity: str
    imd_decile: int | None
    hub: str
    special_needs: str
    disadvantages: tuple[str, ...]
    sessions: int
    minutes: int


@dataclass(frozen=True)
class MonthFacts:
    """One person in one month: sessions attended, and minutes in all."""

    key: UUID
    month: str
    sessions: int
    minutes: int


@dataclass(frozen=True)
class ScoreFacts:
    """One score, with the band that it falls into; None where too little was answered."""

    score: str
    value: float | None
    band: str


@dataclass(frozen=True)
class ResponseFacts:
    """One finished set of answers. `weeks` are whole weeks since the person's baseline."""

    key: UUID
    instrument: str
    version: int
    respondent: str
    wave: str
    month: str
    weeks: int | None
    channel: str
    assistance: str
    answers: Mapping[str, int]
    skipped: tuple[str, ...]
    scores: tuple[ScoreFacts, ...]


@dataclass(frozen=True)
class Facts:
    """Everything of one moment. Responses of a person stand in the order of their finishing."""

    people: tuple[PersonFacts, ...]
    months: tuple[MonthFacts, ...]
    responses: tuple[ResponseFacts, ...]
    definitions: tuple[Definition, ...]

    def of(self, keys: Collection[UUID]) -> Facts:
        """The same, of some of the people only."""
        return replace(
            self,
            people=tuple(each for each in self.people if each.key in keys),
            months=tuple(each for each in self.months if each.key in keys),
            responses=tuple(each for each in self.responses if each.key in keys),
        )
