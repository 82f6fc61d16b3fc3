"""Charts as SVG: the geometry is worked out here, the templates only write it down.

One file serves page and PDF: presentation attributes only, no style and no script. Text takes
the colour of its surroundings, and the bars stand out on white and on near-black. Every bar says
its own figure; a hidden or small one is hatched and says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine

from evaluation.reports.document import HIDDEN, Bar, Chart, ChartKind

# Small, so that its letters stay readable on a phone of 360 px.
WIDTH = 360
_LABEL_WIDTH = 122
_BAR_LEFT = 130
_LEAST_ROOM = 60
_BAR_HEIGHT = 14
_LINE = 16
_GAP = 10
_LINE_LETTERS = 16
_MOST_LINES = 4
# A bold digit of the widest common system font.
_DIGIT = 9
_AFTER = 6
# From the foot of a line of text to its optical middle.
_BASELINE = 5
# What stands for a hidden figure: long enough to see its hatching, and like no other.
_STUB = Decimal(12)


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
    exact: bool


def draw(chart: Chart) -> str:
    """Draw a chart as one SVG element, 360 units wide, that tells its own title and text."""
    if chart.kind is ChartKind.PROGRESS:
        return _progress_chart(chart)
    if chart.kind is ChartKind.COLUMNS and len(chart.bars) > 1:
        return _column_chart(chart)
    return bar_chart(chart)


def bar_chart(chart: Chart) -> str:
    """Horizontal bars, each with its label before it and its figure at its end."""
    most = max([bar.value for bar in chart.bars] + [chart.mark or Decimal(0)])
    scale = Decimal(_room(chart)) / most if most > 0 else Decimal(0)
    mark = None if chart.mark is None else _BAR_LEFT + chart.mark * scale
    bars, height = _bars(chart.bars, scale, mark)
    return _written(
        "bars",
        chart,
        bars=bars,
        height=height,
        label_right=_LABEL_WIDTH,
        bar_left=_BAR_LEFT,
        bar_height=_BAR_HEIGHT,
        mark_x=None if mark is None else f"{mark:.1f}",
    )


def _written(name: str, chart: Chart, **context: Any) -> str:
    hatched = any(not bar.exact for bar in chart.bars)
    context |= {"chart": chart, "width": WIDTH, "hatched": hatched}
    template = _engine().get_template(f"evaluation/charts/{name}.svg")
    return template.render(Context(context)).strip()


@cache
def _engine() -> Engine:
    """Templates without tags of apps: the pages' own engine takes a worker a second to start."""
    return Engine(dirs=[str(settings.BASE_DIR / "templates")])


def _room(chart: Chart) -> int:
    """How long the longest bar may be, so that the words at its end fit."""
    words = max(len(bar.text) for bar in chart.bars) * _DIGIT
    return max(WIDTH - _BAR_LEFT - 2 * _AFTER - words, _LEAST_ROOM)


def _bars(
    bars: tuple[Bar, ...], scale: Decimal, mark: Decimal | None
) -> tuple[list[_DrawnBar], int]:
    drawn, top = [], _GAP // 2
    for bar in bars:
        lines = _wrapped(bar.label)
        middle = top + len(lines) * _LINE // 2
        width = _length(bar, scale)
        drawn.append(
            _DrawnBar(
                lines=_stacked(lines, top),
                y=middle - _BAR_HEIGHT // 2,
                width=f"{width:.1f}",
                text=bar.text,
                text_x=f"{_beside(_BAR_LEFT + width, bar.text, mark):.1f}",
                text_y=middle + _BASELINE,
                known=bar.known,
                exact=bar.exact,
            )
        )
        top += len(lines) * _LINE + _GAP
    return drawn, top


def _length(bar: Bar, scale: Decimal) -> Decimal:
    if not bar.exact:
        return _STUB
    return max(bar.value * scale, Decimal(0))


def _stacked(lines: Sequence[str], top: int) -> tuple[_Line, ...]:
    return tuple(
        _Line(line, top + _LINE * at + _LINE // 2 + _BASELINE) for at, line in enumerate(lines)
    )


def _beside(end: Decimal, text: str, mark: Decimal | None) -> Decimal:
    """Where a bar's words start: at its end, or past the mark if that would run through them."""
    start = end + _AFTER
    if mark is not None and start - _AFTER < mark < start + len(text) * _DIGIT:
        return mark + _AFTER
    return start


def _wrapped(label: str, letters: int = _LINE_LETTERS) -> list[str]:
    # The table beside the chart and the description hold the whole label.
    lines = textwrap.wrap(label, letters, max_lines=_MOST_LINES, placeholder=" …")
    return lines or [""]


# --- Progress to targets --------------------------------------------------------------------

_PROGRESS_LETTERS = 46
_PROGRESS_HEIGHT = 16
_ARROW = 8


@dataclass(frozen=True, slots=True)
class _Progress:
    lines: tuple[_Line, ...]
    y: int
    width: str
    text: str
    text_y: int
    mark_top: int
    mark_foot: int


def _progress_chart(chart: Chart) -> str:
    """A label, a track that ends at the whole target or past it, and what was reached."""
    mark = chart.mark or Decimal(100)
    scale = Decimal(WIDTH) / max([mark, *(bar.value for bar in chart.bars)])
    rows, top = [], 0
    for bar in chart.bars:
        lines = _wrapped(bar.label, _PROGRESS_LETTERS)
        y = top + len(lines) * _LINE + 4
        rows.append(
            _Progress(
                lines=_stacked(lines, top),
                y=y,
                width=f"{_length(bar, scale):.1f}",
                text=bar.text,
                text_y=y + _PROGRESS_HEIGHT + _LINE,
                mark_top=y - 3,
                mark_foot=y + _PROGRESS_HEIGHT + 3,
            )
        )
        top = y + _PROGRESS_HEIGHT + 2 * _LINE
    return _written(
        "progress",
        chart,
        rows=rows,
        height=top - _GAP,
        track=f"{mark * scale:.1f}",
        bar_height=_PROGRESS_HEIGHT,
        mark_x=f"{mark * scale - Decimal('0.75'):.1f}",
    )


# --- Columns by month -----------------------------------------------------------------------

_COLUMN_TOP = 20
_COLUMN_ROOM = 130
_FOOT = 38
_SMALL_DIGIT = Decimal("6.8")
_MONTH_WIDTH = Decimal(24)
_YEAR_WIDTH = Decimal(32)
_LONGEST_MONTH = 3
# The share of its room that a column leaves free on either side.
_MARGIN = Decimal("0.13")


@dataclass(frozen=True, slots=True)
class _DrawnColumn:
    x: str
    middle: str
    y: str
    height: str
    text: str
    text_y: str
    exact: bool


@dataclass(frozen=True, slots=True)
class _Tick:
    """A month under its column, and its year where a new one begins."""

    middle: str
    month: str
    year: str
    year_x: str


def _column_chart(chart: Chart) -> str:
    """Upright bars along time; where they are narrow, only some say their figure."""
    most = max(bar.value for bar in chart.bars)
    scale = Decimal(_COLUMN_ROOM) / most if most > 0 else Decimal(0)
    pitch = Decimal(WIDTH) / len(chart.bars)
    named = _named(chart.bars, pitch)
    columns = [
        _column(bar, _length(bar, scale), pitch * at, pitch, said=said)
        for at, (bar, said) in enumerate(zip(chart.bars, named, strict=True))
    ]
    return _written(
        "columns",
        chart,
        columns=columns,
        ticks=_ticks(chart.bars, pitch),
        column_width=f"{pitch * (1 - 2 * _MARGIN):.1f}",
        floor=_COLUMN_TOP + _COLUMN_ROOM,
        month_y=_COLUMN_TOP + _COLUMN_ROOM + 15,
        year_y=_COLUMN_TOP + _COLUMN_ROOM + 31,
        height=_COLUMN_TOP + _COLUMN_ROOM + _FOOT,
    )


def _column(
    bar: Bar, height: Decimal, left: Decimal, pitch: Decimal, *, said: bool
) -> _DrawnColumn:
    top = _COLUMN_TOP + _COLUMN_ROOM - height
    # A figure that is wider than its column stays inside the picture.
    half = len(_short(bar)) * _SMALL_DIGIT / 2
    middle = max(half, min(WIDTH - half, left + pitch / 2))
    return _DrawnColumn(
        x=f"{left + pitch * _MARGIN:.1f}",
        middle=f"{middle:.1f}",
        y=f"{top:.1f}",
        height=f"{height:.1f}",
        text=_short(bar) if said else "",
        text_y=f"{top - 5:.1f}",
        exact=bar.exact,
    )


def _named(bars: Sequence[Bar], pitch: Decimal) -> list[bool]:
    """Which columns say their figure: all where there is room, else the highest and the ends."""
    widest = max(len(_short(bar)) for bar in bars) * _SMALL_DIGIT
    if widest <= pitch:
        return [True] * len(bars)
    highest = max(range(len(bars)), key=lambda at: bars[at].value)
    apart = int(widest // pitch) + 1
    return [
        at == highest
        or not bars[at].exact
        or (at in {0, len(bars) - 1} and abs(at - highest) >= apart)
        for at in range(len(bars))
    ]


def _short(bar: Bar) -> str:
    """What fits over a column: the symbol for hidden instead of the word."""
    return bar.text if bar.exact or bar.value else HIDDEN


def _ticks(bars: Sequence[Bar], pitch: Decimal) -> list[_Tick]:
    """Short names of months where one begins, as many as fit; labels end in month and year."""
    ticks: list[_Tick] = []
    last_month = last_year = ""
    free = Decimal(0)
    for at, bar in enumerate(bars):
        left = pitch * (at + _MARGIN)
        month, year = _month_and_year(bar.label)
        shown = month[:_LONGEST_MONTH] if month != last_month and left >= free else ""
        free = left + _MONTH_WIDTH if shown else free
        ticks.append(
            _Tick(
                middle=f"{max(pitch * at + pitch / 2, _MONTH_WIDTH / 2):.1f}",
                month=shown,
                year=year if year != last_year else "",
                year_x=f"{min(left, WIDTH - _YEAR_WIDTH):.1f}",
            )
        )
        last_month, last_year = month, year
    return ticks


def _month_and_year(label: str) -> tuple[str, str]:
    """The last two words of "September 2018" or "24 September 2018"."""
    words = label.split()
    return (words[-2], words[-1]) if len(words) > 1 else (label, "")
