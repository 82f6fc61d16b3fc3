"""The workbook: tidy sheets, numbers that are numbers, and no formula from a name."""

from __future__ import annotations

import datetime as dt
import io
import tracemalloc
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reports.document import build_document
from evaluation.reports.render.workbook import render_workbook, sheet_name
from tests.evaluation.reports import reading
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    released_body,
    row,
    sample_body,
)


def drawn(body: dict[str, Any], envelope: dict[str, str] = ENVELOPE) -> bytes:
    return render_workbook(build_document(body, envelope), body)


def book_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def table_of(body: dict[str, Any], id_: str) -> dict[str, Any]:
    found: dict[str, Any] = next(table for table in body["tables"] if table["id"] == id_)
    return found


def test_one_tidy_sheet_a_table() -> None:
    book = book_of(drawn(sample_body()))
    assert book.sheetnames == [
        *("About", "Every figure", "Targets against actual", "By month", "By hub"),
        *("By kind of activity", "By home ward", "By deprivation (IMD decile)", "By age"),
        *("By gender", "Age by gender", "How confidence changed", "How working together changed"),
        *("Spend against budget", "Missing registers", "What changed since the report o"),
        *("By activity", "Rows behind the figures", "Every cell", "Definitions", "In words"),
    ]
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert all(cell.font.bold for cell in sheet[1])
    assert [cell.value for cell in book["By gender"][1]] == [
        *("Gender", "Young people reached", "Attendances", "Contact hours", "Kind of row"),
    ]
    assert [cell.value for cell in book["Targets against actual"][3]] == [
        *("Session hours", 6000, 4812, 80.2, "hours", "figure"),
    ]
    assert book["Missing registers"]["C2"].value == dt.datetime(2018, 10, 2)  # noqa: DTZ001
    assert book["Targets against actual"]["D3"].number_format == '0.0"%"'
    assert book["Spend against budget"]["B2"].number_format == '"£"#,##0.00'
    assert book.properties.created == dt.datetime(2019, 7, 20, 9, 0, 12)  # noqa: DTZ001


def test_what_is_small_or_hidden_is_text_among_numbers() -> None:
    book = book_of(drawn(released_body(), RELEASED_ENVELOPE))
    values = [value for line in book["Age by gender"].iter_rows(2, values_only=True) for value in line[1:6]]  # fmt: skip
    assert {type(value) for value in values} == {int, str}
    assert {value for value in values if isinstance(value, str)} == {"<5", "[c]"}


def test_every_cell_stands_in_one_long_table_with_numbers_alone() -> None:
    lines = reading.long_form(drawn(released_body(), RELEASED_ENVELOPE))
    assert {type(line["Value"]) for line in lines} <= {int, float, dt.datetime, type(None)}
    assert {line["Status"] for line in lines} >= {"rounded", "small", "hidden", "text"}
    untold = [line for line in lines if line["Status"] in {"small", "hidden"}]
    assert {(line["Value"], line["As printed"]) for line in untold} == {(None, "<5"), (None, "[c]")}


def test_the_first_sheet_says_what_the_others_are() -> None:
    about = dict(list(book_of(drawn(sample_body()))["About"].values)[1:])
    assert about["Kind of report"] == "Internal, exact"
    assert about["SHA-256 of the snapshot"] == ENVELOPE["sha256"]
    assert about["Sheet: By hub"].endswith(
        "A young person who came to two hubs is counted at both."
    )
    assert about["A figure that is hidden"] == "Left out to protect individual children."


def test_words_have_a_sheet() -> None:
    lines = list(book_of(drawn(released_body(), RELEASED_ENVELOPE))["In words"].values)
    assert lines[1] == (
        *("Summary", "What was the period like, in five sentences?"),
        "Ten hubs were open all year.",
    )


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", "https://example.org", "12"])
def test_names_are_neither_formulas_nor_links_nor_numbers(text: str) -> None:
    body = released_body()
    table_of(body, "hub")["rows"][0]["label"] = text
    body["narratives"]["summary"] = text
    body["quotes"] = [{"text": text, "who": text}]
    content = drawn(body, RELEASED_ENVELOPE)
    book = book_of(content)
    for sheet, cell in (("By hub", "A2"), ("In words", "C2")):
        found = book[sheet][cell]
        assert (found.value, found.data_type in {"s", "inlineStr"}) == (text, True)
        assert found.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


@given(st.lists(st.text(max_size=40), max_size=8))
def test_sheet_names_keep_the_rules_of_excel(titles: list[str]) -> None:
    taken: set[str] = set()
    for title in [*titles, "History", "'", "", "a" * 40, "A" * 40]:
        name = sheet_name(title, taken)
        assert 0 < len(name) <= 31
        assert not set("[]:*?/\\") & set(name)
        assert name[0] != "'"
        assert name[-1] != "'"
        assert name.casefold() not in taken | {"history"}
        taken.add(name.casefold())


def test_a_text_too_long_for_a_cell_is_an_error() -> None:
    body = sample_body()
    body["method"][0]["text"] = "a" * 32_768
    with pytest.raises(ValueError, match="32,768 letters"):
        drawn(body)


def test_memory_does_not_grow_with_rows() -> None:
    body = sample_body()
    table_of(body, "ward")["rows"] = [
        row(f"r{at}", f"Ward {at}", at, at, at) for at in range(5_000)
    ]
    document = build_document(body, ENVELOPE)
    tracemalloc.start()
    render_workbook(document, body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
