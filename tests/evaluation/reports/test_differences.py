"""What differs between two versions of a report."""

from __future__ import annotations

from typing import Any

from evaluation.reports.differences import figures_that_differ, tables_that_differ


def body(count: int | None, **others: Any) -> dict[str, Any]:
    column = {"id": "unique_participants", "label": "Young people reached", "unit": "people"}
    row = {"id": "male", "label": "Boy or man", "kind": "figure", "values": [count]}
    table = {"id": "gender", "title": "By gender", "columns": [column], "rows": [row]}
    return {
        "schema": 2,
        "indicators": [{**column, "definition": ""}],
        "figures": {"unique_participants": count},
        "tables": [table],
        **others,
    }


def test_figures_and_cells_that_differ() -> None:
    (figure,) = figures_that_differ(body(1), body(2))
    assert (figure.id, figure.unit, figure.was, figure.now) == (
        "unique_participants", "people", 1, 2
    )  # fmt: skip
    (table,) = tables_that_differ(body(1), body(2))
    (cell,) = table.cells
    assert (table.id, cell.id, cell.label, cell.was, cell.now) == (
        "gender", "male/unique_participants", "Boy or man, Young people reached", 1, 2
    )  # fmt: skip


def test_the_same_differs_in_nothing() -> None:
    assert figures_that_differ(body(1), body(1)) == []
    assert tables_that_differ(body(1), body(1)) == []


def test_rows_that_only_one_version_has_are_left_out() -> None:
    before = body(1)
    before["tables"][0]["rows"][0]["id"] = "other"
    assert tables_that_differ(before, body(2)) == []


def test_a_version_of_the_first_schema_is_compared_by_its_headline() -> None:
    """Its tables had rows of another shape."""
    first = {"headline": {"unique_participants": 1}, "tables": [{"id": "gender", "rows": [["x"]]}]}
    (figure,) = figures_that_differ(first, body(2))
    assert (figure.was, figure.now) == (1, 2)
    assert tables_that_differ(first | {"schema": 1}, body(2)) == []
