"""From the exact body of a report to the one that may leave.

Pure: a body in, a body out with every table and figure as it is printed, and what of it goes into
the register of all that was told. Counts of people are protected together, whatever else is about
people follows them, shares and costs are worked out of what is printed, and so tell nothing more.
Money and figures of sessions are not about children and stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, cast

from evaluation.disclosure import (
    Protected,
    Published,
    follow,
    protect_linked,
    round_measure,
    share_of_printed,
)
from evaluation.reports.differences import (
    Difference,
    figures_that_differ,
    tables_that_differ,
)
from evaluation.reports.linking import (
    REACHED,
    Body,
    Key,
    figure_at,
    inner_rows,
    linked_counts,
    total_row,
)
from evaluation.reports.register import outcomes_told, told_of
from evaluation.reports.release_outcomes import Reached, outcome_of

Method = Literal["rounded", "exact"]
Value = int | str | None

# Not about children: printed as they are.
OF_SESSIONS = frozenset({"sessions", "hubs", "registers", "pounds", "days", "date", "text"})
SESSION_HOURS = frozenset(
    {
        *("session_hours", "session_hours_planned", "session_hours_cancelled"),
        *("hours_a_week", "training_hours", "target_hours"),
    }
)
# What is never told: how many rows were read, and exact changes, for which printed ones stand in.
KEPT_INSIDE = frozenset({"row_counts", "changes"})
# Whose figure a figure is about, where it is not everybody reached.
ABOUT = {
    "attendances_disadvantaged": ("part", "disadvantaged_people"),
    "expected_disadvantaged": ("part", "disadvantaged_people"),
    "attendances_others": ("part", "disadvantaged_people"),
    "expected_others": ("part", "disadvantaged_people"),
}
ROUNDED_NOTE = "Rounded to the nearest 5, so rows need not add up."
WHY_UNKNOWN = (
    "Registers that came late, corrections, and records that turned out to be of one person."
)
EXACT_NOTE = "Small counts are hidden, and others that would give them away."
METHOD_WORDS = {
    "rounded": "Counts of young people, attendances and contact hours are rounded to the nearest "
    "5. One to four is shown as <5 (one to nine as <10 for ethnic group, special needs and care "
    "experience). Each total is rounded by itself, so rows need not add up to it. Where a small "
    "number could still be worked out, further cells are hidden. Shares and costs are worked out "
    "from what is printed.",
    "exact": "Counts of young people are exact. Small ones, and others from which they could be "
    "worked out, are hidden under one symbol: a hidden cell may be of any size. Attendances and "
    "contact hours are rounded to the nearest 5. Shares and costs are worked out from what is "
    "printed.",
}
FEWEST, TOO_FEW = 5, "<5"
METHOD_HEADING = "How few children are protected"
INSIDE_HEADINGS = frozenset({"Rounding", "How to handle this report"})


@dataclass(frozen=True)
class Box:
    """A box of a report for people's own words."""

    slug: str
    heading: str
    prompt: str


@dataclass(frozen=True)
class Words:
    """What was written by box, and the quotes (words, signature) that may still be used."""

    narratives: Mapping[str, str] = field(default_factory=dict)
    quotes: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Leaving:
    """A body as it would leave, what the register keeps of it, and what protecting did to it."""

    body: dict[str, Any]
    tables: tuple[Published, ...]
    notes: tuple[str, ...]


def boxes_of(body: Body) -> list[Box]:
    """The boxes of a report, in its order."""
    return [
        Box(part["box"], section["heading"], part["prompt"])
        for section in body["shape"]["sections"]
        for part in section["parts"]
        if part["kind"] == "narrative"
    ]


def make_release(
    body: Body,
    *,
    method: str,
    words: Words,
    before: Body | None = None,
    reasons: Sequence[str] = (),
    hub_slugs: Mapping[str, str] | None = None,
) -> Leaving:
    """Make what leaves of an exact body.

    `before` is the body of the version that was told before; what changed is said in printed
    figures, and why in `reasons`. `hub_slugs` names hubs by the ids of rows, for the register.
    """
    how = cast("Method", method)
    tables = [table for table in body["tables"] if table["id"] in _wanted(body)]
    kept = {**body, "tables": tables}
    printed = _protected(kept, how)
    release = _Release(kept, how, printed)
    reached = _reached(kept, release)
    out: dict[str, Any] = {
        **body,
        "kind": "released",
        "about": {**body["about"], "method": method},
        "figures": release.figures,
        "tables": [release.table(table) for table in tables],
        "outcomes": [outcome_of(each, reached) for each in body["outcomes"]],
        "quotes": [
            quote for quote in body["quotes"] if (quote["text"], quote["who"]) in words.quotes
        ],
        "narratives": dict(words.narratives),
        "method": _method(body, how),
        "row_counts": {"sessions": body["row_counts"].get("sessions", 0)},
    }
    if before is not None:
        out["tables"].append(changes_between(before, out, reasons))
    came = reached.printed if reached and reached.is_whole else None
    told = (
        *told_of(kept, printed, how, hub_slugs or {}),
        *outcomes_told(body["about"], out["outcomes"], reached=came),
    )
    return Leaving(out, told, tuple(_notes(out["tables"])))


def _protected(body: Body, method: Method) -> dict[Key, Protected]:
    linked = linked_counts(body)
    printed = protect_linked({"/".join(key): each for key, each in linked.items()}, method=method)
    return {key: printed["/".join(key)] for key in linked}


def _wanted(body: Body) -> set[str]:
    """The tables that the report's shape names, or all where it names none; no more leaves."""
    named = {
        part["table"]
        for section in body["shape"]["sections"]
        for part in section["parts"]
        if part["kind"] == "table"
    }
    return (named or {table["id"] for table in body["tables"]}) - KEPT_INSIDE


def _method(body: Body, method: Method) -> list[dict[str, str]]:
    kept = [part for part in body["method"] if part["heading"] not in INSIDE_HEADINGS]
    return [*kept, {"heading": METHOD_HEADING, "text": METHOD_WORDS[method]}]


def _notes(tables: Sequence[Body]) -> Iterator[str]:
    for table in tables:
        hidden = sum(value is None for row in table["rows"] for value in row["values"])
        if table.get("protected") and hidden:
            yield f"{table['title']}: {hidden} {'cell is' if hidden == 1 else 'cells are'} hidden."


def _reached(body: Body, release: _Release) -> Reached | None:
    """The figure of who was reached, for outcomes; none where the report has none."""
    exact, about = body["figures"].get(REACHED), body["about"]
    if ("", REACHED) not in release.counts:
        return None
    is_whole = len(about["programmes"]) == 1 and not about["hubs"]
    printed = as_text(release.counts["", REACHED].cells[0][0])
    is_exact = release.method == "exact" and printed is not None
    return Reached(exact, printed, is_whole, is_exact)


# --- Figures and tables --------------------------------------------------------------------------
@dataclass(frozen=True)
class _Release:
    """A body's figures and tables as they are printed. `counts` are its protected counts."""

    body: Body
    method: Method
    counts: Mapping[Key, Protected]
    figures: dict[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        definitions = {each["id"]: each for each in self.body["indicators"]}
        figures: dict[str, Value] = {}
        object.__setattr__(self, "figures", figures)
        ratios = []
        for id_, value in self.body["figures"].items():
            if definitions.get(id_, {}).get("denominator"):
                ratios.append(id_)
            figures[id_] = self._figure(id_, value, definitions.get(id_, {}).get("unit", ""))
        for id_ in ratios:
            figures[id_] = self._ratio(definitions[id_], self.body["figures"][id_])

    def _figure(self, id_: str, value: Value, unit: str) -> Value:
        if value is None or is_of_sessions(id_, unit):
            return value
        if ("", id_) in self.counts:
            return as_text(self.counts["", id_].cells[0][0])
        kind, whose = ABOUT.get(id_, ("", REACHED))
        mask = self.counts.get((kind, whose))
        # Of a part and what is left beside it, neither is told where one is of few.
        cells = (mask.cells[:2] if kind else mask.cells[:1]) if mask else ()
        return None if any(is_masked(row[0]) for row in cells) else self.measure(value)

    def measure(self, value: Value) -> str | None:
        """Attendances or hours by themselves, rounded whatever the method."""
        number = _number(value)
        if number is None:
            return None
        return TOO_FEW if 0 < number < FEWEST else round_measure(number)

    def _ratio(self, definition: Body, value: Value) -> Value:
        """A share or a cost, worked out of what is printed."""
        above, below = (definition[key] for key in ("numerator", "denominator"))
        if value is None or (_is_exact(above, self.body) and _is_exact(below, self.body)):
            return value
        part, whole = self.figures.get(above), self.figures.get(below)
        return _share(part, whole) if definition["unit"] == "percent" else _quotient(part, whole)

    # --- Tables
    def table(self, table: Body) -> dict[str, Any]:
        """One table as it is printed, without the row that brings a total about."""
        if not self._is_about_people(table):
            return dict(table)
        rows = [row for row in table["rows"] if row["kind"] != "reconciling"]
        columns = self._columns(table)
        out = [{**row, "values": [column[at] for column in columns]} for at, row in enumerate(rows)]
        note = ROUNDED_NOTE if self.method == "rounded" else EXACT_NOTE
        return {
            **table,
            "rows": out,
            "note": " ".join(filter(None, [table["note"], note, *_small_ones(out)])),
            "protected": True,
        }

    def _is_about_people(self, table: Body) -> bool:
        return table["id"] == "costs" or not all(
            is_of_sessions(each["id"], each["unit"]) for each in table["columns"]
        )

    def _columns(self, table: Body) -> list[list[Value]]:
        """The values of each column, for every row but the reconciling ones."""
        if table["two_way"]:
            cells = self.counts[table["id"], ""].cells
            rows = cells if total_row(table) else cells[:-1]
            return [[as_text(cell) for cell in column] for column in zip(*rows, strict=True)]
        if table["id"] == "targets":
            return self._of_targets(table)
        return [self._column(table, at) for at in range(len(table["columns"]))]

    def _column(self, table: Body, at: int) -> list[Value]:
        column = table["columns"][at]
        rows = [row for row in table["rows"] if row["kind"] != "reconciling"]
        figures = [figure_at(table["id"], row["id"], column["id"], self.body) for row in rows]
        if all(figures):
            return [self.figures.get(id_) for id_ in figures if id_]
        if is_of_sessions(column["id"], column["unit"]):
            return [row["values"][at] for row in rows]
        if (table["id"], column["id"]) in self.counts:
            cells = self.counts[table["id"], column["id"]].cells
            return [as_text(row[0]) for row in (cells if total_row(table) else cells[:-1])]
        # Nothing is known of the parts of a share that is no figure.
        if column["unit"] in {"percent", ""}:
            return [None for _ in rows]
        return self._following(table, at, rows)

    def _of_targets(self, table: Body) -> list[list[Value]]:
        """What was wished for, what is printed of what came about, and its share."""
        ids = {each["label"]: each["id"] for each in self.body["indicators"]}
        wished = [row["values"][0] for row in table["rows"]]
        actual: list[Value] = []
        shares: list[Value] = []
        for row in table["rows"]:
            id_ = ids.get(row["label"], "")
            if _is_open(id_ or ids.get(row["label"].partition(":")[0], ""), self.body):
                actual.append(row["values"][1])
                shares.append(row["values"][2])
                continue
            # A part of the young people, as of one hub or age, is not told here.
            actual.append(self.figures.get(id_))
            shares.append(_share_of_target(actual[-1], row["values"][0]))
        return [wished, actual, shares]

    def _following(self, table: Body, at: int, rows: Sequence[Body]) -> list[Value]:
        """Attendances or hours, which are hidden where the people behind them are few."""
        values, mask = [_number(row["values"][at]) for row in rows], self._mask(table)
        if mask is None or None in values:
            return [self.measure(row["values"][at]) for row in rows]
        inner = len(inner_rows(table))
        cells = follow(mask, [[value, value] for value in values if value is not None])
        shown = [as_text(line[0]) for line in cells]
        return [*_with_company(shown[:inner], values), *shown[inner:]]

    def _mask(self, table: Body) -> Protected | None:
        found = self.counts.get((table["id"], REACHED))
        if found is not None:
            return found
        return next((each for (id_, _), each in self.counts.items() if id_ == table["id"]), None)


def is_of_sessions(id_: str, unit: str) -> bool:
    """Whether a figure is not about children: sessions, hours of sessions, money, words."""
    return unit in OF_SESSIONS or (unit == "hours" and id_ in SESSION_HOURS)


def is_masked(cell: int | str | None) -> bool:
    """Whether a printed count is hidden or of too few."""
    return cell is None or (isinstance(cell, str) and cell.startswith("<"))


def _change_row(change: Difference, id_: str, label: str) -> dict[str, Any]:
    return {
        "id": id_,
        "label": label,
        "kind": "figure",
        "unit": change.unit,
        "values": [change.was, change.now],
    }


def _small_ones(rows: Sequence[Body]) -> Iterator[str]:
    """What the small counts of a table that are printed as such mean: "<5 is 1 to 4."."""
    values = (value for row in rows for value in row["values"])
    small = {int(value[1:]) for value in values if is_masked(value) and value is not None}
    yield from (f"<{few} is 1 to {few - 1}." for few in sorted(small))


def as_text(cell: int | str | None) -> str | None:
    """A printed count as it stands in a body."""
    return f"{cell:,}" if isinstance(cell, int) else cell


def _with_company(shown: Sequence[Value], values: Sequence[Decimal | None]) -> list[Value]:
    """Hide the smallest shown one beside a single hidden one, or the total would give it away."""
    out = list(shown)
    if out.count(None) == 1:
        others = [at for at, value in enumerate(out) if value is not None and values[at]]
        if others:
            out[min(others, key=lambda at: values[at] or 0)] = None
    return out


def _share(part: Value, whole: Value) -> str | None:
    share = share_of_printed(_cell(part), _cell(whole))
    return None if share is None else str(share)


def _share_of_target(actual: Value, target: Value) -> str | None:
    """Whole per cent of a target, which may be passed."""
    above, below = _number(actual), _number(target)
    if above is None or not below:
        return None
    return str((100 * above / below).quantize(Decimal(1), ROUND_HALF_UP))


def _is_exact(id_: str, body: Body) -> bool:
    """Whether a part of a ratio is not about children."""
    unit = next((each["unit"] for each in body["indicators"] if each["id"] == id_), "days")
    return is_of_sessions(id_, unit)


def _is_open(id_: str, body: Body) -> bool:
    """Whether a figure is not about children, and neither is a part of it where it is a ratio.

    What a young person cost is in pounds, and divides the spend by how many there were.
    """
    known = next((each for each in body["indicators"] if each["id"] == id_), None)
    if known is None:
        return False
    if known["denominator"]:
        return _is_exact(known["numerator"], body) and _is_exact(known["denominator"], body)
    return is_of_sessions(id_, known["unit"])


def _number(value: Value) -> Decimal | None:
    """A printed or exact value as a number; nothing where it is hidden or of too few."""
    if value is None or (isinstance(value, str) and value.startswith("<")):
        return None
    return Decimal(value.replace(",", "") if isinstance(value, str) else value)


def _cell(value: Value) -> str | int | None:
    """A printed measure for a share: whole."""
    number = _number(value)
    return None if number is None else int(number.quantize(Decimal(1), ROUND_HALF_UP))


def _quotient(part: Value, whole: Value) -> str | None:
    above, below = _number(part), _number(whole)
    if above is None or not below:
        return None
    return str((above / below).quantize(Decimal("0.01"), ROUND_HALF_UP))


# --- What changed --------------------------------------------------------------------------------
def changes_between(before: Body, now: Body, reasons: Sequence[str] = ()) -> dict[str, Any]:
    """What this version prints otherwise than the one before; both are printed: nothing leaks.

    Headline figures first, then cells of tables. `reasons` is what happened meanwhile, in words
    that hold no number.
    """
    rows = [_change_row(each, each.id, each.label) for each in figures_that_differ(before, now)]
    rows += [
        _change_row(cell, f"{table.id}/{cell.id}", f"{table.title}: {cell.label}")
        for table in tables_that_differ(before, now)
        for cell in table.cells
    ]
    why = f"What happened meanwhile: {'; '.join(reasons)}." if reasons else WHY_UNKNOWN
    note = why if rows else "No printed figure changed since the version before."
    return {
        "id": "changes",
        "title": "What changed since the version before",
        "row_heading": "Figure",
        "note": note,
        "columns": [
            {"id": "before", "label": "Before", "unit": ""},
            {"id": "now", "label": "Now", "unit": ""},
        ],
        "rows": rows,
        "chart": None,
        "two_way": False,
        "protected": True,
    }
