"""Writes of stories: their words, their pictures, and when they are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import IO
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.pictures import DrawnPictures, redraw
from evaluation import access
from evaluation.models import PicturePeople, Story, StoryPicture, StoryText
from evaluation.services.pages import ChangedMeanwhileError
from evaluation.shipped_pages import fingerprint_of
from hubs.wording import Edition


def fingerprint_of_story(story: Story) -> str:
    """Another one as soon as a story's place or a letter of it changes; empty for a new story."""
    if story._state.adding:
        return ""
    place = f"{story.ward_id or ''}, {story.hub_id or ''}"
    return fingerprint_of(place, story.title, story.summary, story.body)


def fingerprint_of_text(text: StoryText | None) -> str:
    """The same of a story's words in another edition, and of who checked them."""
    if text is None:
        return ""
    return fingerprint_of(text.title, text.summary, text.body, text.checked_by)


@transaction.atomic
def save_story(*, story: Story, seen: str, by: User | None) -> Story:
    """Write down a new story, or new words for one. A new one is a draft.

    `seen` is the fingerprint of what the editor began from; `by` is empty only for commands on the
    server itself, here and below.

    Raises:
        PermissionDenied: the user may not write stories.
        ChangedMeanwhileError: the story has other words or another place by now.
    """
    _refuse_others(by)
    if story._state.adding:
        story.written_by = by
        story.save()
    else:
        standing = Story.objects.select_for_update().get(pk=story.pk)
        if seen != fingerprint_of_story(standing):
            raise ChangedMeanwhileError
        # When it is shown is not a matter of words: taking down meanwhile must stand.
        story.save(update_fields=["ward", "hub", "title", "summary", "body", "changed_at"])
    return story


@transaction.atomic
def show_story(*, story: Story, since: dt.datetime, by: User | None) -> Story:
    """Show a story from a moment on, which may lie ahead; one that was taken down as well."""
    _refuse_others(by)
    story.published_at, story.withdrawn_at = since, None
    story.save(update_fields=["published_at", "withdrawn_at", "changed_at"])
    record_audit(by=by, kind=AuditKind.STORY_SHOWN, about=story)
    return story


@transaction.atomic
def take_down_story(*, story: Story, by: User | None, now: dt.datetime) -> Story:
    """Take a story with its pictures off the website at once; nothing is deleted."""
    _refuse_others(by)
    story.withdrawn_at = now
    story.save(update_fields=["withdrawn_at", "changed_at"])
    record_audit(by=by, kind=AuditKind.STORY_WITHDRAWN, about=story)
    return story


@transaction.atomic
def put_back_story(*, story: Story, by: User | None) -> Story:
    """Undo taking down: the story is shown from the moment that it had."""
    _refuse_others(by)
    story.withdrawn_at = None
    story.save(update_fields=["withdrawn_at", "changed_at"])
    record_audit(by=by, kind=AuditKind.STORY_SHOWN, about=story)
    return story


@transaction.atomic
def say_story(
    *,
    story: Story,
    edition: Edition,
    words: Mapping[str, str],
    seen: str,
    by: User | None,
    now: dt.datetime,
) -> StoryText:
    """Write a story's words in another edition: title, summary, body, and who checked them.

    Words that nobody answers for are "not yet checked"; words that change without a fresh name
    become so again. `seen` is the fingerprint of the words that the editor began from, empty where
    there were none.

    Raises:
        PermissionDenied: the user may not write stories.
        ChangedMeanwhileError: other words stand there by now.
    """
    _refuse_others(by)
    text, is_new = StoryText.objects.select_for_update().get_or_create(
        story=story, language=edition.language, variant=edition.variant
    )
    if seen != fingerprint_of_text(None if is_new else text):
        raise ChangedMeanwhileError
    changed = any(getattr(text, name) != words[name] for name in StoryText.WORDS)
    checked_by = words.get("checked_by", "").strip()
    if changed or checked_by != text.checked_by:
        text.checked_on = now.date() if checked_by else None
    for name in StoryText.WORDS:
        setattr(text, name, words[name])
    text.checked_by = checked_by
    text.save()
    return text


def add_picture(
    *,
    story: Story,
    file: IO[bytes],
    alt: str,
    caption: str,
    people: PicturePeople,
    by: User | None,
) -> StoryPicture:
    """Draw an uploaded picture anew and put it under a story.

    Raises:
        PictureError: the file is not a picture that can be shown.
        PermissionDenied: the user may not write stories.
    """
    _refuse_others(by)
    drawn = redraw(file)
    picture = StoryPicture(
        story=story,
        width=drawn.large.width,
        height=drawn.large.height,
        alt=alt,
        caption=caption,
        people=people,
        added_by=by,
    )
    return _stored(picture, drawn)


@transaction.atomic
def describe_picture(*, picture: StoryPicture, by: User | None) -> StoryPicture:
    """Write down new words for a picture, or who can be recognised in it."""
    _refuse_others(by)
    picture.save(update_fields=["alt", "caption", "people"])
    return picture


@transaction.atomic
def remove_picture(*, picture: StoryPicture, by: User | None) -> None:
    """Take a picture off its story and out of the store, for good."""
    _refuse_others(by)
    names = [str(picture.file.name), picture.small_name]
    picture.delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))


def _stored(picture: StoryPicture, drawn: DrawnPictures) -> StoryPicture:
    """Files first, the row last; where the row fails, the files go again."""
    picture.file.save(f"{uuid4()}.webp", ContentFile(drawn.large.content), save=False)
    try:
        default_storage.save(picture.small_name, ContentFile(drawn.small.content))
        with transaction.atomic():
            last = picture.story.pictures.aggregate(last=Max("position"))["last"]
            picture.position = 0 if last is None else last + 1
            picture.save()
    except BaseException:
        default_storage.delete(picture.small_name)
        picture.file.delete(save=False)
        raise
    return picture


def _refuse_others(by: User | None) -> None:
    if by and not access.can_edit_stories(by):
        raise PermissionDenied("Only trust staff can write stories.")
