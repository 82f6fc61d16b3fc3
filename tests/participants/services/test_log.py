"""What the log of a session and its register do to each other."""

from __future__ import annotations

import pytest

from activities.queries.log import Happened, LogFacts, facts_of, fingerprint_of, log_of
from activities.services.errors import LogRefusedError
from activities.services.log import log_session
from participants.services.marks import record_marks
from tests.participants.services.helpers import mark, statuses


def write(session, by, now, happened):
    session.refresh_from_db()
    is_not = happened == Happened.NOT
    facts = LogFacts(
        happened, None if is_not else 60, "Nobody had the key." if is_not else "",
        frozenset(), "", frozenset(), frozenset(),
    )  # fmt: skip
    seen = fingerprint_of(facts_of(session, log_of(session)))
    log_session(by=by, session=session, facts=facts, seen=seen, now=now)


def test_marks_taken_on_a_phone_wait_while_it_did_not_take_place(session, coordinator, child, now):
    write(session, coordinator, now, Happened.NOT)
    (result,) = record_marks(
        session=session, operations=[mark(child, "present", now)], by=coordinator, now=now
    )
    assert result.held_for == "cancelled"
    write(session, coordinator, now, Happened.DELIVERED)
    assert statuses(session) == {child.pk: "present"}
    with pytest.raises(LogRefusedError, match="People are marked on the register"):
        write(session, coordinator, now, Happened.NOT)
    session.refresh_from_db()
    assert (session.is_cancelled, session.has_marks, session.delivery) == (False, True, "delivered")
