from __future__ import annotations

import io
import json
from typing import Any

import jsonschema
import pikepdf
import pypdf
import pytest

from participants.subject_access.document import released, undecided
from participants.subject_access.machine import SCHEMA, render_json
from participants.subject_access.paper import NOTHING, read, render_pdf


def entry(key: str, section: str = "identity", *looks: str, **data: Any) -> dict[str, Any]:
    return {
        "key": key,
        "section": section,
        "title": f"Title of {key}",
        "data": list(data.items()),
        "look": looks,
    }


def body(*entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "about": "Bramblewick Person",
        "made_at": "2026-05-11T10:00:00+01:00",
        "hidden": False,
        "entries": list(entries),
    }


BODY = body(
    entry("contact:1", "contacts", "others", Name="Zebedee Contact"),
    entry(
        "participant:1", School="Larkspur #School* [x]", Agreed=True, Nothing=None, List=["a", "b"]
    ),
    entry("story:1", "from another app", Words="Said on 2026-04-14T16:00:00+01:00"),
)
OUT = {"contact:1": "About #somebody else"}


def words_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_nothing_leaves_before_everything_marked_is_decided() -> None:
    assert undecided(BODY, {}) == ["contact:1"]
    with pytest.raises(ValueError, match="decided"):
        released(BODY, {})
    assert undecided(BODY, {"contact:1": ""}) == []


def test_entries_stand_in_the_order_of_the_sections() -> None:
    copy = released(BODY, {"contact:1": ""})
    assert [part.section for part in copy.parts] == ["identity", "contacts", "other"]
    assert copy.parts[1].entries[0].data == {"Name": "Zebedee Contact"}


def test_what_is_left_out_is_gone_from_both_files_and_not_covered() -> None:
    copy = released(BODY, OUT)
    pdf, machine = render_pdf(copy), render_json(copy).decode()
    for text in (words_of(pdf), machine):
        assert "Zebedee" not in text
        assert "Title of contact:1" not in text
        assert "About #somebody else" in text
    assert b"Zebedee" not in pikepdf_streams(pdf)
    assert "contact:1" not in machine


def pikepdf_streams(pdf: bytes) -> bytes:
    """Every stream of a file, as it is once it is unpacked."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = [each for each in document.objects if isinstance(each, pikepdf.Stream)]
        return b"".join(each.read_bytes() for each in streams if "/Width" not in each)


def test_the_pdf_is_tagged_has_contents_and_explains_codes() -> None:
    pdf = render_pdf(released(BODY, OUT))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en-GB"
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "A copy of the data held about Bramblewick Person"
    text = words_of(pdf)
    for words in ("Contents", "Larkspur #School* [x]", "14 April 2026, 16:00", "Words and codes"):
        assert words in text
    assert "in nobody's copy" in text.replace("\u2019", "'")


def test_the_same_copy_gives_the_same_bytes() -> None:
    assert render_pdf(released(BODY, OUT)) == render_pdf(released(BODY, OUT))
    assert render_json(released(BODY, OUT)) == render_json(released(BODY, OUT))


def test_the_json_is_as_its_schema_says() -> None:
    whole = json.loads(render_json(released(BODY, OUT)))
    jsonschema.validate(whole, json.loads(SCHEMA.read_text()))
    assert whole["version"] == 1
    assert whole["sections"][0]["entries"] == [
        {
            "key": "participant:1",
            "title": "Title of participant:1",
            "left_out": None,
            "data": {
                "School": "Larkspur #School* [x]",
                "Agreed": True,
                "Nothing": None,
                "List": ["a", "b"],
            },
        }
    ]
    assert whole["sections"][1]["entries"] == [
        {"key": None, "title": "Left out", "left_out": "About #somebody else", "data": {}}
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "Yes"),
        (False, "No"),
        (None, NOTHING),
        ("", NOTHING),
        ([], NOTHING),
        (0, "0"),
        ("2026-05-11", "11 May 2026"),
        ("2026-05-11T10:05:00+01:00", "11 May 2026, 10:05"),
        ("2026-99-99", "2026-99-99"),
        (["a", "2026-05-11"], "a\n11 May 2026"),
    ],
    ids=["yes", "no", "none", "empty", "no list", "nought", "day", "moment", "no day", "list"],
)
def test_values_read_as_people_write_them(value: Any, words: str) -> None:
    assert read(value) == words
