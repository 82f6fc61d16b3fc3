"""Every way that people write a date, a time, a year, a postcode, a number or a word."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.importing import faults, values
from participants.importing.faults import ValueFault
from participants.importing.text import text_of
from participants.importing.words import ANSWER, ETHNICITY, GENDER, SEN_NEED, by_key

TODAY = dt.date(2026, 6, 1)
FEBRUARY = dt.date(2010, 2, 1)
DAYS = st.dates(dt.date(1927, 1, 1), TODAY)
FORMATS = (
    "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%d %b %Y",
    "%d-%b-%Y", "%B %d, %Y", "%a %d %b %Y", "%Y%m%d", "%d%m%Y", "%Y-%m-%dT%H:%M:%S",
    "%d/%m/%Y %H:%M", "%A, %d %B %Y",
)  # fmt: skip


def date(cell: object, **more: bool) -> dt.date:
    return values.date(cell, today=TODAY, **more)  # type: ignore[arg-type]


def reason(read: object, cell: object, **more: object) -> str:
    with pytest.raises(ValueFault) as caught:
        read(cell, **more)  # type: ignore[operator]
    return caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "01/02/2010", "1/2/2010", "1/2/10", "01-02-2010", "1.2.2010", "2010-02-01", "2010/2/1",
        "1 Feb 2010", "1st February 2010", "1st of Feb 2010", "February 1, 2010", "Feb 1st 2010",
        "Monday 1 February 2010", "Mon, 1 Feb 2010", "1-Feb-10", "01 / 02 / 2010", "20100201",
        "01022010", "40210", "2010-02-01 00:00:00", "2010-02-01T00:00:00Z", "01/02/2010 00:00",
        " 1/2/2010 ".strip(),
    ],
)  # fmt: skip
def test_the_first_of_february(text: str) -> None:
    assert date(text) == FEBRUARY


@pytest.mark.parametrize("form", FORMATS)
@given(day=DAYS)
def test_what_is_written_is_read(form: str, day: dt.date) -> None:
    assert date(f"{dt.datetime.combine(day, dt.time(16, 30)):{form}}") == day


@given(day=DAYS)
def test_a_cell_that_is_a_day_and_what_is_shown_of_it(day: dt.date) -> None:
    assert date(day) == day
    assert date(dt.datetime.combine(day, dt.time(9))) == day
    assert date(text_of(day)) == day


@given(day=st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)))
def test_days_as_excel_counts_them(day: dt.date) -> None:
    from_1900 = (day - dt.date(1899, 12, 30)).days
    assert values.serial(from_1900) == day
    assert values.serial(from_1900 + 0.75) == day
    if day > dt.date(1904, 1, 1):
        assert values.serial((day - dt.date(1904, 1, 1)).days, is_1904=True) == day


def test_the_day_that_never_was() -> None:
    assert values.serial(1) == dt.date(1900, 1, 1)
    assert values.serial(59) == dt.date(1900, 2, 28)
    assert values.serial(61) == dt.date(1900, 3, 1)
    assert reason(values.serial, 60) == faults.NO_SUCH_DAY
    assert reason(values.serial, 0) == faults.NOT_A_DATE


@given(day=st.dates(dt.date(1927, 1, 1), dt.date(2026, 12, 31)))
def test_two_digits_are_the_latest_year_that_has_begun(day: dt.date) -> None:
    assert date(f"{day:%d/%m/%y}") == day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("31/02/2010", faults.NO_SUCH_DAY),
        ("12/25/2010", faults.NO_SUCH_DAY),
        ("29/02/2011", faults.NO_SUCH_DAY),
        ("1 Feb", faults.NO_YEAR),
        ("01/02", faults.NO_YEAR),
        ("last week", faults.NOT_A_DATE),
        ("1 Fbe 2010", faults.NOT_A_DATE),
        ("2010", faults.NOT_A_DATE),
        ("#REF!", faults.BROKEN_CELL),
        ("1/2/2010\x07", faults.LETTERS),
    ],
)
def test_what_is_no_date(text: str, why: str) -> None:
    assert reason(date, text) == why


def test_past_dates() -> None:
    assert values.past_date("1/6/2026", today=TODAY) == TODAY
    assert reason(values.past_date, "2/6/2026", today=TODAY) == faults.IN_THE_FUTURE
    assert reason(values.past_date, "2/6/1900", today=TODAY) == faults.TOO_LONG_AGO


def test_the_day_in_a_name() -> None:
    assert values.date_inside("2015-08-20-msu", today=TODAY) == dt.date(2015, 8, 20)
    assert values.date_inside("018-03-08-geneva", today=TODAY) == dt.date(2018, 3, 8)
    assert values.date_inside("msu", today=TODAY) is None
    with pytest.raises(ValueFault):
        values.date_inside("2015-13-20-msu", today=TODAY)


@pytest.mark.parametrize(
    ("cell", "hour", "minute"),
    [
        ("16:30", 16, 30), ("4:30pm", 16, 30), ("4.30 PM", 16, 30), ("4pm", 16, 0), ("1630", 16, 30),
        ("16:30:00", 16, 30), (0.6875, 16, 30), (dt.time(16, 30), 16, 30), ("12am", 0, 0),
        (dt.datetime(2019, 1, 1, 16, 30, tzinfo=dt.UTC), 16, 30), (dt.timedelta(hours=16, minutes=30), 16, 30),
        ("12:15pm", 12, 15),
    ],
)  # fmt: skip
def test_times(cell: object, hour: int, minute: int) -> None:
    assert values.time(cell) == dt.time(hour, minute)  # type: ignore[arg-type]


@given(moment=st.times())
def test_a_time_that_is_written_is_read(moment: dt.time) -> None:
    assert values.time(f"{moment:%H:%M}") == moment.replace(second=0, microsecond=0)
    assert values.time(f"{moment:%I:%M%p}") == moment.replace(second=0, microsecond=0)


@pytest.mark.parametrize("text", ["later", "25:00", "16", "13pm", "16:75"])
def test_what_is_no_time(text: str) -> None:
    assert reason(values.time, text) == faults.NOT_A_TIME


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("Year 7", 7), ("Y7", 7), ("7", 7), (7.0, 7), ("yr 7", 7), ("Yr7", 7), ("year  11", 11),
        ("Reception", 0), ("R", 0), ("rec", 0), ("0", 0), ("14", 14), ("School year 3", 3),
    ],
)  # fmt: skip
def test_school_years(cell: object, year: int) -> None:
    assert values.year_group(cell) == year  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["15", "Year seven", "-1", "7B", "Y"])
def test_what_is_no_school_year(text: str) -> None:
    assert reason(values.year_group, text) == faults.NOT_A_YEAR


@pytest.mark.parametrize("text", ["DE1 3GX", "de13gx", " d e1  3g x", "DE1-3GX", "DE1\u00a03GX"])
def test_postcodes(text: str) -> None:
    assert values.postcode(text) == "DE1 3GX"


@pytest.mark.parametrize("text", ["DE1", "Derby", "12345", "DE1 3G", "DЕ1 3GX"])  # noqa: RUF001
def test_what_is_no_postcode(text: str) -> None:
    assert reason(values.postcode, text) == faults.NOT_A_POSTCODE


def test_telephone_numbers() -> None:
    assert values.phone("01332 555000") == "01332 555000"
    assert values.phone(7700900123.0) == "07700900123"
    assert values.phone("+44 (0)7700 900123") == "+44 (0)7700 900123"
    assert reason(values.phone, "ask mum") == faults.NOT_A_PHONE
    assert reason(values.phone, "123") == faults.SHORT_PHONE


def test_counts() -> None:
    assert [values.count(cell) for cell in ("12", 12.0, "1,200", " 0", "7.0")] == [
        12, 12, 1200, 0, 7,
    ]  # fmt: skip
    assert reason(values.count, "about 12") == faults.NOT_A_NUMBER
    assert reason(values.count, "12.5") == faults.NOT_A_NUMBER
    assert reason(values.count, "-1") == faults.NEGATIVE
    assert reason(values.count, "100001") == faults.TOO_MANY


def test_names() -> None:
    assert values.names_in("Comet Quince") == ("Comet", "Quince")
    assert values.names_in("Quince, Comet") == ("Comet", "Quince")
    assert values.names_in("Comet Ann Quince") == ("Comet Ann", "Quince")
    assert values.names_in("Comet") == ("Comet", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Yes", "yes"), ("Y", "yes"), ("true", "yes"), ("1", "yes"), ("No", "no"), ("n", "no"),
        ("0", "no"), ("Prefer not to say", "undisclosed"), ("PNTS", "undisclosed"),
        ("Not known", "unknown"), ("N/A", "unknown"),
    ],
)  # fmt: skip
def test_answers(text: str, code: str) -> None:
    assert values.code(text, by_key(ANSWER)) == code


def test_true_in_a_workbook_is_yes() -> None:
    assert values.code(True, by_key(ANSWER)) == "yes"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("WBRI", "WBRI"), ("White - British", "WBRI"),
        ("English/Welsh/Scottish/Northern Irish/British", "WBRI"),
        ("English / Welsh / Scottish / Northern Irish / British", "WBRI"),
        ("Any other Mixed/Multiple ethnic background", "MOTH"),
        ("Any other Mixed / Multiple ethnic background", "MOTH"), ("pakistani", "APKN"),
        ("Gypsy or Irish Traveller", "WIRT"), ("Refused", "undisclosed"),
    ],
)  # fmt: skip
def test_ethnicity_by_code_or_label(text: str, code: str) -> None:
    assert values.code(text, by_key(ETHNICITY)) == code


def test_kinds_of_need() -> None:
    known = by_key(SEN_NEED)
    assert values.codes("ASD; SEMH", known) == ["ASD", "SEMH"]
    assert values.codes("asd,slcn", known) == ["ASD", "SLCN"]
    assert values.codes("Social, emotional and mental health", known) == ["SEMH"]
    assert reason(values.codes, "ASD; luck", known=known) == faults.UNKNOWN_WORD


def test_gender_words() -> None:
    known = by_key(GENDER)
    assert [values.code(word, known) for word in ("Girl", "M", "Non-binary", "she/her")] == [
        "female", "male", "other", "female",
    ]  # fmt: skip


@given(text=st.text(max_size=40))
def test_nothing_that_is_written_is_more_than_a_fault(text: str) -> None:
    readers = (
        date, values.time, values.year_group, values.postcode, values.phone, values.email,
        values.count, values.person_id,
        lambda cell: values.codes(cell, by_key(SEN_NEED)),
        lambda cell: values.date_inside(cell, today=TODAY),
    )  # fmt: skip
    for read in readers:
        with contextlib.suppress(ValueFault):
            read(text)
