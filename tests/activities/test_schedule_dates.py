"""Dates of weekly rules."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.models import LONDON, Closure, ClosureKind, Term
from activities.schedule_dates import (
    LEFT_OUT,
    OUTSIDE_TERM,
    Rule,
    SchoolCalendar,
    dates_of,
    moment,
    monday_of,
    weekly,
)

DAY = dt.timedelta(days=1)
FOUR, HALF_PAST_FIVE = dt.time(16), dt.time(17, 30)


def a_rule(**changes: object) -> Rule:
    usual: dict[str, object] = {
        "weekday": 1, "starts": FOUR, "ends": HALF_PAST_FIVE,
        "starts_on": dt.date(2019, 5, 1), "ends_on": dt.date(2019, 5, 31),
    }  # fmt: skip
    return Rule(**(usual | changes))  # type: ignore[arg-type]


def closed(first: dt.date, last: dt.date | None = None, kind: str = "building") -> Closure:
    return Closure(kind=kind, name="Closed", first_on=first, last_on=last or first)


def on(rule: Rule, calendar: SchoolCalendar | None = None) -> list[dt.date]:
    return [each.day for each in dates_of(rule, calendar or SchoolCalendar()) if not each.why_not]


def may(*days: int) -> list[dt.date]:
    return [dt.date(2019, 5, day) for day in days]


class TestExactDates:
    def test_every_week_both_ends_included(self) -> None:
        rule = a_rule(starts_on=dt.date(2019, 5, 7), ends_on=dt.date(2019, 5, 28))
        assert weekly(rule) == may(7, 14, 21, 28)

    def test_every_two_weeks_counts_from_the_first_date(self) -> None:
        assert weekly(a_rule(every_weeks=2)) == may(7, 21)
        assert weekly(a_rule(every_weeks=2, starts_on=dt.date(2019, 5, 8))) == may(14, 28)

    def test_no_date_at_all(self) -> None:
        rule = a_rule(starts_on=dt.date(2019, 5, 8), ends_on=dt.date(2019, 5, 13))
        assert dates_of(rule, SchoolCalendar()) == []

    def test_why_not_is_said(self) -> None:
        rule = a_rule(left_out=frozenset(may(7)), term_time_only=True)
        calendar = SchoolCalendar(
            terms=(Term(name="T", starts_on=dt.date(2019, 5, 1), ends_on=dt.date(2019, 5, 24)),),
            closures=(closed(dt.date(2019, 5, 13), dt.date(2019, 5, 15)),),
        )
        whys = [(each.day.day, each.why_not) for each in dates_of(rule, calendar)]
        assert whys == [(7, LEFT_OUT), (14, "Closed"), (21, ""), (28, OUTSIDE_TERM)]

    @pytest.mark.parametrize(
        ("kind", "rule", "takes_place"),
        [
            (ClosureKind.BANK_HOLIDAY, {}, False),
            (ClosureKind.BANK_HOLIDAY, {"on_bank_holidays": True}, True),
            (ClosureKind.HOLIDAY, {}, True),
            (ClosureKind.HOLIDAY, {"term_time_only": True}, False),
            (ClosureKind.INSET, {}, True),
            (ClosureKind.INSET, {"term_time_only": True}, False),
            (ClosureKind.BUILDING, {"on_bank_holidays": True}, False),
        ],
    )
    def test_what_stops_whom(self, kind: str, rule: dict[str, bool], takes_place: bool) -> None:
        year = Term(name="T", starts_on=dt.date(2019, 1, 1), ends_on=dt.date(2019, 12, 31))
        calendar = SchoolCalendar((year,), (closed(dt.date(2019, 5, 14), kind=kind),))
        assert (dt.date(2019, 5, 14) in on(a_rule(**rule), calendar)) is takes_place


class TestClocks:
    @pytest.mark.parametrize(
        ("first", "utc_hours"),
        [
            (dt.date(2026, 3, 24), [16, 15]),  # clocks go forward on 29 March
            (dt.date(2026, 10, 20), [15, 16]),  # and back on 25 October
        ],
    )
    def test_four_stays_four(self, first: dt.date, utc_hours: list[int]) -> None:
        found = dates_of(a_rule(starts_on=first, ends_on=first + 7 * DAY), SchoolCalendar())
        assert [each.starts_at.hour for each in found] == utc_hours
        assert {each.starts_at.astimezone(LONDON).time() for each in found} == {FOUR}
        assert {each.ends_at - each.starts_at for each in found} == {dt.timedelta(minutes=90)}

    @pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)])
    def test_on_the_very_sunday(self, day: dt.date) -> None:
        rule = a_rule(weekday=6, starts_on=day, ends_on=day, starts=dt.time(9))
        (only,) = dates_of(rule, SchoolCalendar())
        assert (
            only.starts_at.astimezone(LONDON).isoformat()
            == moment(day, dt.time(9)).astimezone(LONDON).isoformat()
        )
        assert only.starts_at.astimezone(LONDON).time() == dt.time(9)


days = st.dates(dt.date(2018, 1, 1), dt.date(2035, 12, 31))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    first = draw(days)
    last = first + draw(st.integers(0, 500)) * DAY
    return Rule(
        weekday=draw(st.integers(0, 6)),
        starts=dt.time(draw(st.integers(6, 20)), draw(st.sampled_from([0, 15, 30]))),
        ends=dt.time(21),
        starts_on=first,
        ends_on=last,
        every_weeks=draw(st.integers(1, 8)),
        term_time_only=draw(st.booleans()),
        on_bank_holidays=draw(st.booleans()),
        left_out=frozenset(first + n * DAY for n in draw(st.sets(st.integers(0, 60), max_size=5))),
    )


@st.composite
def calendars(draw: st.DrawFn, first: dt.date) -> SchoolCalendar:
    spans = st.lists(st.tuples(st.integers(-50, 500), st.integers(0, 120)), max_size=4)
    terms = tuple(
        Term(name="T", starts_on=first + a * DAY, ends_on=first + (a + n) * DAY)
        for a, n in draw(spans)
    )
    kinds = st.sampled_from(ClosureKind.values)
    closures = tuple(
        closed(first + a * DAY, first + (a + n % 10) * DAY, draw(kinds)) for a, n in draw(spans)
    )
    return SchoolCalendar(terms, closures)


@given(st.data())
def test_every_date_fits_its_rule(data: st.DataObject) -> None:
    rule = data.draw(rules())
    calendar = data.draw(calendars(rule.starts_on))
    found = dates_of(rule, calendar)
    assert [each.day for each in found] == weekly(rule)
    for each in found:
        assert each.day.weekday() == rule.weekday
        assert rule.starts_on <= each.day <= rule.ends_on
        local = each.starts_at.astimezone(LONDON)
        assert (local.date(), local.time()) == (each.day, rule.starts)
        assert each.ends_at.astimezone(LONDON).time() == rule.ends
    gaps = {later.day - one.day for one, later in pairwise(found)}
    assert gaps <= {7 * rule.every_weeks * DAY}


@given(st.data())
def test_nothing_takes_place_when_it_should_not(data: st.DataObject) -> None:
    rule = data.draw(rules())
    calendar = data.draw(calendars(rule.starts_on))
    for day in on(rule, calendar):
        assert day not in rule.left_out
        touching = {each.kind for each in calendar.closures if each.first_on <= day <= each.last_on}
        assert ClosureKind.BUILDING not in touching
        assert rule.on_bank_holidays or ClosureKind.BANK_HOLIDAY not in touching
        if rule.term_time_only:
            assert not touching & {ClosureKind.HOLIDAY, ClosureKind.INSET}
            assert any(term.starts_on <= day <= term.ends_on for term in calendar.terms)


@given(days)
def test_mondays(day: dt.date) -> None:
    monday = monday_of(day)
    assert monday.weekday() == 0
    assert 0 <= (day - monday).days < 7
