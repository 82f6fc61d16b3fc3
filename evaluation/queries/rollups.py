"""Figures kept by hub and month, counted anew where something has changed since.

Triggers note which month of which hub a change touches (`StaleMonth`, append-only, so that nobody
who saves a register waits for anybody else). Whoever reads first has what is stale counted again,
by the same relations as every other figure (`evaluation.queries.record`). So what is read is
always exact; a task in the background only makes the reading quick.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from activities.models import Programme
from evaluation.indicators import COUNTED, INDICATORS, Indicator, Relation
from evaluation.models import HubMonth, StaleMonth
from evaluation.queries import record
from evaluation.queries.record import Scope
from hubs.models import Hub

# Figures that hang on nothing but what happened at one hub in one month. Those that hang on the
# time of asking, on other months or on the number of hubs are not kept, nor those of facts that
# are no part of a mark.
_KEPT_RELATIONS = (Relation.SESSIONS, Relation.PEOPLE, Relation.HEAD_COUNTS)
_NOT_KEPT = {"registers_missing", "hubs_active"}
KEPT: tuple[str, ...] = tuple(
    each.id
    for each in COUNTED
    if each.relation in _KEPT_RELATIONS
    and each.id not in _NOT_KEPT
    and "disadvantaged" not in each.sql
)
# Names the lock under which stale months are counted anew, one reader at a time.
COUNTING = 20180926

_HUB_AND_MONTH = "concat(hub_id, '/', month)"
# The indicators' SQL is over PEOPLE; here somebody is one row at a hub in a month.
_PEOPLE_BY_HUB_AND_MONTH = """
    SELECT hub_id, month, {columns}
    FROM (
        SELECT activity.hub_id, cells.month, cells.person_id,
               sum(cells.attended)::bigint AS attended, sum(cells.absent)::bigint AS absent,
               sum(cells.minutes)::bigint AS minutes, sum(cells.volunteered)::bigint AS volunteered
        FROM cells JOIN activities_activity AS activity ON activity.id = cells.activity_id
        GROUP BY 1, 2, 3
    ) AS people
    GROUP BY 1, 2
"""

Month = tuple[int | None, dt.date]


class _Stale(NamedTuple):
    programme: int
    hub: int | None
    month: dt.date


def figures_by_hub_and_month(
    programmes: Sequence[Programme],
    first_month: dt.date,
    last_month: dt.date,
    indicators: Sequence[str],
) -> dict[Month, dict[str, int]]:
    """{(hub id or None for citywide, first day of month): {indicator: figure}}, exact.

    Months are Europe/London months, given by any of their days, both included; hours come as
    minutes. Where every figure is 0 the month is left out. Indicators are ids of `KEPT`. What is
    stale is counted anew first, so not within `one_moment`, and best outside any transaction of
    the caller's: readers wait for its end. People of several programmes are counted live, each
    once.

    Raises:
        KeyError: an indicator is not one of those that are kept.
    """
    wanted = [_kept(id_) for id_ in indicators]
    first, last = first_month.replace(day=1), last_month.replace(day=1)
    live = [each for each in wanted if len(programmes) > 1 and _counts_people_once(each)]
    kept = [each.id for each in wanted if each not in live]
    found: dict[Month, dict[str, int]] = {}
    with transaction.atomic():
        refresh(programmes, first, last)
        for hub, month, id_, value in _read(programmes, first, last, kept):
            cell = found.setdefault((hub, month), dict.fromkeys(indicators, 0))
            cell[id_] += value
    if live:
        for key, figures in counted(_scope(programmes, first, last), live).items():
            found.setdefault(key, dict.fromkeys(indicators, 0)).update(figures)
    return {key: figures for key, figures in found.items() if any(figures.values())}


def counted(scope: Scope, indicators: Sequence[Indicator]) -> dict[Month, dict[str, int]]:
    """The same counted live over a scope of whole months; figures of nothing are left out."""
    found: defaultdict[Month, dict[str, int]] = defaultdict(dict)
    for relation in _KEPT_RELATIONS:
        wanted = [each for each in indicators if each.relation is relation]
        rows = _grouped(scope, relation, wanted) if wanted else []
        for hub, month, *values in rows:
            figures = zip((each.id for each in wanted), map(int, values), strict=True)
            found[hub, month].update(figures)
    return dict(found)


def refresh(
    programmes: Iterable[Programme] | None = None,
    first_month: dt.date = dt.date.min,
    last_month: dt.date = dt.date.max,
) -> int:
    """Count what is stale anew, in the caller's transaction; returns how many months at hubs.

    Of these programmes (all of them without any) and months. Rows that say what is stale are
    taken away before anything is counted: a change that comes later leaves a row of its own.
    """
    stale = StaleMonth.objects.filter(month__range=(first_month, last_month))
    if programmes is not None:
        stale = stale.filter(programme__in=[each.pk for each in programmes])
    if not stale.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COUNTING])
    taken = _take(stale.values_list("pk", flat=True))
    known = Programme.objects.in_bulk({each.programme for each in taken})
    for pk, programme in known.items():
        months = {(each.hub, each.month) for each in taken if each.programme == pk}
        for run in _runs(months):
            _replace(programme, run)
    return len(taken)


def refresh_everything() -> int:
    """Count all that is stale anew, a programme's year at a time, each in its own transaction.

    So nobody who reads waits for longer than a year takes. Returns how many months at hubs.
    """
    noted = StaleMonth.objects.values_list("programme", "month__year").distinct()
    known = Programme.objects.in_bulk()
    count = 0
    for pk, year in sorted(noted):
        if pk in known:
            with transaction.atomic():
                count += refresh([known[pk]], dt.date(year, 1, 1), dt.date(year, 12, 1))
    return count


def _kept(id_: str) -> Indicator:
    if id_ not in KEPT:
        raise KeyError(id_)
    return INDICATORS[id_]


def _counts_people_once(indicator: Indicator) -> bool:
    """Whether it does not add up over programmes."""
    return indicator.relation is Relation.PEOPLE and indicator.sql.startswith("count(")


def _scope(
    programmes: Sequence[Programme], first: dt.date, last: dt.date, hubs: Sequence[Hub] = ()
) -> Scope:
    """Whole months; what is kept does not hang on when it is asked."""
    last_day = (last + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return Scope(tuple(programmes), first, last_day, cut_off=None, hubs=tuple(hubs))


def _grouped(
    scope: Scope, relation: Relation, indicators: Sequence[Indicator]
) -> list[tuple[Any, ...]]:
    """(hub id or None, month, one value an indicator)."""
    if relation is not Relation.PEOPLE:
        by_key = record.grouped(scope, relation, _HUB_AND_MONTH, indicators)
        return [(*_month_of(key), *values) for key, values in by_key.items()]
    columns = ", ".join(each.sql for each in indicators)
    base, parameters = record.people_sql(scope)
    with record.whole_relations() as cursor:
        cursor.execute(f"{base} {_PEOPLE_BY_HUB_AND_MONTH.format(columns=columns)}", parameters)
        return cursor.fetchall()


def _month_of(key: str) -> Month:
    hub, month = key.split("/")
    return (int(hub) if hub else None), dt.date.fromisoformat(month)


def _read(
    programmes: Sequence[Programme], first: dt.date, last: dt.date, indicators: Sequence[str]
) -> Iterator[tuple[int | None, dt.date, str, int]]:
    rows = HubMonth.objects.filter(
        programme__in=programmes, month__range=(first, last), indicator__in=indicators
    )
    yield from rows.values_list("hub_id", "month", "indicator", "value")


def _take(stale: Iterable[int]) -> set[_Stale]:
    """Take away notes of what is stale, by their ids, and say what they were of."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {StaleMonth._meta.db_table} WHERE id = ANY(%s)"  # noqa: S608
            " RETURNING programme_id, hub_id, month",
            [list(stale)],
        )
        return {_Stale(*row) for row in cursor.fetchall()}


def _runs(months: set[Month]) -> Iterator[set[Month]]:
    """Months that follow each other, at whichever hubs: each run is counted in one go."""
    run: set[Month] = set()
    latest = dt.date.min
    for hub, month in sorted(months, key=lambda each: each[1]):
        if run and month > (latest + dt.timedelta(days=31)).replace(day=1):
            yield run
            run = set()
        run.add((hub, month))
        latest = month
    if run:
        yield run


def _replace(programme: Programme, months: set[Month]) -> None:
    """Count one run of months and put it in the place of what was kept of them."""
    hub_ids = {hub for hub, _ in months}
    known = Hub.objects.filter(pk__in=[hub for hub in hub_ids if hub])
    # Without hubs a scope is of all of them, and of what is citywide.
    hubs: Sequence[Hub] = () if None in hub_ids else list(known)
    first, last = min(month for _, month in months), max(month for _, month in months)
    found = counted(_scope([programme], first, last, hubs), [_kept(id_) for id_ in KEPT])
    _forget(programme, months)
    HubMonth.objects.bulk_create(
        [
            HubMonth(programme=programme, hub_id=hub, month=month, indicator=id_, value=value)
            for (hub, month), figures in found.items()
            if (hub, month) in months
            for id_, value in figures.items()
            if value
        ],
        batch_size=5000,
    )


def _forget(programme: Programme, months: set[Month]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {HubMonth._meta.db_table} AS kept
            USING unnest(%s::bigint[], %s::date[]) AS stale (hub_id, month)
            WHERE kept.programme_id = %s AND kept.month = stale.month
              AND kept.hub_id IS NOT DISTINCT FROM stale.hub_id
            """,  # noqa: S608
            [[hub for hub, _ in months], [month for _, month in months], programme.pk],
        )
