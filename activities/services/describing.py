"""What is offered, in every edition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.access import can_plan
from activities.models import Activity, ActivityText, Session
from activities.queries.planning import fingerprint_of
from activities.services.errors import ChangedMeanwhileError, NoWordsError
from hubs.wording import Edition

# What a diary entry says. Where one of these changes, every diary has to be told.
IN_DIARIES = frozenset({"title", "venue", "address", "postcode"})


@transaction.atomic
def change_activity(
    *, by: User, activity: Activity, facts: Mapping[str, Any], seen: str, now: dt.datetime
) -> set[str]:
    """Write new facts of an activity, by field; returns the names of those that differ.

    `seen` is the fingerprint of the activity that the change began from. Raises PermissionDenied,
    and ChangedMeanwhileError where it is another one by now.
    """
    if not can_plan(by, activity):
        raise PermissionDenied
    stored = Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    changed = {name for name, value in facts.items() if getattr(stored, name) != value}
    if not changed:
        return changed
    if seen != fingerprint_of(stored):
        raise ChangedMeanwhileError
    for name in changed:
        setattr(stored, name, facts[name])
    stored.changed_at = now
    stored.save(update_fields=[*changed, "changed_at"])
    if changed & IN_DIARIES:
        coming = Session.objects.filter(activity=stored).not_over(now)
        coming.update(revision=F("revision") + 1, changed_at=now)
    record_audit(by=by, kind=AuditKind.ACTIVITY_CHANGED, about=stored, reason=f"No. {stored.pk}")
    return changed


@transaction.atomic
def put_words(
    *,
    by: User,
    activity: Activity,
    edition: Edition,
    words: Mapping[str, str],
    seen: str,
    now: dt.datetime,
) -> ActivityText:
    """Write an activity's words in an edition, by field. Other words are words nobody has checked.

    `seen` is the fingerprint of the words that the writer began from. Raises PermissionDenied, and
    ChangedMeanwhileError where others stand there by now.
    """
    text = _text_of(by, activity, edition)
    if any(getattr(text, name) != value for name, value in words.items()):
        if seen != fingerprint_of(text):
            raise ChangedMeanwhileError
        for name, value in words.items():
            setattr(text, name, value)
        text.checked_by, text.checked_on = "", None
        text.save()
        _touch(activity, now)
    return text


@transaction.atomic
def check_words(
    *,
    by: User,
    activity: Activity,
    edition: Edition,
    speaker: str,
    checked_on: dt.date,
    seen: str,
    now: dt.datetime,
) -> ActivityText:
    """Record that a speaker has read an activity's words in an edition and stands by them.

    `seen` is the fingerprint of the words that were read. Raises PermissionDenied, NoWordsError
    where there are no words, and ChangedMeanwhileError where they are other ones by now.
    """
    text = _text_of(by, activity, edition)
    if text.pk is None:
        raise NoWordsError("There are no words to check yet. Save some first.")
    if seen != fingerprint_of(text):
        raise ChangedMeanwhileError
    text.checked_by, text.checked_on = speaker, checked_on
    text.save()
    _touch(activity, now)
    return text


def _text_of(by: User, activity: Activity, edition: Edition) -> ActivityText:
    """The row of words, held to the end of the transaction; a new one, not yet saved, else."""
    if not can_plan(by, activity):
        raise PermissionDenied
    Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    key = {"activity": activity, "language": edition.language, "variant": edition.variant}
    return ActivityText.objects.filter(**key).first() or ActivityText(**key)


def _touch(activity: Activity, now: dt.datetime) -> None:
    Activity.objects.filter(pk=activity.pk).update(changed_at=now)
