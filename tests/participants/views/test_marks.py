from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Role
from participants.forms import marks as forms
from participants.models import MarkOperation
from tests.factories import (
    make_attendance,
    make_participant,
    make_user,
)
from tests.participants.views.helpers import address, operation, send, statuses

pytestmark = pytest.mark.django_db
# However many marks it brings.
QUERIES_OF_A_BATCH = 26
NAMES = ["session_register", "close_register", "record_marks", "add_walk_in", "record_head_count"]


class TestMarksAsJson:
    def test_one_answer_each_and_all_marks_as_they_stand(self, client, session, coordinator, child):
        other = make_participant(hub=session.activity.hub)
        there = make_attendance(session, other, status="absent")
        good, bad = operation(child, status="late"), operation(child, status="here")
        response = send(client, session, {"marks": [{"id": "x"}, good, bad, good]})
        assert response.status_code == 200
        assert response.json()["results"] == [
            {"id": None, "outcome": "refused", "reason": "id must be a UUID.", "held": ""},
            {"id": good["id"], "outcome": "applied", "reason": "", "held": ""},
            {
                "id": bad["id"],
                "outcome": "refused",
                "reason": "This is not a mark that a register knows.",
                "held": "",
            },
            {"id": good["id"], "outcome": "known", "reason": "", "held": ""},
        ]
        marks = response.json()["marks"]
        assert {person: mark["status"] for person, mark in marks.items()} == {
            str(child.pk): "late",
            str(other.pk): "absent",
        }
        assert parse_datetime(marks[str(child.pk)]["marked_at"]) == parse_datetime(good["at"])
        assert parse_datetime(marks[str(other.pk)]["marked_at"]) == there.marked_at
        assert parse_datetime(response.json()["now"]) is not None
        assert send(client, session, {"marks": [good]}).json()["results"][0]["outcome"] == "known"
        assert MarkOperation.objects.count() == 1

    def test_a_page_that_looks_by_itself_keeps_nobody_signed_in(self, client, session, child):
        """An open register asks every few seconds, whether anybody is there or not."""
        client.force_login(make_user(Role.TRUST_STAFF))
        seen = {"marks": []}, {"marks": [operation(child)]}
        for body, is_noticed in zip(seen, (False, True), strict=True):
            kept = client.session
            before = kept["sign_in"]["seen"] - 10 * 60
            kept["sign_in"] = kept["sign_in"] | {"seen": before}
            kept.save()
            assert send(client, session, body).status_code == 200
            assert (client.session["sign_in"]["seen"] > before) == is_noticed

    @pytest.mark.parametrize("sign", [1, -1])
    def test_no_offset_takes_the_batch_with_it(self, client, session, coordinator, child, sign):
        zone = dt.timezone(sign * (dt.timedelta(days=1) - dt.timedelta.resolution))
        odd = operation(child, status="late", at=timezone.now().astimezone(zone).isoformat())
        ancient = operation(child, at="0001-01-01T00:00:00+23:59:59.999999")
        answer = send(client, session, {"marks": [odd, ancient]}).json()
        assert [result["outcome"] for result in answer["results"]] == ["applied", "refused"]
        assert statuses(session) == {child.pk: "late"}

    @pytest.mark.parametrize("body", ["{", "[]", '{"marks": 1}', '{"marks": [], "by": "x"}'])
    def test_what_is_no_batch_is_a_clear_error(self, client, session, coordinator, body):
        response = send(client, session, body)
        assert response.status_code == 400
        assert response.json()["error"].startswith("The body ")

    def test_only_json(self, client, session, coordinator, child):
        response = client.post(
            address("record_marks", session), {"marks": json.dumps([operation(child)])}
        )
        assert (response.status_code, response.json()) == (415, {"error": "Send application/json."})

    def test_too_many_or_too_large(self, client, session, coordinator, child):
        assert send(client, session, {"marks": [operation(child)] * 201}).status_code == 413
        for size in (forms.BATCH_BYTES, 3_000_000):
            response = send(client, session, '{"marks": []}' + " " * size)
            assert response.status_code == 413
            error = "Send at most 200 marks and 256 kB at once."
            assert response.json() == {"error": error}
        assert MarkOperation.objects.count() == 0

    def test_two_hundred_fit(self, client, session, coordinator, child):
        marks = [operation(child, device="d" * 64, role="practitioner") for _ in range(200)]
        assert send(client, session, {"marks": marks}).status_code == 200
        assert MarkOperation.objects.count() == 200

    def test_no_error_repeats_what_was_sent(self, client, session, coordinator):
        secret = "Secretname"
        item = dict.fromkeys(("id", "participant", "status", "at", "device", secret), secret)
        for body in ({"marks": [item]}, {secret: []}, f'{{"marks": {secret}}}'):
            assert secret not in send(client, session, body).content.decode()

    def test_thirty_cost_the_queries_of_three(
        self, client, session, coordinator, django_assert_num_queries
    ):
        people = [make_participant(hub=session.activity.hub) for _ in range(33)]
        for group in (people[:3], people[3:]):
            with django_assert_num_queries(QUERIES_OF_A_BATCH):
                send(client, session, {"marks": [operation(person) for person in group]})
        assert len(statuses(session)) == 33
