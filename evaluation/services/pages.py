"""Writes of pages, their editions and recordings, and of what speakers approved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation import access
from evaluation.models import (
    SPEAKER_TOPICS,
    InterfaceCheck,
    Page,
    PageRecording,
    PageText,
    PageTopic,
)
from evaluation.queries.pages import english_words, stored_words, words_of
from evaluation.recordings import Audio
from evaluation.shipped_pages import Words
from hubs.wording import SOURCE, Edition, catalogue_of


class ChangedMeanwhileError(Exception):
    """Somebody else changed it since the editor opened it; nothing was written."""


class SpeakerNeededError(Exception):
    """These words need the name of a speaker who wrote or checked them."""


@dataclass(frozen=True)
class Check:
    """A named speaker approved words on a day."""

    by: str
    on: dt.date


def needs_speaker(topic: PageTopic, edition: Edition) -> bool:
    """Whether words of a page may stand in an edition only with a speaker's name."""
    return topic in SPEAKER_TOPICS and edition.language != SOURCE.language


@transaction.atomic
def save_page_words(
    *,
    topic: PageTopic,
    edition: Edition,
    words: Words,
    seen: str,
    check: Check | None = None,
    by: User,
    now: dt.datetime,
) -> None:
    """Write a page's words in an edition.

    `seen` is the fingerprint of the words that the editor began from, empty where there were none.
    Saving says that the words fit the English as it reads now. A check of earlier words holds only
    while the words stay the same.

    Raises:
        PermissionDenied: the user may not edit pages.
        ChangedMeanwhileError: other words stand there by now.
        SpeakerNeededError: no speaker answers for these words.
    """
    _may_edit(by)
    standing = stored_words(topic, edition)
    if seen != (standing.fingerprint if standing else ""):
        raise ChangedMeanwhileError
    try:
        with transaction.atomic():
            if edition.is_source:
                _save_english(topic, words, seen, by, now)
            else:
                _save_edition(topic, edition, words, seen=seen, check=check, by=by)
    except IntegrityError:
        # Two editors wrote the first words of an edition in the same moment.
        raise ChangedMeanwhileError from None
    _record(topic, edition, AuditKind.PAGE_CHANGED, by)


def _record(topic: PageTopic, edition: Edition, kind: AuditKind, by: User) -> None:
    """Pages have no ids: the reason names the page and its edition."""
    reason = f"{topic.value}, {edition.language}, {edition.variant.value}"
    record_audit(by=by, kind=kind, about=Page(topic=topic), reason=reason)


def _save_english(topic: PageTopic, words: Words, seen: str, by: User, now: dt.datetime) -> None:
    page = Page.objects.select_for_update().filter(topic=topic).first()
    is_new = page is None
    page = page or Page(topic=topic)
    if not is_new and words_of(page).fingerprint != seen:
        raise ChangedMeanwhileError
    page.title, page.summary, page.body = words.title, words.summary, words.body
    page.changed_by, page.changed_at = by, now
    page.save(force_insert=is_new)


def _save_edition(
    topic: PageTopic, edition: Edition, words: Words, *, seen: str, check: Check | None, by: User
) -> None:
    key = {"topic": topic, "language": edition.language, "variant": edition.variant}
    text = PageText.objects.select_for_update().filter(**key).first() or PageText(**key)
    old = words_of(text)
    if text.pk and old.fingerprint != seen:
        raise ChangedMeanwhileError
    if check:
        text.checked_by, text.checked_on = check.by, check.on
    elif old != words:
        text.checked_by, text.checked_on = "", None
    if needs_speaker(topic, edition) and not text.is_checked:
        raise SpeakerNeededError
    text.title, text.summary, text.body = words.title, words.summary, words.body
    text.english = english_words(topic).fingerprint
    text.changed_by = by
    text.save()


@transaction.atomic
def remove_page_words(*, topic: PageTopic, edition: Edition, by: User) -> None:
    """Take written words away: what ships comes back, and a translation goes.

    Raises:
        PermissionDenied: the user may not edit pages.
    """
    _may_edit(by)
    _record(topic, edition, AuditKind.PAGE_REMOVED, by)
    if edition.is_source:
        Page.objects.filter(topic=topic).delete()
        return
    texts = PageText.objects.filter(topic=topic)
    texts.filter(language=edition.language, variant=edition.variant).delete()


def add_recording(
    *, topic: PageTopic, title: str, transcript: str, audio: Audio, by: User
) -> PageRecording:
    """Keep a recording; the public hears it once a speaker has approved it.

    Raises:
        PermissionDenied: the user may not edit pages.
    """
    _may_edit(by)
    recording = PageRecording(
        topic=topic,
        title=title,
        transcript=transcript,
        content_type=audio.content_type,
        added_by=by,
        added_at=timezone.now(),
    )
    name = f"{recording.pk}.{audio.extension}"
    recording.file.save(name, ContentFile(audio.content), save=False)
    try:
        recording.save(force_insert=True)
    except BaseException:
        # Files do not roll back with the database.
        recording.file.delete(save=False)
        raise
    return recording


@transaction.atomic
def change_recording(
    *, recording: PageRecording, title: str, transcript: str, check: Check | None, by: User
) -> None:
    """Change what stands beside a recording. Another transcript takes an earlier approval back.

    Raises:
        PermissionDenied: the user may not edit pages.
    """
    _may_edit(by)
    if check:
        recording.checked_by, recording.checked_on = check.by, check.on
        record_audit(by=by, kind=AuditKind.RECORDING_APPROVED, about=recording)
    elif transcript != recording.transcript:
        recording.checked_by, recording.checked_on = "", None
    recording.title, recording.transcript = title, transcript
    recording.save(update_fields=["title", "transcript", "checked_by", "checked_on"])


@transaction.atomic
def withdraw_approval(*, recording: PageRecording, by: User) -> None:
    """Take a recording from the public again; it stays for the editors.

    Raises:
        PermissionDenied: the user may not edit pages.
    """
    _may_edit(by)
    record_audit(by=by, kind=AuditKind.RECORDING_WITHDRAWN, about=recording)
    recording.checked_by, recording.checked_on = "", None
    recording.save(update_fields=["checked_by", "checked_on"])


@transaction.atomic
def remove_recording(*, recording: PageRecording, by: User) -> None:
    """Delete a recording, row and file, for good.

    Raises:
        PermissionDenied: the user may not edit pages.
    """
    _may_edit(by)
    record_audit(by=by, kind=AuditKind.RECORDING_REMOVED, about=recording)
    file = recording.file
    recording.delete()
    transaction.on_commit(lambda: file.delete(save=False))


@transaction.atomic
def approve_interface(*, language: str, catalogue: str, check: Check, by: User) -> InterfaceCheck:
    """Note that a speaker approved the interface in a language, as it read in that catalogue.

    Raises:
        PermissionDenied: the user may not edit pages.
        ChangedMeanwhileError: the translations are other ones by now.
    """
    _may_edit(by)
    if catalogue != catalogue_of(language):
        raise ChangedMeanwhileError
    approval, _ = InterfaceCheck.objects.update_or_create(
        language=language,
        defaults={
            "catalogue": catalogue,
            "checked_by": check.by,
            "checked_on": check.on,
            "recorded_by": by,
        },
    )
    record_audit(by=by, kind=AuditKind.LANGUAGE_APPROVED, about=approval, reason=language)
    return approval


@transaction.atomic
def withdraw_interface_approval(*, language: str, by: User) -> None:
    """Show the interface of a language as not yet checked again.

    Raises:
        PermissionDenied: the user may not edit pages.
    """
    _may_edit(by)
    for approval in InterfaceCheck.objects.filter(language=language):
        record_audit(by=by, kind=AuditKind.LANGUAGE_WITHDRAWN, about=approval, reason=language)
        approval.delete()


def _may_edit(user: User) -> None:
    if not access.can_edit_pages(user):
        raise PermissionDenied("Only trust staff can edit pages.")
