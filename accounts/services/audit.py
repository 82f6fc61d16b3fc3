"""Keeping the audit trail, and raising an alert where it shows much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.functions import Now

from accounts.kinds import EXPORTS, LISTS, MANY, MANY_LISTS, OPENINGS
from accounts.models import AccessAlert, AlertKind, AuditEntry, AuditKind, User

WITHIN = dt.timedelta(hours=1)


@transaction.atomic(savepoint=False)
def record_audit(
    *, by: User | None, kind: AuditKind, about: models.Model, reason: str = ""
) -> AuditEntry:
    """Write one audit row in the caller's transaction: where it fails, so does the act.

    `about` is the object that was read or changed; its type and UUID are kept, its words not. An
    entry that shows that somebody opened many records, or took an export, raises an alert in the
    same transaction.
    """
    entry = _entry(by, kind, about._meta.label_lower, about.pk, reason)
    entry.save(force_insert=True)
    _watch(by, kind)
    return entry


@transaction.atomic(savepoint=False)
def record_audits(
    *, by: User | None, kind: AuditKind, about: Iterable[models.Model], reason: str = ""
) -> None:
    """Write one audit row for each of many objects with UUIDs, as `record_audit` does.

    One query, and one more where somebody may have to be told.
    """
    AuditEntry.objects.bulk_create(
        _entry(by, kind, each._meta.label_lower, each.pk, reason) for each in about
    )
    _watch(by, kind)


def record_trail(
    *, by: User | None, kind: AuditKind, about: UUID | None = None, reason: str = ""
) -> AuditEntry:
    """Write that the trail itself was read or verified; `about` is whose or what part was read."""
    entry = _entry(by, kind, AuditEntry._meta.label_lower, about, reason)
    entry.save(force_insert=True)
    return entry


def _entry(
    by: User | None, kind: AuditKind, object_type: str, object_id: object, reason: str
) -> AuditEntry:
    return AuditEntry(
        actor_id=by.pk if by else None,
        kind=kind,
        object_type=object_type,
        object_id=object_id if isinstance(object_id, UUID) else None,
        reason=reason,
    )


def _watch(by: User | None, kind: AuditKind) -> None:
    """Raise an alert where this entry crosses a line. One query for a record or list opened.

    What others write at the same moment in transactions of the same person is not counted yet: the
    next record that they open counts it.
    """
    if by is None:
        return
    if kind in OPENINGS:
        number = _within_the_hour(by, OPENINGS).values("object_id").distinct().count()
        _alert_above(MANY, AlertKind.MANY_RECORDS, by, number)
    elif kind in LISTS:
        number = _within_the_hour(by, LISTS).count()
        _alert_above(MANY_LISTS, AlertKind.MANY_LISTS, by, number)
    elif kind in EXPORTS:
        _raise_alert(AlertKind.EXPORT, by, _within_the_hour(by, EXPORTS).count())


def _within_the_hour(by: User, kinds: frozenset[AuditKind]) -> models.QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(actor_id=by.pk, kind__in=kinds, at__gt=Now() - WITHIN)


def _alert_above(line: int, kind: AlertKind, by: User, number: int) -> None:
    if number > line and not _is_told(kind, by, number):
        _raise_alert(kind, by, number)


def _is_told(kind: AlertKind, by: User, number: int) -> bool:
    """Whether an alert of the last hour says about as much: another one is raised at twice as many.

    Two requests of one person take turns here, or each would raise the same alert.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"alert {by.pk}"])
    return AccessAlert.objects.filter(
        actor_id=by.pk,
        kind=kind,
        raised_at__gt=Now() - WITHIN,
        number__gt=number / 2,
    ).exists()


def _raise_alert(kind: AlertKind, by: User, number: int) -> None:
    alert = AccessAlert.objects.create(kind=kind, actor_id=by.pk, number=number)
    _entry(None, AuditKind.ALERT_RAISED, alert._meta.label_lower, alert.pk, kind.value).save()
