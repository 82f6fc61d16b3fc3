"""The report as a Frictionless Data Package: a zip of CSV files that say what is in them.

Specification: Frictionless Data, Tabular Data Package and Table Schema, version 1. The same
document and body give the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from evaluation.reports.document import HIDDEN, Column, Document, RowKind
from evaluation.reports.render.tidy import (
    UNTOLD,
    Placed,
    Tidy,
    bare,
    cells_of,
    is_mixed,
    method_of,
    own_unit,
    placed_tables,
)
from evaluation.reports.snapshot import freeze
from typesetting.cells import neutral

BODY_SCHEMA = Path(__file__).resolve().parent.parent / "body.schema.json"
# The earliest moment that a zip can hold: when it was made is no part of the data.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)
_READ_ONLY = 0o400 << 16
_README = """\
{title}
{line}
{marking}. {period}.

What is in this package
  datapackage.json   describes every file: its columns, their types and units (Frictionless Data
                     Package, version 1; open it with any program that knows these)
  data/*.csv         one table a file, UTF-8, numbers bare, dates as 2019-07-13
  definitions.csv    what every figure means
  body.json          the whole report as it was frozen
  body.schema.json   what body.json looks like (JSON Schema, 2020-12)

What a cell says
  a number           the figure; in a released report, the figure as it was rounded
  {few:<18} so few that the number is not told
  {hidden:<18} left out, since a small figure could be worked out from it
  nothing            not known

How to check that nobody changed it
  The SHA-256 of body.json is printed in the report as "SHA-256 of the snapshot":
  {sha256}
  Work it out again and compare:
    sha256sum body.json                      (Linux)
    shasum -a 256 body.json                  (macOS)
    certutil -hashfile body.json SHA256      (Windows)

Run {run}, finished {finished}.
"""


@dataclass(frozen=True)
class Field:
    """One column of a file, as a Table Schema describes it."""

    name: str
    title: str
    type: str = "string"
    unit: str = ""
    missing: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """One CSV file with its description."""

    name: str
    title: str
    path: str
    fields: Sequence[Field]
    rows: Sequence[Sequence[str]] = field(repr=False)
    note: str = ""

    def content(self) -> bytes:
        """The bytes, without a byte order mark: programs read this, and it is said to be UTF-8."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([each.name for each in self.fields])
        writer.writerows(self.rows)
        return out.getvalue().encode()


def render_package(document: Document, body: Mapping[str, Any]) -> bytes:
    """A .zip with datapackage.json, a CSV for each table, definitions, body and its schema.

    Text that a spreadsheet would take for a formula has an apostrophe before it in the CSV files;
    body.json has it as it is, since its hash is taken of it.
    """
    frozen = freeze(dict(body))
    tables = [_file(each, method_of(each.table, body)) for each in placed_tables(document)]
    files = [*tables, _definitions(document)]
    contents = {each.path: each.content() for each in files}
    contents["body.json"] = frozen.text.encode()
    contents["body.schema.json"] = BODY_SCHEMA.read_bytes()
    contents["datapackage.json"] = _json(_descriptor(document, files, contents))
    contents["README.txt"] = _readme(document, files, frozen.sha256).encode()
    return zipped(contents)


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """A zip of files by path; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(contents):
            entry = zipfile.ZipInfo(path, _NO_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, _READ_ONLY
            archive.writestr(entry, contents[path])
    return out.getvalue()


# --- Files ---------------------------------------------------------------------------------------
def _file(placed: Placed, method: str) -> File:
    table, mixed = placed.table, is_mixed(placed.table)
    cells = [cells_of(table, row, method) for row in table.rows]
    fields = [
        Field("row", "Row"),
        Field("label", table.row_heading),
        *(_values(column, [line[at] for line in cells]) for at, column in enumerate(table.columns)),
        *([Field("unit", "Unit")] if mixed else []),
        Field("row_kind", "Kind of row", enum=tuple(kind.value for kind in RowKind)),
    ]
    rows = [
        [
            *(neutral(row.id), neutral(row.label)),
            *map(_cell, line),
            *([neutral(own_unit(table, row))] if mixed else []),
            row.kind.value,
        ]
        for row, line in zip(table.rows, cells, strict=True)
    ]
    path = f"data/{placed.id}.csv"
    return File(placed.id.replace("_", "-"), table.title, path, fields, rows, table.note)


def _cell(cell: Tidy) -> str:
    if cell.status in UNTOLD:
        return cell.symbol
    return neutral(cell.value) if isinstance(cell.value, str) else bare(cell.value)


def _values(column: Column, down: Sequence[Tidy]) -> Field:
    symbols = {cell.symbol for cell in down if cell.symbol}
    name = f"value_{column.id}"
    return Field(name, column.label, _type(down), column.unit, tuple(sorted(symbols)))


def _type(cells: Iterable[Tidy]) -> str:
    values = [cell.value for cell in cells if cell.value is not None]
    if all(isinstance(value, Decimal) for value in values):
        return "number" if any("." in bare(value) for value in values) else "integer"
    return "string" if any(isinstance(value, str | Decimal) for value in values) else "date"


def _definitions(document: Document) -> File:
    fields = [
        Field("id", "Id"),
        Field("label", "Figure"),
        Field("unit", "Unit"),
        Field("definition", "Definition"),
    ]
    rows = [
        [neutral(item.id), neutral(item.label), neutral(item.unit), neutral(item.text)]
        for item in document.definitions
    ]
    return File("definitions", "What the figures mean", "definitions.csv", fields, rows)


# --- Descriptions --------------------------------------------------------------------------------
def _descriptor(
    document: Document, files: Iterable[File], contents: Mapping[str, bytes]
) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": "thisisderby-report",
        "id": document.run_id,
        "title": document.title,
        "description": f"{document.marking}. {document.period}.",
        "created": document.finished_at.isoformat(),
        "facts": {fact.label: fact.text for fact in (*document.facts, *document.provenance)},
        "resources": [_resource(each, contents[each.path]) for each in files],
    }


def _resource(file: File, content: bytes) -> dict[str, Any]:
    symbols = sorted({symbol for each in file.fields for symbol in each.missing})
    return {
        "profile": "tabular-data-resource",
        "name": file.name,
        "title": file.title,
        "description": file.note,
        "path": file.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": {
            "fields": [_field(each) for each in file.fields],
            "missingValues": ["", *symbols],
        },
    }


def _field(each: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"name": each.name, "type": each.type, "title": each.title}
    if each.unit:
        described["unit"] = each.unit
    if each.enum:
        described["constraints"] = {"required": True, "enum": list(each.enum)}
    return described


def _readme(document: Document, files: Iterable[File], sha256: str) -> str:
    symbols = {symbol for file in files for each in file.fields for symbol in each.missing}
    few = sorted(symbol for symbol in symbols if symbol.startswith("<"))
    return _README.format(
        title=document.title,
        line="=" * len(document.title),
        marking=document.marking,
        period=document.period,
        few=" or ".join(few) or "<5",
        hidden=HIDDEN,
        sha256=sha256,
        run=document.run_id,
        finished=document.finished_at.isoformat(),
    )


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
