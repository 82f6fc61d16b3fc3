"""Years before the history, made up so that there are as many rows as one asks for."""

from __future__ import annotations

import datetime as dt

import pytest

from derby_portal.seeding.dates import LAUNCH, london
from derby_portal.seeding.history import plan_history
from derby_portal.seeding.sessions import Fate, SessionPlan
from derby_portal.seeding.years import YEARS, first_day, plan_year

# What `--scale 200` stands for, less the history and the current term.
GROUPS = 199


@pytest.mark.parametrize("group", [1, 2, 9, 57, 199])
def test_two_hundred_groups_are_five_million_marks(group: int) -> None:
    plan, sessions = plan_year(group)

    assert len(plan.marks) * GROUPS == pytest.approx(4_970_000, rel=0.05)
    assert len(plan.people) * GROUPS == pytest.approx(97_500, rel=0.05)
    assert len(sessions) * GROUPS == pytest.approx(47_000, rel=0.05)


def test_groups_share_nobody_and_no_session_even_in_one_year() -> None:
    one, sessions = plan_year(1)
    other, others = next(
        (plan, others)
        for plan, others in map(plan_year, range(1 + YEARS, GROUPS, YEARS))
        if _offers(others) & _offers(sessions)
    )

    assert first_day(1) == first_day(1 + YEARS)
    for first, second in (
        (one.people, other.people),
        (one.marks, other.marks),
        (sessions, others),
        (one.people, plan_history().people),
    ):
        assert not {each.id for each in first} & {each.id for each in second}


def _offers(sessions: list[SessionPlan]) -> set[str]:
    return {session.offer_key for session in sessions}


def test_marks_stand_on_taken_registers_before_the_launch() -> None:
    plan, sessions = plan_year(3)
    taken = {session.id for session in sessions if session.fate is Fate.TAKEN}

    assert {mark.session_id for mark in plan.marks} <= taken
    assert len({(mark.session_id, mark.participant_id) for mark in plan.marks}) == len(plan.marks)
    assert max(session.ends_at for session in sessions) < london(LAUNCH, dt.time())


def test_it_is_the_same_on_every_machine() -> None:
    assert plan_year(2) == plan_year(2)


def test_years_begin_on_the_first_monday_of_september() -> None:
    assert [first_day(group) for group in (1, 2, 9)] == [
        dt.date(2017, 9, 4),
        dt.date(2016, 9, 5),
        dt.date(2017, 9, 4),
    ]
