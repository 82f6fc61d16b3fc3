from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import User
from activities.models import Session
from participants.models import (
    CLEARED,
    Attendance,
    MarkOperation,
)
from participants.services.form import save_register
from participants.services.marks import record_marks
from tests.factories import (
    make_participant,
)
from tests.participants.services.helpers import MINUTE, mark, statuses


class TestSaveRegister:
    def test_sent_twice_it_is_saved_once(self, session, coordinator, child, now):
        nonce = uuid.uuid4()
        for moment in (now, now + MINUTE):
            results = save_register(
                session=session,
                statuses={child.pk: "late"},
                nonce=nonce,
                by=coordinator,
                now=moment,
            )
        assert results == []
        operation = MarkOperation.objects.get()
        assert (operation.marked_at, operation.device) == (now, f"form:{nonce}")

    def save(self, session: Session, by: User, now: dt.datetime, **fields: Any) -> None:
        save_register(**{"session": session, "by": by, "now": now} | fields)

    def test_of_choices_on_one_page_the_last_counts(self, session, coordinator, child, now):
        """Going back to the same page brings the same nonce."""
        nonce = uuid.uuid4()
        for step, status in enumerate(("present", "absent", "present", "absent", "absent")):
            moment = now + step * MINUTE
            self.save(session, coordinator, moment, statuses={child.pk: status}, nonce=nonce)
            assert statuses(session) == {child.pk: status}
        assert MarkOperation.objects.count() == 4

    @pytest.mark.parametrize("status", ["absent", CLEARED])
    def test_sent_again_it_leaves_what_another_device_marked_since(
        self, session, coordinator, child, now, status
    ):
        page = {"statuses": {child.pk: "present"}, "nonce": uuid.uuid4()}
        self.save(session, coordinator, now, **page)
        since = mark(child, status, now + MINUTE)
        record_marks(session=session, operations=[since], by=coordinator, now=now)
        self.save(session, coordinator, now + 2 * MINUTE, **page)
        assert statuses(session) == ({} if status == CLEARED else {child.pk: status})

    def test_the_rest_are_only_those_whom_nobody_has_marked(self, session, coordinator, child, now):
        other = make_participant(hub=session.activity.hub)
        record_marks(
            session=session, operations=[mark(child, "absent", now)], by=coordinator, now=now
        )
        save_register(
            session=session,
            statuses={},
            rest=[child.pk, other.pk],
            nonce=uuid.uuid4(),
            by=coordinator,
            now=now + MINUTE,
        )
        assert statuses(session) == {child.pk: "absent", other.pk: "present"}

    def test_it_follows_a_mark_of_a_fast_clock_and_keeps_its_role(
        self, session, coordinator, child, now
    ):
        fast = mark(child, "absent", now + 4 * MINUTE, role="volunteer")
        record_marks(session=session, operations=[fast], by=coordinator, now=now)
        save_register(
            session=session,
            statuses={child.pk: "present"},
            nonce=uuid.uuid4(),
            by=coordinator,
            now=now,
        )
        attendance = Attendance.objects.get()
        assert (attendance.status, attendance.role) == ("present", "volunteer")
