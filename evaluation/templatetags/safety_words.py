"""Words of safety as a paragraph that says in which language it is."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluation.safety_words import said

register = template.Library()


@register.simple_tag
def safety_words(key: str) -> SafeString:
    """`{% safety_words "danger" %}`: one paragraph."""
    words = said(key)
    if words.is_foreign:
        return format_html('<p lang="en-GB" dir="ltr">{}</p>', words.text)
    return format_html("<p>{}</p>", words.text)
