"""A new release held against those that were published before, on what was published."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from evaluation.disclosure.combining import Combined, Figure, families, nested
from evaluation.disclosure.patience import NotProvedError, patience
from evaluation.disclosure.printing import STEP, Band
from evaluation.disclosure.published import Identity, Published

NOT_PROVED = (
    "It could not be proved in time that this gives nobody away beside what was published before. "
    "Rounded numbers and fewer tables are proved sooner."
)


@dataclass(frozen=True)
class Finding:
    """What would be told too closely, in words that do not tell it."""

    table: str
    cells: tuple[str, ...]
    words: str

    def __str__(self) -> str:
        """The words."""
        return self.words


def is_wide(known: Band, threshold: int) -> bool:
    """Whether a range tells no more than `<5` does, or leaves `threshold` open."""
    low, high = known
    return high - low >= threshold or (low <= 1 and high >= threshold - 1)


def is_told(known: Band, threshold: int) -> bool:
    """Whether a range gives a small count away: it may be small, and is known too closely."""
    low, high = known
    return high >= 1 and low < threshold and not is_wide(known, threshold)


def audit(
    new: Sequence[Published], earlier: Sequence[Published], *, seconds: float | None = None
) -> list[Finding]:
    """What the new tables would tell too closely together with those published before.

    Four questions, for each measure: whether a cell that is hidden or printed as `<5` is narrowed
    by the tables together; whether the difference of a whole and a part (periods, hubs,
    programmes) is surely of a few; the same for what several parts leave over, where the measure
    adds up; and whether a figure that was published before changes by a few. Empty: it may leave.
    What takes longer than `seconds` is not proved, which is a finding of its own.
    """
    try:
        with patience(seconds):
            return _found(new, earlier)
    except NotProvedError:
        return [Finding("", (), NOT_PROVED)]


def _found(new: Sequence[Published], earlier: Sequence[Published]) -> list[Finding]:
    by_measure: dict[str, list[Published]] = defaultdict(list)
    for table in new:
        by_measure[table.measure].append(table)
    findings: list[Finding] = []
    for measure, tables in by_measure.items():
        before = _connected(tables, [table for table in earlier if table.measure == measure])
        if before or len(tables) > 1:
            findings += _Audit(tables, before).findings()
    return list(dict.fromkeys(findings))


def _connected(new: Sequence[Published], earlier: Sequence[Published]) -> list[Published]:
    """Earlier tables that meet the new ones, or meet one that does."""
    reached, left = list(new), list(earlier)
    for table in reached:
        near = [other for other in left if other.region.meets(table.region)]
        reached += near
        left = [other for other in left if other not in near]
    return [table for table in earlier if table in reached]


class _Audit:
    """New tables of one measure and earlier ones; the earlier come first."""

    def __init__(self, new: Sequence[Published], earlier: Sequence[Published]) -> None:
        self.new, self.earlier = new, earlier
        self.tables = [*earlier, *new]
        self.together = Combined(self.tables)

    @cached_property
    def earlier_only(self) -> Combined:
        """The earlier tables without the new ones."""
        return Combined(self.earlier)

    @cached_property
    def new_only(self) -> Combined:
        """The new tables without the earlier ones."""
        return Combined(self.new)

    def findings(self) -> Iterator[Finding]:
        """Everything that speaks against the release."""
        yield from self._narrowed()
        yield from self._differences()
        yield from self._rests()
        yield from self._changes()

    def is_new(self, figure: Figure) -> bool:
        """Whether a figure stands in the new release."""
        return figure[0] >= len(self.earlier)

    def threshold(self, *figures: Figure) -> int:
        """The highest threshold of the figures' tables."""
        return max(self.tables[table].threshold for table, _ in figures)

    def label(self, figure: Figure) -> str:
        """Cell, table and days, as people call them."""
        table = self.tables[figure[0]]
        return f"\u201c{table.label(figure[1])}\u201d in {table.name}"

    # Cells that are narrowed.

    def _narrowed(self) -> Iterator[Finding]:
        search, number = self.together.search, self.together.number
        unclear = [figure for figure in self._figures() if self._may_be_small(figure)]
        search.swing([number(figure) for figure in unclear])
        for figure in unclear:
            is_open = is_wide(search.seen({number(figure): 1}), self.threshold(figure))
            if not is_open and self._is_narrowed(figure):
                yield self._narrowed_finding(figure)

    def _figures(self) -> Iterator[Figure]:
        for table, bands in enumerate(self.together.bands):
            yield from ((table, place) for place in bands)

    def _may_be_small(self, figure: Figure) -> bool:
        low, high = self._printed(figure)
        return low != high and low < self.threshold(figure)

    def _is_narrowed(self, figure: Figure) -> bool:
        threshold = self.threshold(figure)
        known = self.together.range({self.together.number(figure): 1})
        return is_told(known, threshold) and not self._was_narrow(figure)

    def _was_narrow(self, figure: Figure) -> bool:
        """Whether the cell is as narrow without the other release.

        A hidden cell of the new release that is narrow by itself is not of few people, or it would
        have been protected; one printed as `<5` is, so it is never narrow in good order.
        """
        table, (row, column) = figure
        is_new = self.is_new(figure)
        side = self.new_only if is_new else self.earlier_only
        if is_new and self.tables[table].cell((row, column)) is not None:
            return False
        own = (table - len(self.earlier) if is_new else table, (row, column))
        return is_told(side.range({side.number(own): 1}), self.threshold(figure))

    def _narrowed_finding(self, figure: Figure) -> Finding:
        table = self.tables[figure[0]]
        if self.is_new(figure):
            words = f"{self.label(figure)} could be worked out from what was published before."
        else:
            words = f"{self.label(figure)}, published before, could be worked out."
        return Finding(table.key, (table.label(figure[1]),), words)

    # Differences of a whole and its parts.

    def _differences(self) -> Iterator[Finding]:
        for regions in self.together.figures.values():
            for whole, part in nested(regions):
                if not self._was_told(regions[whole], regions[part]):
                    yield from self._differing(regions[whole], regions[part])

    def _differing(self, wholes: Sequence[Figure], parts: Sequence[Figure]) -> Iterator[Finding]:
        for whole, part in self._pairs(wholes, parts):
            if self._are_few(self._terms(whole, [part]), [whole, part]):
                words = f"{self.label(whole)} and {self.label(part)} differ by a few people."
                yield self._finding([whole, part], words)
                return

    def _pairs(
        self, wholes: Sequence[Figure], parts: Sequence[Figure]
    ) -> Iterator[tuple[Figure, Figure]]:
        """Of different tables, one at least of them new."""
        for whole, part in product(wholes, parts):
            if whole[0] != part[0] and (self.is_new(whole) or self.is_new(part)):
                yield whole, part

    def _was_told(self, wholes: Sequence[Figure], parts: Sequence[Figure]) -> bool:
        """Whether the difference stands in one table, or in earlier releases, already."""
        for whole, part in product(wholes, parts):
            is_old = not self.is_new(whole) and not self.is_new(part)
            if is_old or whole[0] == part[0]:
                known = _difference(self._printed(whole), self._printed(part))
                if _is_certain(known) and is_told(known, self._held_to(whole, part)):
                    return True
        return False

    def _printed(self, figure: Figure) -> Band:
        return self.together.band(figure)

    # What several parts leave over.

    def _rests(self) -> Iterator[Finding]:
        for (identity, piece), number in self.together.pieces.items():
            regions = self.together.figures[identity]
            fresh = [region for region in piece if all(map(self.is_new, regions[region]))]
            if fresh and self._are_few({number: 1}, self._of(identity)):
                yield self._rest_finding([regions[region][-1] for region in piece])
        for identity in self.together.figures if self.together.pieces else ():
            yield from self._left_over(identity)

    def _left_over(self, identity: Identity) -> Iterator[Finding]:
        regions = self.together.figures[identity]
        for whole, parts, is_all in families(tuple(regions)):
            chosen = [regions[whole][-1], *(regions[part][-1] for part in parts)]
            if is_all or len({self.is_new(figure) for figure in chosen}) == 1:
                continue
            if self._are_few(self._terms(chosen[0], chosen[1:]), chosen):
                yield self._rest_finding(chosen)

    def _rest_finding(self, figures: Sequence[Figure]) -> Finding:
        names = "; ".join(sorted({self.label(figure) for figure in figures}))
        return self._finding(figures, f"Taken together, these leave a few over: {names}.")

    def _of(self, identity: Identity) -> list[Figure]:
        return [
            figure for figures in self.together.figures[identity].values() for figure in figures
        ]

    # Figures that were published before and have changed.

    def _changes(self) -> Iterator[Finding]:
        for regions in self.together.figures.values():
            for figures in regions.values():
                for new, old in self._pairs(figures, figures):
                    if not self.is_new(old) and self._is_small_change(new, old):
                        words = f"{self.label(new)} was published before and has changed by a few."
                        yield self._finding([new], f"{words} Wait for the next release.")

    def _is_small_change(self, new: Figure, old: Figure) -> bool:
        """Whether both were printed, and tell that a few came or went."""
        if None in {self.tables[table].cell(place) for table, place in (new, old)}:
            return False
        low, high = _difference(self._printed(new), self._printed(old))
        return any(
            _is_certain(known) and is_told(known, self._held_to(new, old))
            for known in ((low, high), (-high, -low))
        )

    # What a difference is held to.

    def _are_few(self, terms: Mapping[int, int], figures: Sequence[Figure]) -> bool:
        """Whether what is left is surely of somebody, and known too closely to be of a few.

        Most differences are settled by what is cheap to know: by solutions that were found before,
        which the range holds at least, or by the prints themselves, which it goes not beyond.
        """
        threshold, search = self._held_to(*figures), self.together.search
        found = search.seen(terms)
        if found[0] < 1 or is_wide(found, threshold) or search.limit(terms, -1) >= threshold:
            return False
        if not 1 <= search.end(terms, -1) < threshold:
            return False
        return is_told(self.together.range(terms), threshold)

    def _held_to(self, *figures: Figure) -> int:
        """The threshold of a difference: that of the tables where all are exact.

        One of rounded figures is blurred by a step already, so it is held to that.
        """
        is_exact = all(self.tables[table].method == "exact" for table, _ in figures)
        return self.threshold(*figures) if is_exact else STEP

    def _terms(self, whole: Figure, parts: Sequence[Figure]) -> dict[int, int]:
        return {
            **{self.together.number(part): -1 for part in parts},
            self.together.number(whole): 1,
        }

    def _finding(self, figures: Sequence[Figure], words: str) -> Finding:
        """About the first of the figures that is new."""
        figure = next((figure for figure in figures if self.is_new(figure)), figures[0])
        table = self.tables[figure[0]]
        return Finding(table.key, (table.label(figure[1]),), words)


def _is_certain(known: Band) -> bool:
    """Whether there is somebody for sure."""
    return known[0] >= 1


def _difference(one: Band, other: Band) -> Band:
    low = one[0] - other[1] if other[1] < math.inf else -math.inf
    return low, one[1] - other[0]
