"""Two records become one person, and two again, and nothing of either is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role
from participants.models import Attendance, Merge, Participant
from participants.queries.marks import current_marks
from participants.services.errors import RecordError
from participants.services.marks import record_marks
from participants.services.merging import TAKEN_BY_CHOICE, UNDO_WITHIN, merge, undo_merge
from participants.services.removal import EMPTIED
from tests import factories
from tests.participants.services.helpers import MINUTE, mark

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def staff() -> Any:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def hub() -> Any:
    return factories.make_hub()


@pytest.fixture
def root(hub) -> Participant:
    return factories.make_participant(
        hub=hub, given_name="Ember", gender="unknown", birth_date=None, is_complete=False
    )


@pytest.fixture
def record(hub) -> Participant:
    return factories.make_participant(
        hub=hub, given_name="Embre", gender="female", birth_date=dt.date(2008, 2, 29),
        home_postcode="DE1 1AA", address="1 Sample Street", imd_decile=2, imd_edition=2019,
    )  # fmt: skip


def test_the_root_takes_what_was_chosen_and_gives_it_back(staff, root, record, now) -> None:
    done = merge(
        record=record, into=root, take=["gender", "birth_date", "address"], by=staff, now=now
    )
    root.refresh_from_db()
    record.refresh_from_db()
    assert record.merged_into == root
    assert (root.given_name, root.gender, root.birth_date) == ("Ember", "female", record.birth_date)
    assert (root.address, root.home_postcode) == ("1 Sample Street", "DE1 1AA")
    assert (root.imd_decile, root.imd_edition, root.is_complete) == (2, 2019, True)
    undo_merge(merge=done, by=staff, now=now + UNDO_WITHIN)
    root.refresh_from_db()
    record.refresh_from_db()
    assert record.merged_into is None
    assert (root.gender, root.birth_date, root.address) == ("unknown", None, "")
    assert (root.imd_decile, root.imd_edition, root.is_complete) == (None, None, False)
    kinds = AuditEntry.objects.filter(actor_id=staff.pk).values_list("kind", "object_id")
    assert set(kinds) == {
        (kind, pk)
        for kind in (AuditKind.RECORDS_MERGED, AuditKind.MERGE_UNDONE)
        for pk in (root.pk, record.pk)
    }


def test_what_was_put_right_since_stays(staff, root, record, now) -> None:
    done = merge(record=record, into=root, take=["gender"], by=staff, now=now)
    Participant.objects.filter(pk=root.pk).update(gender="male")
    undo_merge(merge=done, by=staff, now=now)
    root.refresh_from_db()
    assert root.gender == "male"


@pytest.mark.parametrize("field", ["restricted_at", "objected_at", "is_address_hidden"])
@pytest.mark.parametrize("whose", ["root", "record"])
def test_what_protects_somebody_is_not_lost(
    *, field, whose, staff, root, record, now, request
) -> None:
    value = True if field == "is_address_hidden" else now
    Participant.objects.filter(pk=request.getfixturevalue(whose).pk).update(**{field: value})
    merge(record=record, into=root, take=["address"], by=staff, now=now)
    root.refresh_from_db()
    assert getattr(root, field) == value


def test_a_chain_is_one_person_and_falls_apart_again(staff, root, record, hub, now) -> None:
    """The middle is taken out: what was merged into it goes back to it."""
    last = factories.make_participant(hub=hub)
    first = merge(record=record, into=root, take=[], by=staff, now=now)
    second = merge(record=root, into=last, take=[], by=staff, now=now)
    assert set(last.merged_from.all()) == {root, record}
    undo_merge(merge=second, by=staff, now=now)
    assert set(root.merged_from.all()) == {record}
    assert list(last.merged_from.all()) == []
    undo_merge(merge=first, by=staff, now=now)
    assert Participant.objects.filter(merged_into__isnull=False).count() == 0


def test_marks_of_both_come_apart_again(staff, root, record, hub, now) -> None:
    session = factories.make_session(activity=factories.make_activity(hub=hub))
    marks = [mark(record, "present", now - 2 * MINUTE), mark(root, "absent", now - MINUTE)]
    record_marks(session=session, operations=marks, by=staff, now=now)
    done = merge(record=record, into=root, take=[], by=staff, now=now)
    assert {pk: each.status for pk, each in current_marks(session).items()} == {root.pk: "absent"}
    # On the register they are one, and somebody takes the mark back.
    back = mark(root, "cleared", now)
    record_marks(session=session, operations=[back], by=staff, now=now)
    assert current_marks(session) == {}
    undo_merge(merge=done, by=staff, now=now)
    stands = {pk: each.status for pk, each in current_marks(session).items()}
    assert stands == {record.pk: "present"}
    assert Attendance.objects.get().participant == record


def test_what_is_merged_is_not_merged_again(staff, root, record, hub, now) -> None:
    merge(record=record, into=root, take=[], by=staff, now=now)
    other = factories.make_participant(hub=hub)
    with pytest.raises(RecordError, match="merged into another"):
        merge(record=record, into=other, take=[], by=staff, now=now)
    with pytest.raises(RecordError, match="merged into another"):
        merge(record=other, into=record, take=[], by=staff, now=now)


def test_refusals(staff, root, record, now) -> None:
    with pytest.raises(ValueError, match="merged_into"):
        merge(record=record, into=root, take=["merged_into"], by=staff, now=now)
    with pytest.raises(RecordError, match="into itself"):
        merge(record=root, into=root, take=[], by=staff, now=now)
    stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
    with pytest.raises(PermissionDenied):
        merge(record=record, into=root, take=[], by=stranger, now=now)
    done = merge(record=record, into=root, take=[], by=staff, now=now)
    with pytest.raises(PermissionDenied):
        undo_merge(merge=done, by=stranger, now=now)
    with pytest.raises(RecordError, match="for 30 days"):
        undo_merge(merge=done, by=staff, now=now + UNDO_WITHIN + DAY)
    undo_merge(merge=done, by=staff, now=now)
    with pytest.raises(RecordError, match="undone already"):
        undo_merge(merge=done, by=staff, now=now)
    assert Merge.objects.count() == 1


def test_every_field_is_chosen_protected_or_the_records_own() -> None:
    """A new field of a person must be thought of here and when somebody is anonymised."""
    own = {
        *("id", "created_at", "merged_into", "search_name", "plain_name", "anonymised_at"),
        *("birth_key", "is_complete", "complete_by", "restricted_at", "objected_at"),
        *("home_lsoa", "home_ward", "imd_decile", "imd_edition", "home_postcode"),
        "is_address_hidden",
    }
    fields = {field.name for field in Participant._meta.fields}
    assert fields - own == set(TAKEN_BY_CHOICE)
    counted = {
        *("gender", "ethnicity", "special_needs", "sen_provision", "sen_needs", "takes_part_as"),
        *("care_experienced", "free_school_meals", "alternative_provision", "young_carer"),
        *("english_additional", "home_ward", "imd_decile", "imd_edition", "is_complete"),
        *("id", "created_at", "merged_into", "anonymised_at", "birth_key"),
        *("restricted_at", "objected_at", "search_name", "plain_name"),
    }
    assert fields - counted == set(EMPTIED)
