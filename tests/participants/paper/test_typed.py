"""What is typed from a sheet means one thing, or is said to be wrong."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.paper.codes import row_code
from participants.paper.typed import Reader, Times
from tests.factories import london

CODE = "CDF347"
READER = Reader(CODE, 40, london(2019, 5, 14), london(2019, 5, 14, 17, 30))


def c(number: int) -> str:
    return row_code(CODE, number)


def at(hour: int, minute: int = 0) -> dt.datetime:
    return london(2019, 5, 14, hour, minute)


@pytest.mark.parametrize("text", [
    f"{c(3)} {c(9)} {c(17)}", f"{c(3)},{c(9)},{c(17)}", f" {c(3).lower()} ;{c(9)},\n {c(17)} ",
    f"3 {c(3)[-1]} 9 {c(9)[-1].lower()}, 17 {c(17)[-1]}",
])  # fmt: skip
def test_codes_stand_apart_in_any_way(text: str) -> None:
    typed = READER.read(text)
    assert (typed.lines, typed.problems) == ({3: Times(), 9: Times(), 17: Times()}, [])


def test_nothing_is_nothing() -> None:
    assert READER.read(" ,; ").lines == {}


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("16:20-17:25", Times(at(16, 20), at(17, 25))),
        ("16:20 - 17:25", Times(at(16, 20), at(17, 25))),
        ("16.20\N{EN DASH}17.25", Times(at(16, 20), at(17, 25))),
        ("4:20-5:25", Times(at(16, 20), at(17, 25))),
        ("4.20pm-5.25 pm", Times(at(16, 20), at(17, 25))),
        ("1620-1725", Times(at(16, 20), at(17, 25))),
        ("16:20-", Times(at(16, 20), None)),
        ("-17:25", Times(None, at(17, 25))),
        ("16:20", Times(at(16, 20), None)),
        ("5pm", Times(at(17), None)),
        ("15:30-18:30", Times(at(15, 30), at(18, 30))),
    ],
)
def test_times_belong_to_the_code_before(text: str, times: Times) -> None:
    typed = READER.read(f"{c(2)} {c(7)} {text} {c(8)}")
    assert (typed.lines, typed.problems) == ({2: Times(), 7: times, 8: Times()}, [])


def test_one_time_alone_can_mean_going_out() -> None:
    typed = READER.read(f"{c(7)} 17:10 {c(8)} 16:20-", single_is_out=True)
    assert typed.lines == {7: Times(None, at(17, 10)), 8: Times(at(16, 20), None)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("7", "“7” has no letter"),
        ("7B", "“7B” is on no line of this sheet"),
        (row_code(CODE, 41), "is on no line of this sheet"),
        (f"{c(7)} {c(7)}", f"“{c(7)}” stands here twice"),
        ("16:20", "“16:20” needs a code before it"),
        (f"{c(7)} 19:00", "“19:00” is neither a code"),
        (f"{c(7)} 15:29", "“15:29” is neither a code"),
        (f"{c(7)} 17:25-16:20", "“17:25-16:20” ends before it begins"),
        (f"{c(7)} 16:75", "“16:75” is neither a code"),
        (f"{c(7)} 16:20-x", "“16:20-X” is neither a code"),
        ("Amber", "“AMBER” is neither a code"),
        (f"{c(7)} -", "“-” is neither a code"),
        ("7B 16:20", "“16:20” needs a code before it"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    assert problem in " ".join(READER.read(text).problems)


def test_a_morning_session_is_in_the_morning() -> None:
    reader = Reader(CODE, 40, london(2019, 5, 11, 10), london(2019, 5, 11, 12))
    lines = reader.read(f"{c(1)} 10:20-12:30, {c(2)} 11-12.15").lines
    morning = [london(2019, 5, 11, 10, 20), london(2019, 5, 11, 12, 30)]
    assert lines[1] == Times(*morning)
    assert lines[2] == Times(london(2019, 5, 11, 11), london(2019, 5, 11, 12, 15))


NOISE = st.text(
    st.sampled_from("0123456789ACX:.-,; \nPMpm\N{EN DASH}²ß\N{ARABIC-INDIC DIGIT THREE}"),
    max_size=40,
) | st.text(max_size=40)


@given(NOISE, st.booleans())
def test_whatever_is_typed_is_read_or_said(text: str, single_is_out: bool) -> None:
    typed = READER.read(text, single_is_out=single_is_out)
    assert set(typed.lines) <= set(range(1, 41))
    assert typed.lines or typed.problems or not text.replace(",", "").replace(";", "").strip()
    for times in typed.lines.values():
        moments = [moment for moment in (times.arrived_at, times.left_at) if moment]
        assert moments == sorted(moments)
        assert all(at(15, 30) <= moment <= at(18, 30) for moment in moments)
