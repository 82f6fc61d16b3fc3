"""Outcomes in words, tables and drawings: every number of a drawing stands in its table too."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from evaluation import analysis, statistics
from evaluation.instruments.definition import Direction
from evaluation.queries.keying import Agreement
from evaluation.queries.outcomes import Asked, Flow, Outcomes, Quality, Share
from evaluation.reports.numbers import NOTHING, estimate, nearest_five, p_value, signed
from evaluation.reports.outcome_charts import (
    Interval,
    Part,
    Step,
    Twin,
    flow_chart,
    interval_chart,
    parts_chart,
    twin_chart,
)
from evaluation.reports.outcomes import (
    Section,
    headline_of,
    hub_sections_of,
    rounded_headline_of,
    sections_of,
)
from tests.evaluation.test_analysis import AFTER, BANDS, BEFORE, outcome, score

SVG = "{http://www.w3.org/2000/svg}"
FORBIDDEN = re.compile(r"\b(caused?|improved by|because of|thanks to|impact|significant)\b|\*")


def made(*scores: analysis.ScoreOutcome, **fields: Any) -> Outcomes:
    flow = Flow(
        reached=40, of_age=30, age_unknown=2, consented=25, baseline=20, due=16, pairs=12, early=1,
        lost=4, attrition=statistics.wilson_interval(4, 16),
    )  # fmt: skip
    quality = Quality(
        responses=32, items=64, missing=3, assistance=(Share("Alone", 30), Share("Helped", 2)),
        channels=(Share("On paper", 32),), late_baselines=1, unfinished=2, set_aside=1,
        without_consent=2, weeks=13.0,
    )  # fmt: skip
    definition: Any = type("Definition", (), {"min_age": 5, "max_age": 18, "weeks": 12})
    measure: Any = None
    defaults: dict[str, Any] = {
        "asked": Asked(measure, dt.date(2019, 1, 1), dt.date(2019, 12, 31)),
        "definition": definition, "flow": flow, "scores": scores, "quality": quality,
        "compared": (analysis.compare("Age", np.array(BEFORE), np.array(AFTER)),),
    }  # fmt: skip
    return Outcomes(**(defaults | fields))


def by_id(outcomes: Outcomes) -> dict[str, Section]:
    return {section.id: section for section in sections_of(outcomes)}


def texts(section: Section) -> list[str]:
    cells = [cell for grid in section.grids for row in grid.rows for cell in row]
    return [section.title, *section.words, *cells]


def banded() -> analysis.ScoreOutcome:
    return outcome(
        BEFORE,
        AFTER,
        score=score(bands=BANDS, reliability=Decimal("0.8"), reliability_source="A paper"),
    )


# --- Numbers ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "text"),
    [(0.314, "+0.31"), (-0.1, "\u22120.10"), (0.001, "0.00"), (-0.001, "0.00"), (None, NOTHING)],
)
def test_a_change_has_a_sign_and_nought_has_none(value: float | None, text: str) -> None:
    assert signed(value) == text


def test_an_estimate_without_an_interval_says_only_itself() -> None:
    assert estimate(0.3, None, None) == "+0.30"
    assert estimate(0.3, 0.1, 0.5) == "+0.30 (+0.10 to +0.50)"


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "< 0.001"), (0.0495, "0.050"), (1.0, "1.000"), (None, NOTHING)]
)
def test_probabilities_have_three_places(p: float | None, text: str) -> None:
    assert p_value(p) == text


# --- Sections -----------------------------------------------------------------------------------
def test_every_part_is_there_where_there_is_something_to_say() -> None:
    assert list(by_id(made(banded()))) == [
        "who", "change", "directions", "bands", "reliable", "low", "dose", "groups", "hubs",
        "lost", "quality",
    ]  # fmt: skip


def test_without_enough_pairs_only_the_flow_and_the_quality_are_told() -> None:
    few = outcome(BEFORE[:9], AFTER[:9])
    assert list(by_id(made(few))) == ["who", "lost", "quality"]
    assert headline_of(few).endswith(
        "9 young people answered before and after. Figures are shown from 10."
    )


def test_nothing_says_why_and_nothing_has_stars() -> None:
    for section in sections_of(made(banded())):
        for text in texts(section):
            assert not FORBIDDEN.search(text), text


def test_deteriorated_is_always_shown() -> None:
    grid = by_id(made(banded()))["reliable"].grids[0]
    assert "Deteriorated" in grid.headings
    found = banded().reliable
    assert found is not None
    at = grid.headings.index("Deteriorated")
    assert grid.rows[0][at].startswith(f"{found.deteriorated} (")


def test_without_a_reliability_the_row_says_why() -> None:
    row = by_id(made(outcome(BEFORE, AFTER)))["reliable"].grids[0].rows[0]
    assert row[1:6] == (NOTHING,) * 5
    assert row[6].startswith("None is published")


def test_where_lower_is_better_going_down_is_the_better_direction() -> None:
    lower = outcome(BEFORE, AFTER, score=score(direction=Direction.LOWER))
    chart = ElementTree.fromstring(str(by_id(made(lower))["directions"].chart))
    fills = [each.get("fill") for each in chart.iter(f"{SVG}rect")]
    assert fills == ["#b3541e", "none", "#1477a8"]
    assert "on a scale from 1 to 5, where lower is better." in headline_of(lower)
    assert headline_of(lower).endswith("9 went up, 1 stayed the same, 2 went down.")


def test_the_primary_outcome_stands_first_and_its_p_is_its_own() -> None:
    first = replace(outcome(BEFORE, AFTER), is_primary=True)
    adjusted = analysis.with_holm([outcome(AFTER, BEFORE), first])
    grid = by_id(made(*adjusted))["change"].grids[0]
    p, holm = grid.headings.index("p"), grid.headings.index("p after Holm")
    rows = {row[0]: row for row in grid.rows}
    assert rows["Mean (primary)"][p] == p_value(first.change.p)
    assert rows["Mean (primary)"][holm] == NOTHING
    assert (rows["Mean"][p], rows["Mean"][holm]) == (NOTHING, p_value(adjusted[0].p_adjusted))
    assert by_id(made(*adjusted))["groups"].grids[0].caption == "Mean (primary)"


def test_words_hold_where_lower_is_better_and_for_the_design_effect() -> None:
    sections = by_id(made(outcome(BEFORE, AFTER, score=score(direction=Direction.LOWER))))
    assert "a bad start scores better next time" in sections["low"].words[0]
    assert "wider by the square root of the design effect" in sections["hubs"].words[0]


def test_a_hub_reads_rounded_totals_and_no_part_of_them() -> None:
    sections = {section.id: section for section in hub_sections_of(made(banded()))}
    assert list(sections) == ["who", "change", "quality"]
    (row,) = sections["change"].grids[0].rows
    assert row == ("Mean", "10", "2.7", "3.2", "+0.5", "10", "<5", "<5")
    assert rounded_headline_of(banded()) == (
        "Mean: scores changed by about +0.5 in about 10 young people who answered twice, on a "
        "scale from 1 to 5."
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1, "<5"),
        (4, "<5"),
        (5, "5"),
        (7, "5"),
        (8, "10"),
        (1002, "1,000"),
        (None, NOTHING),
    ],
)
def test_people_to_the_nearest_five(number: int | None, text: str) -> None:
    assert nearest_five(number) == text


def test_nobody_lost_is_not_compared() -> None:
    outcomes = made(banded())
    assert "lost" not in by_id(replace(outcomes, flow=replace(outcomes.flow, lost=0)))


def test_a_share_stands_beside_every_count_of_quality() -> None:
    grid = by_id(made(banded()))["quality"].grids[0]
    rows = {row[0]: row[1] for row in grid.rows}
    assert rows["Questions without an answer"] == "3 (5 %)"
    assert rows["Answered: Alone"] == "30 (94 %)"
    assert rows["Left out: consent is not in force"] == "2"


def test_paper_that_was_keyed_in_twice_says_how_well_it_agrees() -> None:
    outcomes = made(banded())
    quality = replace(outcomes.quality, agreement=(Agreement("Abbey", 1, 18, 17),))
    rows = by_id(replace(outcomes, quality=quality))["quality"].grids[0].rows
    assert rows[-1] == ("Paper keyed in twice, Abbey", "1 form: 17 (94 %) of 18 answers agree")


# --- Drawings -----------------------------------------------------------------------------------
DRAWINGS = {
    "flow": flow_chart("n", "Title", [Step("Came", 40, "3 <left>"), Step("Answered", 0)]),
    "intervals": interval_chart(
        "n", "Title", "Points",
        [Interval("A & B", -0.5, 0.1, 0.7, "+0.10"), Interval("None", None, None, None, "too few")],
    ),
    "parts": parts_chart("n", "Title", [("A & B", [Part("up", 3, "good"), Part("down", 0, "bad")])]),
    "twins": twin_chart("n", "Title", [Twin("Low", 7, 0), Twin("High", 0, 7)]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_drawing_tells_its_title_and_text_and_needs_no_style(name: str) -> None:
    drawing = ElementTree.fromstring(str(DRAWINGS[name]))
    assert drawing.get("role") == "img"
    told = drawing.get("aria-labelledby", "").split()
    assert [each.get("id") for each in (drawing[0], drawing[1])] == told
    assert drawing[0].text == "Title"
    assert drawing[1].text
    assert not {"style", "class", "onclick"} & {
        key for each in drawing.iter() if each is not drawing for key in each.attrib
    }


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_nothing_is_drawn_outside_its_frame(name: str) -> None:
    drawing = ElementTree.fromstring(str(DRAWINGS[name]))
    _, _, width, height = map(float, drawing.get("viewBox", "").split())
    for each in drawing.iter(f"{SVG}rect"):
        x, y = float(each.get("x", "0")), float(each.get("y", "0"))
        assert 0 <= x <= x + float(each.get("width", "0")) <= width + 0.1
        assert 0 <= y <= y + float(each.get("height", "0")) <= height + 0.1
    for each in drawing.iter(f"{SVG}line"):
        assert all(0 <= float(each.get(end, "0")) <= width for end in ("x1", "x2"))


def test_an_interval_without_figures_has_no_dot() -> None:
    drawing = ElementTree.fromstring(str(DRAWINGS["intervals"]))
    assert len(list(drawing.iter(f"{SVG}circle"))) == 1


def test_parts_share_out_the_whole_bar() -> None:
    chart = parts_chart(
        "n", "T", [("A", [Part("up", 1, "good"), Part("same", 1, "even"), Part("down", 2, "bad")])]
    )
    widths = [
        float(each.get("width", "0"))
        for each in ElementTree.fromstring(str(chart)).iter(f"{SVG}rect")
    ]
    assert widths == [98.5, 98.5, 198.0]
