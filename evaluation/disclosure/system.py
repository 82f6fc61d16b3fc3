"""Whole numbers tied by sums, and how far one of them can go within what was printed.

What is found possible is a whole solution, checked in whole numbers: the solver only proposes.
What is found impossible rests on a bound of the linear relaxation, or on branch and bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, csr_array, hstack

from evaluation.disclosure.patience import NotProvedError, seconds_left

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
# Coefficients by number of the variable, and between which two values their sum lies.
Tie: TypeAlias = tuple[Mapping[int, int], float, float]

REAL, WHOLE = 0, 1
NEARLY = 1e-4
# What the solver says when its time limit is reached.
OUT_OF_TIME = 1


class Box(NamedTuple):
    """The smallest and the largest value of each number; infinite where nothing limits it."""

    low: Floats
    high: Floats

    def holds(self, point: Whole) -> bool:
        """Whether every number lies within."""
        return bool(np.all(point >= self.low) and np.all(point <= self.high))

    def but(self, number: int, low: float, high: float) -> Box:
        """The same with other limits for one number."""
        box = Box(self.low.copy(), self.high.copy())
        box.low[number], box.high[number] = low, high
        return box


@dataclass(frozen=True)
class System:
    """Ties between `size` whole numbers."""

    size: int
    matrix: csc_array
    least: Floats
    most: Floats

    @classmethod
    def of(cls, size: int, ties: Iterable[Tie]) -> System:
        """From a list of ties."""
        kept = list(ties)
        entries = [(i, v, c) for i, (terms, _, _) in enumerate(kept) for v, c in terms.items()]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = csc_array((values, (rows, columns)), shape=(len(kept), size), dtype=np.float64)
        least = np.array([low for _, low, _ in kept], dtype=float)
        return cls(size, matrix, least, np.array([high for _, _, high in kept], dtype=float))

    def only(self, kept: Sequence[int]) -> System:
        """The same numbers with some of the ties."""
        chosen = np.array(kept, dtype=np.int64)
        matrix = csc_array(self.by_tie[chosen])
        return System(self.size, matrix, self.least[chosen], self.most[chosen])

    @cached_property
    def by_tie(self) -> csr_array:
        """The matrix laid out so that ties are quick to choose."""
        return csr_array(self.matrix)

    def holds(self, point: Whole) -> bool:
        """Whether whole numbers obey every tie, exactly."""
        sums = self.matrix @ point
        return bool(np.all(sums >= self.least) and np.all(sums <= self.most))

    def any_point(self, box: Box) -> Whole | None:
        """Whole numbers within the box that obey every tie; None where there are none."""
        return self.furthest(np.zeros(self.size), box, np.zeros(self.size, dtype=np.int64))

    def furthest(self, objective: Floats, box: Box, start: Whole) -> Whole | None:
        """The point within the box where the objective is largest; None where there is none.

        Distances from `start` are solved for, so that large counts cost no digits. The box must
        limit the objective.
        """
        moves = Box(box.low - start, box.high - start)
        for kind in (REAL, WHOLE):
            step = self._solve(self.matrix, -objective, moves, start, kind)
            if step is None:
                return None
            point = start + np.rint(step).astype(np.int64)
            is_whole = bool(np.all(np.abs(point - start - step) < NEARLY))
            if is_whole and box.holds(point) and self.holds(point):
                return point
        return None

    def cheapest(self, costs: Floats, box: Box, start: Whole) -> Whole | None:
        """A way out of the box, none of it below 0, for the least cost; None where there is none.

        `costs` is the price of every 1 outside; infinite where that is forbidden. Without whole
        solutions it is rounded, so whether it holds is for the caller to see.
        """
        paid = np.flatnonzero(np.isfinite(costs))
        extra, none = self.matrix[:, paid], np.zeros(len(paid))
        wide = csc_array(hstack([self.matrix, extra, -extra]))
        below = np.concatenate([box.low - start, none, none])
        above = np.concatenate([box.high - start, none + np.inf, box.low[paid]])
        prices = np.concatenate([np.zeros(self.size), costs[paid], costs[paid]])
        step = self._solve(wide, prices, Box(below, above), start, REAL)
        if step is None:
            return None
        within, up, down = np.split(step, [self.size, self.size + len(paid)])
        within[paid] += up - down
        return start + np.rint(within).astype(np.int64)

    def endless(self, free: Flags) -> Flags:
        """Which of the `free` numbers can grow without end, while those not free stay.

        Every direction may be followed any distance, so one step of size 1 shows it.
        """
        caps = np.concatenate([np.where(free, 1.0, 0.0), np.where(free, np.inf, 0.0)])
        gains = np.concatenate([-np.ones(self.size), np.zeros(self.size)])
        low = np.where(np.isfinite(self.least), 0.0, -np.inf)
        high = np.where(np.isfinite(self.most), 0.0, np.inf)
        ties = LinearConstraint(csc_array(hstack([self.matrix, self.matrix])), low, high)
        found = milp(gains, constraints=ties, bounds=Bounds(np.zeros(2 * self.size), caps))
        steps: Floats = np.asarray(found.x)[: self.size]
        return steps > 0.5

    def _solve(
        self, matrix: csc_array, costs: Floats, box: Box, start: Whole, kind: int
    ) -> Floats | None:
        if np.any(box.low > box.high):
            return None
        done = self.matrix @ start
        found = milp(
            costs,
            integrality=np.full(len(costs), kind),
            bounds=Bounds(box.low, box.high),
            constraints=LinearConstraint(matrix, self.least - done, self.most - done),
            options={"mip_rel_gap": 0.0, "time_limit": seconds_left()},
        )
        if found.status == OUT_OF_TIME:
            raise NotProvedError
        return None if found.x is None else np.asarray(found.x, dtype=float)
