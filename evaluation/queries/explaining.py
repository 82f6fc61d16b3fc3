"""How one figure comes about: the SQL as it is asked, how the database goes about it, the value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import ClientCursor

from evaluation.indicators import INDICATORS, Indicator, ratio
from evaluation.models import Grant
from evaluation.queries import record
from evaluation.queries.record import Scope
from evaluation.queries.spend import lines_of, spend_of


@dataclass(frozen=True)
class Explained:
    """One figure: hours as minutes, ratios as they are printed.

    `sql` and `plan` are empty where the database adds nothing up: for ratios, whose numerator and
    denominator come before them, for a budget, and for the days of the period.
    """

    id: str
    indicator: Indicator | None
    value: Any
    sql: str = ""
    plan: str = ""


def explain(indicator: Indicator, scope: Scope, grant: Grant) -> list[Explained]:
    """The figure last, the parts of a ratio before it. Every query is run, the plan's too.

    Best within `record.one_moment`.
    """
    if not indicator.is_ratio:
        return [_part(indicator.id, scope, grant)]
    parts = [_part(id_, scope, grant) for id_ in (indicator.numerator, indicator.denominator)]
    value = ratio(indicator, {part.id: part.value for part in parts})
    return [*parts, Explained(indicator.id, indicator, value)]


def _part(id_: str, scope: Scope, grant: Grant) -> Explained:
    if id_ == "days":
        return Explained(id_, None, scope.days)
    indicator = INDICATORS[id_]
    if indicator.relation is None:
        return _money(indicator, scope, grant)
    base, select = record.total_sql(scope, indicator.relation, [indicator])
    with record.whole_relations() as cursor:
        # The driver's own cursor says what it would send; the server is never asked.
        asked = ClientCursor(connection.connection).mogrify(
            f"WITH {base} {select}", scope.parameters()
        )
        cursor.execute(asked)
        (value,) = cursor.fetchone()
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {asked}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    return Explained(id_, indicator, value, "\n".join(_tidy(asked)), plan)


def _money(indicator: Indicator, scope: Scope, grant: Grant) -> Explained:
    days = scope.first_day, scope.last_day
    money = spend_of(scope.programmes, grant, *days, scope.hubs)
    if indicator.id == "budget":
        return Explained(indicator.id, indicator, money.budget)
    lines = lines_of(scope.programmes, grant, scope.hubs).between(*days)
    amounts = lines.order_by().values_list("amount")
    plan = amounts.explain(analyze=True, buffers=True)
    sql, parameters = amounts.query.sql_with_params()
    asked = ClientCursor(connection.connection).mogrify(sql, parameters)
    return Explained(indicator.id, indicator, money.spend, asked, plan)


def _tidy(sql: str) -> Iterator[str]:
    """Without comments and empty lines."""
    for line in sql.splitlines():
        text = line.partition("--")[0].rstrip()
        if text.strip():
            yield text
