"""What happened since a moment to what a report counts: why a later version has other figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import AuditEntry, AuditKind
from activities.models import Session, SessionKind, london_midnight
from evaluation.models import Grant, Spend
from evaluation.queries.record import Scope
from participants.models import Attendance, MarkOperation, Merge, Participant, Removal
from participants.models.registers import RegisterAction


@dataclass(frozen=True)
class Reason:
    """Something that happened, in words, and how often."""

    id: str
    label: str
    count: int


def reasons_since(scope: Scope, since: dt.datetime, grant: Grant | None) -> list[dict[str, Any]]:
    """Each reason that happened at least once since a moment: id, label and count. Eight queries.

    It is counted what happened to sessions and people of the scope; who was erased has left no
    trace of where, so that is of the whole portal.
    """
    sessions = _sessions(scope)
    late = sessions.filter(_closed_since(since)).values("pk")
    people = Attendance.objects.filter(session__in=sessions).values("participant")
    corrected = MarkOperation.objects.filter(
        session__in=sessions, received_at__gt=since, held_for=""
    ).exclude(session__in=late)
    counts = {
        ("late_registers", "Registers that were taken or closed since"): late.count(),
        ("marks", "Marks that were made or corrected since, in earlier registers"): (
            corrected.count()
        ),
        ("cancelled", "Sessions cancelled since"): (
            sessions.filter(cancelled_at__gt=since).count()
        ),
        ("restored", "Sessions that were cancelled and take place after all"): (
            _restored(sessions, since)
        ),
        ("merges", "Records merged since"): _merges(people, merged_at__gt=since),
        ("merges_undone", "Merges taken back since"): _merges(people, undone_at__gt=since),
        ("records", "People whose records were put right since"): _put_right(people, since),
        ("erased", "People erased since, anywhere in the portal"): (
            Removal.objects.filter(is_erasure=True, done_at__gt=since).count()
        ),
        ("spend", "Lines of spend entered or struck out since"): _spend(grant, since),
    }
    return [asdict(Reason(*named, count)) for named, count in counts.items() if count]


def _sessions(scope: Scope) -> QuerySet[Session]:
    sessions = Session.objects.filter(
        activity__programme__in=scope.programmes,
        starts_at__gte=london_midnight(scope.first_day),
        starts_at__lt=london_midnight(scope.last_day + dt.timedelta(days=1)),
    ).exclude(kind=SessionKind.TRAINING)
    return sessions.filter(activity__hub__in=scope.hubs) if scope.hubs else sessions


def _closed_since(since: dt.datetime) -> Q:
    # Registers that were brought in from elsewhere have a moment and no event.
    return Q(register_taken_at__gt=since) | Q(
        pk__in=Session.objects.filter(
            register_events__action=RegisterAction.CLOSED, register_events__received_at__gt=since
        ).values("pk")
    )


def _restored(sessions: QuerySet[Session], since: dt.datetime) -> int:
    entries = AuditEntry.objects.filter(kind=AuditKind.SESSION_RESTORED, at__gt=since)
    return sessions.filter(pk__in=entries.values("object_id"), cancelled_at=None).count()


def _merges(people: Any, **when: dt.datetime) -> int:
    theirs = Q(record__in=people) | Q(root__in=people)
    return Merge.objects.filter(theirs, **when).count()


def _put_right(people: Any, since: dt.datetime) -> int:
    events: Any = Participant.pgh_event_model  # type: ignore[attr-defined]
    changed = events.objects.filter(
        pgh_obj_id__in=people, pgh_created_at__gt=since, pgh_label="update"
    )
    return int(changed.values("pgh_obj_id").distinct().count())


def _spend(grant: Grant | None, since: dt.datetime) -> int:
    if grant is None:
        return 0
    changed = Q(recorded_at__gt=since) | Q(struck_out_at__gt=since)
    return Spend.objects.filter(changed, grant=grant).count()
