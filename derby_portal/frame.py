"""The frame of every public page: head, language menu and foot.

It differs by language, and then only by the page's own address. So each part is rendered once in
a process and language, with marks where the address goes: a page pays for putting it in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from derby_portal.editions import address_without_language, edition_at
from derby_portal.navigation import site_links

# Characters of the private use area: no address and no word can hold them.
ORIGIN, PATH, ADDRESS = "\ue000", "\ue001", "\ue002"


@dataclass(frozen=True)
class Frame:
    """Parts of a page as HTML. The head is empty where the host is not one of ours."""

    canonical: SafeString
    alternates: SafeString
    menu: SafeString
    footer: SafeString


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame, put together only where a template asks."""
    return {"frame": SimpleLazyObject(lambda: page_frame(request))}


def page_frame(request: HttpRequest) -> Frame:
    """The frame of the page that is being made. No queries."""
    code = get_language() or settings.LANGUAGE_CODE
    origin, fill = _origin(request), _filler(request, code)
    return Frame(
        canonical=fill("canonical") if origin else mark_safe(""),
        alternates=fill("alternates") if origin else mark_safe(""),
        menu=fill("menu"),
        footer=fill("footer"),
    )


def _origin(request: HttpRequest) -> str:
    """Scheme and host; nothing for a host that is not ours, whose error page this then is."""
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""


def _filler(request: HttpRequest, code: str) -> Callable[[str], SafeString]:
    origin = escape(_origin(request))
    # Written as in an address, neither can hold one of the marks.
    path = escape(escape_uri_path(request.path))
    address = escape(address_without_language(request, code))

    def fill(part: str) -> SafeString:
        html = _part(part, code).replace(ORIGIN, origin).replace(PATH, path)
        return mark_safe(html.replace(ADDRESS, address))  # noqa: S308 - each was escaped above

    return fill


@cache
def _part(part: str, code: str) -> str:
    """One part in a language, with marks in place of the address."""
    context = {
        "edition": edition_at(ADDRESS, code, is_checked=True),
        "site": site_links(),
        "origin": ORIGIN,
        "path": PATH,
    }
    return render_to_string(f"components/frame/{part}.html", context)
