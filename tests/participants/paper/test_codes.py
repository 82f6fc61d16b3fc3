"""A slip of the finger never names another line of the sheet."""

from __future__ import annotations

import itertools

import pytest

from participants.paper.codes import (
    ROW_LETTERS,
    SHEET_ALPHABET,
    SHEET_LENGTH,
    new_sheet_code,
    row_code,
    row_number,
    tidy_sheet_code,
)

# One sheet for each step that a sheet's code can make.
SHEETS = [f"{letter}CCCCC" for letter in SHEET_ALPHABET]
NUMBERS = range(1, 100)


def digit_slips(digits: str) -> set[str]:
    """Every number with one other digit."""
    slips = set()
    for place, digit in itertools.product(range(len(digits)), "0123456789"):
        slips.add(digits[:place] + digit + digits[place + 1 :])
    return slips - {digits}


def swaps(digits: str) -> set[str]:
    """Every number with two neighbouring digits swapped."""
    places = range(len(digits) - 1)
    swapped = {
        digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :] for place in places
    }
    return swapped - {digits}


def test_the_sheets_make_every_step() -> None:
    assert len({row_code(sheet, 1) for sheet in SHEETS}) == len(ROW_LETTERS)


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("numbers", [NUMBERS, range(100, 300)], ids=["to 99", "to 299"])
def test_no_slip_is_another_code(sheet: str, numbers: range) -> None:
    for number in numbers:
        code = row_code(sheet, number)
        digits, letter = code[:-1], code[-1]
        assert row_number(sheet, code) == number
        for slip in digit_slips(digits) | swaps(digits):
            assert row_number(sheet, slip + letter) is None, (code, slip)
        for other in set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") - {letter}:
            assert row_number(sheet, digits + other) is None, (code, other)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_first_digit_left_out_is_no_code(sheet: str) -> None:
    for number in range(10, 100):
        assert row_number(sheet, row_code(sheet, number)[1:]) is None


def test_codes_of_another_sheet_are_mostly_none_of_this() -> None:
    """Another sheet makes all of this one's codes, or none."""
    first, *others = SHEETS
    codes = [row_code(first, number) for number in NUMBERS]
    assert {row_number(other, code) for other in others for code in codes} == {None}


@pytest.mark.parametrize(
    ("typed", "number"),
    [("7X", 7), ("7x", 7), ("07X", 7), ("7", None), ("X", None), ("X7", None), ("", None),
     ("0A", None), ("1234A", None), ("7XX", None), ("7 X", None), ("\N{ARABIC-INDIC DIGIT SEVEN}X", None)],
)  # fmt: skip
def test_reads_what_is_typed(typed: str, number: int | None) -> None:
    sheet = next(sheet for sheet in SHEETS if row_code(sheet, 7) == "7X")
    assert row_number(sheet, typed) == number


def test_a_sheets_code_is_easy_to_read() -> None:
    codes = {new_sheet_code() for _ in range(50)}
    assert len(codes) == 50
    assert {len(code) for code in codes} == {SHEET_LENGTH}
    assert not set("".join(codes)) & set("01258BGILOQSUVZAE")


@pytest.mark.parametrize("typed", ["CDF347", "cdf347", " cdf 347 ", "cdf-347"])
def test_a_sheets_code_may_be_typed_anyhow(typed: str) -> None:
    assert tidy_sheet_code(typed) == "CDF347"
