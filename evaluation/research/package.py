"""A Frictionless Data Package as one zip: the same data gives the same bytes.

Specification: Frictionless Data, Tabular Data Package and Table Schema, version 1.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.instruments.definition import Definition
from evaluation.research.anonymity import Report
from evaluation.research.codebook import (
    LICENCE,
    Origin,
    codebook_table,
    codebook_words,
    manifest_of,
    readme,
)
from evaluation.research.tables import Column, Table

# The earliest moment that a zip can hold: when it was made is no part of the data.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)
_READ_ONLY = 0o400 << 16


@dataclass(frozen=True)
class Package:
    """The bytes of a zip, their SHA-256, and (title, rows) of each table."""

    content: bytes
    sha256: str
    rows: tuple[tuple[str, int], ...]


def write(
    origin: Origin, tables: Sequence[Table], definitions: Sequence[Definition], report: Report
) -> Package:
    """The whole package."""
    codebook = codebook_table(tables, definitions)
    every = [*tables, codebook]
    files = {f"data/{table.name}.csv": _csv(table) for table in every}
    files["README.md"] = readme(origin, tables, report).encode()
    files["codebook.md"] = codebook_words(codebook).encode()
    files["datapackage.json"] = _json(_descriptor(origin, every, files, report))
    content = _zip(files)
    rows = tuple((table.title, len(table.rows)) for table in tables)
    return Package(content, hashlib.sha256(content).hexdigest(), rows)


def _csv(table: Table) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows(table.rows)
    return out.getvalue().encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _NO_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, _READ_ONLY
            archive.writestr(entry, files[name])
    return out.getvalue()


def _descriptor(
    origin: Origin, tables: Sequence[Table], files: Mapping[str, bytes], report: Report
) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": "thisisderby-research-extract",
        "title": origin.study,
        "description": origin.purpose,
        "licenses": [{"name": "restricted", "path": "README.md", "title": LICENCE}],
        "contributors": [{"title": origin.publisher, "role": "publisher"}],
        "citation": origin.citation,
        "ethics_reference": origin.ethics_reference,
        "temporal": {"start": origin.first_day, "end": origin.last_day},
        "anonymity": manifest_of(report),
        "resources": [_resource(table, files[f"data/{table.name}.csv"]) for table in tables],
    }


def _resource(table: Table, content: bytes) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "path": f"data/{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {"fields": list(fields), "reference": {"resource": of, "fields": list(fields)}}
                for fields, of in table.refers.items()
            ],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    if column.codes:
        constraints["enum"] = list(column.codes)
    return {
        "name": column.name,
        "type": column.type,
        "description": column.description,
        "constraints": constraints,
    }
