"""People who came, agreed and answered; and what a data package must be."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import uuid
import zipfile
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import Role, User
from activities.models import Programme, Session
from evaluation.models import Extract, ExtractStatus, Measure, Study
from evaluation.services.extract_runs import make_extract
from evaluation.services.extracts import request_extract
from evaluation.services.studies import names_for, start_study
from participants.models import Participant, Purpose
from tests import factories
from tests.factories import london

NOW = london(2019, 7, 1)
FIRST, LAST = london(2019, 1, 1).date(), london(2019, 6, 30).date()
SHARED = (Purpose.SURVEYS, Purpose.SHARING_UNIVERSITY)


def make_study(programme: Programme, by: User, **fields: Any) -> Study:
    told = {
        "title": "Do hubs change how young people see themselves?",
        "purpose": "To see what changes.",
        "ethics_reference": "CHEP-2019-07",
    }
    return start_study(programme=programme, by=by, now=NOW, **(told | fields))


def agree(person: Participant) -> Participant:
    for purpose in SHARED:
        factories.make_consent(person, purpose)
    return person


def withdraw(person: Participant, purpose: Purpose = Purpose.SURVEYS) -> None:
    """A later no, as the ledger has it, without anything that follows from it."""
    factories.make_consent(person, purpose, is_given=False, at=london(2019, 6, 1))


def make_person(session: Session, **fields: Any) -> Participant:
    """Somebody who agreed and came."""
    person = agree(factories.make_participant(hub=session.activity.hub, **fields))
    factories.make_attendance(session, person)
    return person


def make_cohort(number: int = 6, **fields: Any) -> tuple[Study, Measure, list[Participant]]:
    """A study, what is measured, and people of one session in May who answered twice."""
    programme = factories.make_programme()
    activity = factories.make_activity(programme=programme)
    session = factories.make_session(activity=activity, starts_at=london(2019, 5, 14))
    measure = factories.make_measure(programme=programme)
    people = [make_person(session, **fields) for _ in range(number)]
    for person in people:
        factories.make_response(measure, person, at=london(2019, 2, 12))
        factories.make_response(
            measure, person, at=london(2019, 5, 14), wave="follow_up",
            answers={"one": 5}, skipped=["two"],
        )  # fmt: skip
    study = make_study(programme, factories.make_user(Role.TRUST_STAFF))
    return study, measure, people


def ask(study: Study) -> Extract:
    return request_extract(
        study=study, first_day=FIRST, last_day=LAST, by=study.started_by, now=NOW
    )


def make(study: Study) -> Extract:
    """An extract, made."""
    extract = ask(study)
    assert make_extract(extract.pk)
    extract.refresh_from_db()
    return extract


def finished(study: Study, people: list[Participant], **fields: Any) -> Extract:
    """An extract that was made of these people, with a file of no meaning."""
    with transaction.atomic():
        records = {person.pk: [person.pk] for person in people}
        names = names_for(study=study, records=records, now=NOW)
    told = {
        "first_day": FIRST,
        "last_day": LAST,
        "requested_by": study.started_by,
        "status": ExtractStatus.DONE,
        "made_at": NOW,
        "expires_at": NOW + dt.timedelta(days=14),
        "sha256": "5" * 64,
        "manifest": {
            "people": len(people),
            "rows": [["People", len(people)]],
            "bytes": 8,
            "anonymity": {"k": len(people), "levels": [0, 0, 0, 0, 1, 0]},
            "protection": ["k = 6: everybody."],
        },
    }
    extract = Extract(study=study, **(told | fields))
    extract.file.save(f"{uuid.uuid4()}.zip", ContentFile(b"contents"), save=False)
    extract.save()
    extract.held.set(names.values())
    return extract


def released(study: Study, people: list[Participant], **fields: Any) -> Extract:
    """The same, looked at twice."""
    return finished(
        study, people, **({"released_by": study.started_by, "released_at": NOW} | fields)
    )


def content_of(extract: Extract) -> bytes:
    with extract.file.open("rb") as file:
        return file.read()


def files_in(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(content: bytes, table: str) -> list[dict[str, str]]:
    text = files_in(content)[f"data/{table}.csv"].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def words_of(content: bytes) -> list[str]:
    return [row["pseudonym"] for row in rows_of(content, "people")]


# --- What a data package must be: Tabular Data Package and Table Schema, version 1 ---------------
_NAME = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9._-]*$"}
_STRINGS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
DESCRIPTOR = {
    "type": "object",
    "required": ["profile", "name", "title", "description", "licenses", "resources"],
    "properties": {
        "profile": {"const": "tabular-data-package"},
        "name": _NAME,
        "licenses": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"required": ["name"]}, {"required": ["path"]}]},
        },
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["profile", "name", "path", "encoding", "schema", "bytes", "hash"],
                "properties": {
                    "profile": {"const": "tabular-data-resource"},
                    "name": _NAME,
                    "path": {"type": "string", "pattern": r"^data/[a-z]+\.csv$"},
                    "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                    "schema": {
                        "type": "object",
                        "required": ["fields", "primaryKey", "foreignKeys", "missingValues"],
                        "properties": {
                            "primaryKey": _STRINGS,
                            "missingValues": {"const": [""]},
                            "fields": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "object",
                                    "required": ["name", "type", "description", "constraints"],
                                    "properties": {
                                        "type": {
                                            "enum": ["string", "integer", "number", "yearmonth"]
                                        }
                                    },
                                },
                            },
                            "foreignKeys": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["fields", "reference"],
                                    "properties": {
                                        "fields": _STRINGS,
                                        "reference": {
                                            "type": "object",
                                            "required": ["resource", "fields"],
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
_LOOKS = {
    "string": re.compile(r".+", re.DOTALL),
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "yearmonth": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
}


def descriptor_of(content: bytes) -> dict[str, Any]:
    descriptor: dict[str, Any] = json.loads(files_in(content)["datapackage.json"])
    return descriptor


def assert_rows_are_as_described(content: bytes) -> None:
    """Every value is of its type, every key names one row, every reference leads to one."""
    resources = descriptor_of(content)["resources"]
    keys: dict[str, set[tuple[str, ...]]] = {}
    for resource in resources:
        schema, rows = resource["schema"], rows_of(content, resource["name"])
        header = files_in(content)[resource["path"]].decode().split("\r\n")[0]
        assert header == ",".join(field["name"] for field in schema["fields"])
        for row in rows:
            _assert_row(row, schema["fields"])
        named = [tuple(row[name] for name in schema["primaryKey"]) for row in rows]
        keys[resource["name"]] = set(named)
        assert len(named) == len(set(named))
        for foreign in schema["foreignKeys"]:
            found = {tuple(row[name] for name in foreign["fields"]) for row in rows}
            assert found <= keys[foreign["reference"]["resource"]]


def _assert_row(row: dict[str, str], fields: list[dict[str, Any]]) -> None:
    for field in fields:
        value = row[field["name"]]
        if value == "":
            assert not field["constraints"]["required"], field["name"]
            continue
        assert _LOOKS[field["type"]].fullmatch(value), (field["name"], value)
        assert value in field["constraints"].get("enum", [value])
