"""Reads figures back out of a report's renderings, as a reader with other programs would."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pypdf

Figure = Decimal | dt.date | None
# {table id: its rows in order, each a list of values}
Figures = dict[str, list[list[Figure]]]
MINUS = "\N{MINUS SIGN}"
TOKEN = re.compile(rf"n/a|{MINUS}?\d[\d,]*(?:\.\d+)?")


def of_body(body: dict[str, Any]) -> Figures:
    """What every rendering has to say, straight from the body."""
    missing = body["missing_registers"]
    return {
        "headline": [
            [number(body["headline"][item["id"]])]
            for item in body["indicators"]
            if item["id"] in body["headline"]
        ],
        "targets": [
            [number(item[key]) for key in ("target", "actual", "percent")]
            for item in body["targets"]
        ],
        **{
            item["id"]: [
                [number(value) for value in values]
                for values in [*(row["values"] for row in item["rows"]), item["total"]]
            ]
            for item in body["breakdowns"]
        },
        "missing_registers": [
            *(
                [number(row["count"]), dt.date.fromisoformat(row["oldest"])]
                for row in missing["by_hub"]
            ),
            [number(missing["count"]), None],
        ],
        "row_counts": [[number(body["row_counts"][key])] for key in sorted(body["row_counts"])],
    }


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def printed(text: str) -> Figure:
    """What a person reads in a cell."""
    if text in {"", "n/a"}:
        return None
    if re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", text):
        return dt.datetime.strptime(text, "%d %B %Y").date()  # noqa: DTZ007
    return Decimal(text.removesuffix("%").replace(",", "").replace(MINUS, "-"))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.figures: Figures = {"headline": []}
        self.labels: dict[str, list[str]] = {"headline": []}
        self.table = "headline"
        self.row: list[Figure] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self.table = str(given["id"]).removeprefix("table-")
            self.figures[self.table], self.labels[self.table] = [], []
        if tag in {"tr", "dl"}:
            self.row = []
        if tag in {"td", "th", "dt", "dd"}:
            self.text = ""
            self.scope = given.get("scope") or ""
            self.is_stat = "stat__value" in (given.get("class") or "")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.row.append(printed(self.text))
        if tag == "th" and self.scope == "row":
            self.labels[self.table].append(self.text)
        if tag == "tr" and self.row:
            self.figures[self.table].append(self.row)
        if tag == "dd" and self.is_stat:
            self.figures["headline"].append([printed(self.text)])


def of_page(html: str) -> tuple[Figures, dict[str, list[str]]]:
    """Figures and row labels, by table."""
    page = _Page()
    page.feed(html)
    return page.figures, page.labels


def of_csv(content: bytes) -> tuple[Figures, dict[str, list[str]]]:
    figures: Figures = {}
    labels: dict[str, list[str]] = {}
    first = ""
    for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        table = line["table_id"]
        if table == "about":
            continue
        if table not in figures:
            figures[table], labels[table], first = [], [], line["column_id"]
        if line["column_id"] == first:
            figures[table].append([])
            labels[table].append(line["row_label"])
        is_date = line["unit"] == "date"
        value = line["value"]
        read = dt.date.fromisoformat(value) if is_date and value else number(value or None)
        figures[table][-1].append(read)
    return figures, labels


def of_workbook(content: bytes, ids: list[str]) -> Figures:
    """`ids` are the tables' ids in print order: sheets have names for people."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheets = [*book.worksheets[: len(ids) - 1], book.worksheets[-2]]
    return dict(zip(ids, map(_of_sheet, sheets), strict=True))


def _of_sheet(sheet: Any) -> list[list[Figure]]:
    headings = [cell.value for cell in sheet[1]]
    values = len(headings) - 2 - (headings[-2] == "Unit")
    rows = sheet.iter_rows(min_row=2, min_col=2, max_col=1 + values, values_only=True)
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> Figure:
    if isinstance(value, dt.datetime):
        return value.date()
    assert value is None or isinstance(value, int | float), "a figure that is text"
    return number(value)


def text_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def tokens_of_pdf(content: bytes) -> list[Decimal | None]:
    """Every number, and every n/a, in reading order."""
    return [printed(token) for token in TOKEN.findall(text_of_pdf(content))]  # type: ignore[misc]


def holds(tokens: list[Any], row: list[Any]) -> bool:
    """Whether a row's figures stand beside each other somewhere."""
    return any(tokens[at : at + len(row)] == row for at in range(len(tokens) - len(row) + 1))
