"""What leaves of outcomes."""

from __future__ import annotations

from typing import Any

from evaluation.reports.release_outcomes import outcome_of


def test_a_row_whose_words_all_held_counts_is_left_out_and_a_hidden_one_stays() -> None:
    outcome = {"heading": "Skills", "facts": [], "notes": [], "tables": [QUALITY]}
    (table,) = outcome_of(outcome)["tables"]
    assert [(row["label"], row["values"]) for row in table["rows"]] == [
        ("Finished answers that count", ["1,810"]),
        ("Score of few", [None]),
    ]


def printed(columns: list[str], *rows: tuple[str, ...], heading: str = "Score") -> list[list[Any]]:
    """The values of a released table whose rows begin with their labels."""
    table = {
        "row_heading": heading,
        "columns": [{"id": each, "label": each, "unit": "text"} for each in columns],
        "rows": [{"id": row[0], "label": row[0], "values": list(row[1:])} for row in rows],
    }
    outcome = {"heading": "Skills", "facts": [], "notes": [], "tables": [table]}
    return [row["values"] for row in outcome_of(outcome)["tables"][0]["rows"]]


DIRECTIONS = ["Went up", "Stayed the same", "Went down", "Wilcoxon p", "No change, dropped"]


def test_parts_of_all_pairs_are_printed_together() -> None:
    many = ("Many", "30 (50 %)", "20 (33 %)", "10 (17 %)", "0.012", "20")
    some = ("Some", "30 (88 %)", "3 (9 %)", "1 (3 %)", "0.001", "3")
    few = ("Few", "7 (64 %)", "4 (36 %)", "0 (0 %)", "0.018", "4")
    assert printed(DIRECTIONS, many, some, few) == [
        ["30", "20", "10", "0.012", "20"],
        ["30", "<5", "<5", None, None],
        [None] * 5,
    ]


def test_bands_of_a_score_are_parts_of_all_pairs_as_well() -> None:
    rows = (
        *(("One: low", "7 (64 %)", "11 (100 %)"), ("One: high", "4 (36 %)", "0 (0 %)")),
        *(("Two: low", "60 (97 %)", "30 (48 %)"), ("Two: high", "2 (3 %)", "32 (52 %)")),
    )
    found = printed(["Before", "After"], *rows, heading="Band")
    assert found == [[None, "10"], [None, "0"], ["60", "30"], ["<5", "30"]]


def _row(label: str, value: str | int) -> dict[str, Any]:
    return {"id": label, "label": label, "kind": "figure", "values": [value]}


QUALITY = {
    "id": "quality",
    "title": "Quality of the data",
    "columns": [{"id": "many", "label": "How many", "unit": "text"}],
    "rows": [
        _row("Finished answers that count", "1,812"),
        _row("Paper keyed in twice, Abbey", "4 forms: 71 (99 %) of 72 answers agree"),
        _row("Score of few", 3),
    ],
}
