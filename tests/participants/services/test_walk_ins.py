from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, Role, User
from activities.models import Session
from participants.models import (
    MarkOperation,
    Participant,
    Registration,
)
from participants.services.errors import RegisterError, SessionCancelledError
from participants.services.marks import record_marks
from participants.services.walk_ins import add_walk_in, recognise_walk_in
from tests.factories import (
    make_activity,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.participants.services.helpers import MINUTE, mark, statuses


class TestWalkIn:
    def add(self, session: Session, by: User, now: dt.datetime, **fields: Any) -> Participant:
        return add_walk_in(
            **{
                "session": session,
                "participant_id": UUID(int=7),
                "given_name": "Sample",
                "family_name": "",
                "year_group": 6,
                "by": by,
                "now": now,
            }
            | fields
        )

    def test_is_an_incomplete_record_registered_and_present(self, session, coordinator, now):
        person = self.add(session, coordinator, now)
        assert (person.pk, person.given_name, person.year_group) == (UUID(int=7), "Sample", 6)
        assert not person.is_complete
        assert Registration.objects.get().hub == session.activity.hub
        assert statuses(session) == {person.pk: "present"}
        session.refresh_from_db()
        assert session.has_marks
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.object_id, entry.reason) == ("participant.created", person.pk, "")
        assert entry.actor_id == coordinator.pk

    def test_sent_again_is_the_same_person(self, session, coordinator, now):
        self.add(session, coordinator, now)
        assert self.add(session, coordinator, now + MINUTE).pk == UUID(int=7)
        assert Participant.objects.count() == 1
        assert MarkOperation.objects.count() == 1
        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize(
        "fields", [{"given_name": "Other"}, {"family_name": "P"}, {"year_group": None}], ids=str
    )
    def test_the_same_id_with_other_content_is_refused(self, session, coordinator, now, fields):
        self.add(session, coordinator, now)
        with pytest.raises(RegisterError, match="other details"):
            self.add(session, coordinator, now, **fields)

    def test_an_id_of_somebody_elsewhere_is_refused_and_gives_no_access(
        self, session, coordinator, now
    ):
        elsewhere = make_participant(
            hub=make_hub(), id=UUID(int=7), given_name="Sample", family_name="", year_group=6
        )
        with pytest.raises(RegisterError):
            self.add(session, coordinator, now)
        assert elsewhere.registrations.count() == 1
        assert statuses(session) == {}

    def test_a_cancelled_session_has_none(self, session, coordinator, now):
        Session.objects.update(cancelled_at=now)
        with pytest.raises(SessionCancelledError):
            self.add(session, coordinator, now)
        assert Participant.objects.count() == 0

    def test_nobody_came_long_before_the_session(self, session, coordinator):
        opens = session.starts_at - 30 * MINUTE
        with pytest.raises(RegisterError, match="from 30 minutes before"):
            self.add(session, coordinator, opens - dt.timedelta.resolution)
        assert Participant.objects.count() == 0
        assert self.add(session, coordinator, opens).pk == UUID(int=7)

    def test_a_citywide_session_registers_nowhere(self, db, now):
        session = make_session(activity=make_activity(hub=None))
        self.add(session, make_user(Role.TRUST_STAFF), now)
        assert Registration.objects.count() == 0
        assert statuses(session) == {UUID(int=7): "present"}

    def test_another_hubs_coordinator_may_not(self, session, now):
        with pytest.raises(PermissionDenied):
            self.add(session, make_user(Role.COORDINATOR, hubs=(make_hub(),)), now)


class TestRecognising:
    """A walk-in, written down in a hurry, was somebody the hub knows."""

    @pytest.fixture
    def walk_in(self, session, coordinator, now) -> Participant:
        return TestWalkIn().add(session, coordinator, now)

    def recognise(self, session, walk_in, known, by, now) -> None:
        recognise_walk_in(
            session=session, participant_id=walk_in.pk, known_id=known.pk, by=by, now=now
        )

    def test_they_take_its_place_with_role_and_times(
        self, session, coordinator, child, walk_in, now
    ):
        came = session.starts_at + MINUTE
        later = mark(
            walk_in, "left_early", now + MINUTE, role="volunteer", arrived_at=came, left_at=now
        )
        record_marks(session=session, operations=[later], by=coordinator, now=now + MINUTE)
        self.recognise(session, walk_in, child, coordinator, now + 2 * MINUTE)
        standing = session.attendances.get()
        assert (standing.participant, standing.status, standing.role) == (
            child,
            "left_early",
            "volunteer",
        )
        assert (standing.arrived_at, standing.left_at) == (came, now)
        assert not Registration.objects.filter(participant=walk_in).exists()
        with pytest.raises(RegisterError, match="Only a walk-in") as refused:
            self.recognise(session, child, walk_in, coordinator, now + 3 * MINUTE)
        assert "Sample" not in str(refused.value)

    def test_who_is_marked_already_keeps_their_mark(
        self, session, coordinator, child, walk_in, now
    ):
        absent = mark(child, "absent", now)
        record_marks(session=session, operations=[absent], by=coordinator, now=now)
        for _ in range(2):
            self.recognise(session, walk_in, child, coordinator, now + MINUTE)
        assert statuses(session) == {child.pk: "absent"}

    def test_somebody_of_elsewhere_is_not_meant(self, session, coordinator, walk_in, now):
        elsewhere = make_participant(hub=make_hub())
        with pytest.raises(RegisterError, match="Nobody is known"):
            self.recognise(session, walk_in, elsewhere, coordinator, now + MINUTE)
        assert statuses(session) == {walk_in.pk: "present"}
        assert MarkOperation.objects.count() == 1

    def test_strangers_recognise_nobody(self, session, child, walk_in, now):
        stranger = make_user(Role.COORDINATOR, hubs=(make_hub(),))
        with pytest.raises(PermissionDenied):
            self.recognise(session, walk_in, child, stranger, now)
