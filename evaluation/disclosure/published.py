"""What was published: tables with their place in time and scope, and what each cell is of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, TypeAlias

from evaluation.disclosure.layout import Shape
from evaluation.disclosure.printing import Band, Cell, Method, Place, band

# Of which programmes, hubs and so on; an empty sequence is all of them.
Scope: TypeAlias = Mapping[str, Sequence[str]]
# Row and column of a cell by what they mean; a total has no label.
Identity: TypeAlias = frozenset[tuple[str, str]]

MONTH = "month"
# Rows of two kinds of table that are of the same people, and so one figure.
SAME_PEOPLE = {("key_stage", "Not known"): ("age_band", "Not known")}


class Region(NamedTuple):
    """The days and the sets (None for all) that a figure is of."""

    first: date
    last: date
    sets: tuple[tuple[str, frozenset[str] | None], ...]

    def __contains__(self, other: object) -> bool:
        """Whether every day and member of another region is in this one."""
        if not isinstance(other, Region):
            return False
        is_within = self.first <= other.first and other.last <= self.last
        return is_within and all(
            own is None or (theirs is not None and theirs <= own)
            for own, theirs in self._pairs(other)
        )

    def meets(self, other: Region) -> bool:
        """Whether the two have a day and a member of each set in common."""
        is_met = self.first <= other.last and other.first <= self.last
        return is_met and all(
            own is None or theirs is None or bool(own & theirs)
            for own, theirs in self._pairs(other)
        )

    def _pairs(
        self, other: Region
    ) -> Iterator[tuple[frozenset[str] | None, frozenset[str] | None]]:
        own, theirs = dict(self.sets), dict(other.sets)
        for name in own.keys() | theirs.keys():
            yield own.get(name), theirs.get(name)

    def within(self, name: str, label: str) -> Region:
        """The part of it in one member of a set, or in one month (2026-01)."""
        if name == MONTH:
            first = date.fromisoformat(f"{label}-01")
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            return self._replace(first=max(self.first, first), last=min(self.last, last))
        return self._replace(
            sets=tuple(sorted({**dict(self.sets), name: frozenset({label})}.items()))
        )


@dataclass(frozen=True)
class Published:
    """One table of one measure as it was, or would be, published.

    `rows` and `columns` are labels without the totals; `cells` has the margins last, as printed.
    A table of one column may come without its column of totals. `scope` says of what, each a set:
    `{"programmes": [...], "hubs": []}`, empty for all.

    Tables whose rows are of the same kind have the same `row_key`, whatever their `key` is; a key
    that is a name of `scope`, or `month` (labels like 2026-01), says that each row is the figure
    of that part of the scope or the period. `is_additive` False: people may stand in several rows.
    `adds_up`: the measure is no count of different people (attendances, hours), so figures of
    adjoining periods and scopes sum up. `origin` is how people call the release, and `names` how
    they call what is named here by a key: the table, members of the scope, rows and columns.
    """

    key: str
    measure: str
    scope: Scope
    first_day: date
    last_day: date
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    method: Method
    threshold: int = 5
    is_additive: bool = True
    row_key: str = ""
    column_key: str = ""
    adds_up: bool = False
    origin: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse cells that do not fit their labels."""
        height, widths = len(self.rows) + 1, {len(row) for row in self.cells}
        width = len(self.columns) + 1
        if len(self.cells) != height or widths not in ({width}, {1} if width == 2 else set()):
            raise ValueError(f"The cells of {self.key!r} do not fit its rows and columns.")

    @cached_property
    def shape(self) -> Shape:
        """Its size."""
        return Shape(len(self.rows), len(self.columns), self.is_additive)

    def bands(self) -> dict[Place, Band]:
        """What each print says by itself."""
        return {place: self._band(self.cell(place)) for place in self.shape.places()}

    def cell(self, place: Place) -> Cell:
        """What was printed there."""
        row, column = place
        return self.cells[row][min(column, len(self.cells[row]) - 1)]

    def _band(self, cell: Cell) -> Band:
        if self.method == "rounded" or cell is None or isinstance(cell, int):
            return band(cell, self.threshold)
        number = Decimal(cell.replace(",", ""))
        return math.floor(number), math.ceil(number)

    @cached_property
    def region(self) -> Region:
        """The whole of what the table is of."""
        sets = ((name, frozenset(members) or None) for name, members in sorted(self.scope.items()))
        return Region(self.first_day, self.last_day, tuple(sets))

    def meaning(self, place: Place) -> tuple[Identity, Region]:
        """What the figure in a place is of: kinds of people or things, and where and when."""
        row, column = place
        identity, region = set[tuple[str, str]](), self.region
        for labels, index, key in (
            (self.rows, row, self.row_key or f"rows of {self.key}"),
            (self.columns, column, self.column_key or f"columns of {self.key}"),
        ):
            if index == len(labels) or (labels is self.columns and len(labels) == 1):
                continue
            if key in self.scope or key == MONTH:
                region = region.within(key, labels[index])
            else:
                kind = (key, labels[index])
                identity.add(SAME_PEOPLE.get(kind, kind))
        return frozenset(identity), region

    def label(self, place: Place) -> str:
        """How people call a cell."""
        row, column = place
        names = [
            self.called(labels[index]) if index < len(labels) else "total"
            for labels, index in ((self.rows, row), (self.columns, column))
            if len(labels) > 1 or labels is self.rows
        ]
        return ", ".join(dict.fromkeys(names))

    @property
    def name(self) -> str:
        """How people tell it from others: what it is called, its days, scope and release."""
        days = f"{self.first_day:%-d %B %Y} to {self.last_day:%-d %B %Y}"
        members = [", ".join(map(self.called, some)) for some in self.scope.values() if some]
        return f"{self.called(self.key)} ({'; '.join(filter(None, [days, *members, self.origin]))})"

    def called(self, key: str) -> str:
        """What people call it."""
        return self.names.get(key, key)
