"""Every figure and every breakdown, by SQL and in plain Python over the same rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest

from activities.models import Programme
from evaluation.breakdowns import BREAKDOWNS, CROSS_TABLES
from evaluation.indicators import COUNTED, INDICATORS, Relation
from evaluation.models import Characteristic, CostKind, Grant, Spend
from evaluation.queries import record
from evaluation.queries.record import Scope, Who
from evaluation.queries.spend import spend_of
from evaluation.reports.collect import Counted, count
from evaluation.reports.tables import missing_registers
from evaluation.reports.tables import of_sessions as tables_of_sessions
from hubs.models import Hub
from tests import factories
from tests.evaluation import worlds
from tests.evaluation.independent import (
    TWINS,
    Record,
    breakdowns,
    cross_tables,
    events,
    head_counts,
    missing,
    session_groups,
    weeks,
)
from tests.evaluation.worlds import FIRST, LAST, World

WORLDS = 24
NOW = factories.london(2020, 1, 1)
# In mid-period, at noon of a day with a session.
MEANWHILE = factories.london(2019, 5, 28, 12)


def test_every_figure_has_a_twin_and_no_twin_is_of_nothing() -> None:
    assert set(TWINS) == set(INDICATORS)


def test_every_breakdown_has_a_twin() -> None:
    of_person = {"ward", "imd_decile", "age_band", "key_stage", "gender", "ethnicity", "dose"} | {
        *("special_needs", "free_school_meals", "care_experienced", "alternative_provision"),
        *("young_carer", "english_additional", "disadvantaged"),
    }
    assert {each.id for each in BREAKDOWNS} == of_person | {"hub", "month", "kind", "activity"}
    assert {each.id for each in CROSS_TABLES} == {"age_by_gender", "age_by_hub"}


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)


def asked_of(world: World, rng: Random) -> Scope:
    """All of it, one programme, one hub, a few weeks, or a period that is not over yet."""
    programmes: Sequence[Programme] = rng.choice(
        [world.programmes, world.programmes[:1], world.programmes[1:]]
    )
    hubs: Sequence[Hub] = rng.choice([(), (), world.hubs[:1], world.hubs])
    days = rng.choice([(FIRST, LAST), (dt.date(2019, 4, 30), dt.date(2019, 5, 28))])
    return Scope.of(programmes, *days, now=rng.choice([NOW, MEANWHILE]), hubs=hubs)


def with_money(world: World, rng: Random) -> Grant:
    grant = factories.make_grant(programmes=world.programmes)
    for _ in range(6):
        Spend.objects.create(
            grant=grant,
            kind=rng.choice(CostKind.values),
            amount=rng.choice(["120.50", "-20.00", "999.99"]),
            spent_on=rng.choice([FIRST, LAST, dt.date(2019, 5, 14), dt.date(2019, 11, 1)]),
            what="A line",
            hub=rng.choice([None, *world.hubs]),
            struck_out_at=rng.choice([None, None, NOW]),
        )
    return grant


def counted(scope: Scope, grant: Grant) -> Counted:
    money = spend_of(scope.programmes, grant, scope.first_day, scope.last_day, scope.hubs)
    return count(scope, money, lambda *_: None)


@pytest.mark.django_db
@pytest.mark.parametrize("rng", range(WORLDS), indirect=True)
def test_figures_and_breakdowns(rng: Random) -> None:
    world = worlds.make_world(rng, sessions=16, people=12, marks=90)
    grant = with_money(world, rng)
    scope = asked_of(world, rng)

    found = counted(scope, grant)
    twin = Record(scope, grant)

    figures = {id_: found.raw[id_] for id_ in INDICATORS}
    assert figures == {id_: calculate(twin) for id_, calculate in TWINS.items()}
    groups = {
        id_: without_nobody(group)
        for id_, group in found.reach.groups.items()
        if id_ not in {each.id for each in CROSS_TABLES}
    }
    assert {id_: group for id_, group in groups.items() if group} == breakdowns(twin)
    assert crossed(found) == cross_tables(twin)
    assert found.sessions == of_sessions(twin)


def without_nobody(groups: dict[str | None, tuple[Any, ...]]) -> dict[str, tuple[int, ...]]:
    return {
        "none" if key is None else key: tuple(map(int, values))
        for key, values in groups.items()
        if values[0]
    }


def crossed(found: Counted) -> dict[str, dict[tuple[str, ...], int]]:
    tables = {}
    for each in CROSS_TABLES:
        cells = {
            tuple(part or "none" for part in str(key).split("\n")): int(values[0])
            for key, values in found.reach.groups[each.id].items()
            if values[0]
        }
        tables |= {each.id: cells} if cells else {}
    return tables


def of_sessions(twin: Record) -> dict[str, dict[str | None, tuple[int, ...]]]:
    """As many columns as the breakdown has: minutes held, sessions held, registers missing."""
    wanted = {each.id: len(each.session_indicators) for each in BREAKDOWNS if each.session_key}
    groups = session_groups(twin)
    return {
        id_: {
            None if row == "none" else row: values[:columns]
            for row, values in groups.get(id_, {}).items()
        }
        for id_, columns in wanted.items()
    }


@pytest.mark.django_db
@pytest.mark.parametrize("rng", range(100, 112), indirect=True)
def test_tables_of_sessions(rng: Random) -> None:
    scope = asked_of(worlds.make_world(rng, sessions=24, marks=20), rng)
    twin = Record(scope)
    hours, held, heads = (rows_of(each) for each in tables_of_sessions(scope))

    assert sum_of(hours) == in_hours(tuple(map(sum, zip(*weeks(twin).values(), strict=True))))
    assert hours.keys() == weeks(twin).keys() | {"total"}
    for week, values in weeks(twin).items():
        for printed, exact in zip(hours[week], values, strict=True):
            # Rows are rounded so that they sum to their total.
            assert abs(Decimal(printed) - Decimal(exact) / 60) < Decimal("0.1")
    assert held == {
        kind: (number, *in_hours((minutes,)), *people)
        for kind, (number, minutes, *people) in events(twin).items()
    }
    groups = head_counts(twin)
    assert heads.pop("total") == tuple(map(sum, zip(*groups.values(), strict=True)))
    assert heads == groups
    gone = rows_of(missing_registers(scope))
    assert gone.pop("total") == (sum(count for count, _ in missing(twin).values()), None)
    assert gone == missing(twin)


def rows_of(table: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {row["id"]: tuple(row["values"]) for row in table["rows"]}


def sum_of(rows: dict[str, tuple[Any, ...]]) -> tuple[Any, ...]:
    """The total, which its rows sum to."""
    inner = [values for id_, values in rows.items() if id_ != "total"]
    sums = tuple(sum(map(Decimal, column)) for column in zip(*inner, strict=True))
    assert sums == tuple(map(Decimal, rows["total"]))
    return rows["total"]


def in_hours(minutes: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(
        str((Decimal(each) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)) for each in minutes
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who",
    [
        Who(min_age=8, max_age=12),
        Who(max_age=15),
        Who(min_age=16),
        *(Who(characteristic=each) for each in Characteristic),
        Who(max_age=15, characteristic=Characteristic.DISADVANTAGED),
    ],
    ids=str,
)
def test_figures_of_some_people(who: Who) -> None:
    young_people = [
        each for each in COUNTED if each.relation in {Relation.PEOPLE, Relation.FOLLOWED}
    ]
    for seed in range(4):
        world = worlds.make_world(Random(seed), people=12, marks=80)
        scope = Scope.of(world.programmes, FIRST, LAST, now=NOW, who=who)
        twin = Record(scope)
        assert record.totals(scope, young_people) == {
            each.id: TWINS[each.id](twin) for each in young_people
        }
