"""Which numbers are hidden, so that others cannot be worked out.

The proof of every number in danger is a pair of whole solutions that would be printed alike: one
in which it is as small as its print allows, one in which it is as large. Numbers are hidden until
each in danger has its pair, along the cheapest ways (a linear programme after Kelly, Golden and
Assad, "Cell suppression: disclosure protection for sensitive tabular data", Networks 22, 1992,
397-417), and printed again, the dearest first, where the pairs can be found without them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.disclosure.printing import Band
from evaluation.disclosure.system import Box, Flags, Floats, System, Whole

# So many proofs are worth a try to find them at once.
MANY = 4


@dataclass(frozen=True)
class Problem:
    """Numbers, true, and what there is to lose.

    `bands` says what the print of each would say, `costs` what it costs to hide it. `danger` are
    those that must not be told: printed only as their whole band, or hidden so that the ends of
    what they can be lie `width` apart. `must` are hidden in any case.
    """

    system: System
    truth: Whole
    bands: Sequence[Band]
    costs: Floats
    danger: Flags
    width: Whole
    must: Flags


def hide(problem: Problem) -> Flags:
    """What is hidden in the end. Equal problems have equal answers."""
    proofs = _Proofs(problem, problem.must.copy(), problem.truth[None, :])
    _hide_more(proofs)
    for number in _dearest_first(problem, proofs.hidden & ~problem.must):
        fewer = proofs.showing(number)
        if fewer.first_unproven() is None:
            proofs = fewer
    return proofs.hidden


def _hide_more(proofs: _Proofs) -> None:
    """Hide until every number in danger is proven; at the latest when all is hidden."""
    proofs.prove_together()
    while (number := proofs.first_unproven()) is not None:
        before = proofs.hidden.sum()
        proofs.hide_for(number)
        if proofs.hidden.sum() == before and not proofs.prove(number):
            proofs.hide_around(number)


def _dearest_first(problem: Problem, which: Flags) -> list[int]:
    numbers: list[int] = np.flatnonzero(which).tolist()
    return sorted(numbers, key=lambda number: (-problem.costs[number], number))


class _Proofs:
    """What is hidden, and solutions that would be printed alike: the proofs that it is enough."""

    def __init__(self, problem: Problem, hidden: Flags, points: Whole) -> None:
        self.problem, self.hidden, self.points = problem, hidden, points
        low, high = np.array(problem.bands, dtype=float).T
        self.box = Box(np.where(hidden, 0.0, low), np.where(hidden, math.inf, high))
        self.endangered = np.flatnonzero(problem.danger)

    def unproven(self) -> list[int]:
        """Numbers in danger whose range is not shown to be wide enough."""
        own = self.endangered
        least, most = self.points[:, own].min(axis=0), self.points[:, own].max(axis=0)
        is_wide = most - least >= self.problem.width[own]
        is_whole = (least <= self.box.low[own]) & (most >= self.box.high[own])
        numbers: list[int] = own[~np.where(self.hidden[own], is_wide, is_whole)].tolist()
        return numbers

    def first_unproven(self) -> int | None:
        """Look for the proofs that lack; the first number that has none, or None if all do."""
        while numbers := self.unproven():
            if not self.prove(numbers[0]):
                return numbers[0]
            self.prove_together()
        return None

    def prove(self, number: int) -> bool:
        """Whether the range of a number is wide enough."""
        low, high = self._reach(number)
        for sign, limit in ((1.0, high), (-1.0, low)):
            found = self.points[:, number]
            if limit != (found.max() if sign > 0 else found.min()):
                self._look([number], [sign])
            if number not in self.unproven():
                return True
        return False

    def prove_together(self) -> None:
        """Find the proofs of many numbers at once, as long as that gets on."""
        left = math.inf
        while MANY <= len(numbers := self.unproven()) < left:
            left = len(numbers)
            for signs in (np.ones(left), -np.ones(left), (-1.0) ** np.arange(left)):
                self._look(numbers, signs.tolist())

    def _look(self, numbers: Sequence[int], signs: Sequence[float]) -> None:
        box, objective = self.box, np.zeros(self.problem.system.size)
        for number, sign in zip(numbers, signs, strict=True):
            box = box.but(number, *self._reach(number))
            objective[number] = sign
        self._keep(self.problem.system.furthest(objective, box, self.problem.truth))

    def _reach(self, number: int) -> tuple[float, float]:
        """How far down and up it is worth looking."""
        if not self.hidden[number]:
            return self.box.low[number], self.box.high[number]
        true, width = self.problem.truth[number], self.problem.width[number]
        return max(0.0, float(true - width)), float(true + width)

    def _keep(self, point: Whole | None) -> None:
        if point is not None and self.box.holds(point) and self.problem.system.holds(point):
            self.points = np.vstack([self.points, point])

    def hide_for(self, number: int) -> None:
        """Hide the cheapest ways on which a number could go as far as it must."""
        for target in self._targets(number):
            costs = np.where(self.hidden, math.inf, self.problem.costs)
            costs[number] = math.inf
            box = self.box.but(number, target, target)
            point = self.problem.system.cheapest(costs, box, self.problem.truth)
            if point is not None:
                self._hide((point < self.box.low) | (point > self.box.high))
                self._keep(point)

    def _targets(self, number: int) -> list[float]:
        if self.hidden[number]:
            return [float(self.points[:, number].min() + self.problem.width[number])]
        return [self.box.low[number], self.box.high[number]]

    def hide_around(self, number: int) -> None:
        """Hide all numbers of the sums in which this one stands, or else everything."""
        matrix = self.problem.system.matrix.tocsr()
        sums = self.problem.system.matrix[:, [number]].nonzero()[0]
        around = np.zeros(len(self.hidden), dtype=bool)
        around[matrix[sums].nonzero()[1]] = True
        around[number] = True
        if np.all(self.hidden):
            raise RuntimeError("Everything is hidden, and no proof was found.")
        self._hide(~self.hidden if np.all(self.hidden[around]) else around)

    def _hide(self, more: Flags) -> None:
        self.hidden = self.hidden | more
        self.box.low[more], self.box.high[more] = 0.0, math.inf

    def showing(self, number: int) -> _Proofs:
        """The same with one number printed again, and the proofs that still hold."""
        hidden = self.hidden.copy()
        hidden[number] = False
        low, high = self.problem.bands[number]
        fit = (self.points[:, number] >= low) & (self.points[:, number] <= high)
        return _Proofs(self.problem, hidden, self.points[fit])
