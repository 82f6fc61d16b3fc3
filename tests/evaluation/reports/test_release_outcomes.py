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
