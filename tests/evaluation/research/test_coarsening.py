"""How exactly an answer is told."""

from __future__ import annotations

import pytest

from evaluation.research.coarsening import (
    AGE_BANDS,
    LADDERS,
    OTHER,
    WITHHELD,
    age_band,
    dose_band,
    ethnic_group,
    imd_quintile,
    rounded,
    yes_or_no,
)
from participants.models import Ethnicity


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (4, "not known"),
        (5, "5 to 7"),
        (7, "5 to 7"),
        (8, "8 to 12"),
        (18, "16 to 18"),
        (25, "19 to 25"),
        (26, "not known"),
        (None, "not known"),
    ],
)
def test_age_band(age: int | None, band: str) -> None:
    assert age_band(age) == band


def test_every_ethnicity_stands_in_a_broad_group() -> None:
    groups = {code.value: ethnic_group(code.value) for code in Ethnicity}
    labels = {code.value: str(code.label).split(":")[0] for code in Ethnicity if code.isupper()}
    assert {code: groups[code] for code in labels} == labels
    assert {groups["unknown"], groups["undisclosed"]} == {"not known"}


@pytest.mark.parametrize(
    ("decile", "quintile"),
    [(1, "1"), (2, "1"), (3, "2"), (9, "5"), (10, "5"), (None, "not known")],
)
def test_imd_quintile(decile: int | None, quintile: str) -> None:
    assert imd_quintile(decile) == quintile


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("yes", "no"), "yes"),
        (("no", "no"), "no"),
        (("no", "unknown"), "not known"),
        (("undisclosed",), "not known"),
    ],
)
def test_yes_or_no(answers: tuple[str, ...], said: str) -> None:
    assert yes_or_no(answers) == said


@pytest.mark.parametrize(
    ("sessions", "band"),
    [(1, "1"), (2, "2 to 4"), (4, "2 to 4"), (5, "5 to 9"), (19, "10 to 19"), (20, "20 or more")],
)
def test_dose_band(sessions: int, band: str) -> None:
    assert dose_band(sessions) == band


@pytest.mark.parametrize(("minutes", "to", "out"), [(7, 15, 0), (8, 15, 15), (90, 60, 120)])
def test_rounded(minutes: int, to: int, out: int) -> None:
    assert rounded(minutes, to) == out


def test_each_ladder_ends_by_telling_nothing() -> None:
    assert {ladder.rungs[-1].tell("anything") for ladder in LADDERS} == {WITHHELD}


def test_steps_between_the_ends() -> None:
    age, _, ethnic, imd, *_ = LADDERS
    assert [age.rungs[1].tell(band) for band in AGE_BANDS] == [
        *("12 or under", "12 or under"),
        *("13 or over", "13 or over", "13 or over"),
    ]
    assert [ethnic.rungs[1].tell(group) for group in ("White", "Asian", OTHER)] == [
        *("White", "not White", OTHER),
    ]
    assert [imd.rungs[1].tell(fifth) for fifth in ("1", "2", "3", OTHER)] == [
        *("most deprived 40 %", "most deprived 40 %", "other 60 %", OTHER),
    ]
