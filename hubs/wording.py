"""Public words in editions: a language and a variant, standard or Easy Read.

The object itself holds plain English. A row of words beside it holds another edition; what that
row leaves empty stays English, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import get_language, to_locale

EASY_READ_CODE = "en-easy"


class Variant(models.TextChoices):
    """How the words are put."""

    STANDARD = "standard", "Standard"
    EASY_READ = "easy", "Easy Read"


@dataclass(frozen=True)
class Edition:
    """A language, by its code, and a variant."""

    language: str
    variant: Variant = Variant.STANDARD

    @property
    def is_source(self) -> bool:
        """Whether these are the words that stand on the object itself."""
        return self == SOURCE

    @property
    def is_easy_read(self) -> bool:
        return self.variant is Variant.EASY_READ


SOURCE = Edition(settings.LANGUAGE_CODE)
EASY_READ = Edition(settings.LANGUAGE_CODE, Variant.EASY_READ)


def edition_of(code: str | None) -> Edition:
    """The edition that a language code of an address means; English where there is none."""
    if code == EASY_READ_CODE:
        return EASY_READ
    return Edition(code) if code else SOURCE


def current_edition() -> Edition:
    """The edition of the page that is being made."""
    return edition_of(get_language())


@cache
def catalogue_of(language: str) -> str:
    """SHA-256 of the interface's translations into a language, as hexadecimal digits.

    Raises OSError for a language without translations.
    """
    path = settings.LOCALE_PATHS[0] / to_locale(language) / "LC_MESSAGES" / "django.mo"
    return sha256(path.read_bytes()).hexdigest()


class Wording(models.Model):
    """An object's words in one edition. `WORDS` names the fields that stand in for its own.

    A translation counts as checked once a named speaker has approved it; changing the words takes
    that back.
    """

    WORDS: ClassVar[tuple[str, ...]] = ()

    language = models.CharField(max_length=10)
    variant = models.CharField(max_length=10, choices=Variant, default=Variant.STANDARD)
    checked_by = models.CharField("speaker who checked the words", max_length=120, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def is_checked(self) -> bool:
        return bool(self.checked_by)


def put_into_words(
    objects: Iterable[models.Model], wording: type[Wording], owner: str, edition: Edition
) -> None:
    """Give objects their words in an edition, in place; they are for showing, never for saving.

    `owner` is the wording's field that names the object. One query, none in plain English. Each
    object is told which of its words are now in that edition, for `lang_of`.
    """
    shown = list(objects)
    if edition.is_source or not shown:
        return
    rows = wording._default_manager.filter(
        **{f"{owner}__in": [each.pk for each in shown]},
        language=edition.language,
        variant=edition.variant,
    )
    by_owner = {getattr(row, f"{owner}_id"): row for row in rows}
    for each in shown:
        _say(each, by_owner.get(each.pk))


def _say(thing: Any, row: Wording | None) -> None:
    words = {name: getattr(row, name) for name in row.WORDS if getattr(row, name)} if row else {}
    for name, value in words.items():
        setattr(thing, name, value)
    thing.said_in_edition = frozenset(words)
    thing.is_wording_checked = row is None or row.is_checked


def is_said(thing: object, name: str) -> bool:
    """Whether a field's words are in the page's own language rather than in English."""
    if current_edition().language == SOURCE.language:
        return True
    return name in getattr(thing, "said_in_edition", ())
