"""Says which language words are in where they are not in the page's own."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from hubs.wording import is_said

register = template.Library()
IN_ENGLISH = mark_safe(' lang="en-GB" dir="ltr"')


@register.filter
def lang_of(thing: object, name: str) -> SafeString | str:
    """The attributes of an element whose field stayed English: `<p{{ x|lang_of:"title" }}>`."""
    return "" if is_said(thing, name) else IN_ENGLISH
