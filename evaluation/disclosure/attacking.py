"""What can be worked out of a print: the smallest and the largest count that every cell can be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.disclosure.layout import Layout, Shape, lay_out
from evaluation.disclosure.printing import Band, Place, Protected
from evaluation.disclosure.system import Box, Floats, System, Whole


class ImpossibleError(ValueError):
    """No counts would be printed so."""


def attacker_intervals(published: Protected) -> dict[Place, Band]:
    """The smallest and largest count of each cell that is not printed exactly, by (row, column).

    What the attacker knows: all that is printed, the rules of rounding, that counts are whole and
    not negative, and that margins are sums. Exact: both ends are reached by tables that would be
    printed alike. math.inf where nothing limits a cell. ImpossibleError where no table fits.
    """
    shape = Shape(len(published.cells) - 1, len(published.cells[0]) - 1, published.is_additive)
    layout = lay_out({"": shape})
    bands = {place: published.band(place) for place in shape.places()}
    found = intervals(layout.system, box_of(layout, {"": bands}))
    return {
        (row, column): found[number]
        for (_, row, column), number in layout.numbers.items()
        if bands[row, column][0] != bands[row, column][1]
    }


def box_of(layout: Layout, bands: Mapping[str, Mapping[Place, Band]]) -> Box:
    """What all prints of each number say together."""
    size = layout.system.size
    box = Box(np.zeros(size), np.full(size, math.inf))
    for (table, *place), number in layout.numbers.items():
        row, column = place
        low, high = bands[table][row, column]
        box.low[number] = max(box.low[number], low)
        box.high[number] = min(box.high[number], high)
    return box


def intervals(system: System, box: Box) -> list[Band]:
    """The smallest and largest value of every number of a system."""
    start = system.any_point(box)
    if start is None:
        raise ImpossibleError("No counts would be printed like this.")
    search = Search(system, box, start)
    endless = system.endless(np.isinf(box.high))
    return [
        (search.end({number: 1}, -1), math.inf if endless[number] else search.end({number: 1}, 1))
        for number in range(system.size)
    ]


class Search:
    """Ends of what numbers can be, from solutions found so far or sought for."""

    def __init__(self, system: System, box: Box, start: Whole) -> None:
        """`start` is a solution within the box."""
        self.system, self.box, self.start = system, box, start
        self.points = start[None, :]
        self.least, self.most = start.copy(), start.copy()

    def swing(self, numbers: Sequence[int]) -> None:
        """Let many numbers go up and down at once, so that few are left to be sought for."""
        ones = np.ones(len(numbers))
        stripes = [(-1.0) ** (np.arange(len(numbers)) // width) for width in (1, 2, 4, 8, 16)]
        for signs in (ones, *stripes):
            for direction in (signs, -signs):
                objective = np.zeros(self.system.size)
                objective[numbers] = direction
                self._seek(objective)

    def seen(self, terms: Mapping[int, int]) -> Band:
        """The smallest and largest value found so far of numbers times their factors, together."""
        values = self.points[:, list(terms)] @ np.array(list(terms.values()))
        return int(values.min()), int(values.max())

    def limit(self, terms: Mapping[int, int], sign: int) -> float:
        """How far the numbers' own prints let that end go; ties may not let it go so far."""
        return sum(self._limit(number, sign * factor) * factor for number, factor in terms.items())

    def end(self, terms: Mapping[int, int], sign: int) -> int:
        """The smallest (-1) or largest (1) value of numbers times their factors, together."""
        limit = self.limit(terms, sign)
        if limit == self.seen(terms)[sign > 0]:
            return int(limit)
        objective = np.zeros(self.system.size)
        for number, factor in terms.items():
            objective[number] = sign * factor
        point = self._seek(objective)
        return int(sum(factor * point[number] for number, factor in terms.items()))

    def _limit(self, number: int, sign: int) -> float:
        return float(self.box.high[number] if sign > 0 else self.box.low[number])

    def _seek(self, objective: Floats) -> Whole:
        point = self.system.furthest(objective, self.box, self.start)
        if point is None:
            raise ImpossibleError("No end was found, although a table fits.")
        self.points = np.vstack([self.points, point])
        self.least, self.most = np.minimum(self.least, point), np.maximum(self.most, point)
        return point
