from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from evaluation.models import BudgetLine, CostKind, Spend
from evaluation.queries.grants import days_gone, money_of
from evaluation.queries.spend import lines_of, spend_of, spent
from tests.factories import london, make_grant, make_hub, make_programme, make_spend

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2019, 5, 1), dt.date(2019, 5, 31)


def pounds(text: str) -> Decimal:
    return Decimal(text)


def test_a_grants_report_has_its_lines_of_the_period_and_its_whole_budget(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    grant = make_grant(amount=pounds("1000.00"))
    make_spend(grant, amount=pounds("100.00"), spent_on=FIRST)
    make_spend(grant, amount=pounds("-30.00"), spent_on=LAST)
    make_spend(grant, kind="staff", amount=pounds("50.00"))
    make_spend(grant, spent_on=FIRST - dt.timedelta(days=1))
    make_spend(grant, spent_on=LAST + dt.timedelta(days=1))
    make_spend(grant, struck_out_at=london(2019, 5, 20), struck_out_why="Twice")
    make_spend(make_grant(programmes=list(grant.programmes.all())))
    BudgetLine.objects.create(grant=grant, kind="venues", amount=pounds("600.00"))
    BudgetLine.objects.create(grant=grant, kind="other", amount=pounds("100.00"))
    with django_assert_num_queries(2):
        money = spend_of((), grant, FIRST, LAST)
    assert (money.spend, money.budget, money.lines) == (pounds("120.00"), pounds("1000.00"), 3)
    assert money.by_kind == (
        ("Staff of the trust", pounds("0.00"), pounds("50.00")),
        ("Venues", pounds("600.00"), pounds("70.00")),
        ("Other", pounds("100.00"), pounds("0.00")),
        ("Not budgeted by kind", pounds("300.00"), pounds("0.00")),
    )


def test_a_programmes_report_has_the_lines_of_every_grant_that_name_it() -> None:
    mine, other = make_programme(), make_programme()
    alone, shared = make_grant(programmes=[mine]), make_grant(programmes=[mine, other])
    counted = [
        make_spend(alone, amount=pounds("1.00")),
        make_spend(alone, amount=pounds("2.00"), programme=mine),
        make_spend(shared, amount=pounds("4.00"), programme=mine),
    ]
    make_spend(shared, amount=pounds("8.00"), programme=other)
    undivided = make_spend(shared, amount=pounds("16.00"))
    make_spend(make_grant(programmes=[other]), amount=pounds("32.00"))
    assert set(lines_of([mine], None)) == set(counted)
    money = spend_of([mine], None, FIRST, LAST)
    assert (money.spend, money.budget) == (pounds("7.00"), None)
    assert money.by_kind == (("Venues", None, pounds("7.00")),)
    # Asked of both programmes, what the shared grant paid for both of them counts too.
    assert undivided in lines_of([mine, other], None)
    assert spend_of([mine, other], None, FIRST, LAST).spend == pounds("63.00")


def test_of_hubs_only_what_was_spent_for_them() -> None:
    grant, hub = make_grant(), make_hub()
    make_spend(grant, hub=hub, amount=pounds("5.00"))
    make_spend(grant, hub=make_hub(), amount=pounds("7.00"))
    make_spend(grant, amount=pounds("11.00"))
    BudgetLine.objects.create(grant=grant, kind="venues", amount=pounds("600.00"))
    money = spend_of((), grant, FIRST, LAST, [hub])
    assert (money.spend, money.budget) == (pounds("5.00"), None)
    assert money.by_kind == (("Venues", None, pounds("5.00")),)


def test_nothing_recorded_is_nought_of_no_lines() -> None:
    money = spend_of((make_programme(),), None, FIRST, LAST)
    assert (money.spend, money.budget, money.by_kind, money.lines) == (0, None, (), 0)
    assert spent(Spend.objects.all()) == 0


def test_a_grants_page_says_what_is_left_and_where_too_much_was_spent() -> None:
    grant = make_grant(amount=pounds("1000.00"))
    BudgetLine.objects.create(grant=grant, kind="venues", amount=pounds("600.00"))
    make_spend(grant, amount=pounds("750.00"))
    make_spend(grant, kind="staff", amount=pounds("300.00"))
    money = money_of(grant)
    assert (money.spend, money.left, money.unplanned) == (1050, -50, 400)
    assert money.percent == pounds("105.0")
    assert [(kind.label, kind.percent, kind.is_over) for kind in money.kinds] == [
        ("Staff of the trust", None, True),
        ("Venues", pounds("125.0"), True),
    ]


@pytest.mark.parametrize(
    ("today", "gone"),
    [("2018-09-24", 0), ("2018-09-25", "0.3"), ("2019-07-12", "99.7"), ("2019-07-14", 100)],
)
def test_how_many_days_are_gone(today: str, gone: str | int) -> None:
    assert days_gone(make_grant(), dt.date.fromisoformat(today)) == Decimal(gone)


AMOUNTS = st.decimals(-5000, 5000, places=2).filter(bool)
LINES = st.lists(st.tuples(st.sampled_from(list(CostKind)), AMOUNTS, st.integers(-20, 50)))
BUDGETS = st.dictionaries(st.sampled_from(list(CostKind)), st.decimals(0, 90_000, places=2))


class TestKinds(TestCase):
    @settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate], deadline=None)
    @given(LINES, BUDGETS)
    def test_kinds_sum_to_the_totals(
        self, lines: list[tuple[CostKind, Decimal, int]], budgets: dict[CostKind, Decimal]
    ) -> None:
        grant = make_grant()
        for kind, amount, day in lines:
            make_spend(grant, kind=kind, amount=amount, spent_on=FIRST + dt.timedelta(days=day))
        for kind, amount in budgets.items():
            BudgetLine.objects.create(grant=grant, kind=kind, amount=amount)
        money = spend_of((), grant, FIRST, LAST)
        assert sum((row[2] for row in money.by_kind), Decimal(0)) == money.spend
        assert sum((row[1] or Decimal(0) for row in money.by_kind), Decimal(0)) == money.budget
        inside = [amount for _, amount, day in lines if 0 <= day <= 30]
        assert (money.spend, money.lines) == (sum(inside), len(inside))
