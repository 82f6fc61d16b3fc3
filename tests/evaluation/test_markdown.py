"""Whatever an editor writes or pastes, the page stays ours."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.markdown import LONGEST_TEXT, is_safe_link, to_html

ELEMENTS = {
    *("a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "strong", "ul"),
    *("h2", "h3", "h4", "h5", "h6"),
}


class Reader(HTMLParser):
    """Collects every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Reader(html).found:
        assert tag in ELEMENTS
        allowed = {"a": {"href", "rel"}, "ol": {"start"}}.get(tag, set())
        assert set(attributes) <= allowed
        if "href" in attributes:
            assert is_safe_link(attributes["href"] or "")


def test_paragraphs_lists_and_emphasis() -> None:
    assert to_html("One *day*.\n\n- **Run**\n- Dance") == (
        "<p>One <em>day</em>.</p>\n<ul>\n<li><strong>Run</strong></li>\n<li>Dance</li>\n</ul>\n"
    )


def test_headings_begin_below_those_of_the_page() -> None:
    assert to_html("# One\n\n### Three\n\n# Again") == (
        "<h2>One</h2>\n<h3>Three</h3>\n<h2>Again</h2>\n"
    )
    assert to_html("# One", top=3) == "<h3>One</h3>\n"


def test_headings_never_skip_a_level_nor_go_too_deep() -> None:
    assert to_html("### Deep\n\n# High") == "<h2>Deep</h2>\n<h2>High</h2>\n"
    deep = to_html("\n\n".join("#" * level + " x" for level in range(1, 7)), top=4)
    assert [tag for tag, _ in Reader(deep).found] == ["h4", "h5", "h6", "h6", "h6", "h6"]


def test_links_to_elsewhere_say_so_and_ours_do_not() -> None:
    assert to_html("[a](https://example.org/x)") == (
        '<p><a href="https://example.org/x" rel="external noopener noreferrer">a</a></p>\n'
    )
    assert to_html("[a](/whats-on/)") == '<p><a href="/whats-on/">a</a></p>\n'
    assert to_html("<hub@example.org>") == (
        '<p><a href="mailto:hub@example.org">hub@example.org</a></p>\n'
    )
    assert to_html("[0800 1111](tel:08001111)") == '<p><a href="tel:08001111">0800 1111</a></p>\n'


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](java\tscript:alert(1))",
        "[a](vbscript:x)",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](file:///etc/passwd)",
        "[a](//example.org)",
        "[a](/\\example.org)",
        "[a](\\\\example.org)",
        "[a](ftp://example.org)",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)
def test_other_links_are_only_words(text: str) -> None:
    assert "<a" not in to_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<svg><script>alert(1)</script></svg>",
        "<iframe src=https://example.org></iframe>",
        "<style>body{display:none}</style>",
        '<p style="position:fixed">x</p>',
        '<a href="/" onclick="alert(1)">x</a>',
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '[a](https://example.org "x\\" onclick=alert(1) y=\\"")',
        '[a](https://example.org/"onmouseover="alert(1))',
        "```html\n<script>alert(1)</script>\n```",
        "    <script>alert(1)</script>",
        "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_html_is_only_words(text: str) -> None:
    assert_harmless(to_html(text))


def test_pictures_from_anywhere_become_words() -> None:
    assert to_html("![A <b>drum</b>](https://example.org/x.png)") == (
        "<p>A &lt;b&gt;drum&lt;/b&gt;</p>\n"
    )
    assert "<img" not in to_html("![x](/static/x.png)")


def test_the_second_lock_holds_alone() -> None:
    from evaluation.markdown import _sanitised

    evil = '<p onclick="x"><a href="javascript:x" target="_top">a</a><img src="//x"><h1>b</h1></p>'
    assert_harmless(_sanitised(evil))
    assert "javascript" not in _sanitised(evil)


@pytest.mark.parametrize(
    "text",
    [
        "[" * LONGEST_TEXT,
        "*a " * LONGEST_TEXT,
        "> " * LONGEST_TEXT,
        "![" * LONGEST_TEXT,
        "`" * LONGEST_TEXT,
        "- " * LONGEST_TEXT,
        "[a](" * LONGEST_TEXT,
        "<" * LONGEST_TEXT,
        "a\n" * LONGEST_TEXT,
    ],
    ids=lambda text: repr(text[:3]),
)
def test_huge_and_nested_text_is_cut_and_soon_done(text: str) -> None:
    started = time.process_time()
    html = to_html(text)
    assert time.process_time() - started < 5
    assert_harmless(html)


def test_what_is_beyond_the_limit_is_cut() -> None:
    assert "end" not in to_html("a " * (LONGEST_TEXT // 2) + "end")


@given(st.text(alphabet=st.sampled_from(list("[]()<>*_`#!&:;/\\\"'=-> \n\tajsx1.")), max_size=200))
def test_no_text_makes_anything_harmful(text: str) -> None:
    assert_harmless(to_html(text))


@given(st.text(max_size=300))
def test_no_character_breaks_it(text: str) -> None:
    assert_harmless(to_html(text))
