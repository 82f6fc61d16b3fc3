"""The tables of an extract: one row a person, whatever is withheld."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.research.anonymity import smallest
from evaluation.research.facts import Facts, MonthFacts, PersonFacts
from evaluation.research.tables import PEOPLE, build

PERSON = PersonFacts(
    key=UUID(int=0), age=10, gender="female", ethnicity="WBRI", imd_decile=1, hub="Sinfin",
    special_needs="no", disadvantages=("no", "no", "no", "no"), sessions=3, minutes=200,
)  # fmt: skip
COLUMNS = [column.name for column in PEOPLE]
ONE = st.builds(
    PersonFacts,
    key=st.just(UUID(int=0)),
    age=st.one_of(st.none(), st.integers(4, 26)),
    gender=st.sampled_from(["female", "male", "other", "undisclosed", "unknown"]),
    ethnicity=st.sampled_from(["WBRI", "APKN", "BCRB", "OARA", "unknown"]),
    imd_decile=st.one_of(st.none(), st.integers(1, 10)),
    hub=st.sampled_from(["Sinfin", "Abbey", "Citywide"]),
    special_needs=st.sampled_from(["yes", "no", "unknown"]),
    disadvantages=st.tuples(st.sampled_from(["yes", "no", "unknown"])),
    sessions=st.integers(1, 60),
    minutes=st.integers(0, 9000),
)


def facts(people: list[PersonFacts]) -> tuple[Facts, dict[UUID, str]]:
    named = tuple(replace(each, key=UUID(int=at)) for at, each in enumerate(people))
    return Facts(named, (), (), ()), {each.key: f"word-{each.key.int:02}" for each in named}


@settings(max_examples=40, deadline=None)
@given(st.lists(ONE, min_size=5, max_size=40))
def test_everybody_has_one_row_and_k_is_that_of_the_rows(people: list[PersonFacts]) -> None:
    given_, words = facts(people)
    tables, report = build(given_, words)
    rows = tables[0].rows
    assert [row[0] for row in rows] == sorted(words.values())
    assert smallest([tuple(map(str, row[1:7])) for row in rows]) == report.k >= 5


def test_disadvantage_does_not_say_what_is_withheld_of_send() -> None:
    people = [PERSON] * 6
    tables, _ = build(*facts(people))
    told = dict(zip(COLUMNS, tables[0].rows[0], strict=True))
    assert (told["send"], told["disadvantaged"], told["contact_hours"]) == ("no", "no", 3)
    tables, _ = build(*facts(people), floor=(0, 0, 0, 0, 0, 1))
    told = dict(zip(COLUMNS, tables[0].rows[0], strict=True))
    assert (told["send"], told["disadvantaged"]) == (None, None)


def test_attendance_by_month_is_rounded_and_says_no_hub() -> None:
    given_, words = facts([PERSON] * 5)
    months = (MonthFacts(UUID(int=1), "2019-05", 2, 128), MonthFacts(UUID(int=1), "2019-04", 1, 7))
    tables, _ = build(replace(given_, months=months), words)
    assert tables[1].rows == (("word-01", "2019-04", 1, 0), ("word-01", "2019-05", 2, 135))
    assert [column.name for column in tables[1].columns] == [
        *("pseudonym", "month", "sessions", "minutes"),
    ]
