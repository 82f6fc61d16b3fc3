"""The CSV: one line a figure, numbers bare, and no formula from a name."""

import csv
import io
from typing import Any

import pytest

from evaluation.reports.document import build_document
from evaluation.reports.render.csv import COLUMNS, neutral, render_csv
from tests.evaluation.reports.sample import ENVELOPE, sample_body


def lines(body: dict[str, Any]) -> list[dict[str, str]]:
    content = render_csv(build_document(body, ENVELOPE)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_starts_with_a_byte_order_mark_and_ends_lines_as_the_standard_says() -> None:
    content = render_csv(build_document(sample_body(), ENVELOPE))
    assert content.startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_one_line_a_figure() -> None:
    found = [line for line in lines(sample_body()) if line["row_label"] == "Contact hours"]
    assert found == [
        {
            "table_id": "headline",
            "table": "Headline figures",
            "row_label": "Contact hours",
            "row_kind": "figure",
            "column_id": "value",
            "column": "Value",
            "unit": "hours",
            "value": "41234.5",
        }
    ]


def test_negative_numbers_stay_numbers() -> None:
    found = [line["value"] for line in lines(sample_body()) if line["row_kind"] == "reconciling"]
    assert found == ["-123", "0", "0.0", "0.0", "0", "0"]


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_names_are_no_formulas(text: str) -> None:
    body = sample_body()
    body["breakdowns"][0]["rows"][0]["label"] = text
    body["breakdowns"][0]["title"] = text
    body["grant"]["funder"] = text
    for line in lines(body):
        words = [line[key] for key in COLUMNS if key != "value" or line["unit"] == "text"]
        assert not any(word.startswith(("=", "+", "-", "@", "\t", "\r")) for word in words)
    assert neutral(text) == f"'{text}"
    assert neutral("Abbey") == "Abbey"
