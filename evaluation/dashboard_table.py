"""Columns of the dashboard's tables."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluation.reports.dashboard import BoardRow, BoardTable

NUMBER: dict[str, Any] = {
    "td": {"data-type": "number"},
    "th": {"data-type": "number"},
    "tf": {"data-type": "number"},
}
# Table, row and column of a figure: the address of its rows, empty where there are none.
RowsAddress = Callable[[str, str, str], str]


class FigureColumn(tables.Column):
    """A figure that leads to its rows, with a bar where it is the first."""

    def __init__(self, at: int, most: Decimal | None, **options: Any) -> None:
        """`at`: which of a row's figures; `most`: the longest bar's, None without bars."""
        super().__init__(empty_values=(), attrs=NUMBER, **options)
        self.at, self.most = at, most

    def render(self, record: dict[str, Any]) -> SafeString | str:
        """The figure as text, linked, over its bar."""
        row: BoardRow = record["row"]
        text = row.texts[self.at]
        address = record["addresses"][self.at]
        shown = format_html('<a href="{}">{}</a>', address, text) if address else text
        return shown if self.most is None else format_html("{}{}", shown, self._bar(row))

    def _bar(self, row: BoardRow) -> SafeString:
        value = row.values[self.at] or Decimal(0)
        width = max(100 * value / self.most, Decimal(0)) if self.most else Decimal(0)
        return format_html(
            '<svg class="board-bar" viewBox="0 0 100 8" preserveAspectRatio="none"'
            ' aria-hidden="true" focusable="false"><rect width="{}" height="8"/></svg>',
            f"{width:.1f}",
        )


class FiguresTable(tables.Table):
    """Rows of figures, sorted by any of them; the whole stands at the foot."""

    def __init__(self, board: BoardTable, address: RowsAddress) -> None:
        """Show a table of the dashboard; `address` says where the rows of a figure are."""
        label = tables.Column(verbose_name=board.heading, footer="All together")
        columns = [
            (
                indicator.id,
                FigureColumn(
                    at,
                    _most(board) if at == 0 else None,
                    verbose_name=indicator.label,
                    footer=board.totals[at],
                ),
            )
            for at, indicator in enumerate(board.indicators)
        ]
        super().__init__(
            [_record(board, row, address) for row in board.rows],
            extra_columns=[("label", label), *columns],
            prefix=f"{board.breakdown}-",
            attrs={"caption": f"{board.title}. Select a heading to sort by it"},
            empty_text="Nothing in this period.",
        )


def _most(board: BoardTable) -> Decimal:
    return max((row.values[0] or Decimal(0) for row in board.rows), default=Decimal(0))


def _record(board: BoardTable, row: BoardRow, address: RowsAddress) -> dict[str, Any]:
    ids = [indicator.id for indicator in board.indicators]
    return {
        "label": row.label,
        "row": row,
        "addresses": [
            address(board.breakdown, row.id, id_) if value else ""
            for id_, value in zip(ids, row.values, strict=True)
        ],
    } | dict(zip(ids, row.values, strict=True))
