"""The data package: it says truly what is in it, and anybody can check that it is whole."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator

from evaluation.reports.document import build_document
from evaluation.reports.render.package import BODY_SCHEMA, render_package
from evaluation.reports.snapshot import freeze
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    bodies,
    released_body,
    sample_body,
)

VALIDATOR = Draft202012Validator(json.loads(BODY_SCHEMA.read_text()))
READ = {
    "integer": int,
    "number": Decimal,
    "date": dt.date.fromisoformat,
    "string": str,
}
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


def files_of(body: dict[str, Any], envelope: dict[str, str] = ENVELOPE) -> dict[str, bytes]:
    content = render_package(build_document(body, envelope), body)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {name: package.read(name) for name in package.namelist()}


def check_description(files: dict[str, bytes]) -> None:
    """Every file is described, with the columns, types, sizes and hashes that it has."""
    described = json.loads(files["datapackage.json"])
    paths = [resource["path"] for resource in described["resources"]]
    assert {path for path in files if path.endswith(".csv")} == set(paths)
    assert len(paths) == len(set(paths))
    for resource in described["resources"]:
        content = files[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        check_rows(resource["schema"], content)


def check_rows(schema: dict[str, Any], content: bytes) -> None:
    header, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
    assert header == [field["name"] for field in schema["fields"]]
    assert len(header) == len(set(header))
    for line in lines:
        for text, field in zip(line, schema["fields"], strict=True):
            if text not in schema["missingValues"]:
                READ[field["type"]](text)
            assert text in field.get("constraints", {}).get("enum", [text])


@pytest.mark.parametrize("body", [sample_body(), released_body()], ids=["internal", "released"])
def test_the_package_describes_its_files_and_the_body_its_schema(body: dict[str, Any]) -> None:
    files = files_of(body)
    check_description(files)
    VALIDATOR.validate(json.loads(files["body.json"]))
    assert files["body.schema.json"] == BODY_SCHEMA.read_bytes()


@given(body=bodies())
@settings(
    max_examples=25, deadline=None, phases=UNSHRUNK, suppress_health_check=[HealthCheck.too_slow]
)
def test_arbitrary_bodies_are_described_truly(body: dict[str, Any]) -> None:
    VALIDATOR.validate(body)
    check_description(files_of(body))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("schema",), 1),
        (("kind",), "leaked"),
        (("title",), None),
        (("tables", 0, "columns", 0, "unit"), "Young people"),
        (("tables", 0, "rows", 0, "kind"), "sum"),
        (("tables", 0, "rows", 0, "values", 0), 1.5),
        (("tables", 0, "id"), "No id"),
        (("about", "first_day"), "yesterday"),
        (("shape", "sections", 0, "parts", 0), {"kind": "script"}),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_the_schema_refuses_what_is_no_body(place: tuple[Any, ...], wrong: Any) -> None:
    body = json.loads(json.dumps(sample_body()))
    at = body
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = wrong
    assert not VALIDATOR.is_valid(body)


def test_the_hash_of_the_body_is_that_of_the_report() -> None:
    body = sample_body()
    frozen = freeze(body)
    files = files_of(body, ENVELOPE | {"sha256": frozen.sha256})
    assert hashlib.sha256(files["body.json"]).hexdigest() == frozen.sha256
    assert frozen.sha256 in files["README.txt"].decode()
    assert (
        json.loads(files["datapackage.json"])["facts"]["SHA-256 of the snapshot"] == frozen.sha256
    )


def test_numbers_are_bare_and_signs_of_disclosure_control_are_missing_values() -> None:
    files = files_of(released_body(), RELEASED_ENVELOPE)
    lines = files["data/age_by_gender.csv"].decode().splitlines()
    assert lines[:3] == [
        "row,label,value_c0,value_c1,value_c2,value_c3,value_total,row_kind",
        "r0,5 to 7,0,15,35,10,60,figure",
        "r1,8 to 12,<5,5,20,[c],95,figure",
    ]
    resources = json.loads(files["datapackage.json"])["resources"]
    (resource,) = [each for each in resources if each["name"] == "age-by-gender"]
    assert resource["schema"]["missingValues"] == ["", "<5", "[c]"]
    assert {field["type"] for field in resource["schema"]["fields"][2:7]} == {"integer"}


def test_tables_with_one_id_get_files_of_their_own() -> None:
    files = files_of(sample_body())
    assert files["data/change.csv"] == files["data/change-2.csv"]


def test_rows_with_units_of_their_own_say_them() -> None:
    lines = files_of(sample_body())["data/targets.csv"].decode().splitlines()
    assert lines[2] == "session_hours,Session hours,6000,4812.0,80.2,hours,figure"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_names_are_no_formulas_and_the_body_keeps_them(text: str) -> None:
    body = sample_body()
    body["tables"][1]["rows"][0]["label"] = text
    body["indicators"][0]["definition"] = text
    files = files_of(body)
    for path in ("data/hub.csv", "definitions.csv"):
        cells = [cell for line in csv.reader(io.StringIO(files[path].decode())) for cell in line]
        assert f"'{text}" in cells
        assert text not in cells
    assert json.loads(files["body.json"])["tables"][1]["rows"][0]["label"] == text
