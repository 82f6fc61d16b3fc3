"""The edition of a public page, its language and variant, and the same page in others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi

from activities.structured_data import locale_of
from evaluation.models import InterfaceCheck
from hubs.wording import EASY_READ_CODE, Edition, edition_of


@dataclass(frozen=True)
class EditionLink:
    """The same page in another edition."""

    code: str
    html_lang: str
    name: str
    address: str
    is_current: bool


@dataclass(frozen=True)
class PageEdition:
    """What a public page says about its own language."""

    code: str
    edition: Edition
    html_lang: str
    direction: str
    is_easy_read: bool
    is_english: bool
    is_checked: bool
    links: list[EditionLink]
    easy_read: EditionLink
    english: EditionLink

    @property
    def open_graph_locale(self) -> str:
        """The language as those who share links name it."""
        return locale_of(self.edition.language)


def edition(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the edition, worked out only where a template asks."""
    return {"edition": SimpleLazyObject(lambda: page_edition(request))}


def page_edition(request: HttpRequest) -> PageEdition:
    """The edition of the page that is being made. One query, and none in English."""
    code = get_language() or settings.LANGUAGE_CODE
    is_english = edition_of(code).language == settings.LANGUAGE_CODE
    return edition_at(
        address_without_language(request, code),
        code,
        is_checked=is_english or InterfaceCheck.objects.approves(code),
    )


def address_without_language(request: HttpRequest, code: str) -> str:
    """The page's address in English, with one slash first: two would lead to another host."""
    prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
    return f"/{request.get_full_path().removeprefix(prefix).lstrip('/')}"


def edition_at(address: str, code: str, *, is_checked: bool) -> PageEdition:
    """The edition of the page at an address without its language's prefix."""
    current = edition_of(code)
    link = _links_to(address, code)
    return PageEdition(
        code=code,
        edition=current,
        html_lang=html_lang(code),
        direction="rtl" if get_language_bidi() else "ltr",
        is_easy_read=current.is_easy_read,
        is_english=current.language == settings.LANGUAGE_CODE,
        is_checked=is_checked,
        links=[link(each, name) for each, name in settings.LANGUAGES if each != EASY_READ_CODE],
        easy_read=link(EASY_READ_CODE, "Easy Read"),
        english=link(settings.LANGUAGE_CODE, "English"),
    )


def html_lang(code: str) -> str:
    """The language tag that browsers and screen readers know."""
    return "en-GB" if edition_of(code).language == settings.LANGUAGE_CODE else code


def _links_to(address: str, current: str) -> Callable[[str, str], EditionLink]:
    """Only the prefix differs between editions, so nothing has to be resolved again."""

    def link(code: str, name: str) -> EditionLink:
        prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
        return EditionLink(code, html_lang(code), name, f"{prefix}{address}", code == current)

    return link
