"""The register of all that was told: what of a release goes into it, and what it says of a new one.

Pure. What counts is what was printed, never what stands behind it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from evaluation.disclosure import Protected, Published, attacker_intervals, audit
from evaluation.indicators import INDICATORS
from evaluation.reports.linking import ACROSS, REACHED, Body, Key, inner_rows
from evaluation.reports.templates import TABLE_NAMES

Method = Literal["rounded", "exact"]

ALL = "all"
# Seconds for the proof that a release gives nobody away: somebody waits for it.
PATIENCE = 60.0
# What the figures of the headline are called, beside tables.
FIGURES = "figures"
# How the audit knows what rows of these tables are. Those whose main hub it is are fewer than
# those who came there, so that is no part of the scope.
HUBS = "hubs"
ROW_KEYS = {"hub": HUBS}
# The audit names months as 2019-07.
MONTH, MONTH_LETTERS = "month", 7
TOTAL_LABEL = "Total"
# What tables of outcomes are called, how long a name may be, and what of them is told: the rows'
# heading, what is counted, and the columns that may say it.
OUTCOME, LONGEST = "Outcome: ", 60
STEPS, PAIRS = "outcome steps", "outcome pairs"
OF_OUTCOMES = {
    "Step": (STEPS, ("Young people",)),
    "Score": (PAIRS, ("Pairs", "Young people")),
}
# Whoever is in no row that is told: rows of outcomes are of the same people, or leave some out.
# How many these are nobody is told, so that the rows need not sum to anything.
OTHERS = ""
COUNT = re.compile(r"<?\d[\d,]*")
HIDDEN_TEXT = "hidden"


def told_of(
    body: Body, counts: Mapping[Key, Protected], method: Method, hub_slugs: Mapping[str, str]
) -> Iterator[Published]:
    """Every count of people of a body as it is printed, for the register.

    `hub_slugs` names hubs by the ids of rows.
    """
    shared = _shared(body["about"], method)
    for key, printed in counts.items():
        if key[0] != "part":
            yield Published(**_labels(body, key, hub_slugs), **_print(printed), **shared)


def outcomes_told(
    about: Body, outcomes: Sequence[Body], method: Method = "rounded", *, reached: str | None = None
) -> Iterator[Published]:
    """Steps and pairs of outcomes as they are printed, for the register.

    `outcomes` are sections as they leave, and `method` how their counts are printed. A first step
    that repeats who was `reached`, as that is printed, is told with that figure.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        for table in outcome["tables"]:
            measure, cells = _outcome_cells(table, reached)
            if not cells:
                continue
            title = _title(outcome)
            seen[title, measure] += 1
            yield Published(
                key=_outcome_key(title, seen[title, measure]),
                measure=measure,
                rows=(*cells, OTHERS),
                columns=(ALL,),
                cells=tuple((cell, cell) for cell in (*cells.values(), None, None)),
                is_additive=False,
                **_shared(about, method),
            )


def _outcome_cells(table: Body, reached: str | None) -> tuple[str, dict[str, str | None]]:
    """What a table of outcomes counts, and its counts by row; none where it is of other things."""
    measure, wanted = OF_OUTCOMES.get(table.get("row_heading", ""), ("", ()))
    at = next((n for n, each in enumerate(table["columns"]) if each["label"] in wanted), None)
    found: dict[str, str | None] = {}
    rows = table["rows"] if at is not None else []
    if measure == STEPS and rows and rows[0]["values"][at] == reached:
        rows = rows[1:]
    for row in rows:
        cell = row["values"][at]
        if cell is None or COUNT.fullmatch(cell):
            found.setdefault(row["label"], cell)
    return measure, found


def _title(outcome: Body) -> str:
    """The instrument of a section, and who answered it: "Life skills, Young person"."""
    answered = [fact["text"] for fact in outcome["facts"] if fact["label"] == "Answered by"]
    return ", ".join([outcome["heading"].rpartition(": ")[0] or outcome["heading"], *answered])


def _outcome_key(title: str, number: int) -> str:
    """The name of a table of outcomes; several of one title, of different programmes, by number."""
    name = OUTCOME + title + (f" ({number})" if number > 1 else "")
    if len(name) <= LONGEST:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST - len(mark) - 3].rstrip()} ({mark})"


def _shared(about: Body, method: Method) -> dict[str, Any]:
    """What all tables of a release have in common."""
    return {
        "scope": {
            key: sorted(each["slug"] for each in about[key]) for key in ("programmes", "hubs")
        },
        "first_day": dt.date.fromisoformat(about["first_day"]),
        "last_day": dt.date.fromisoformat(about["last_day"]),
        "method": method,
    }


def _labels(body: Body, key: Key, hub_slugs: Mapping[str, str]) -> dict[str, Any]:
    id_, column = key
    row_key, column_key = keys_of(id_)
    rows: tuple[str, ...] = (ALL,)
    columns: tuple[str, ...] = (ALL,)
    table = next((each for each in body["tables"] if each["id"] == id_), None)
    if table is not None:
        rows = _row_names(inner_rows(table), row_key, hub_slugs)
        if table["two_way"]:
            columns = tuple(each["label"] for each in table["columns"][:-1])
    return {
        "key": id_ or FIGURES,
        "measure": column or REACHED,
        "rows": rows,
        "columns": columns,
        "row_key": row_key,
        "column_key": column_key,
    }


def _row_names(rows: Sequence[Body], row_key: str, hub_slugs: Mapping[str, str]) -> tuple[str, ...]:
    """What rows are called: hubs and months as the audit knows them, others as people read them."""
    ids, labels = [row["id"] for row in rows], [row["label"] for row in rows]
    if row_key == HUBS:
        return tuple(hub_slugs.get(id_, id_) for id_ in ids)
    if row_key == MONTH:
        return tuple(id_[:MONTH_LETTERS] for id_ in ids)
    return tuple(labels if len(set(labels)) == len(labels) else ids)


def _print(counts: Protected) -> dict[str, Any]:
    return {
        "cells": counts.cells,
        "threshold": counts.threshold,
        "is_additive": counts.is_additive,
    }


def keys_of(table_id: str) -> tuple[str, str]:
    """How the audit knows what the rows and the columns of a table are."""
    row, column = ACROSS.get(table_id, (table_id, ""))
    return ROW_KEYS.get(row, row), column


def findings(
    tables: Sequence[Published], earlier: Sequence[Published], names: Mapping[str, str]
) -> list[str]:
    """Why these tables may not be told beside those that were, each reason once.

    `names` says what people call programmes and hubs, by their slugs.
    """
    new, old = ([_named(each, names) for each in some] for some in (tables, earlier))
    return list(dict.fromkeys(str(each) for each in audit(new, old, seconds=PATIENCE)))


def _named(table: Published, names: Mapping[str, str]) -> Published:
    name = measure_name(table.measure) if table.key == FIGURES else table_name(table.key)
    return replace(table, names={**names, table.key: f"\u201c{name}\u201d"})


def table_name(table: str) -> str:
    """What the readers of the register call a table, by its id: "By home ward"."""
    if table == FIGURES:
        return "Headline"
    if table.startswith(OUTCOME):
        return table
    return TABLE_NAMES.get(table) or f"By {table.replace('_', ' ')}"


def measure_name(measure: str) -> str:
    """An indicator's label, or the id in words of what is none any more."""
    indicator = INDICATORS.get(measure)
    return indicator.label if indicator else measure.replace("_", " ").capitalize()


@dataclass(frozen=True)
class HiddenCell:
    """A cell that is not printed exactly, and how far somebody can narrow it."""

    row: str
    column: str
    printed: str
    low: str
    high: str
    why: str


def hidden_cells(
    counts: Protected, rows: Sequence[str], columns: Sequence[str]
) -> list[HiddenCell]:
    """Each cell of a told table that is hidden or small; labels come without the totals."""
    across = [*columns, TOTAL_LABEL] if len(columns) > 1 else [columns[0]]
    down = [*rows, TOTAL_LABEL]
    intervals = attacker_intervals(counts)
    # Of who is in no row of outcomes, and so of everybody, nothing was printed.
    if rows and rows[-1] == OTHERS:
        down = down[:-2]
    return [
        HiddenCell(
            down[row],
            across[column],
            HIDDEN_TEXT if cell is None else str(cell),
            f"{low:,}",
            "no limit" if high == math.inf else f"{high:,}",
            _why(cell),
        )
        for (row, column), (low, high) in sorted(intervals.items())
        if row < len(down)
        and column < len(across)
        and _is_masked(cell := counts.cells[row][column])
    ]


def _why(cell: int | str | None) -> str:
    if cell is None:
        return "Small itself, or it would give a small one away"
    return "Too few to be told apart"


def _is_masked(cell: int | str | None) -> bool:
    return cell is None or (isinstance(cell, str) and cell.startswith("<"))
