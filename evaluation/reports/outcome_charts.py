"""Charts of outcomes as SVG: the geometry is worked out here, the templates only write it down.

Presentation attributes only, no style and no script; each chart tells its own title and text, and
stands beside a table of the same numbers. One file serves page and PDF.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

WIDTH = 400
_LABEL = 132
_LEFT = 142
_RIGHT = 388
_ROW = 56
_TOP = 26
_LINE_LETTERS = 17


@dataclass(frozen=True)
class Step:
    """One step of a flow: how many are in it, and who is not in the next one."""

    label: str
    n: int
    left: str = ""


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; nothing is drawn of one that is None."""

    label: str
    low: float | None
    middle: float | None
    high: float | None
    text: str


@dataclass(frozen=True)
class Part:
    """One part of a bar that is divided; `kind` is "good", "even" or "bad"."""

    label: str
    n: int
    kind: str


@dataclass(frozen=True)
class Twin:
    """Two bars beside each other: before and after."""

    label: str
    before: int
    after: int


def flow_chart(name: str, title: str, steps: Sequence[Step]) -> SafeString:
    """Bars that get shorter: who is counted, step by step, and who was left behind at each."""
    most = max([step.n for step in steps] + [1])
    rows = [
        {
            "label": step.label,
            "n": f"{step.n:,}",
            "left": step.left,
            "y": 56 * at + 20,
            "text_y": 56 * at + 13,
            "left_y": 56 * at + 49,
            "width": f"{(WIDTH - 70) * step.n / most:.1f}",
            "n_x": f"{(WIDTH - 70) * step.n / most + 8:.1f}",
        }
        for at, step in enumerate(steps)
    ]
    said = ", then ".join(f"{step.label}: {step.n:,}" for step in steps)
    return _drawn("flow", name, title, said, {"rows": rows, "height": 56 * len(rows)})


def interval_chart(name: str, title: str, unit: str, rows: Sequence[Interval]) -> SafeString:
    """Each estimate as a dot with its interval as a line, and a line at no change."""
    drawn = [row for row in rows if row.middle is not None]
    ends = [0.0, *(value for row in drawn for value in (row.low, row.high) if value is not None)]
    low, high = min(ends), max(ends)
    room = (high - low) or 1.0

    def x(value: float | None) -> str:
        return f"{_LEFT + ((value or 0.0) - low) / room * (_RIGHT - _LEFT):.1f}"

    lines = [
        {
            "lines": _label_lines(row.label),
            "y": _TOP + at * _ROW + 18,
            "top": _TOP + at * _ROW + 4,
            "bottom": _TOP + at * _ROW + 32,
            "text_y": _TOP + at * _ROW + 46,
            "low": x(row.low),
            "middle": x(row.middle),
            "high": x(row.high),
            "text": row.text,
            "known": row.middle is not None,
        }
        for at, row in enumerate(rows)
    ]
    context = {
        "rows": lines,
        "zero": x(0.0),
        "height": _TOP + _ROW * len(rows),
        "unit": unit,
        "left": _LEFT,
        "label_x": _LABEL,
    }
    said = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return _drawn("intervals", name, title, said, context)


def parts_chart(name: str, title: str, bars: Sequence[tuple[str, Sequence[Part]]]) -> SafeString:
    """Bars of one length, divided by shares; each part is labelled with its number."""
    rows = [
        {
            "label": label,
            "y": _TOP + at * 72,
            "text_y": _TOP + at * 72 - 6,
            "numbers_y": _TOP + at * 72 + 38,
            "numbers": ", ".join(f"{part.label} {part.n:,}" for part in parts),
            "parts": _parts(parts),
        }
        for at, (label, parts) in enumerate(bars)
    ]
    context = {"rows": rows, "height": _TOP + 72 * len(rows) - 24}
    said = "; ".join(
        f"{label}: {', '.join(f'{part.label} {part.n:,}' for part in parts)}"
        for label, parts in bars
    )
    return _drawn("parts", name, title, said, context)


def twin_chart(name: str, title: str, rows: Sequence[Twin]) -> SafeString:
    """Two bars a band: how many were in it before and after."""
    most = max([1, *(max(row.before, row.after) for row in rows)])
    room = _RIGHT - _LEFT - 40
    lines = [
        {
            "lines": _label_lines(row.label),
            "y": at * 50 + 6,
            "after_y": at * 50 + 26,
            "before": f"{row.before:,}",
            "after": f"{row.after:,}",
            "before_width": f"{room * row.before / most:.1f}",
            "after_width": f"{room * row.after / most:.1f}",
            "before_x": f"{_LEFT + room * row.before / most + 6:.1f}",
            "after_x": f"{_LEFT + room * row.after / most + 6:.1f}",
            "before_text_y": at * 50 + 19,
            "after_text_y": at * 50 + 39,
        }
        for at, row in enumerate(rows)
    ]
    context = {"rows": lines, "height": 50 * len(rows), "left": _LEFT, "label_x": _LABEL}
    said = "; ".join(f"{row.label}: {row.before:,} before, {row.after:,} after" for row in rows)
    return _drawn("twins", name, title, said, context)


def _parts(parts: Iterable[Part]) -> list[dict[str, object]]:
    parts = list(parts)
    total = sum(part.n for part in parts) or 1
    drawn: list[dict[str, object]] = []
    start = 0.0
    for part in parts:
        width = (WIDTH - 2) * part.n / total
        text = f"{part.n:,}"
        drawn.append(
            {
                "kind": part.kind,
                "x": f"{start + 1:.1f}",
                "width": f"{max(width - 1, 0):.1f}",
                "text_x": f"{start + 1 + width / 2:.1f}",
                # A number that does not fit stands in the table only.
                "text": text if width > 10 * len(text) else "",
            }
        )
        start += width
    return drawn


def _label_lines(label: str) -> list[dict[str, object]]:
    """A label in three lines at most, with where each stands beside the middle of its row."""
    lines = textwrap.wrap(label, _LINE_LETTERS, max_lines=3, placeholder=" …") or [""]
    first = -8 * (len(lines) - 1)
    return [{"text": line, "dy": first + 16 * at} for at, line in enumerate(lines)]


def _drawn(kind: str, name: str, title: str, said: str, context: dict[str, object]) -> SafeString:
    more = {"name": name, "title": title, "description": said, "width": WIDTH}
    return render_to_string(f"evaluation/charts/{kind}.svg", context | more)
