"""The chart of a hub's hours: the geometry is worked out here, the template writes it down.

Presentation attributes only: no style and no script. The table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from participants.queries.numbers import WeekHours

WIDTH = 340
_LEFT = 84
_RIGHT = 294
_ROW = 26
_BAR = 14
_TOP = 24


@dataclass(frozen=True)
class _Bar:
    label: str
    y: int
    text_y: int
    planned: str
    held: str
    text: str


def hours_chart(weeks: Sequence[WeekHours], weekly_hours: Decimal) -> SafeString:
    """Held hours of each week as bars within what was planned, and a line at the hub's hours."""
    most = max([weekly_hours, *(max(week.planned, week.held) for week in weeks)])
    scale = Decimal(_RIGHT - _LEFT) / most if most else Decimal(0)
    bars = [_bar(week, at, scale, is_last=at == len(weeks) - 1) for at, week in enumerate(weeks)]
    context = {
        "width": WIDTH,
        "height": _TOP + len(bars) * _ROW,
        "top": _TOP,
        "left": _LEFT,
        "label_x": _LEFT - 8,
        "bar_height": _BAR,
        "bars": bars,
        "mark_x": f"{_LEFT + weekly_hours * scale:.1f}",
        "weekly_hours": _short(weekly_hours),
    }
    return render_to_string("participants/charts/hours.svg", context)


def _bar(week: WeekHours, at: int, scale: Decimal, *, is_last: bool) -> _Bar:
    y = _TOP + at * _ROW + (_ROW - _BAR) // 2
    return _Bar(
        label="This week" if is_last else f"{week.monday.day} {week.monday:%b}",
        y=y,
        text_y=y + _BAR - 2,
        planned=f"{week.planned * scale:.1f}",
        held=f"{week.held * scale:.1f}",
        text=_short(week.held),
    )


def _short(hours: Decimal) -> str:
    """Hours with at most one decimal place: 12, 10.5."""
    return f"{hours:.1f}".removesuffix(".0")
