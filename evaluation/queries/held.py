"""What is held here about a person, for a copy of their data.

`PARTS` has one function for each table that leads to a person, `LEFT_OUT` says of the others why
they stay out; `tests/structure/test_subject_access.py` holds them against the tables there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from activities.models import LONDON, Skill
from evaluation.models import (
    ExternalScore,
    Pseudonym,
    Quote,
    QuoteUse,
    RespondentKind,
    Response,
    SurveyPass,
)
from participants.handlers import Held
from participants.sections import Section

Ids = Collection[UUID]


def held_about(ids: Ids) -> list[Held]:
    """Everything about one person, by every record of theirs. One query a table."""
    return [held for part in PARTS.values() for held in part(ids)]


def _responses(ids: Ids) -> Iterator[Held]:
    rows = Response.objects.filter(participant__in=ids).order_by("started_at")
    for row in rows.select_related("measure__instrument", "hub"):
        data = {
            "Instrument": str(row.measure.instrument),
            "Who answered": row.measure.get_respondent_display(),
            "When in their time with us": row.get_wave_display(),
            "By which way": row.get_channel_display(),
            "How": row.get_assistance_display(),
            "Hub": str(row.hub or ""),
            "Language": row.language,
            "Started": _moment(row.started_at),
            "Finished": _moment(row.finished_at),
            "Set aside": row.set_aside_why,
            **{f"Answer to {item}": value for item, value in sorted(row.answers.items())},
            "Passed over": ", ".join(row.skipped),
        }
        held = _held("evaluation.Response", row.pk, "Answers to a survey", data)
        is_own = row.measure.respondent == RespondentKind.SELF
        yield replace(held, is_promised=is_own)


def _passes(ids: Ids) -> Iterator[Held]:
    rows = SurveyPass.objects.filter(participant__in=ids).order_by("made_at")
    for row in rows.select_related("measure__instrument"):
        data = {
            "Instrument": str(row.measure.instrument),
            "When in their time with us": row.get_wave_display(),
            "By which way": row.get_channel_display(),
            "Made": _moment(row.made_at),
            "Opened": _moment(row.opened_at),
            "Works until": _moment(row.expires_at),
            "Ended": _moment(row.ended_at),
        }
        yield _held("evaluation.SurveyPass", row.pk, "Leave to answer a survey", data)


def _external_scores(ids: Ids) -> Iterator[Held]:
    rows = ExternalScore.objects.filter(participant__in=ids).order_by("scored_on")
    for row in rows.select_related("programme"):
        data = {
            "Tool": row.tool,
            "Scale": row.scale,
            "Value": str(row.value),
            "Date": row.scored_on.isoformat(),
            "Programme": str(row.programme),
        }
        yield _held("evaluation.ExternalScore", row.pk, "Score from another tool", data)


def _quotes(ids: Ids) -> Iterator[Held]:
    rows = Quote.objects.filter(participant__in=ids).order_by("said_on")
    for row in rows.select_related("hub", "activity"):
        data = {
            "Kind": row.get_kind_display(),
            "Words": row.words,
            "Signed as": row.attribution,
            "Skills": ", ".join(str(Skill(skill).label) for skill in row.skills),
            "Hub": str(row.hub),
            "Activity": str(row.activity or ""),
            "May be used": ", ".join(str(QuoteUse(use).label) for use in row.uses),
            "Date": row.said_on.isoformat(),
            "Taken out": _moment(row.taken_out_at),
        }
        yield _held("evaluation.Quote", row.pk, "Their words", data, names_others=True)


def _pseudonyms(ids: Ids) -> Iterator[Held]:
    rows = Pseudonym.objects.filter(participant__in=ids).order_by("made_at")
    for row in rows.select_related("study"):
        # The word itself would let whoever holds this copy find them in the study's files.
        data = {
            "Study": row.study.title,
            "Called there": "By a random word, never by their name",
            "Since": _moment(row.made_at),
        }
        yield _held("evaluation.Pseudonym", row.pk, "Part of a study", data)


def _held(
    label: str, pk: UUID, title: str, data: dict[str, Any], *, names_others: bool = False
) -> Held:
    key = f"{label}:{pk}"
    return Held(
        key=key, section=Section.OUTCOMES.value, title=title, data=data, names_others=names_others
    )


def _moment(at: dt.datetime | None) -> str:
    return at.astimezone(LONDON).isoformat(timespec="seconds") if at else ""


PARTS: dict[str, Callable[[Ids], Iterator[Held]]] = {
    "evaluation.Response": _responses,
    "evaluation.SurveyPass": _passes,
    "evaluation.ExternalScore": _external_scores,
    "evaluation.Quote": _quotes,
    "evaluation.Pseudonym": _pseudonyms,
}
LEFT_OUT: dict[str, str] = {
    "evaluation.SecondKeying": "The same answers, keyed in once more from the same paper.",
    "evaluation.Extract": "Figures about many people; which studies they are part of is listed.",
    "evaluation.Extract_held": "Which files of a study that is listed held their rows.",
}
