"""A new release held against those that were published before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from evaluation.disclosure.printing import Cell, Method

# Of which programmes, hubs and so on; an empty sequence is all of them.
Scope: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Published:
    """One table of one measure as it was, or would be, published.

    `rows` and `columns` are labels without the totals; `cells` has the margins last. A table of
    one column may come without its column of totals. `scope` says of what,
    each a set: `{"programmes": [...], "hubs": []}`, empty for all. Tables whose rows are of the
    same kind have the same `row_key` (`hubs`, `programmes` and `month`, with slugs and 2026-01,
    are understood as scope and period).
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


@dataclass(frozen=True)
class Finding:
    """What would be told too closely, in words that do not tell it."""

    table: str
    cells: tuple[str, ...]
    words: str

    def __str__(self) -> str:
        """The words."""
        return self.words


def audit(new: Sequence[Published], earlier: Sequence[Published]) -> list[Finding]:
    """What the new tables would tell too closely together with those published before."""
    return []
