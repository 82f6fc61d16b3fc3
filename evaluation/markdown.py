"""Safe Markdown: what editors write becomes a handful of harmless elements.

Two locks that do not know of each other: the parser takes no HTML, no images and few links, and
what it makes then passes a sanitiser.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# Characters. Longer texts are refused by the forms and cut here.
LONGEST_TEXT = 20_000
DEEPEST_HEADING = 6

_ELEMENTS = {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "strong", "ul"} | {
    f"h{level}" for level in range(2, DEEPEST_HEADING + 1)
}
_ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_ELSEWHERE = re.compile(r"https?://[^/\\]", re.IGNORECASE)
_TO_PEOPLE = re.compile(r"(?:mailto|tel):[^\s/\\]+$", re.IGNORECASE)
# Two slashes, of either kind, lead to another host.
_OWN = re.compile(r"(?:/(?![/\\]|%5c)|#)", re.IGNORECASE)


def to_html(text: str, *, top: int = 2) -> SafeString:
    """Turn Markdown into safe HTML; its highest heading becomes `h<top>`, and none is skipped.

    Pictures are reduced to the words that describe them.
    """
    tokens = _parser.parse(text[:LONGEST_TEXT])
    _lower_headings(tokens, top)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return mark_safe(_sanitised(html))  # noqa: S308 - this is the second lock


def is_safe_link(address: str) -> bool:
    """Whether a link may go there: the web, an e-mail address, a telephone, our own pages."""
    return any(allowed.match(address) for allowed in (_ELSEWHERE, _TO_PEOPLE, _OWN))


class _Renderer(RendererHTML):
    """Renders links to elsewhere with their relation, and pictures as words."""

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        token = tokens[idx]
        if _ELSEWHERE.match(str(token.attrGet("href") or "")):
            token.attrSet("rel", "external noopener noreferrer")
        token.attrs.pop("title", None)
        return self.renderToken(tokens, idx, options, env)

    def image(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        return escape(self.renderInlineAsText(tokens[idx].children or [], options, env))


def _parser_of_editors() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    # Four blanks before a line are a slip of the thumb here, not a piece of a program.
    parser.disable(["code", "fence", "html_block", "html_inline"])
    parser.validateLink = is_safe_link  # type: ignore[method-assign, assignment]
    return parser


_parser = _parser_of_editors()


def _lower_headings(tokens: list[Token], top: int) -> None:
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    used = sorted({token.tag for token in headings})
    level = top - 1
    for token in headings:
        if token.type == "heading_open":
            level = min(top + used.index(token.tag), level + 1, DEEPEST_HEADING)
        token.tag = f"h{level}"


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        tags=_ELEMENTS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _filtered(_element: str, attribute: str, value: str) -> str | None:
    return None if attribute == "href" and not is_safe_link(value) else value
