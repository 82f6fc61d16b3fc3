"""Erasing a person, and anonymising one: what goes, what stays, and the certificate of it.

Both reach every record that is merged into one person, with the history of its changes, and every
other app through `participants.handlers`. Erasing takes attendances too: figures of a past period
then differ by exactly this person. Anonymising keeps what is counted: figures stay as they are,
whether worked out as things are now or as they were known at any time.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

import pghistory
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts.access import holds_any
from accounts.models import AuditEntry, AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from participants import handlers
from participants.models import (
    AgeThen,
    Answer,
    Attendance,
    Booking,
    CareNote,
    Consent,
    Contact,
    LegalHold,
    MarkOperation,
    Merge,
    NotTheSame,
    ParentLink,
    Participant,
    PrintedRow,
    Registration,
    Removal,
    RetentionRun,
    RunState,
    SealedWalkIn,
)
from participants.models.rights import ANSWERS_FOR_DATA
from participants.school_years import school_year_on
from participants.services.errors import RecordError

ANONYMOUS = "Anonymised"
# What says who somebody is, where they live or how to reach them, and what it is emptied to. What
# figures are made of stays; the small area of the home goes, for it leads to a few streets.
EMPTIED: dict[str, Any] = {
    "given_name": ANONYMOUS,
    "family_name": "",
    "known_as": "",
    "birth_date": None,
    "year_group": None,
    "school": "",
    "address": "",
    "home_postcode": "",
    "home_lsoa": None,
    "is_address_hidden": False,
    "may_walk_home": Answer.UNKNOWN,
    "collection_word": "",
    "few_contacts_why": "",
    "languages": "",
    "complete_by": None,
}
PERSON_HISTORY: type[Model] = Participant.pgh_event_model  # type: ignore[attr-defined]
OTHER_HISTORY: tuple[type[Model], ...] = (
    Registration.pgh_event_model,  # type: ignore[attr-defined]
    Contact.pgh_event_model,  # type: ignore[attr-defined]
)
WHY_KEPT = {
    "audit": "Who read or changed the record, by ids that now lead nowhere.",
    "concerns": "Safeguarding concerns, under their own rule; they are sealed.",
    "released": "Figures that were released: they name nobody and are not worked out again.",
}

Handler = Callable[[Collection[UUID]], dict[str, int]]


@transaction.atomic
def erase(
    *, person: Participant, by: User | None, now: dt.datetime, run: RetentionRun | None = None
) -> Removal:
    """Delete a person with all that is held of them; returns the certificate, which names nobody.

    `by` is empty only for an approved run of the retention rules.

    Raises:
        PermissionDenied: the user does not answer for data, or the run is not approved.
        RecordError: the person is under a legal hold.
    """
    ids = _records_of(person, by, run)
    sessions = _sessions_of(ids)
    counts = _told(handlers.person_erased, ids)
    kept = _kept(ids)
    with pghistory.context():
        counts += _delete_marks(ids)
        counts += _delete_rows(ids)
        Participant.objects.filter(pk__in=ids).update(merged_into=None)
        Participant.objects.filter(pk__in=ids).delete()
    counts += _delete_history(ids)
    counts["participants.Participant"] = len(ids)
    _mark_sessions(sessions)
    return _certify(person, counts, kept, by=by, now=now, run=run, is_erasure=True)


@transaction.atomic
def anonymise(
    *, person: Participant, by: User | None, now: dt.datetime, run: RetentionRun | None = None
) -> Removal:
    """Take everything from a person's records that says who they are; what is counted stays.

    How old they were at each session is kept in place of the date of birth. `by` is empty only
    for an approved run of the retention rules.

    Raises:
        PermissionDenied: the user does not answer for data, or the run is not approved.
        RecordError: the person is under a legal hold, or anonymised already.
    """
    ids = _records_of(person, by, run)
    records = Participant.objects.filter(pk__in=ids)
    if records.filter(anonymised_at__isnull=False).exists():
        raise RecordError("This record is anonymised already.")
    counts = _told(handlers.person_anonymised, ids)
    kept = _kept(ids)
    _keep_ages(ids)
    with pghistory.context():
        counts += _delete_rows(ids, counted=True)
        records.update(**EMPTIED, anonymised_at=now)
    _empty_history(ids)
    counts["participants.Participant"] = len(ids)
    return _certify(person, counts, kept, by=by, now=now, run=run, is_erasure=False)


# --- May it be done ---------------------------------------------------------------------------
def _records_of(person: Participant, by: User | None, run: RetentionRun | None) -> list[UUID]:
    """Ids of every record of the person, the root's among them, held in their order."""
    _check_right(by, run)
    root = person.merged_into_id or person.pk
    records = Participant.objects.filter(Q(pk=root) | Q(merged_into=root)).order_by("pk")
    ids = [record.pk for record in records.select_for_update()]
    if LegalHold.objects.standing().filter(participant__in=ids).exists():
        raise RecordError("This person is under a legal hold: nothing of theirs may be deleted.")
    return ids


def _check_right(by: User | None, run: RetentionRun | None) -> None:
    if by is not None and holds_any(by, ANSWERS_FOR_DATA):
        return
    if by is None and run is not None and run.state in {RunState.APPROVED, RunState.RUNNING}:
        return
    raise PermissionDenied


# --- What goes --------------------------------------------------------------------------------
def _told(ask: Iterable[Handler], ids: Collection[UUID]) -> Counter[str]:
    """What other apps did, as numbers of rows by kind."""
    counts: Counter[str] = Counter()
    for handler in ask:
        counts.update(handler(ids))
    return counts


def _delete_marks(ids: Collection[UUID]) -> Counter[str]:
    attendances = Attendance.objects.filter(participant__in=ids)
    operations = MarkOperation.objects.filter(Q(participant__in=ids) | Q(person_id__in=ids))
    return _deleted(attendances) + _deleted(operations)


def _delete_rows(ids: Collection[UUID], *, counted: bool = False) -> Counter[str]:
    """Delete what belongs to the records; with `counted`, leave what figures are made of."""
    gone: list[QuerySet[Any]] = [
        Booking.objects.filter(participant__in=ids),
        PrintedRow.objects.filter(participant__in=ids),
        SealedWalkIn.objects.filter(pk__in=ids),
        Contact.objects.filter(participant__in=ids),
        CareNote.objects.filter(participant__in=ids),
        NotTheSame.objects.filter(Q(first__in=ids) | Q(second__in=ids)),
    ]
    if counted:
        Consent.objects.filter(participant__in=ids).update(answered_by="")
        Merge.objects.filter(Q(record__in=ids) | Q(root__in=ids)).update(before={}, after={})
    else:
        gone += [
            Consent.objects.filter(participant__in=ids),
            ParentLink.objects.filter(participant__in=ids),
            Merge.objects.filter(Q(record__in=ids) | Q(root__in=ids)),
            Registration.objects.filter(participant__in=ids),
            LegalHold.objects.filter(participant__in=ids),
        ]
    return sum((_deleted(rows) for rows in gone), Counter())


def _deleted(rows: QuerySet[Any]) -> Counter[str]:
    return Counter(rows.delete()[1])


def _delete_history(ids: Collection[UUID]) -> Counter[str]:
    """What triggers kept of the records, of their deletion just now too."""
    counts = _deleted(PERSON_HISTORY._default_manager.filter(pgh_obj_id__in=ids))
    for model in OTHER_HISTORY:
        counts += _deleted(model._default_manager.filter(participant_id__in=ids))
    return counts


# --- What stays for counting ------------------------------------------------------------------
def _keep_ages(ids: Collection[UUID]) -> None:
    """Write down the age at each session by every date of birth that was ever on record."""
    keys = {date: key for key, date in enumerate(_birth_dates(ids), start=1)}
    attendances = Attendance.objects.filter(participant__in=ids).select_related("session")
    AgeThen.objects.bulk_create(
        AgeThen(
            attendance=attendance,
            birth_key=key,
            age=_age(date, attendance.session.local_date),
            school_year=school_year_on(date, attendance.session.local_date),
        )
        for attendance in attendances
        for date, key in keys.items()
    )
    _give_keys(Participant.objects.filter(pk__in=ids), keys)
    _give_keys(PERSON_HISTORY._default_manager.filter(pgh_obj_id__in=ids), keys)


def _birth_dates(ids: Collection[UUID]) -> list[dt.date]:
    now = Participant.objects.filter(pk__in=ids, birth_date__isnull=False)
    then = PERSON_HISTORY._default_manager.filter(pgh_obj_id__in=ids, birth_date__isnull=False)
    dates = [rows.values_list("birth_date", flat=True) for rows in (now, then)]
    return sorted({date for each in dates for date in each})


def _give_keys(rows: QuerySet[Any], keys: Mapping[dt.date, int]) -> None:
    for date, key in keys.items():
        rows.filter(birth_date=date).update(birth_key=key)


def _age(birth_date: dt.date, day: dt.date) -> int:
    """Whole years, as PostgreSQL's age() has them: a leap day's birthday is 1 March."""
    before_birthday = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before_birthday


def _empty_history(ids: Collection[UUID]) -> None:
    states = PERSON_HISTORY._default_manager.filter(pgh_obj_id__in=ids)
    states.update(**EMPTIED, pgh_context=None, pgh_context_id=None)
    registrations, contacts = OTHER_HISTORY
    registrations._default_manager.filter(participant_id__in=ids).update(
        pgh_context=None, pgh_context_id=None
    )
    contacts._default_manager.filter(participant_id__in=ids).delete()


# --- Sessions and the certificate -------------------------------------------------------------
def _sessions_of(ids: Collection[UUID]) -> set[UUID]:
    return set(Attendance.objects.filter(participant__in=ids).values_list("session", flat=True))


def _mark_sessions(ids: Collection[UUID]) -> None:
    has_marks = Exists(Attendance.objects.filter(session=OuterRef("pk")))
    Session.objects.filter(pk__in=ids).update(has_marks=has_marks)


def _kept(ids: Collection[UUID]) -> dict[str, Any]:
    """What stays, how much of it and why."""
    numbers = {
        "audit": AuditEntry.objects.filter(object_id__in=ids).count(),
        # How many concerns there are is for the safeguarding lead alone to know.
        "concerns": None,
        "released": None,
    }
    return {name: {"rows": numbers[name], "why": why} for name, why in WHY_KEPT.items()}


def _certify(
    person: Participant,
    counts: Counter[str],
    kept: dict[str, Any],
    *,
    by: User | None,
    now: dt.datetime,
    run: RetentionRun | None,
    is_erasure: bool,
) -> Removal:
    kind = AuditKind.ERASED if is_erasure else AuditKind.ANONYMISED
    person_id = person.merged_into_id or person.pk
    record_audit(by=by, kind=kind, about=Participant(pk=person_id))
    return Removal.objects.create(
        person_id=person_id,
        is_erasure=is_erasure,
        run=run,
        counts={label: number for label, number in sorted(counts.items()) if number},
        kept=kept,
        done_by=by,
        done_at=now,
    )
