"""Reads figures back out of a report's renderings, as a reader with other programs would.

A figure is read as what it says: a Decimal, a date, None for "n/a", or its words, among which are
"<5" and the symbol for hidden.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import docx
import openpyxl
import pypdf
from docx.oxml.ns import qn

HIDDEN = "[c]"
# Tables of the page round a report.
ELSEWHERE = "elsewhere"
Figure = Decimal | dt.date | str | None
# {table id: its rows in order, each a list of values}
Figures = dict[str, list[list[Figure]]]
MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(rf"{MINUS}?£?{MINUS}?\d[\d,]*(?:\.\d+)?%?")
TOKEN = re.compile(rf"\d{{1,2}} [A-Z][a-z]+ \d{{4}}|n/a|\[c\]|<\d+|{NUMBER.pattern}")


# --- What there is to say ------------------------------------------------------------------------
def of_body(body: dict[str, Any]) -> Figures:
    """What every rendering has to say, straight from the body."""
    released = body["kind"] == "released"
    alone = [item for item in body["indicators"] if item["id"] in body["figures"]]
    found: Figures = {
        "figures": [[said(body["figures"][item["id"]], hides=released)] for item in alone]
    }
    for table in _tables(body):
        hides = table.get("protected", False)
        id_ = unlike(table["id"], found)
        found[id_] = [
            [said(value, hides=hides) for value in row["values"]] for row in table["rows"]
        ]
    if "row_counts" not in found:
        counts = body["row_counts"]
        found["row_counts"] = [[said(counts[key])] for key in sorted(counts)]
    return found


def _tables(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from body["tables"]
    for outcome in body["outcomes"]:
        yield from outcome["tables"]


def unlike(id_: str, taken: Figures) -> str:
    names = [id_, *(f"{id_}-{number}" for number in range(2, 99))]
    return next(name for name in names if name not in taken)


def said(value: int | str | None, *, hides: bool = False) -> Figure:
    if value is None:
        return HIDDEN if hides else None
    if isinstance(value, int):
        return Decimal(value)
    return printed(value.replace("-", MINUS) if re.fullmatch(r"-[\d.,]+", value) else value)


def printed(text: str) -> Figure:
    """What a person reads in a cell."""
    text = " ".join(text.split())
    if text in {"", "n/a"}:
        return None
    if re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", text):
        return dt.datetime.strptime(text, "%d %B %Y").date()  # noqa: DTZ007
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return dt.date.fromisoformat(text)
    if not NUMBER.fullmatch(text):
        return text
    return Decimal(re.sub("[£,%]", "", text).replace(MINUS, "-"))


# --- The page ------------------------------------------------------------------------------------
class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.figures: Figures = {"figures": []}
        self.labels: dict[str, list[str]] = {}
        self.table = ""
        self.row: list[Figure] = []
        self.text = self.scope = ""
        self.is_figure = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            id_ = given.get("id") or ""
            is_ours = id_.startswith("table-")
            self.table = unlike(id_.removeprefix("table-"), self.figures) if is_ours else ELSEWHERE
            self.figures[self.table], self.labels[self.table] = [], []
        if tag == "tr":
            self.row = []
        if tag in {"td", "th", "dt", "dd"}:
            self.text = ""
            self.scope = given.get("scope") or ""
            self.is_figure = given.get("class") == "report__figure"

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.row.append(printed(self.text))
        if tag == "th" and self.scope == "row":
            self.labels[self.table].append(self.text)
        if tag == "tr" and self.row:
            self.figures[self.table].append(self.row)
        if tag == "dd" and self.is_figure:
            self.figures["figures"].append([printed(self.text)])
            self.is_figure = False


def of_page(html: str) -> tuple[Figures, dict[str, list[str]]]:
    """Figures and row labels, by table."""
    page = _Page()
    page.feed(html)
    for found in (page.figures, page.labels):
        found.pop(ELSEWHERE, None)  # type: ignore[attr-defined]
    return page.figures, page.labels


# --- CSV and package -----------------------------------------------------------------------------
def lines_of_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def of_csv(content: bytes, column: str = "value") -> tuple[Figures, dict[str, list[str]]]:
    """Figures by what programs read (`value`) or people (`shown`), and row labels."""
    figures: Figures = {}
    labels: dict[str, list[str]] = {}
    first = ""
    for line in lines_of_csv(content):
        table = line["table_id"]
        if table == "about":
            continue
        if table not in figures:
            figures[table], labels[table], first = [], [], line["column_id"]
        if line["column_id"] == first:
            figures[table].append([])
            labels[table].append(line["row_label"])
        untold = line["status"] in {"small", "hidden"}
        text = line["shown"] if untold or column == "shown" else line["value"]
        figures[table][-1].append(_bare(text) if column == "value" else printed(_text(text)))
    return figures, labels


def of_package(content: bytes) -> Figures:
    """The figures of every table, each typed as datapackage.json says."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        described = json.loads(package.read("datapackage.json"))
        return {
            resource["path"].removeprefix("data/").removesuffix(".csv"): _resource(
                resource, package.read(resource["path"])
            )
            for resource in described["resources"]
            if resource["path"].startswith("data/")
        }


def _resource(resource: dict[str, Any], content: bytes) -> list[list[Figure]]:
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    missing = resource["schema"]["missingValues"]
    return [
        [
            _bare(text) if text in missing else _typed(text, fields[name]["type"])
            for name, text in line.items()
            if name.startswith("value_")
        ]
        for line in lines_of_csv(content)
    ]


def _typed(text: str, type_: str) -> Figure:
    if type_ == "integer":
        return Decimal(int(text))
    if type_ == "number":
        return Decimal(text)
    return dt.date.fromisoformat(text) if type_ == "date" else printed(_text(text))


def _bare(text: str) -> Figure:
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else printed(_text(text))


def _text(text: str) -> str:
    return text.removeprefix("'")


# --- Workbook ------------------------------------------------------------------------------------
def of_workbook(content: bytes, ids: list[str]) -> Figures:
    """`ids` are the tables' ids in print order: sheets have names for people."""
    sheets = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return dict(zip(ids, map(_of_sheet, sheets[1 : 1 + len(ids)]), strict=True))


def _of_sheet(sheet: Any) -> list[list[Figure]]:
    headings = [cell.value for cell in sheet[1]]
    values = len(headings) - 2 - (headings[-2] == "Unit")
    rows = sheet.iter_rows(min_row=2, min_col=2, max_col=1 + values, values_only=True)
    return [[_cell(value) for value in row] for row in rows]


def long_form(content: bytes) -> list[dict[str, Any]]:
    """The lines of the sheet that holds every cell of every table."""
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Every cell"]
    headings, *lines = sheet.values
    return [dict(zip(headings, line, strict=True)) for line in lines]


def _cell(value: Any) -> Figure:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, int | float):
        return Decimal(str(value))
    return None if value is None else printed(value)


# --- Word ----------------------------------------------------------------------------------------
def of_word(content: bytes) -> Figures:
    """The tables of figures, by the bookmarks of their captions."""
    found: Figures = {}
    for id_, table in tables_of_word(content):
        headings, *rows = [[cell.text for cell in row.cells] for row in table.rows]
        if id_ == "figures":
            found[id_] = [[printed(row[1])] for row in rows if row[1]]
        elif not re.fullmatch(r"(facts|headline)(_\d+)?", id_):
            last = -1 if headings[-1] == "Unit" else None
            found[id_] = [[printed(text) for text in row[1:last]] for row in rows]
    return found


def tables_of_word(content: bytes) -> Iterator[tuple[str, Any]]:
    document = docx.Document(io.BytesIO(content))
    tables = {table._tbl: table for table in document.tables}
    id_ = ""
    for element in document.element.body:
        for mark in element.iter(qn("w:bookmarkStart")):
            id_ = mark.get(qn("w:name")).removeprefix("table_")
        if element in tables:
            yield id_, tables[element]


def words_of_word(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    parts = [document.element.body, *(section.header._element for section in document.sections)]
    parts += [section.footer._element for section in document.sections]
    return "\n".join(text.text or "" for part in parts for text in part.iter(qn("w:t")))


# --- PDF -----------------------------------------------------------------------------------------
def text_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def tokens_of_pdf(content: bytes) -> list[Figure]:
    """Every number, n/a and sign of disclosure control, in reading order."""
    return [printed(token) for token in TOKEN.findall(text_of_pdf(content))]


def holds(tokens: list[Any], row: list[Any]) -> bool:
    """Whether a row's figures stand beside each other somewhere."""
    return any(tokens[at : at + len(row)] == row for at in range(len(tokens) - len(row) + 1))
