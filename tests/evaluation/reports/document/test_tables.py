"""Tables of a body: kinds of rows, protected cells, and what is drawn of them."""

from decimal import Decimal
from typing import Any

import pytest

from evaluation.reports.document import (
    HIDDEN_MEANS,
    Bar,
    Chart,
    ChartKind,
    InvalidSnapshotError,
    RowKind,
)
from evaluation.reports.document.tables import row_counts_table, table_of
from tests.evaluation.reports import sample


def hubs(**changes: Any) -> dict[str, Any]:
    return sample.table(
        "hub",
        "By hub",
        "Hub",
        columns=[
            sample.column("sessions", "Sessions held", "sessions"),
            sample.column("people", "Young people", "people"),
        ],
        rows=[
            sample.row("abbey", "Abbey", 3, 40),
            sample.row("sinfin", "Sinfin", 2, 25),
            sample.row("unknown", "Not known", 1, 7, kind="not known"),
            sample.row("both", "At more than one", 0, -12, kind="reconciling"),
            sample.row("total", "Total", 6, 60, kind="total"),
        ],
        chart="bars",
        **changes,
    )


def drawn(table: dict[str, Any]) -> Chart:
    chart = table_of(table).chart
    assert chart
    return chart


def test_rows_say_what_they_are() -> None:
    table = table_of(hubs())
    assert [row.kind for row in table.rows[2:]] == [
        RowKind.NOT_KNOWN,
        RowKind.RECONCILING,
        RowKind.TOTAL,
    ]
    assert [row.id for row in table.body] == ["abbey", "sinfin", "unknown", "both"]
    assert [row.id for row in table.totals] == ["total"]


def test_the_chart_is_of_people_without_total_and_reconciling_row() -> None:
    chart = drawn(hubs())
    assert (chart.id, chart.title, chart.kind) == ("hub", "Young people, by hub", ChartKind.BARS)
    assert chart.bars == (
        Bar("Abbey", Decimal(40), "40"),
        Bar("Sinfin", Decimal(25), "25"),
        Bar("Not known", Decimal(7), "7", known=False),
    )
    assert chart.description == "Young people. Abbey: 40; Sinfin: 25; Not known: 7."


def test_a_table_without_people_is_drawn_by_its_first_numbers() -> None:
    table = hubs()
    table["columns"][1]["unit"] = "date"
    for row in table["rows"]:
        row["values"][1] = None
    assert [bar.value for bar in drawn(table).bars] == [3, 2, 1]


def test_small_and_hidden_figures_are_drawn_as_not_exact() -> None:
    table = hubs(protected=True)
    table["rows"] = [
        sample.row("abbey", "Abbey", "3", "1,250"),
        sample.row("sinfin", "Sinfin", "2", "<5"),
        sample.row("derwent", "Derwent", "1", None),
    ]
    assert drawn(table).bars == (
        Bar("Abbey", Decimal(1250), "1,250"),
        Bar("Sinfin", Decimal(5), "<5", exact=False),
        Bar("Derwent", Decimal(0), "hidden", exact=False),
    )
    assert table_of(table).note == HIDDEN_MEANS


def test_the_symbol_is_explained_only_where_it_stands() -> None:
    table = hubs(protected=True) | {"note": "Rounded to five."}
    assert table_of(table).note == "Rounded to five."
    table["rows"][0]["values"] = [None, None]
    assert table_of(table).note == f"Rounded to five. {HIDDEN_MEANS}"


def test_progress_says_the_share_and_of_what() -> None:
    table = sample.targets(
        ("unique_participants", 2000, 2148, "107.4"), ("hubs_active", 10, None, None)
    )
    chart = drawn(table)
    assert (chart.kind, chart.mark) == (ChartKind.PROGRESS, 100)
    assert chart.bars == (Bar("Young people reached", Decimal("107.4"), "107.4% (2,148 of 2,000)"),)


def test_rows_may_have_units_of_their_own() -> None:
    (row,) = table_of(sample.targets(("session_hours", 6000, "4812.0", "80.2"))).rows
    assert [(cell.text, cell.unit) for cell in row.cells] == [
        ("6,000.0", "hours"),
        ("4,812.0", "hours"),
        ("80.2%", "percent"),
    ]


def test_a_two_way_table_says_so() -> None:
    table = sample.two_way("age_by_gender", "Age by gender", ["5 to 7"], ["Girls", "Boys"])
    assert table_of(table).is_two_way
    assert not table_of(hubs()).is_two_way


@pytest.mark.parametrize(
    "change",
    [
        {"id": '"><script>'},
        {"chart": "pie"},
        {"rows": [sample.row("a", "A", 1)]},
        {"rows": [sample.row("a", "A", 1, 2, kind="guess")]},
        {"rows": [sample.row("a", "A", 1, "<5")]},
        {"columns": [sample.column("Of People", "A", ""), sample.column("b", "B", "")]},
    ],
    ids=["id", "chart", "too few values", "kind", "no number", "column"],
)
def test_other_tables_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidSnapshotError):
        table_of(hubs() | change)


def test_row_counts_are_in_order() -> None:
    table = row_counts_table({"sessions": 3, "attendances": 1250})
    assert [(row.label, row.cells[0].text) for row in table.rows] == [
        ("Attendances", "1,250"),
        ("Sessions", "3"),
    ]
