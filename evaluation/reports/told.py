"""What young people told, for a report: outcomes, quotes and feedback after sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from activities.models import Mood
from activities.queries.feedback import feedback_of
from evaluation.models import Audience, Measure, QuoteUse
from evaluation.queries.outcomes import Asked as AskedOfOutcomes
from evaluation.queries.outcomes import outcomes_of, outcomes_of_each, settled
from evaluation.queries.quotes import usable
from evaluation.reports.asked import Asked
from evaluation.reports.body import TOTAL, Column, Line, table
from evaluation.reports.outcomes import Grid, Section, hub_sections_of, sections_of

# A report says what a board asks for first; the pages of outcomes have the rest.
_SAID = frozenset({"who", "change", "directions", "bands", "reliable", "lost", "quality"})
MOST_QUOTES = 12


def outcomes(asked: Asked) -> list[dict[str, Any]]:
    """What changed by each measure of the programmes: {"heading", "facts", "tables", "notes"}.

    Of one hub or of all: of some hubs together nothing is worked out. A hub's own staff read
    rounded totals, as they do on its page.
    """
    if len(asked.hubs) > 1:
        return []
    measures = Measure.objects.filter(programme__in=asked.programmes)
    found = measures.select_related("programme", "instrument").order_by(
        "programme__name", "-is_primary", "instrument__name", "respondent"
    )
    by_programme: dict[int, list[Measure]] = {}
    for measure in found:
        by_programme.setdefault(measure.programme_id, []).append(measure)
    return [
        said
        for measures_ in by_programme.values()
        for measure, sections in zip(measures_, _sections(measures_, asked), strict=True)
        for said in _of_measure(measure, sections)
    ]


def _of_measure(measure: Measure, sections: Iterable[Section]) -> Iterator[dict[str, Any]]:
    for section in sections:
        yield {
            "heading": f"{measure.instrument.name}: {section.title}",
            "facts": [{"label": "Answered by", "text": str(measure.get_respondent_display())}],
            "tables": [
                _grid(grid, f"outcome_{section.id}_{at}")
                for at, grid in enumerate(section.grids, start=1)
            ],
            "notes": [str(words) for words in section.words],
        }


def _sections(measures: Sequence[Measure], asked: Asked) -> list[list[Section]]:
    """The sections of each measure of a programme."""
    hub = asked.hubs[0] if asked.hubs else None
    wanted = [AskedOfOutcomes(each, asked.first_day, asked.last_day, hub) for each in measures]
    if hub is None:
        found = outcomes_of_each(wanted)
        return [[said for said in sections_of(each) if said.id in _SAID] for each in found]
    return [_of_hub(each, asked) for each in wanted]


def _of_hub(wanted: AskedOfOutcomes, asked: Asked) -> list[Section]:
    until = settled(wanted) if asked.audience == Audience.HUB else wanted
    return hub_sections_of(outcomes_of(until)) if until else []


def _grid(grid: Grid, id_: str) -> dict[str, Any]:
    """A table of texts; its first column names the rows."""
    columns = [
        Column(f"column_{at}", heading, "text")
        for at, heading in enumerate(grid.headings[1:], start=1)
    ]
    lines = [Line(str(at), row[0], row[1:]) for at, row in enumerate(grid.rows, start=1)]
    return table(id_, grid.caption, grid.headings[0], columns, lines)


def quotes(asked: Asked) -> list[dict[str, str]]:
    """Words that may stand in reports, the newest first: {"text", "who"}."""
    hubs = set(asked.hubs)
    found = [
        quote
        for programme in asked.programmes
        for quote in usable(QuoteUse.REPORTS, programme=programme)
        if asked.first_day <= quote.said_on <= asked.last_day and (not hubs or quote.hub in hubs)
    ]
    found.sort(key=lambda quote: (quote.said_on, str(quote.pk)), reverse=True)
    return [{"text": quote.words, "who": quote.attribution} for quote in found[:MOST_QUOTES]]


def feedback(asked: Asked) -> list[dict[str, Any]]:
    """How sessions were, by five faces, where enough answered; nothing where nobody did.

    Only of every hub.
    """
    if asked.hubs:
        return []
    all_ = [
        feedback_of(programme, asked.first_day, asked.last_day) for programme in asked.programmes
    ]
    moods: Counter[Mood] = Counter()
    for each in all_:
        moods.update(each.moods)
    lines = [Line(str(mood.value), str(mood.label), (moods[mood],)) for mood in reversed(Mood)]
    total = Line("total", TOTAL, (sum(each.n for each in all_),), "total")
    left_out = sum(each.left_out for each in all_)
    if not total.values[0] and not left_out:
        return []
    note = "Anonymous answers after sessions. Somebody may answer after each session they come to."
    if left_out:
        note += f" Sessions with too few answers to tell, left out: {left_out}."
    columns = [Column("answers", "Answers", "answers")]
    return [
        table("feedback", "How sessions were", "How it was", columns, [*lines, total], note=note)
    ]
