"""What one person answered, for who may read their outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.instruments.definition import Definition, Score
from evaluation.models import ExternalScore, Response
from evaluation.queries.instruments import definition_of
from evaluation.scoring import ScoreValue, score
from participants.models import Participant
from participants.queries.records import records_of


@dataclass(frozen=True)
class Scored:
    """One finished set of answers with its scores."""

    response: Response
    definition: Definition
    scores: list[tuple[Score, ScoreValue]]


@dataclass(frozen=True)
class Answers:
    """Everything that somebody answered, the newest first, and scores from other tools."""

    finished: list[Scored]
    unfinished: list[Response]
    external: list[ExternalScore]


def answers_of(person: Participant) -> Answers:
    """What a root person answered, by any of their records. Three queries."""
    records = records_of(person)
    responses = Response.objects.filter(participant__in=records).select_related(
        "measure__instrument", "hub", "entered_by", "set_aside_by"
    )
    rows = list(responses.order_by("-started_at", "-pk"))
    external = ExternalScore.objects.filter(participant__in=records)
    return Answers(
        finished=[_scored(row) for row in rows if row.finished_at],
        unfinished=[row for row in rows if not row.finished_at],
        external=list(external.select_related("programme", "recorded_by")),
    )


def _scored(response: Response) -> Scored:
    definition = definition_of(response.measure.instrument)
    values = score(definition, response.answers)
    return Scored(response, definition, [(one, values[one.id]) for one in definition.scores])
