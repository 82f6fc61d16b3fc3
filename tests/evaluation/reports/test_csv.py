"""The CSV: one line a figure, numbers bare, and no formula from a name."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.reports.document import build_document
from evaluation.reports.render.csv import COLUMNS, neutral, render_csv
from tests.evaluation.reports.reading import lines_of_csv
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    released_body,
    sample_body,
)


def lines(body: dict[str, Any], envelope: dict[str, str] = ENVELOPE) -> list[dict[str, str]]:
    return lines_of_csv(render_csv(build_document(body, envelope), body))


def test_starts_with_a_byte_order_mark_and_ends_lines_as_the_standard_says() -> None:
    body = sample_body()
    content = render_csv(build_document(body, ENVELOPE), body)
    assert content.startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_one_line_a_figure() -> None:
    found = [
        line
        for line in lines(sample_body())
        if (line["table_id"], line["row_label"], line["column_id"])
        == ("hub", "Abbey", "contact_hours")
    ]
    assert found == [
        {
            "section_id": "delivery",
            "section": "What was delivered",
            "table_id": "hub",
            "table": "By hub",
            "row_id": "r0",
            "row_label": "Abbey",
            "row_kind": "figure",
            "column_id": "contact_hours",
            "column": "Contact hours",
            "unit": "hours",
            "value": "187.5",
            "shown": "187.5",
            "status": "exact",
        }
    ]


def test_negative_numbers_stay_numbers() -> None:
    found = [line["value"] for line in lines(sample_body()) if line["row_kind"] == "reconciling"]
    assert found == ["-123", "0", "0.0", "0.0", "0", "0"]


def test_what_is_not_told_has_no_value_and_says_why() -> None:
    found = {
        (line["value"], line["shown"], line["status"])
        for line in lines(released_body(), RELEASED_ENVELOPE)
        if line["table_id"] == "age_by_gender"
    }
    assert ("", "<5", "small") in found
    assert ("", "[c]", "hidden") in found
    assert ("135", "135", "rounded") in found
    assert {status for value, _, status in found if not value} == {"small", "hidden"}
    assert {status for value, _, status in found if value} == {"rounded"}


def test_a_figure_that_is_not_known_is_empty_and_says_so() -> None:
    (found,) = [line for line in lines(sample_body()) if line["row_id"] == "cost_per_retained"]
    assert (found["value"], found["shown"], found["status"]) == ("", "n/a", "not known")


@pytest.mark.parametrize(
    ("method", "unit", "expected"),
    [
        ("rounded", "people", "rounded"),
        ("rounded", "attendances", "rounded"),
        ("exact", "people", "exact"),
        ("exact", "attendances", "rounded"),
    ],
)
def test_each_figure_says_whether_it_is_rounded(method: str, unit: str, expected: str) -> None:
    body = released_body()
    body["about"]["method"] = method
    found = [line for line in lines(body, RELEASED_ENVELOPE) if line["table_id"] == "hub"]
    assert {line["status"] for line in found if line["unit"] == unit and line["value"]} == {
        expected
    }
    of_sessions = {"session_hours", "sessions", "registers_missing"}
    assert {
        line["status"] for line in found if line["column_id"] in of_sessions and line["value"]
    } == {"exact"}


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_names_are_no_formulas(text: str) -> None:
    body = sample_body()
    body["tables"][0]["rows"][0]["label"] = text
    body["tables"][0]["title"] = text
    body["about"]["grant"]["funder"] = text
    body["shape"]["sections"][0]["heading"] = text
    for line in lines(body):
        numbers = {"value", "shown"} if line["unit"] != "text" else set()
        words = [line[key] for key in COLUMNS if key not in numbers]
        assert not any(word.startswith(("=", "+", "-", "@", "\t", "\r")) for word in words)
    assert neutral(text) == f"'{text}"
    assert neutral("Abbey") == "Abbey"
