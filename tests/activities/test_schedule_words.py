"""How weekly times, terms, closures and clashes read."""

from __future__ import annotations

import datetime as dt

import pytest

from activities.models import Closure, Schedule, Term
from activities.queries.clashes import Clash
from activities.templatetags.schedule_words import days_of, from_until, gathered, when
from tests.factories import london


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Tuesdays, 4pm to 5:30pm"),
        ({"every_weeks": 2, "weekday": 6}, "Every 2 weeks, Sundays, 4pm to 5:30pm"),
        ({"starts": dt.time(9, 15), "ends": dt.time(12)}, "Tuesdays, 9:15am to midday"),
    ],
)
def test_when(fields: dict[str, object], words: str) -> None:
    usual = {"weekday": 1, "starts": dt.time(16), "ends": dt.time(17, 30), "every_weeks": 1}
    assert when(Schedule(**(usual | fields))) == words


def test_first_and_last_days() -> None:
    first, last = dt.date(2019, 5, 27), dt.date(2019, 5, 31)
    assert from_until(Term(starts_on=first, ends_on=last)) == "27 May 2019 to 31 May 2019"
    assert days_of(Closure(first_on=first, last_on=first)) == "Monday 27 May 2019"
    assert days_of(Closure(first_on=first, last_on=last)) == (
        "Monday 27 May 2019 to Friday 31 May 2019"
    )


def test_clashes_with_one_thing_stand_in_one_line() -> None:
    def clash(day: int, title: str, leader: str = "") -> Clash:
        starts, ends = london(2019, 5, day, 16), london(2019, 5, day, 17)
        return Clash(starts, ends, bool(leader), title, leader=leader)

    clashes = [clash(7, "Dance"), clash(7, "", "Sam Sample"), clash(14, "Dance")]
    assert gathered([*clashes, clash(21, "Dance"), clash(28, "", "Sam Sample")]) == [
        "Dance is in the same place on Tuesday 7 May 2019, 4pm to 5pm, and on 2 more dates",
        "Sam Sample is busy on Tuesday 7 May 2019, 4pm to 5pm, and on one more date",
    ]
    assert gathered([]) == []
