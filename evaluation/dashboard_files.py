"""The tables of the dashboard and of the gap view as files for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from evaluation.queries.dashboard import HubWeeks
from evaluation.queries.gaps import Gaps
from evaluation.reports.dashboard import BoardTable, MonthTable
from typesetting.cells import neutral

_MARK = "\ufeff"

Line = Iterable[object]


def csv_lines(rows: Iterable[Line]) -> Iterator[str]:
    """Lines after RFC 4180 with a byte order mark, without which Excel spoils names like Déda.

    What is not known is empty; text that a spreadsheet would run has an apostrophe before it.
    """
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield _MARK
    for row in rows:
        yield writer.writerow([_cell(each) for each in row])


def gap_rows(gaps: Gaps) -> Iterator[Line]:
    """One line a hub and weekday under a line of headings."""
    yield ("hub", "weekday", "sessions", "ages with nothing", "aged 5 to 18", "deprivation score")
    for week in gaps.weeks:
        for slot in week.slots:
            lacking = "; ".join(f"{low} to {high}" for low, high in slot.lacking)
            yield (week.hub.name, slot.day, slot.sessions, lacking, week.people, week.score)


def table_rows(table: BoardTable) -> Iterator[Line]:
    """One line a row under a line of headings, the whole last; figures as bare numbers."""
    yield (table.heading, *(each.label for each in table.indicators))
    for row in table.rows:
        yield (row.label, *row.values)
    yield ("All together", *table.whole)


def month_rows(table: MonthTable) -> Iterator[Line]:
    """One line a hub, one column a month."""
    yield ("Hub", *table.months)
    for row in table.rows:
        yield (row.label, *row.values)


def week_rows(weeks: Iterable[HubWeeks]) -> Iterator[Line]:
    """One line a hub and week: hours planned and held, from its Monday on."""
    yield ("hub", "week from", "hours planned", "hours held")
    for each in weeks:
        for week in each.weeks:
            planned, held = (f"{minutes / 60:.2f}" for minutes in (week.planned, week.held))
            name = each.hub.name if each.hub else "Citywide"
            yield (name, week.monday.isoformat(), planned, held)


def _cell(value: object) -> object:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else value


class _Echo:
    """A file that hands back what is written, line by line."""

    def write(self, line: str) -> str:
        return line
