"""Several published tables of one measure as one system: what they tell together.

An attacker supposes that a figure told twice is the same figure, that a part is no more than the
whole, and that attendances of parts sum up to those of the whole. Where late corrections make
that impossible he cannot; then the newest figures hold together, and older ones go without.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import chain, product
from typing import TypeAlias

import numpy as np

from evaluation.disclosure.attacking import ImpossibleError, Search, box_of
from evaluation.disclosure.layout import lay_out
from evaluation.disclosure.printing import Band, Place
from evaluation.disclosure.published import Identity, Published, Region
from evaluation.disclosure.system import Box, System, Tie, Whole

# A published figure: which table, and the row and column in it.
Figure: TypeAlias = tuple[int, Place]
# What lies in the same regions of those that are told of, and in no others.
Piece: TypeAlias = frozenset[Region]


class Combined:
    """Tables of one measure with everything that ties them."""

    def __init__(self, tables: Sequence[Published]) -> None:
        """The newest tables come last."""
        self.tables = tables
        self.layout = lay_out({str(i): table.shape for i, table in enumerate(tables)})
        self.bands = [table.bands() for table in tables]
        self.figures = _figures(tables)
        self.pieces = self._pieces()
        self.search = self._search()

    def number(self, figure: Figure) -> int:
        """Which number of the system a figure is."""
        table, (row, column) = figure
        return self.layout.numbers[str(table), row, column]

    def range(self, terms: Mapping[int, int]) -> Band:
        """The smallest and largest value of numbers times their factors, together."""
        low, high = self.search.end(terms, -1), self.search.end(terms, 1)
        return low, (math.inf if high >= self.far else high)

    @cached_property
    def far(self) -> float:
        """More than anything that is limited can be."""
        highs = [band[1] for bands in self.bands for band in bands.values()]
        return 1000.0 + 2 * sum(high for high in highs if high < math.inf)

    def _pieces(self) -> dict[tuple[Identity, Piece], int]:
        """A number for each part of what attendances and hours are told of."""
        if not self.tables[0].adds_up:
            return {}
        keys = [
            (identity, piece)
            for identity, regions in self.figures.items()
            if len(regions) > 1
            for piece in pieces_of(tuple(regions))
        ]
        return {key: self.layout.system.size + i for i, key in enumerate(keys)}

    def _search(self) -> Search:
        size = self.layout.system.size + len(self.pieces)
        box = box_of(self.layout, {str(i): bands for i, bands in enumerate(self.bands)})
        more = len(self.pieces)
        low = np.concatenate([box.low, np.zeros(more)])
        high = np.concatenate([box.high, np.full(more, math.inf)])
        box = Box(low, np.minimum(high, 2 * self.far))
        return suppose(size, chain(self.layout.ties, self._suppositions()), box)

    def _suppositions(self) -> Iterator[Tie]:
        """What is supposed, newest first."""
        by_table: dict[tuple[int, ...], list[Tie]] = defaultdict(list)
        for identity, regions in self.figures.items():
            for tables, tie in self._ties(identity, regions):
                by_table[tables].append(tie)
        for tables in sorted(by_table, reverse=True):
            yield from by_table[tables]

    def _ties(
        self, identity: Identity, regions: Mapping[Region, Sequence[Figure]]
    ) -> Iterator[tuple[tuple[int, ...], Tie]]:
        if self.pieces:
            yield from self._sums(identity, regions)
        else:
            yield from self._parts(regions)
            yield from self._covers(regions)

    def _sums(
        self, identity: Identity, regions: Mapping[Region, Sequence[Figure]]
    ) -> Iterator[tuple[tuple[int, ...], Tie]]:
        """Every figure is the sum of its pieces."""
        own = {piece: n for (other, piece), n in self.pieces.items() if other == identity}
        for region, figures in regions.items():
            for figure in figures if own else ():
                terms = {n: -1 for piece, n in own.items() if region in piece}
                yield (figure[0],), ({**terms, self.number(figure): 1}, 0.0, 0.0)

    def _parts(
        self, regions: Mapping[Region, Sequence[Figure]]
    ) -> Iterator[tuple[tuple[int, ...], Tie]]:
        """Figures of one thing are equal, and those of a part no more than the whole's."""
        for figures in regions.values():
            for one, other in self._repeated(figures):
                tie = ({self.number(one): 1, self.number(other): -1}, 0.0, 0.0)
                yield _newest(one, other), tie
        for whole, part in nested(regions):
            for one, other in product(self._told(regions[whole]), self._told(regions[part])):
                if one[0] != other[0]:
                    tie = ({self.number(one): 1, self.number(other): -1}, 0.0, math.inf)
                    yield _newest(one, other), tie

    def _repeated(self, figures: Sequence[Figure]) -> Iterator[tuple[Figure, Figure]]:
        """Each figure with the last one before it that may be the same."""
        for i, figure in enumerate(figures):
            for other in reversed(figures[:i]):
                if self.number(figure) == self.number(other):
                    break
                if _overlap(self.band(figure), self.band(other)):
                    yield figure, other
                    break

    def _told(self, figures: Sequence[Figure]) -> list[Figure]:
        """One of those that print the same; they are tied to each other."""
        return list({self.band(figure): figure for figure in figures}.values())

    def band(self, figure: Figure) -> Band:
        """What the print of a figure says by itself."""
        table, place = figure
        return self.bands[table][place]

    def _covers(
        self, regions: Mapping[Region, Sequence[Figure]]
    ) -> Iterator[tuple[tuple[int, ...], Tie]]:
        """People of the whole came to one of its parts, where these leave nothing out."""
        for whole, parts, is_all in families(tuple(regions)):
            if is_all:
                chosen = [regions[part][-1] for part in parts]
                terms = {self.number(figure): 1 for figure in chosen}
                for figure in regions[whole]:
                    if self.number(figure) not in terms:
                        tie = ({**terms, self.number(figure): -1}, 0.0, math.inf)
                        yield _newest(figure, *chosen), tie


def _overlap(one: Band, other: Band) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _newest(*figures: Figure) -> tuple[int, ...]:
    return tuple(sorted({table for table, _ in figures}, reverse=True))


def _figures(tables: Sequence[Published]) -> dict[Identity, dict[Region, list[Figure]]]:
    """Where every figure stands, by what it is of; the newest last."""
    found: dict[Identity, dict[Region, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for i, table in enumerate(tables):
        for place in table.shape.places():
            identity, region = table.meaning(place)
            found[identity][region].append((i, place))
    return found


def suppose(size: int, suppositions: Iterable[Tie], box: Box) -> Search:
    """The system with every supposition that is possible together with those before it.

    That a table adds up is the first of them: one that was printed wrong still counts cell by cell.
    What does not hold as a whole is halved: one bad tie among many costs a few tries, not as many.
    """
    everything = System.of(size, suppositions)
    kept: list[int] = []
    best = _possible(everything.only(kept), box)
    waiting: list[Sequence[int]] = [range(len(everything.least))]
    while waiting:
        some = waiting.pop()
        if found := _possible(everything.only([*kept, *some]), box):
            best, kept = found, [*kept, *some]
        elif len(some) > 1:
            middle = len(some) // 2
            waiting += [some[middle:], some[:middle]]
    if best is None:
        raise ImpossibleError("A print says nothing that can be.")
    return best


def _possible(system: System, box: Box) -> Search | None:
    point: Whole | None = system.any_point(box)
    return None if point is None else Search(system, box, point)


def nested(regions: Mapping[Region, object]) -> Iterator[tuple[Region, Region]]:
    """Each region with each of those that are a part of it."""
    for whole, part in product(regions, regions):
        if whole != part and part in whole:
            yield whole, part


def pieces_of(regions: tuple[Region, ...]) -> set[Piece]:
    """The pieces into which regions cut each other; none is empty."""
    return {piece for point in _points(regions) if (piece := _around(point, regions))}


def families(
    regions: tuple[Region, ...],
) -> Iterator[tuple[Region, tuple[Region, ...], bool]]:
    """Wholes with parts that do not meet, and whether these leave nothing of it out.

    One family begins with each part, and takes the largest that still fit.
    """
    pieces = pieces_of(regions)
    size = {region: sum(region in piece for piece in pieces) for region in regions}
    for whole in regions:
        inside = sorted(
            (part for part in regions if part != whole and part in whole),
            key=lambda part: (-size[part], part.first, part.last, repr(part.sets)),
        )
        for family in {_disjoint([first, *inside]) for first in inside}:
            is_all = all(
                any(part in piece for part in family) for piece in pieces if whole in piece
            )
            yield whole, family, is_all


def _disjoint(candidates: Sequence[Region]) -> tuple[Region, ...]:
    chosen: list[Region] = []
    for candidate in candidates:
        if not any(candidate.meets(other) for other in chosen):
            chosen.append(candidate)
    return tuple(sorted(chosen, key=repr))


def _points(regions: Sequence[Region]) -> Iterator[Region]:
    """Days and members, as regions, one of each kind that there can be."""
    days = {region.first for region in regions}
    days |= {region.last + timedelta(days=1) for region in regions}
    names = sorted({name for region in regions for name, _ in region.sets})
    members = [_members(name, regions) for name in names]
    for day in sorted(days):
        for chosen in product(*members):
            sets = zip(names, map(frozenset, zip(chosen, strict=True)), strict=True)
            yield Region(day, day, tuple(sets))


def _members(name: str, regions: Sequence[Region]) -> list[str]:
    """Every member that is named, and one that is not."""
    named = {member for region in regions for member in dict(region.sets).get(name) or ()}
    return ["", *sorted(named)]


def _around(point: Region, regions: Sequence[Region]) -> Piece:
    return frozenset(region for region in regions if point in region)
