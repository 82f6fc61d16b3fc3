"""Two records of one person: said to be one, and taken back.

Nothing is moved. Attendances, consents, contacts and notes stay with the record they were made
for; `Participant.merged_into` names whose person that is, and follows from the merges that stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast
from uuid import UUID

import pghistory
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Field, Q, QuerySet

from accounts.models import AuditKind, User
from accounts.services import record_audits
from activities.models import Session
from participants.access import can
from participants.models import MarkOperation, Merge, Participant
from participants.sections import Act, Section
from participants.services.deriving import derive_attendances
from participants.services.errors import RecordError
from participants.services.held import release_once_known
from participants.services.lock import hold

UNDO_WITHIN = dt.timedelta(days=30)
# Where the home is was written down together, and is taken together.
HOME = (
    *("address", "home_postcode", "is_address_hidden"),
    *("home_lsoa", "home_ward", "imd_decile", "imd_edition"),
)
# What one may choose to take from the record; the home goes by its address.
TAKEN_BY_CHOICE = (
    *("given_name", "family_name", "known_as", "birth_date", "year_group", "school"),
    *("takes_part_as", "address", "may_walk_home", "collection_word", "few_contacts_why"),
    *("gender", "ethnicity", "special_needs", "sen_provision", "sen_needs", "care_experienced"),
    *("free_school_meals", "alternative_provision", "young_carer", "english_additional"),
    "languages",
)
# What protects somebody is never lost by choosing the other record.
PROTECTS = ("restricted_at", "objected_at", "is_address_hidden")


@transaction.atomic
def merge(
    *, record: Participant, into: Participant, take: Collection[str], by: User, now: dt.datetime
) -> Merge:
    """Say that a record is of the same person as another, which becomes its root.

    `take` names fields, of `TAKEN_BY_CHOICE`, whose values the root takes from the record; with
    "address" it takes all that is known of the home.

    Raises:
        PermissionDenied: who somebody is is not the user's to write.
        RecordError: one of them is merged or anonymised already, or both are the same.
        ValueError: `take` names something that cannot be chosen.
    """
    if unknown := set(take) - set(TAKEN_BY_CHOICE):
        raise ValueError(f"Not to be taken: {sorted(unknown)}")
    record, into = _hold_pair(record.pk, into.pk)
    _check(record, into, by)
    with pghistory.context(by=str(by.pk)):
        before, after = _take(record, into, take)
        merged = Merge.objects.create(
            record=record, root=into, before=before, after=after, merged_at=now, merged_by=by
        )
        _derive_roots({record.pk, into.pk})
    record_audits(by=by, kind=AuditKind.RECORDS_MERGED, about=[record, into])
    release_once_known({record.pk, into.pk})
    return merged


@transaction.atomic
def undo_merge(*, merge: Merge, by: User, now: dt.datetime) -> None:
    """Take a merge back: the record is a person of its own again, with all that was its.

    Fields that the merge changed, and nobody since, get their values back.

    Raises:
        PermissionDenied: who somebody is is not the user's to write.
        RecordError: it is undone already, too long ago, or one of them is anonymised.
    """
    # Registers before records, as marking does, so that neither waits for the other.
    together = _component({merge.record_id})
    sessions = [hold(session) for session in _marked_from_operations(together)]
    record, root = _hold_pair(merge.record_id, merge.root_id)
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    _check_undo(merge, record, root, by, now)
    with pghistory.context(by=str(by.pk)):
        _give_back(root, merge)
        merge.undone_at, merge.undone_by = now, by
        merge.save(update_fields=["undone_at", "undone_by"])
        _derive_roots(together)
    _derive_marks(sessions, together)
    record_audits(by=by, kind=AuditKind.MERGE_UNDONE, about=[record, root])


def can_be_undone(merge: Merge, now: dt.datetime) -> bool:
    """Whether a merge still stands and is not too long ago."""
    return merge.undone_at is None and now - merge.merged_at <= UNDO_WITHIN


def _check(record: Participant, into: Participant, by: User) -> None:
    if not all(can(by, Act.WRITE, Section.IDENTITY, each) for each in (record, into)):
        raise PermissionDenied
    if record.merged_into_id or into.merged_into_id:
        raise RecordError("One of these records is merged into another already.")
    if record.anonymised_at or into.anonymised_at:
        raise RecordError("One of these records does not say any more who it is.")


def _check_undo(
    merge: Merge, record: Participant, root: Participant, by: User, now: dt.datetime
) -> None:
    if not all(can(by, Act.WRITE, Section.IDENTITY, each) for each in (record, root)):
        raise PermissionDenied
    if merge.undone_at is not None:
        raise RecordError("This merge is undone already.")
    if not can_be_undone(merge, now):
        raise RecordError(f"A merge can be undone for {UNDO_WITHIN.days} days.")
    if record.anonymised_at or root.anonymised_at:
        raise RecordError("One of these records does not say any more who it is.")


def _hold_pair(first: UUID, second: UUID) -> tuple[Participant, Participant]:
    """Both records, held in the order of their ids so that nobody waits for one another."""
    if first == second:
        raise RecordError("A record cannot be merged into itself.")
    rows = Participant.objects.select_for_update().filter(pk__in=[first, second]).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) < 2:
        raise RecordError("One of these records is not there any more.")
    return found[first], found[second]


# --- Values -----------------------------------------------------------------------------------
def _take(
    record: Participant, root: Participant, take: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the root what it takes; returns what it had and what it has, of what changed."""
    names = {*take, *(HOME if "address" in take else ())}
    wanted = {name: getattr(record, _column(name)) for name in names}
    wanted |= {name: getattr(record, name) for name in PROTECTS if getattr(record, name)}
    wanted |= {name: getattr(root, name) for name in PROTECTS if getattr(root, name)}
    if record.is_complete and not root.is_complete:
        wanted |= {"is_complete": True, "complete_by": None}
    changed = {
        name: value for name, value in wanted.items() if getattr(root, _column(name)) != value
    }
    before = {name: _plain(getattr(root, _column(name))) for name in changed}
    _set(root, changed)
    return before, {name: _plain(value) for name, value in changed.items()}


def _give_back(root: Participant, merge: Merge) -> None:
    unchanged = {
        name: _value(name, merge.before[name])
        for name, after in merge.after.items()
        if _plain(getattr(root, _column(name))) == after
    }
    _set(root, unchanged)


def _set(root: Participant, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(root, _column(name), value)
    if values:
        root.save(update_fields=list(values))


def _field(name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", Participant._meta.get_field(name))


def _column(name: str) -> str:
    return _field(name).attname


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _value(name: str, plain: Any) -> Any:
    return _field(name).to_python(plain)


# --- Roots ------------------------------------------------------------------------------------
def _component(start: Iterable[UUID]) -> set[UUID]:
    """Every record that standing merges join to these."""
    known: set[UUID] = set()
    found = set(start)
    while found - known:
        known |= found
        merges = Merge.objects.filter(
            Q(record__in=known) | Q(root__in=known), undone_at__isnull=True
        )
        found = {pk for pair in merges.values_list("record_id", "root_id") for pk in pair} | known
    return known


def _derive_roots(start: Collection[UUID]) -> None:
    """Make `merged_into` of all records concerned name the end of their merges, in one step."""
    records = _component(start) | set(start)
    rows = Participant.objects.select_for_update().filter(pk__in=records).order_by("pk")
    standing = Merge.objects.filter(record__in=records, undone_at__isnull=True)
    step = dict(standing.values_list("record_id", "root_id"))
    wrong = {row: root for row in rows if (root := _end(row.pk, step)) != row.merged_into_id}
    # First loose, then tied: the database lets nothing be merged into what is merged.
    loose = [row.pk for row in wrong if row.merged_into_id]
    Participant.objects.filter(pk__in=loose).update(merged_into=None)
    for row, root in wrong.items():
        if root:
            Participant.objects.filter(pk=row.pk).update(merged_into=root)


def _end(pk: UUID, step: Mapping[UUID, UUID]) -> UUID | None:
    """Where the merges lead from a record; None for one that is its own root."""
    end = pk
    while end in step:
        end = step[end]
    return end if end != pk else None


def _marked_from_operations(records: Collection[UUID]) -> QuerySet[Session]:
    """Sessions at which these records were marked on a register here."""
    operations = MarkOperation.objects.applied().filter(participant__in=records)
    return Session.objects.filter(pk__in=operations.values("session")).order_by("pk")


def _derive_marks(sessions: Iterable[Session], records: Collection[UUID]) -> None:
    """Make the marks of these records anew: each operation says for whom it was made."""
    roots = Participant.objects.filter(pk__in=records, merged_into__isnull=True)
    ids = set(roots.values_list("pk", flat=True))
    for session in sessions:
        derive_attendances(session=session, roots=ids)
