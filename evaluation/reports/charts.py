"""Bar charts as SVG: the geometry is worked out here, the template only writes it down.

One file serves page and PDF: presentation attributes only, no style and no script. Text takes
the colour of its surroundings, and the bars stand out on white and on near-black.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string

from evaluation.reports.document import Bar, Chart

WIDTH = 400
_LABEL_WIDTH = 136
_BAR_LEFT = 146
_LEAST_ROOM = 60
_BAR_HEIGHT = 14
_LINE = 16
_GAP = 10
_LINE_LETTERS = 16
_MOST_LINES = 4
# A bold digit of the widest common system font.
_DIGIT = 10
_AFTER = 6
# From the foot of a line of text to its optical middle.
_BASELINE = 5


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    y: int


@dataclass(frozen=True, slots=True)
class _DrawnBar:
    lines: tuple[_Line, ...]
    y: int
    width: str
    text: str
    text_x: str
    text_y: int
    known: bool


def bar_chart(chart: Chart) -> str:
    """Draw a chart as one SVG element, 400 units wide, that tells its own title and text."""
    most = max([bar.value for bar in chart.bars] + [chart.mark or Decimal(0)])
    scale = Decimal(_room(chart)) / most if most > 0 else Decimal(0)
    mark = None if chart.mark is None else _BAR_LEFT + chart.mark * scale
    bars, height = _draw(chart.bars, scale, mark)
    context = {
        "chart": chart,
        "bars": bars,
        "width": WIDTH,
        "height": height,
        "label_right": _LABEL_WIDTH,
        "bar_left": _BAR_LEFT,
        "bar_height": _BAR_HEIGHT,
        "mark_x": None if mark is None else f"{mark:.1f}",
    }
    return render_to_string("evaluation/charts/bars.svg", context).strip()


def _room(chart: Chart) -> int:
    """How long the longest bar may be, so that the words at its end fit."""
    words = max(len(bar.text) for bar in chart.bars) * _DIGIT
    return max(WIDTH - _BAR_LEFT - 2 * _AFTER - words, _LEAST_ROOM)


def _draw(
    bars: tuple[Bar, ...], scale: Decimal, mark: Decimal | None
) -> tuple[list[_DrawnBar], int]:
    drawn, top = [], _GAP // 2
    for bar in bars:
        lines = _wrapped(bar.label)
        middle = top + len(lines) * _LINE // 2
        width = max(bar.value * scale, Decimal(0))
        drawn.append(
            _DrawnBar(
                lines=tuple(
                    _Line(line, top + _LINE * at + _LINE // 2 + _BASELINE)
                    for at, line in enumerate(lines)
                ),
                y=middle - _BAR_HEIGHT // 2,
                width=f"{width:.1f}",
                text=bar.text,
                text_x=f"{_beside(_BAR_LEFT + width, bar.text, mark):.1f}",
                text_y=middle + _BASELINE,
                known=bar.known,
            )
        )
        top += len(lines) * _LINE + _GAP
    return drawn, top


def _beside(end: Decimal, text: str, mark: Decimal | None) -> Decimal:
    """Where a bar's words start: at its end, or past the mark if that would run through them."""
    start = end + _AFTER
    if mark is not None and start - _AFTER < mark < start + len(text) * _DIGIT:
        return mark + _AFTER
    return start


def _wrapped(label: str) -> list[str]:
    # The table beside the chart and the description hold the whole label.
    lines = textwrap.wrap(label, _LINE_LETTERS, max_lines=_MOST_LINES, placeholder=" …")
    return lines or [""]
