"""How figures become words, and what is refused."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from evaluation.reports.document import (
    InvalidSnapshotError,
    RowKind,
    build_document,
    moment_text,
    number_text,
    plain,
    pounds_text,
)
from tests.evaluation.reports.sample import ENVELOPE, sample_body


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("0", "people", "0"),
        ("2148", "people", "2,148"),
        ("-123", "people", "\N{MINUS SIGN}123"),
        ("41234.5", "hours", "41,234.5"),
        ("41234", "hours", "41,234.0"),
        ("100.0", "percent", "100.0%"),
        ("87.25", "percent", "87.25%"),
        ("1E+6", "sessions", "1,000,000"),
        ("-0.0", "hours", "0.0"),
    ],
)
def test_number_text(value: str, unit: str, text: str) -> None:
    assert number_text(Decimal(value), unit) == text


def test_pounds_text() -> None:
    assert pounds_text(Decimal("1000000.00")) == "£1,000,000"
    assert pounds_text(Decimal("12.50")) == "£12.50"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (dt.datetime(2019, 7, 13, 15, 30, tzinfo=dt.UTC), "13 July 2019 at 4:30pm"),
        (dt.datetime(2019, 1, 1, 0, 5, tzinfo=dt.UTC), "1 January 2019 at 12:05am"),
        (dt.datetime(2019, 6, 30, 23, 0, tzinfo=dt.UTC), "1 July 2019 at 12:00am"),
        (dt.datetime(2019, 12, 31, 12, 0, tzinfo=dt.UTC), "31 December 2019 at 12:00pm"),
    ],
)
def test_moment_text_is_of_derby(moment: dt.datetime, text: str) -> None:
    assert moment_text(moment) == text


def test_plain_takes_out_what_turns_or_breaks_text() -> None:
    assert plain(" a\r\n\tb\x00c ") == "a b c"
    assert plain("\u202egnirts\u202c") == "gnirts"
    assert plain("De\u0301da") == "Déda"
    assert plain("\ud800\uffff") == "\N{REPLACEMENT CHARACTER}" * 2
    assert plain("مرکز") == "مرکز"


def test_facts_of_the_title_page() -> None:
    facts = {fact.label: fact.text for fact in build_document(sample_body(), ENVELOPE).facts}
    assert facts == {
        "Programme": "#ThisIsDerby",
        "Grant": "Essential Life Skills",
        "Funder": "Derby City Council, for the Department for Education",
        "Amount": "£1,000,000",
        "Grant runs": "1 September 2018 to 31 August 2019",
        "Period reported": "25 September 2018 to 13 July 2019, both days included",
        "Registers due by": "20 July 2019 at 10:00am",
    }


@pytest.mark.parametrize(
    ("cut_off", "text"),
    [
        ("2019-07-13T23:00:00+00:00", "the end of 13 July 2019"),
        ("2018-12-31T00:00:00+00:00", "the end of 30 December 2018"),
        ("2019-07-13T22:59:59+00:00", "13 July 2019 at 11:59pm"),
    ],
)
def test_midnight_belongs_to_the_day_that_it_ends(cut_off: str, text: str) -> None:
    body = sample_body()
    body["period"]["cut_off"] = cut_off
    assert build_document(body, ENVELOPE).facts[-1].text == text


def test_targets_warn_where_the_period_is_not_the_grants() -> None:
    body = sample_body()
    note = build_document(body, ENVELOPE).targets.note
    assert "for the whole grant, 1 September 2018 to 31 August 2019" in note
    body["period"] |= {"first_day": "2018-09-01", "last_day": "2019-08-31"}
    assert build_document(body, ENVELOPE).targets.note == ""


def test_a_period_without_sessions_says_so() -> None:
    body = sample_body()
    body["row_counts"]["sessions"] = 0
    fact = build_document(body, ENVELOPE).facts[-1]
    assert (fact.label, "No session" in fact.text) == ("Please note", True)


def test_rows_say_what_they_are() -> None:
    hub, *_, gender = build_document(sample_body(), ENVELOPE).breakdowns
    assert [row.kind for row in hub.rows[-2:]] == [RowKind.RECONCILING, RowKind.TOTAL]
    assert {row.label for row in gender.rows if row.kind is RowKind.NOT_KNOWN} == {
        "Prefer not to say",
        "Not known",
    }


def test_charts_leave_out_total_and_reconciling_row() -> None:
    hub = build_document(sample_body(), ENVELOPE).breakdowns[0]
    assert hub.chart is not None
    assert [bar.label for bar in hub.chart.bars] == [row.label for row in hub.rows[:-2]]
    assert "Arboretum: 255" in hub.chart.description


def test_a_figure_that_is_not_known_stays_so() -> None:
    body = sample_body()
    body["headline"]["attendance_rate"] = None
    rows = {row.id: row.cells[0] for row in build_document(body, ENVELOPE).headline.rows}
    assert (rows["attendance_rate"].raw, rows["attendance_rate"].text) == (None, "n/a")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"kind": "draft"},
        {"headline": {"made_up": 1}},
        {"headline": {"attendances": "many"}},
        {"headline": {"attendances": "NaN"}},
        {"row_counts": {'"><script>': 1}},
    ],
)
def test_other_shapes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidSnapshotError):
        build_document(sample_body() | change, ENVELOPE)


def test_a_row_with_too_few_values_is_refused() -> None:
    body = sample_body()
    body["breakdowns"][0]["rows"][0]["values"].pop()
    with pytest.raises(InvalidSnapshotError, match="'Abbey' has not one value a column"):
        build_document(body, ENVELOPE)


def test_released_documents_are_marked_so() -> None:
    assert build_document(sample_body() | {"kind": "released"}, ENVELOPE).marking == "Released"


@pytest.mark.parametrize("empty", ["", " \n", "\N{ZERO WIDTH JOINER}"])
def test_a_heading_that_nobody_could_see_gets_words(empty: str) -> None:
    body = sample_body()
    body["title"] = body["breakdowns"][0]["title"] = body["method"][0]["heading"] = empty
    document = build_document(body, ENVELOPE)
    assert document.title == "Evaluation report"
    assert document.breakdowns[0].title == "hub"
    assert document.method[0].heading == "Note"
