"""k-anonymity: nobody stands in a group of fewer than k by what might make them recognisable.

Values that few people have are merged first. Then the combination of steps is chosen that takes
away least, over every combination there is; where a few people still stand out, what is told of
them is withheld, and those make a group of their own.
Source: L. Sweeney, "k-anonymity: a model for protecting privacy", International Journal of
Uncertainty, Fuzziness and Knowledge-based Systems 10(5), 2002, 557-570.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from evaluation.research.coarsening import ATTRIBUTES, LADDERS, NOT_KNOWN, OTHER, WITHHELD

# The smallest group that may leave.
K = 5
# At most this share of people has everything withheld before a step is taken for all instead.
MOST_WITHHELD = 0.1

Values = tuple[str, ...]
# The number of the step on which each attribute is told; 0 tells most.
Levels = tuple[int, ...]
EXACT: Levels = (0,) * len(ATTRIBUTES)
_ALL_WITHHELD: Values = (WITHHELD,) * len(ATTRIBUTES)


class TooFewError(ValueError):
    """There are fewer people than the smallest group may have."""


@dataclass(frozen=True)
class Report:
    """What was done, in figures.

    `k` is the size of the smallest group as it leaves, `k_before` as it was; `small_before` how
    many people stood in groups below the threshold; `withheld` of how many nothing is told.
    `steps` is {attribute: step in words} for each attribute that is told less exactly than it
    could be, `levels` the number of the step of every one, `merged` {attribute: values that few
    people had}.
    """

    threshold: int
    people: int
    groups: int
    k: int
    k_before: int
    small_before: int
    small: int
    withheld: int
    steps: Mapping[str, str]
    levels: Levels
    merged: Mapping[str, int]


def smallest(rows: Sequence[Values]) -> int:
    """k: how many people are in the smallest group; 0 of nobody."""
    return min(Counter(rows).values(), default=0)


def in_small_groups(rows: Sequence[Values], k: int = K) -> int:
    """How many people stand in groups of fewer than k."""
    return sum(size for size in Counter(rows).values() if size < k)


def protect(
    rows: Sequence[Values], k: int = K, *, floor: Levels = EXACT
) -> tuple[list[Values], Report]:
    """Rows of `ATTRIBUTES`, in the order given, told so that every group has at least k people.

    Nothing is told more exactly than `floor` says: so what two files of one study tell of the same
    person cannot be put together to more than the first one told.

    Raises:
        TooFewError: there are fewer than k people.
    """
    if len(rows) < k:
        raise TooFewError(k)
    merged, gone = _merge_rare(rows, k)
    levels = _best_levels(Counter(merged), k, floor)
    coarse = [_told(row, levels) for row in merged]
    sizes = Counter(coarse)
    out = [row if sizes[row] >= k else _ALL_WITHHELD for row in coarse]
    return out, Report(
        threshold=k,
        people=len(out),
        groups=len(set(out)),
        k=smallest(out),
        k_before=smallest(rows),
        small_before=in_small_groups(rows, k),
        small=in_small_groups(out, k),
        withheld=sum(size for size in sizes.values() if size < k),
        steps=_steps(levels),
        levels=levels,
        merged=gone,
    )


def _steps(levels: Levels) -> dict[str, str]:
    return {
        ladder.attribute: ladder.rungs[level].words
        for ladder, level in zip(LADDERS, levels, strict=True)
        if level
    }


def _merge_rare(rows: Sequence[Values], k: int) -> tuple[list[Values], dict[str, int]]:
    """Put values that fewer than k people have together with what is not known."""
    columns, gone = [], {}
    for attribute, column in zip(ATTRIBUTES, zip(*rows, strict=True), strict=True):
        sizes = Counter(column)
        rare = {value for value, size in sizes.items() if size < k and value != NOT_KNOWN}
        if rare:
            gone[attribute] = len(rare)
        unknown = {*rare, NOT_KNOWN}
        columns.append([OTHER if value in unknown else value for value in column])
    return list(zip(*columns, strict=True)), gone


def _best_levels(sizes: Mapping[Values, int], k: int, floor: Levels) -> Levels:
    """The steps that take away least; ties by the order of the attributes."""
    # The last combination withholds everything of everybody, so there is always one.
    return min(_allowed(sizes, k, floor), key=lambda found: (found[1], found[0]))[0]


def _allowed(sizes: Mapping[Values, int], k: int, floor: Levels) -> Iterator[tuple[Levels, float]]:
    """Combinations of steps that leave no group below k, each with the share it takes away."""
    people = sum(sizes.values())
    steps = (range(lowest, ladder.top + 1) for ladder, lowest in zip(LADDERS, floor, strict=True))
    for levels in product(*steps):
        small = _left_small(sizes, levels, k)
        if not small or k <= small <= MOST_WITHHELD * people:
            yield levels, _loss(levels, small / people)


def _left_small(sizes: Mapping[Values, int], levels: Levels, k: int) -> int:
    """How many people would still stand in a group below k."""
    groups: Counter[Values] = Counter()
    for row, size in sizes.items():
        groups[_told(row, levels)] += size
    return sum(size for size in groups.values() if size < k)


def _loss(levels: Levels, withheld: float) -> float:
    """The share of everything that could be told that is not, each attribute by its weight."""
    taken = [
        ladder.weight * level / ladder.top for ladder, level in zip(LADDERS, levels, strict=True)
    ]
    share = sum(taken) / sum(ladder.weight for ladder in LADDERS)
    return (1 - withheld) * share + withheld


def _told(row: Values, levels: Levels) -> Values:
    return tuple(
        ladder.rungs[level].tell(value)
        for ladder, level, value in zip(LADDERS, levels, row, strict=True)
    )
