from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict

from participants.forms import marks as forms
from participants.forms.register import RegisterForm
from participants.services.marks import MarkInput

ID, PERSON = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
GOOD = {"id": ID, "participant": PERSON, "status": "late", "at": "2019-05-14T16:00:00Z"}


class TestReadMarks:
    def test_the_items_come_as_they_are(self) -> None:
        assert forms.read_marks(b'{"marks": [1, {"a": null}]}') == [1, {"a": None}]
        assert forms.read_marks(b'{"marks": []}') == []

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"\xff", b"[" * 100_000, b'{"marks": ' + b"9" * 10_000 + b"}"],
        ids=["empty", "cut", "bytes", "deep", "huge number"],
    )
    def test_what_is_not_json(self, body: bytes) -> None:
        with pytest.raises(forms.MalformedMarksError, match=r"^The body is not JSON\.$"):
            forms.read_marks(body)

    @pytest.mark.parametrize(
        "data", [[], None, "marks", {}, {"marks": {}}, {"marks": None}, {"marks": [], "x": 1}]
    )
    def test_what_is_not_a_batch(self, data: Any) -> None:
        with pytest.raises(forms.MalformedMarksError, match="one list"):
            forms.read_marks(json.dumps(data).encode())

    def test_how_many(self) -> None:
        assert len(forms.read_marks(json.dumps({"marks": [0] * 200}).encode())) == 200
        with pytest.raises(forms.TooManyMarksError, match="at most 200"):
            forms.read_marks(json.dumps({"marks": [0] * 201}).encode())


class TestMarkFromJson:
    def test_reads_one(self) -> None:
        at = dt.datetime(2019, 5, 14, 16, tzinfo=dt.UTC)
        assert forms.mark_from_json(GOOD) == MarkInput(UUID(ID), UUID(PERSON), "late", at)
        full = forms.mark_from_json(GOOD | {"role": "volunteer", "device": "phone-1.a:b_c"})
        assert (full.role, full.device) == ("volunteer", "phone-1.a:b_c")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"name": "Sample"}, "A mark is an object with"),
            ({"id": "1"}, "id must be a UUID"),
            ({"id": 1}, "id must be a UUID"),
            ({"participant": None}, "participant must be a UUID"),
            ({"status": None}, "status must be a text"),
            ({"status": ["late"]}, "status must be a text"),
            ({"role": 3}, "role must be a text"),
            ({"at": 1557849600}, "at must be a date and time"),
            ({"at": "teatime"}, "at must be a date and time"),
            ({"at": "2019-05-14T16:00:00"}, "at must say its offset"),
            ({"at": "2019-05-14"}, "at must say its offset"),
            ({"at": "0001-01-01T00:00:00+01:00"}, "at must be a date and time"),
            ({"at": "9999-12-31T23:59:59-01:00"}, "at must be a date and time"),
            ({"device": "a b"}, "device must be"),
            ({"device": "x" * 65}, "device must be"),
            ({"device": "\x00"}, "device must be"),
            ({"device": None}, "device must be a text"),
        ],
        ids=str,
    )
    def test_says_what_is_wrong_and_repeats_nothing(
        self, change: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ValueError, match=f"^{reason}"):
            forms.mark_from_json(GOOD | change)

    @pytest.mark.parametrize("offset", ["+23:59:59.999999", "-23:59:59.999999", "+16:00", "Z"])
    def test_the_time_is_kept_in_utc(self, offset: str) -> None:
        at = f"2019-05-14T16:00:00{offset}"
        read = forms.mark_from_json(GOOD | {"at": at}).at
        assert read == dt.datetime.fromisoformat(at)
        assert read.tzinfo is dt.UTC

    @pytest.mark.parametrize("item", [None, 1, "x", [], {}])
    def test_what_is_no_mark(self, item: Any) -> None:
        with pytest.raises(ValueError, match=r"A mark is an object|id must be a"):
            forms.mark_from_json(item)

    @pytest.mark.parametrize("item", [None, 1, "x", [], {}, {"id": "Sample Person"}, {"id": 4}])
    def test_an_id_that_is_none_is_not_repeated(self, item: Any) -> None:
        assert forms.refused_item(item, "why") == {
            "id": None,
            "outcome": "refused",
            "reason": "why",
        }
        assert forms.refused_item({"id": ID}, "why")["id"] == ID


class TestRegisterForm:
    def read(self, **data: str) -> RegisterForm:
        query = QueryDict(mutable=True)
        query.update({"nonce": ID} | data)
        return RegisterForm(query)

    def test_reads_what_changed_and_who_is_unmarked(self) -> None:
        a, b, c, d = (str(uuid.uuid4()) for _ in range(4))
        form = self.read(
            **{
                f"was-{a}": "present",
                f"mark-{a}": "late",
                f"was-{b}": "absent",
                f"mark-{b}": "absent",
                f"was-{c}": "",
                f"mark-{c}": "excused",
                f"was-{d}": "",
            }
        )
        assert form.is_valid()
        assert form.cleaned_data["statuses"] == {UUID(a): "late", UUID(c): "excused"}
        assert form.cleaned_data["unmarked"] == [UUID(d)]

    def test_somebody_found_is_present(self) -> None:
        form = self.read(add=PERSON)
        assert form.is_valid()
        assert form.cleaned_data["statuses"] == {UUID(PERSON): "present"}

    @pytest.mark.parametrize(
        "data",
        [
            {"nonce": "x"},
            {"add": "x"},
            {"mark-x": "late"},
            {"was-x": ""},
            {f"mark-{PERSON}": "here"},
            {f"mark-{PERSON}": "cleared"},
        ],
        ids=str,
    )
    def test_nothing_that_it_did_not_ask_for(self, data: dict[str, str]) -> None:
        assert not self.read(**data).is_valid()
