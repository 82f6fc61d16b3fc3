"""Photographs of sessions: up only where everybody agreed, and down when somebody ends it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Session
from activities.pictures import DrawnPicture
from participants.access import can_record
from participants.models import ATTENDED, Participant, Photograph, PhotographUse
from participants.queries.marks import current_marks
from participants.queries.photographs import without_consent
from participants.services.errors import RecordError


class NoConsentError(RecordError):
    """Somebody's consent does not cover a use; `people` says whose, for staff."""

    def __init__(self, people: list[Participant]) -> None:
        self.people = people
        names = ", ".join(each.register_name for each in people)
        super().__init__(f"No consent for this: {names}. Nobody else may see a photograph of them.")


@transaction.atomic
def add_photograph(
    *,
    session: Session,
    picture: DrawnPicture,
    description: str,
    uses: Collection[PhotographUse],
    people: Collection[UUID],
    by: User,
    now: dt.datetime,
) -> Photograph:
    """Keep a photograph, drawn anew, of root people who came to the session.

    Their answers wait until this is done, so no use begins in the second of a no.

    Raises:
        PermissionDenied: the user does not keep this session's register.
        RecordError: no use, no description, or somebody who did not come.
        NoConsentError: somebody's consent does not cover a use.
    """
    if not can_record(by, session):
        raise PermissionDenied
    wanted = [use for use in PhotographUse if use in uses]
    if not wanted or not description.strip():
        raise RecordError("Say what is seen, and where the photograph may be shown.")
    shown = _hold(session, set(people))
    lacking = without_consent({each.pk for each in shown}, wanted)
    if lacking:
        raise NoConsentError([each for each in shown if each.pk in lacking])
    photograph = Photograph(
        session=session,
        description=description.strip(),
        uses=[use.value for use in wanted],
        added_by=by,
        added_at=now,
    )
    _keep(photograph, picture)
    photograph.people.set(shown)
    record_audit(by=by, kind=AuditKind.PHOTOGRAPH_ADDED, about=photograph)
    return photograph


@transaction.atomic
def take_down(*, photograph: Photograph, by: User | None, now: dt.datetime) -> Photograph:
    """Delete a photograph's file; that there was one stays written down. Again changes nothing.

    `by` is empty where it comes down with somebody's record.

    Raises:
        PermissionDenied: the user does not keep the session's register.
    """
    if by is not None and not can_record(by, photograph.session):
        raise PermissionDenied
    photograph = Photograph.objects.select_for_update().get(pk=photograph.pk)
    if photograph.taken_down_at is not None:
        return photograph
    name, storage = photograph.file.name, photograph.file.storage
    photograph.file = ""
    photograph.taken_down_at, photograph.taken_down_by = now, by
    photograph.save(update_fields=["file", "taken_down_at", "taken_down_by"])
    record_audit(by=by, kind=AuditKind.PHOTOGRAPH_TAKEN_DOWN, about=photograph)
    if name:
        transaction.on_commit(lambda: storage.delete(name))
    return photograph


def remove_person(ids: Collection[UUID], now: dt.datetime | None = None) -> int:
    """Take down every photograph that shows any of these records; returns how many came down.

    Called in the transaction that erases or anonymises a person.
    """
    shown = Photograph.objects.up().filter(people__in=ids).distinct().order_by("pk")
    for photograph in shown:
        take_down(photograph=photograph, by=None, now=now or timezone.now())
    return len(shown)


def taken_down_with(ids: Collection[UUID]) -> dict[str, int]:
    """Take photographs down with the person in them; how many, for the certificate."""
    count = remove_person(ids)
    return {"photographs taken down": count} if count else {}


def _hold(session: Session, people: set[UUID]) -> list[Participant]:
    """The people in it, held to the end of the transaction; each came to the session."""
    came = {root for root, mark in current_marks(session).items() if mark.status in ATTENDED}
    if not people <= came:
        raise RecordError("Only people who came to the session can be in its photographs.")
    named = Participant.objects.filter(pk__in=people).order_by("pk")
    return list(named.select_for_update(no_key=True))


def _keep(photograph: Photograph, picture: DrawnPicture) -> None:
    """Write the file under a name that says nothing; no file stays where no row does."""
    photograph.file.save(f"{uuid.uuid4()}.webp", ContentFile(picture.content), save=False)
    try:
        with transaction.atomic():
            photograph.save(force_insert=True)
    except Exception:
        photograph.file.storage.delete(str(photograph.file.name))
        raise
