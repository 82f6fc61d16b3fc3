from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

import pytest

from participants.forms import marks as forms
from participants.services.marks import MarkInput, MarkResult, Outcome
from participants.services.syncing import Batch

ID, PERSON = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
GOOD = {"id": ID, "participant": PERSON, "status": "late", "at": "2019-05-14T16:00:00Z"}


def read(data: Any) -> forms.Sent:
    return forms.read_batch(json.dumps(data).encode())


class TestReadBatch:
    def test_every_item_has_its_place_whether_it_can_be_read_or_not(self) -> None:
        closing = {"id": PERSON, "at": "2019-05-14T17:30:00Z"}
        sent = read({"closings": [closing], "marks": [1, GOOD, {"id": ID}], "pass": "p"})
        assert sent.pass_ == "p"
        assert [mark.status for mark in sent.batch.marks] == ["late"]
        assert [each.id for each in sent.batch.closings] == [UUID(PERSON)]
        results = [MarkResult(UUID(ID), Outcome.APPLIED), MarkResult(UUID(PERSON), Outcome.KNOWN)]
        answers = sent.answered(results)
        assert [(answer["id"], answer["outcome"]) for answer in answers] == [
            (None, "refused"),
            (ID, "applied"),
            (ID, "refused"),
            (PERSON, "known"),
        ]

    def test_nothing_is_a_batch_too(self) -> None:
        assert read({"marks": []}) == forms.Sent(Batch([], [], [], []))
        assert read({}) == forms.Sent(Batch([], [], [], []))

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"\xff", b"[" * 100_000, b'{"marks": ' + b"9" * 10_000 + b"}"],
        ids=["empty", "cut", "bytes", "deep", "huge number"],
    )
    def test_what_is_not_json(self, body: bytes) -> None:
        with pytest.raises(forms.MalformedMarksError, match=r"^The body is not JSON\.$"):
            forms.read_batch(body)

    @pytest.mark.parametrize(
        "data",
        [[], None, "marks", {"marks": {}}, {"marks": None}, {"marks": [], "x": 1}, {"counts": 1}],
    )
    def test_what_is_not_a_batch(self, data: Any) -> None:
        with pytest.raises(forms.MalformedMarksError, match="an object with lists"):
            read(data)

    @pytest.mark.parametrize("value", [1, None, "x" * 401])
    def test_what_is_not_a_pass(self, value: Any) -> None:
        with pytest.raises(forms.MalformedMarksError, match="pass must be a text"):
            read({"marks": [], "pass": value})

    def test_how_many(self) -> None:
        assert len(read({"marks": [0] * 150, "counts": [0] * 50}).answers) == 200
        with pytest.raises(forms.TooManyMarksError, match="at most 200"):
            read({"marks": [0] * 150, "counts": [0] * 51})
        with pytest.raises(forms.TooManyMarksError, match="at most 200"):
            forms.read_batch(b" " * (256 * 1024 + 1))


class TestOtherOperations:
    def test_a_walk_in(self) -> None:
        sealed = {"key": "k", "ephemeral": "e", "iv": "i", "data": "d"}
        item = {"id": ID, "at": "2019-05-14T16:00:00Z", "sealed": sealed, "offset": -90}
        walk_in = read({"walk_ins": [item]}).batch.walk_ins[0]
        assert (walk_in.id, walk_in.sealed, walk_in.clock_offset) == (UUID(ID), sealed, -90)

    @pytest.mark.parametrize(
        ("sealed", "reason"),
        [
            (None, "sealed must be an envelope."),
            ({"data": 1}, "sealed must be an envelope."),
            ({"data": "x" * 4000}, "sealed is too long."),
            ({"data": "\ud800"}, "sealed must be an envelope."),
            ({"data": "\0"}, "sealed must be an envelope."),
            ({"\0": "d"}, "sealed must be an envelope."),
        ],
    )
    def test_what_is_no_walk_in(self, sealed: Any, reason: str) -> None:
        item = {"id": ID, "at": "2019-05-14T16:00:00Z", "sealed": sealed}
        assert read({"walk_ins": [item]}).answers == (
            {"id": ID, "outcome": "refused", "reason": reason, "held": ""},
        )

    def test_a_head_count(self) -> None:
        item = {"id": ID, "at": "2019-05-14T16:00:00Z", "group": "audience", "method": "counted"}
        count = read({"counts": [item | {"people": 40}]}).batch.counts[0]
        assert (count.group, count.people, count.method) == ("audience", 40, "counted")
        for people in (None, "40", 4.5, True):
            answer = read({"counts": [item | {"people": people}]}).answers[0]
            assert answer is not None
            assert answer["reason"] == "people must be a whole number."


class TestMarkFromJson:
    def test_reads_one(self) -> None:
        at = dt.datetime(2019, 5, 14, 16, tzinfo=dt.UTC)
        assert forms.mark_from_json(GOOD) == MarkInput(UUID(ID), UUID(PERSON), "late", at)
        full = forms.mark_from_json(GOOD | {"role": "volunteer", "device": "phone-1.a:b_c"})
        assert (full.role, full.device) == ("volunteer", "phone-1.a:b_c")

    def test_a_device_that_believes_it_is_1970_and_was_set_right_marks_like_others(self) -> None:
        most = 2**31 - 1
        for sent, kept in ((56 * 365 * 86_400_000, most), (-(10**30), -most), (90, 90)):
            assert forms.mark_from_json(GOOD | {"offset": sent}).clock_offset == kept

    def test_times_belong_to_who_came(self) -> None:
        times = {"arrived": "2019-05-14T15:10:00Z", "left": "2019-05-14T16:20:00Z", "offset": 250}
        came = forms.mark_from_json(GOOD | times)
        assert came.arrived_at == dt.datetime(2019, 5, 14, 15, 10, tzinfo=dt.UTC)
        assert came.left_at == dt.datetime(2019, 5, 14, 16, 20, tzinfo=dt.UTC)
        assert came.clock_offset == 250
        did_not = forms.mark_from_json(GOOD | times | {"status": "absent"})
        assert (did_not.arrived_at, did_not.left_at) == (None, None)

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
            ({"at": "0001-01-01T00:00:00Z"}, "at must be a date and time of our days"),
            ({"at": "9999-12-31T23:59:59Z"}, "at must be a date and time of our days"),
            ({"arrived": "0001-01-01T00:00:00Z"}, "arrived must be a date and time of our days"),
            ({"offset": "1"}, "offset must be a whole number"),
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
            "held": "",
        }
        assert forms.refused_item({"id": ID}, "why")["id"] == ID
