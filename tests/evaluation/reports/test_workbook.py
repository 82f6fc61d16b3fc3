"""The workbook: tidy sheets, numbers that are numbers, and no formula from a name."""

import datetime as dt
import io
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reports.document import build_document
from evaluation.reports.render.workbook import render_workbook, sheet_name
from tests.evaluation.reports.sample import ENVELOPE, sample_body


def test_one_tidy_sheet_a_table() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(render_workbook(build_document(sample_body(), ENVELOPE)))
    )
    assert book.sheetnames == [
        *("Headline figures", "Targets against actual", "By hub", "By home ward"),
        *("By deprivation (IMD decile)", "By age", "By gender", "Missing registers"),
        *("Definitions", "Method", "Rows behind the figures", "About"),
    ]
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert all(cell.font.bold for cell in sheet[1])
    assert [cell.value for cell in book["By gender"][1]] == [
        *("Gender", "Young people reached", "Attendances", "Contact hours", "Kind of row"),
    ]
    assert [cell.value for cell in book["Headline figures"][4]] == [
        *("Contact hours", 41234.5, "hours", "figure"),
    ]
    assert book["Missing registers"]["C2"].value == dt.datetime(2018, 10, 2)  # noqa: DTZ001
    assert book["Headline figures"]["B9"].number_format == '0.0"%"'
    assert book.properties.created == dt.datetime(2019, 7, 20, 9, 0, 12)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", "https://example.org", "12"])
def test_names_are_neither_formulas_nor_links_nor_numbers(text: str) -> None:
    body = sample_body()
    body["breakdowns"][0]["rows"][0]["label"] = text
    content = render_workbook(build_document(body, ENVELOPE))
    cell = openpyxl.load_workbook(io.BytesIO(content))["By hub"]["A2"]
    assert (cell.value, cell.data_type in {"s", "inlineStr"}) == (text, True)
    assert cell.hyperlink is None
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
        render_workbook(build_document(body, ENVELOPE))


def test_memory_does_not_grow_with_rows() -> None:
    body = sample_body()
    row = body["breakdowns"][1]["rows"][0]
    body["breakdowns"][1]["rows"] = [row | {"label": f"Ward {at}"} for at in range(5_000)]
    document = build_document(body, ENVELOPE)
    tracemalloc.start()
    render_workbook(document)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
