"""Tables of one report laid out as one system: equal cells are one number, margins are sums."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from evaluation.disclosure.printing import Place
from evaluation.disclosure.system import System, Tie

T = TypeVar("T")
Counts: TypeAlias = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Linked:
    """One table of a report, and which of its numbers stand in others too.

    Tables of one `measure` have the same grand total (leave it empty where nothing is shared).
    Row totals of one measure and `row_key` are the same row by row, and so are column totals
    of one `column_key`; a key may be of rows here and of columns there. Rows are told apart by
    their labels, or by their numbers where no labels are given. A table of one column has its
    rows as row totals. `same_as` names further cells, margins last, by anything: cells of one
    name are one number.

    Where `is_additive` is False people may stand in several rows: one column, and `total` says
    how many people they are together.
    """

    counts: Counts
    measure: str = ""
    row_key: str = ""
    column_key: str = ""
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    threshold: int | None = None
    is_additive: bool = True
    total: int | None = None
    same_as: Mapping[Place, Hashable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no table of counts."""
        if not len(self.counts) or not len(self.counts[0]):
            raise ValueError("A table needs a row and a column.")
        if len({len(row) for row in self.counts}) > 1:
            raise ValueError("Every row needs the same number of columns.")
        if any(count < 0 or count != int(count) for row in self.counts for count in row):
            raise ValueError("Counts are whole numbers, none below 0.")
        if not self.is_additive:
            self._check_total()

    def _check_total(self) -> None:
        if self.width > 1 or self.total is None:
            raise ValueError("A table that does not add up has one column and says its total.")
        column = [row[0] for row in self.counts]
        if not max(column) <= self.total <= sum(column):
            raise ValueError("The total lies between the largest row and the sum of all.")

    @property
    def height(self) -> int:
        """Rows without the totals."""
        return len(self.counts)

    @property
    def width(self) -> int:
        """Columns without the totals."""
        return len(self.counts[0])

    @cached_property
    def full(self) -> NDArray[np.int64]:
        """The true table with its margins last."""
        inner = np.array([[int(count) for count in row] for row in self.counts], dtype=np.int64)
        wide = np.hstack([inner, inner.sum(axis=1, keepdims=True)])
        whole = np.vstack([wide, wide.sum(axis=0, keepdims=True)])
        if self.total is not None and not self.is_additive:
            whole[-1] = self.total
        return whole

    @property
    def shape(self) -> Shape:
        """What the table is to others: its size and its names."""
        return Shape(self.height, self.width, self.is_additive, tuple(self._names()))

    def _names(self) -> Iterator[tuple[Place, Hashable]]:
        if self.measure:
            yield (self.height, self.width), ("total", self.measure)
        if self.row_key:
            labels = self.rows or range(self.height)
            for row, label in zip(range(self.height), labels, strict=True):
                yield (row, self.width), ("margin", self.measure, self.row_key, label)
        if self.column_key:
            labels = self.columns or range(self.width)
            for column, label in zip(range(self.width), labels, strict=True):
                yield (self.height, column), ("margin", self.measure, self.column_key, label)
        for place, name in self.same_as.items():
            yield place, ("named", name)


class Shape(NamedTuple):
    """The size of a table without its margins, and which of its places have a name.

    Places of one name, in whatever table, are one number; a place may have several names.
    """

    height: int
    width: int
    is_additive: bool = True
    names: Sequence[tuple[Place, Hashable]] = ()

    def places(self) -> Iterator[Place]:
        """Every place, margins last."""
        yield from product(range(self.height + 1), range(self.width + 1))

    def sides(self, place: Place) -> int:
        """0 for a cell inside, 1 for a margin, 2 for the grand total."""
        row, column = place
        is_sum_of_row = column == self.width and self.width > 1
        is_sum_of_column = row == self.height and self.height > 1
        return int(is_sum_of_row) + int(is_sum_of_column) + int(place == (1, 1) == self[:2])

    def same(self) -> Iterator[tuple[Place, Place]]:
        """Pairs of places that are one number: the margins of a single row or column."""
        if self.width == 1:
            yield from (((row, 0), (row, 1)) for row in range(self.height + 1))
        if self.height == 1:
            yield from (((0, column), (1, column)) for column in range(self.width + 1))

    def sums(self) -> Iterator[tuple[Place, list[Place]]]:
        """Each margin with the cells that it is the sum of."""
        for row in range(self.height + 1):
            yield (row, self.width), [(row, column) for column in range(self.width)]
        for column in range(self.width + 1):
            yield (self.height, column), [(row, column) for row in range(self.height)]


class _Joining:
    """Which things are one, of those that were said to be the same."""

    def __init__(self) -> None:
        self.parents: dict[Hashable, Hashable] = {}

    def root(self, item: Hashable) -> Hashable:
        parent = self.parents.setdefault(item, item)
        while parent != self.parents[parent]:
            parent = self.parents[parent]
        self.parents[item] = parent
        return parent

    def join(self, one: Hashable, other: Hashable) -> None:
        first, second = self.root(one), self.root(other)
        self.parents[second] = first


@dataclass(frozen=True)
class Layout:
    """The numbers of all tables: which stands where, and how they are tied."""

    shapes: Mapping[str, Shape]
    numbers: Mapping[tuple[str, int, int], int]
    ties: Sequence[Tie]

    @cached_property
    def system(self) -> System:
        """The numbers with their ties."""
        return System.of(max(self.numbers.values()) + 1, self.ties)

    def spread(self, table: str, values: Sequence[T]) -> tuple[tuple[T, ...], ...]:
        """A value for each number, as the cells of a table."""
        shape = self.shapes[table]
        return tuple(
            tuple(values[self.numbers[table, row, column]] for column in range(shape.width + 1))
            for row in range(shape.height + 1)
        )


def lay_out(shapes: Mapping[str, Shape]) -> Layout:
    """Number the cells of tables, equal ones alike, and tie margins to what they are sums of."""
    joining = _Joining()
    for table, shape in shapes.items():
        for one, other in shape.same():
            joining.join((table, *one), (table, *other))
        for place, name in shape.names:
            joining.join(("name", name), (table, *place))
    seen: dict[Hashable, int] = {}
    numbers = {
        (table, *place): seen.setdefault(joining.root((table, *place)), len(seen))
        for table, shape in shapes.items()
        for place in shape.places()
    }
    ties = [
        tie
        for table, shape in shapes.items()
        for whole, parts in shape.sums()
        for tie in _tied(
            numbers[table, *whole],
            [numbers[table, *part] for part in parts],
            is_additive=shape.is_additive,
        )
    ]
    return Layout(shapes, numbers, _each_once(ties))


def _tied(whole: int, parts: Sequence[int], *, is_additive: bool) -> Iterator[Tie]:
    """How a margin hangs together with its parts.

    Where people may stand in several parts, it lies between the largest part and their sum.
    """
    terms = Counter(parts)
    terms[whole] -= 1
    if not parts or not any(terms.values()):
        return
    yield terms, 0.0, 0.0 if is_additive else math.inf
    if not is_additive:
        yield from (({whole: 1, part: -1}, 0.0, math.inf) for part in parts if part != whole)


def _each_once(ties: Sequence[Tie]) -> list[Tie]:
    known = {(frozenset(terms.items()), low, high): (terms, low, high) for terms, low, high in ties}
    return list(known.values())
