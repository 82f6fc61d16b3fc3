"""Holds are placed and ended by trust staff, for a reason, on the root of a record."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, AuditKind, Role, User
from participants.models import LegalHold
from participants.services import removal
from participants.services.errors import RecordError
from participants.services.legal_holds import end_hold, place_hold
from tests.factories import london, make_participant, make_user

NOW = london(2026, 6, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user(Role.TRUST_STAFF)


def test_a_hold_stands_on_the_root_and_refuses_erasure_until_it_ends(user: User) -> None:
    root = make_participant()
    record = make_participant(merged_into=root)
    hold = place_hold(person=record, why=" A court asks. ", by=user, now=NOW)
    assert (hold.participant, hold.why) == (root, "A court asks.")
    for remove in (removal.erase, removal.anonymise):
        with pytest.raises(RecordError, match="legal hold"):
            remove(person=root, by=user, now=NOW)
    end_hold(hold=hold, why="Over", by=user, now=NOW)
    removal.anonymise(person=root, by=user, now=NOW)
    kinds = AuditEntry.objects.filter(object_id=root.pk).values_list("kind", flat=True)
    assert list(kinds.order_by("pk"))[:2] == [AuditKind.HOLD_PLACED, AuditKind.HOLD_ENDED]
    with pytest.raises(RecordError, match="does not say any more"):
        place_hold(person=root, why="A court", by=user, now=NOW)


def test_reasons_are_asked_for_at_both_ends(user: User) -> None:
    with pytest.raises(RecordError, match="Say why"):
        place_hold(person=make_participant(), why="  ", by=user, now=NOW)
    hold = place_hold(person=make_participant(), why="A court", by=user, now=NOW)
    with pytest.raises(RecordError, match="Say why"):
        end_hold(hold=hold, why="", by=user, now=NOW)
    with pytest.raises(IntegrityError, match="ended_for_a_reason"), transaction.atomic():
        LegalHold.objects.update(ended_at=NOW, ended_by=user)
    end_hold(hold=hold, why="Over", by=user, now=NOW)
    with pytest.raises(RecordError, match="ended before"):
        end_hold(hold=hold, why="Over", by=user, now=NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_places_or_ends_one(role: Role, user: User) -> None:
    stranger, person = make_user(role), make_participant()
    with pytest.raises(PermissionDenied):
        place_hold(person=person, why="A court", by=stranger, now=NOW)
    hold = place_hold(person=person, why="A court", by=user, now=NOW)
    with pytest.raises(PermissionDenied):
        end_hold(hold=hold, why="Over", by=stranger, now=NOW)
