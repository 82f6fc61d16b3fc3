"""How figures, dates and names become words."""

import datetime as dt
from decimal import Decimal

import pytest

from evaluation.reports.document import (
    HIDDEN,
    InvalidSnapshotError,
    moment_text,
    number_text,
    plain,
    pounds_text,
)
from evaluation.reports.document.words import cell, due_text, protected_cell

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("0", "people", "0"),
        ("2148", "people", "2,148"),
        ("-123", "people", f"{MINUS}123"),
        ("41234.5", "hours", "41,234.5"),
        ("41234", "hours", "41,234.0"),
        ("100.0", "percent", "100.0%"),
        ("87.25", "percent", "87.25%"),
        ("1E+6", "sessions", "1,000,000"),
        ("-0.0", "hours", "0.0"),
        ("167.00", "pounds", "£167"),
        ("-803604.17", "pounds", f"{MINUS}£803,604.17"),
        ("291", "days", "291"),
        ("37", "registers", "37"),
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


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2019-07-13T23:00:00+00:00", "the end of 13 July 2019"),
        ("2018-12-31T00:00:00+00:00", "the end of 30 December 2018"),
        ("2019-07-13T22:59:59+00:00", "13 July 2019 at 11:59pm"),
    ],
)
def test_midnight_belongs_to_the_day_that_it_ends(moment: str, text: str) -> None:
    assert due_text(dt.datetime.fromisoformat(moment)) == text


def test_plain_takes_out_what_turns_or_breaks_text() -> None:
    assert plain(" a\r\n\tb\x00c ") == "a b c"
    assert plain("\u202egnirts\u202c") == "gnirts"
    assert plain("De\u0301da") == "Déda"
    assert plain("\ud800\uffff") == "\N{REPLACEMENT CHARACTER}" * 2
    assert plain("مرکز") == "مرکز"


def test_a_cell_has_the_value_for_programs_and_the_words_for_people() -> None:
    assert (cell("41234.5", "hours").raw, cell(7, "days").text) == (Decimal("41234.5"), "7")
    day = cell("2018-10-02", "date")
    assert (day.raw, day.text) == (dt.date(2018, 10, 2), "2 October 2018")
    assert (cell("a\nb", "text").raw, cell(None, "people").text) == ("a b", "n/a")


@pytest.mark.parametrize("value", ["many", "NaN", "<5"])
def test_an_exact_figure_is_a_number(value: str) -> None:
    with pytest.raises(InvalidSnapshotError, match="is no number"):
        cell(value, "people")


@pytest.mark.parametrize(
    ("value", "unit", "raw", "text"),
    [
        ("1,250", "people", Decimal(1250), "1,250"),
        ("12340", "attendances", Decimal(12340), "12,340"),
        ("0", "people", Decimal(0), "0"),
        ("<5", "people", "<5", "<5"),
        ("85", "percent", Decimal(85), "85%"),
        ("85.5%", "percent", Decimal("85.5"), "85.5%"),
        ("41235", "hours", Decimal(41235), "41,235"),
        ("803,605", "pounds", Decimal(803605), "£803,605"),
        ("£165", "pounds", Decimal(165), "£165"),
        (2000, "people", Decimal(2000), "2,000"),
        (None, "people", None, HIDDEN),
        (None, "percent", None, HIDDEN),
    ],
)
def test_a_protected_figure_gains_no_digits(
    value: str | int | None, unit: str, raw: Decimal | str | None, text: str
) -> None:
    found = protected_cell(value, unit)
    assert (found.raw, found.text, found.is_hidden) == (raw, text, value is None)


def test_a_day_that_there_is_none_of_is_not_hidden() -> None:
    found = protected_cell(None, "date")
    assert (found.text, found.is_hidden) == ("n/a", False)


def test_words_that_were_taken_out_are_hidden() -> None:
    found = protected_cell(None, "text")
    assert (found.raw, found.text, found.is_hidden) == (None, "[c]", True)
