from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from derby_portal.seeding import money
from derby_portal.seeding.dates import CELEBRATION, LAUNCH, planned_session_hours
from derby_portal.seeding.framework import GRANT_POUNDS, create_framework
from evaluation.indicators import INDICATORS
from evaluation.models import CostKind, Grant, ReportTemplate, Spend
from evaluation.queries.spend import spend_of

pytestmark = pytest.mark.django_db


def test_the_budget_is_the_whole_grant() -> None:
    assert sum(money.BUDGET.values()) == GRANT_POUNDS
    assert {cost.kind for cost in money.COSTS} == set(money.BUDGET) == set(CostKind) - {"other"}


def test_bills_are_paid_once_a_month_inside_the_delivery() -> None:
    days = money.paydays()
    assert (len(days), days[0], days[-1]) == (11, dt.date(2018, 9, 28), dt.date(2019, 7, 12))
    assert all(LAUNCH <= day <= CELEBRATION for day in days)


def test_what_was_spent_is_plausible_and_the_same_every_time() -> None:
    create_framework()
    grant = Grant.objects.get()
    assert Spend.objects.count() == 59
    assert Spend.objects.filter(struck_out_at__isnull=False).count() == 1
    assert Spend.objects.filter(amount__lt=0).count() == 1
    found = spend_of((), grant, grant.starts_on, grant.ends_on)
    assert found.spend == Decimal("877610.00")
    # About £167 a session hour and £500 for each of 2,000, as the programme planned.
    assert 150 <= found.spend / planned_session_hours() <= 200
    assert 400 <= found.spend / 2000 <= 550
    assert {line.programme for line in grant.spend.all()} == set(grant.programmes.all())


def test_targets_of_some_and_shapes_of_reports_are_there() -> None:
    create_framework()
    narrow = [target for target in Grant.objects.get().targets.all() if not target.is_of_everybody]
    assert [(target.indicator, target.characteristic) for target in narrow] == [
        ("attendances", "disadvantaged"),
        ("session_hours", ""),
    ]
    assert narrow[1].hub is not None
    assert {target.indicator for target in narrow} <= set(INDICATORS)
    assert ReportTemplate.objects.in_use().count() == 5
