"""Every statistic of a file of pairs, as a table for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from evaluation import statistics
from evaluation.analysis import INDICATIVE_BELOW, LEAST_PAIRS
from evaluation.pairs_file import Columns, PairRow, PairsFile

NOTHING = "-"


@dataclass(frozen=True)
class Measure:
    """What is known of the measure: reliability, which end is better, its functional population."""

    reliability: float | None = None
    direction: str = "higher"
    functional: tuple[float, float] | None = None


def pairs_table(
    source: str, given: PairsFile, columns: Columns, measure: Measure
) -> dict[str, Any]:
    """Everything worked out, as what JSON can hold: None where there is no number, with a reason.

    Parts that were not asked for are None: `reliable_change` without a reliability, `groups` and
    `clusters` without a group column, `dose` without an hours column.
    """
    whole = _change(given.rows)
    return {
        "file": source,
        "columns": {name: value or None for name, value in asdict(columns).items()},
        "lines": given.lines,
        "pairs": len(given.rows),
        "left_out": given.left_out,
        "paired_change": asdict(whole),
        "reliable_change": _reliable(given.rows, measure),
        "groups": _groups(given.rows) if columns.group else None,
        "clusters": _clusters(given.rows) if columns.group else None,
        "dose": _dose(given.rows) if columns.hours else None,
    }


def lines_of(table: dict[str, Any]) -> Iterator[str]:
    """The table as lines of aligned text."""
    columns = table["columns"]
    yield f"{table['file']}: {columns['before']} to {columns['after']}"
    yield ""
    yield from _aligned(
        [("lines", table["lines"]), ("pairs", table["pairs"])]
        + [(f"left out: {why}", count) for why, count in table["left_out"].items()]
    )
    yield from _section("Change, after minus before", table["paired_change"])
    yield _sentence(table["paired_change"])
    yield from _optional("Reliable change", table["reliable_change"])
    if table["groups"] is not None:
        yield from _groups_as_text(table["groups"])
        for name, part in table["clusters"].items():
            yield from _section(f"Groups: {name.replace('_', ' ')}", part)
    if table["dose"] is not None:
        yield from _aligned([("", ""), ("pairs without hours", table["dose"]["left_out"])])
        yield from _section("Hours and change, Spearman", table["dose"]["rank_correlation"])
        yield from _optional("Hours, at equal first scores", table["dose"]["adjusted"])
    yield ""
    yield "There is no comparison group: none of this says what caused a change."


def _change(rows: tuple[PairRow, ...] | list[PairRow]) -> statistics.PairedChange:
    return statistics.paired_change([row.before for row in rows], [row.after for row in rows])


def _reliable(rows: tuple[PairRow, ...], measure: Measure) -> dict[str, Any] | None:
    if measure.reliability is None:
        return None
    found = statistics.reliable_change(
        [row.before for row in rows],
        [row.after for row in rows],
        reliability=measure.reliability,
        direction=measure.direction,
        functional=measure.functional,
    )
    return asdict(found)


def _by_group(rows: tuple[PairRow, ...]) -> dict[str, list[PairRow]]:
    """The pairs of each group, groups in the order of their names; those without one left out."""
    members: dict[str, list[PairRow]] = {}
    for row in rows:
        if row.group is not None:
            members.setdefault(row.group, []).append(row)
    return dict(sorted(members.items()))


def _groups(rows: tuple[PairRow, ...]) -> dict[str, Any]:
    """The change of each group that has pairs enough, its p-values adjusted for how many."""
    members = _by_group(rows)
    changes = {
        name: asdict(_change(pairs)) if len(pairs) >= LEAST_PAIRS else None
        for name, pairs in members.items()
    }
    shown = [name for name, change in changes.items() if change]
    adjusted = dict(
        zip(shown, statistics.holm([changes[name]["p"] for name in shown]), strict=True)  # type: ignore[index]
    )
    return {
        "pairs_without_group": len(rows) - sum(map(len, members.values())),
        "shown_from": LEAST_PAIRS,
        "indicative_below": INDICATIVE_BELOW,
        "groups": [
            {
                "group": name,
                "n": len(pairs),
                "rule": _rule(len(pairs)),
                "p_holm": adjusted.get(name),
                "paired_change": changes[name],
            }
            for name, pairs in members.items()
        ],
    }


def _rule(size: int) -> str:
    if size < LEAST_PAIRS:
        return "too few to show"
    return "indicative" if size < INDICATIVE_BELOW else "shown"


def _clusters(rows: tuple[PairRow, ...]) -> dict[str, Any]:
    """How alike the changes within groups are, and what that leaves."""
    groups = [[row.after - row.before for row in pairs] for pairs in _by_group(rows).values()]
    return {
        "intraclass_correlation": asdict(statistics.icc(groups)),
        "design_effect": asdict(statistics.design_effect(groups)),
        "t_of_group_means": asdict(statistics.hub_means_t(groups)),
    }


def _dose(rows: tuple[PairRow, ...]) -> dict[str, Any]:
    """Hours and change, by themselves and at equal first scores within groups where there are."""
    known = [row for row in rows if row.hours is not None]
    hours = [row.hours for row in known]
    placed = [row for row in known if row.group is not None] or known
    adjusted = statistics.adjusted_dose(
        [row.before for row in placed],
        [row.after for row in placed],
        [row.hours for row in placed],
        [row.group or "" for row in placed],
    )
    return {
        "left_out": len(rows) - len(known),
        "rank_correlation": asdict(
            statistics.dose_response(hours, [row.after - row.before for row in known])
        ),
        "adjusted": asdict(adjusted),
    }


def _sentence(change: dict[str, Any]) -> str:
    if change["mean_change"] is None:
        return f"Nothing can be said of the change. {change['reason']}"
    text = f"The mean score changed by {_figure(change['mean_change'])}"
    if change["ci_low"] is not None:
        low, high = _figure(change["ci_low"]), _figure(change["ci_high"])
        text += f" (95 % interval {low} to {high})"
    return f"{text}; {change['up']} up, {change['same']} the same, {change['down']} down."


def _optional(title: str, part: dict[str, Any] | None) -> Iterator[str]:
    if part is not None:
        yield from _section(title, part)


def _section(title: str, part: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield title
    yield from _aligned([(name, value) for name, value in part.items() if name != "reason"])
    if part.get("reason"):
        yield f"  {part['reason']}"


def _aligned(pairs: list[tuple[str, Any]]) -> Iterator[str]:
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        yield f"  {name:<{width}}  {_figure(value)}".rstrip()


def _groups_as_text(part: dict[str, Any]) -> Iterator[str]:
    """One line a group; what is too small to show has its size and no more."""
    names = ("n", "mean_change", "ci_low", "ci_high", "d_av", "up", "same", "down", "p", "p_holm")
    rows = [("group", *names, "rule")]
    for group in part["groups"]:
        figures = {**(group["paired_change"] or {}), "n": group["n"], "p_holm": group["p_holm"]}
        cells = (_figure(figures.get(name)) for name in names)
        rows.append((group["group"], *cells, group["rule"]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield ""
    yield f"By group, from {part['shown_from']} pairs, indicative under {part['indicative_below']}"
    for row in rows:
        figures_of_row = zip(row[1:-1], widths[1:-1], strict=True)
        padded = [f"{cell:>{width}}" for cell, width in figures_of_row]
        yield f"  {row[0]:<{widths[0]}}  " + "  ".join([*padded, row[-1]])
    yield f"  pairs without a group: {part['pairs_without_group']}"


def _figure(value: Any) -> str:
    """A figure to six digits, as evaluators compare them."""
    if value is None:
        return NOTHING
    return f"{value:.6g}" if isinstance(value, float) else str(value)
