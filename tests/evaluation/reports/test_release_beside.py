"""What leaves of outcomes beside the figures of a report, and beside what was told before."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.disclosure import Protected
from evaluation.reports.register import findings, hidden_cells, outcomes_told, table_name
from evaluation.reports.release import Leaving, Words, make_release
from evaluation.reports.release_outcomes import Reached, outcome_of
from tests.evaluation.reports.people import body_of
from tests.evaluation.reports.test_release import MANY

SKILLS = [{"name": "Skills", "slug": "skills"}]
HERE = [{"name": "Abbey", "slug": "abbey"}]
LABELS = [
    "Came in the period",
    "Of the instrument's age",
    "With consent to surveys",
    "Answered a baseline",
    "Follow-up due",
    "Answered twice",
]


def section(
    title: str, heading: str, columns: list[str], *rows: tuple[str, ...], said_by: str = "Child"
) -> dict[str, Any]:
    """A section of outcomes of one table, as it stands in an exact body."""
    table = {
        "id": "outcome_a_1",
        "title": title,
        "row_heading": heading,
        "note": "",
        "columns": [
            {"id": f"column_{at}", "label": each, "unit": "text"}
            for at, each in enumerate(columns, start=1)
        ],
        "rows": [
            {"id": f"{at}", "label": row[0], "kind": "figure", "values": list(row[1:])}
            for at, row in enumerate(rows)
        ],
        "chart": None,
        "two_way": False,
    }
    facts = [{"label": "Answered by", "text": said_by}]
    return {"heading": f"Thriving: {title}", "facts": facts, "tables": [table], "notes": []}


def steps(*counts: int) -> dict[str, Any]:
    rows = [(label, f"{n:,}", "Now.") for label, n in zip(LABELS, counts, strict=False)]
    return section("Who is counted", "Step", ["Young people", "What it means"], *rows)


def pairs(*counts: int, said_by: str = "Child") -> dict[str, Any]:
    rows = [(f"Score {at}", f"{n:,}", "+0.31") for at, n in enumerate(counts)]
    return section("Change", "Score", ["Pairs", "d"], *rows, said_by=said_by)


def leaving(n: int, *outcomes: dict[str, Any], method: str = "rounded", **about: Any) -> Leaving:
    body = body_of((MANY * 20)[:n], **({"programmes": SKILLS} | about))
    body["outcomes"] = list(outcomes)
    return make_release(body, method=method, words=Words())


def column(found: Leaving, at: int = 0) -> list[Any]:
    """The first column of a section's table as it leaves."""
    return [row["values"][0] for row in found.body["outcomes"][at]["tables"][0]["rows"]]


# --- Beside the figure of who was reached --------------------------------------------------------
@pytest.mark.parametrize("method", ["rounded", "exact"])
def test_beside_few_who_were_reached_no_outcome_tells_how_many(method: str) -> None:
    quality = section("Quality", "What", ["How many"], ("Answers", "13"), ("Weeks", "14.0"))
    found = leaving(7, steps(7, 6, 5, 3, 0, 0), pairs(5), quality, method=method)
    figure = found.body["figures"]["unique_participants"]
    assert figure == ("<10" if method == "rounded" else None)
    assert column(found) == [figure, None, None, None, None, None]
    assert column(found, 1) == [None]
    assert column(found, 2) == [None, None]
    words = [row["values"][1] for row in found.body["outcomes"][0]["tables"][0]["rows"]]
    assert words == ["Now."] * 6


@pytest.mark.parametrize(
    ("method", "printed"),
    [("rounded", ["145", "140", "120", "60"]), ("exact", ["144", None, "120", "60"])],
)
def test_who_came_is_printed_as_the_figure_is(method: str, printed: list[Any]) -> None:
    """Of 144 and 140, both rounded, nobody can work out that a few were of other ages."""
    found = leaving(144, steps(144, 140, 121, 60), method=method)
    assert found.body["figures"]["unique_participants"] == printed[0]
    assert column(found) == printed


def test_a_hidden_figure_is_hidden_in_outcomes_too() -> None:
    hidden = outcome_of(steps(23, 20), Reached(23, None))
    assert [row["values"][0] for row in hidden["tables"][0]["rows"]] == [None, None]


@pytest.mark.parametrize("about", [{"hubs": HERE}, {"programmes": [*SKILLS, *SKILLS]}])
def test_a_part_of_those_reached_stays_rounded_beside_an_exact_figure(about: Any) -> None:
    assert column(leaving(144, steps(144, 62), method="exact", **about)) == [None, "60"]
    assert column(leaving(144, steps(132, 62), method="exact", **about)) == ["130", "60"]


def test_without_a_figure_of_who_was_reached_steps_are_rounded() -> None:
    body = body_of(MANY) | {"outcomes": [steps(7, 3)]}
    body["figures"] = {**body["figures"], "unique_participants": None}
    body["shape"]["sections"], body["tables"] = [], []
    found = make_release(body, method="rounded", words=Words())
    assert column(found) == ["5", "<5"]


# --- The register ---------------------------------------------------------------------------------
def of_outcomes(found: Leaving) -> dict[tuple[str, str], Any]:
    return {
        (each.key, each.measure): each
        for each in found.tables
        if each.measure.startswith("outcome ")
    }


def test_steps_and_pairs_go_into_the_register_as_they_leave() -> None:
    told = of_outcomes(leaving(144, steps(144, 121, 62, 3), pairs(41, 9), method="exact"))
    assert sorted(told) == [
        ("Outcome: Thriving, Child", "outcome pairs"),
        ("Outcome: Thriving, Child", "outcome steps"),
    ]
    found = told["Outcome: Thriving, Child", "outcome steps"]
    # Who came is told with the figure that it is.
    assert found.rows == (*LABELS[1:4], "")
    assert found.cells == (("120",) * 2, ("60",) * 2, ("<5",) * 2, (None,) * 2, (None,) * 2)
    assert (found.method, found.threshold, found.is_additive) == ("rounded", 5, False)
    assert found.scope == {"programmes": ["skills"], "hubs": []}
    of_pairs = told["Outcome: Thriving, Child", "outcome pairs"]
    assert of_pairs.cells[:2] == (("40", "40"), (None, None))


def test_names_of_outcomes_fit_and_tell_one_from_another() -> None:
    said_by = "Parent or carer of a young person who came to any of the sessions"
    found = leaving(144, pairs(40, said_by=said_by), pairs(40, said_by=said_by), pairs(40))
    names = [key for key, _ in of_outcomes(found)]
    assert len(set(names)) == 3
    assert all(len(name) <= 60 and name.startswith("Outcome: Thriving, ") for name in names)
    assert names[2] == table_name(names[2]) == "Outcome: Thriving, Child"


@pytest.mark.parametrize(("before", "after"), [(40, 41), (41, 40), (40, 44)])
def test_pairs_that_are_printed_exactly_may_not_change_by_a_few(before: int, after: int) -> None:
    about = body_of(MANY)["about"]
    old, new = ([*outcomes_told(about, [pairs(n)], "exact")] for n in (before, after))
    (reason,) = findings(new, old, {})
    assert reason.startswith("\u201cScore 0\u201d in \u201cOutcome: Thriving, Child\u201d (")
    assert "has changed by a few" in reason
    assert findings(old, old, {}) == []


@pytest.mark.parametrize("made", [pairs, lambda n: steps(144, n)])
@pytest.mark.parametrize("method", ["rounded", "exact"])
@pytest.mark.parametrize(
    ("before", "after"), [(40, 40), (40, 41), (41, 44), (3, 6), (9, 11), (6, 3), (0, 3), (40, 90)]
)
def test_an_ordinary_late_correction_of_rounded_outcomes_goes_out(
    made: Any, method: str, before: int, after: int
) -> None:
    old, new = (leaving(144, made(n), pairs(30, n), method=method).tables for n in (before, after))
    assert findings(new, old, {}) == []


def test_a_later_report_of_more_days_is_held_against_an_earlier_one() -> None:
    about = body_of(MANY)["about"]
    old = [*outcomes_told(about, [pairs(40)], "exact")]
    new = [*outcomes_told(about | {"last_day": "2019-08-13"}, [pairs(41)], "exact")]
    assert "differ by a few people" in " ".join(findings(new, old, {}))
    new = [*outcomes_told(about | {"last_day": "2019-08-13"}, [pairs(60)], "exact")]
    assert findings(new, old, {}) == []


def test_why_a_step_is_hidden_says_nothing_of_rows_that_were_never_printed() -> None:
    table = of_outcomes(leaving(144, steps(144, 140, 121, 3), method="exact")).popitem()[1]
    counts = Protected(table.cells, table.method, table.threshold, table.is_additive)
    cells = hidden_cells(counts, table.rows, table.columns)
    assert [(cell.row, cell.printed, cell.low, cell.high) for cell in cells] == [
        ("Of the instrument's age", "hidden", "0", "no limit"),
        ("Answered a baseline", "<5", "1", "4"),
    ]
