"""What the content security policy forbids never gets into a template."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

ROOT = Path(__file__).resolve().parents[2]
# A file that is opened from disk has to bring its style along.
STANDALONE = {"templates/evaluation/report/report.html"}
TEMPLATES = [
    path
    for path in (ROOT / "templates").rglob("*.html")
    if str(path.relative_to(ROOT)) not in STANDALONE
]
# What search engines read is data: browsers do not run a script element of this type.
DATA = r'\stype="application/ld\+json">'
INLINE = re.compile(
    rf"<style\b|\sstyle\s*=|<script(?!{DATA})(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|javascript:",
    re.IGNORECASE,
)
# A link may lead to another host once somebody follows it; nothing may be loaded from there.
ELSEWHERE = re.compile(
    r"(?:src|srcset|action)\s*=\s*[\"']\s*(?:https?:)?//|<link\b[^>]*href\s*=\s*[\"'](?:https?:)?//",
    re.IGNORECASE,
)
STAFF = {"planning", "editor", "account", "participants"}


def is_public(path: Path) -> bool:
    """Whether a visitor sees it: a page of the public site, or a part that stands with them."""
    parts = set(path.relative_to(ROOT / "templates").parts)
    if parts & STAFF:
        return False
    return bool(parts & {"activities", "community", "pages", "easy", "frame"}) or (
        "base_public" in path.read_text()
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inline_and_nothing_from_other_hosts(path: Path) -> None:
    text = path.read_text()
    assert not INLINE.search(text)
    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES if is_public(path)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_public_templates_do_not_know_who_looks(path: Path) -> None:
    """A session is what young people go to; the visitor's is `request.session`."""
    names = QUOTED.sub("", path.read_text())
    assert not re.search(r"\{[{%][^}]*\b(user|messages|csrf_token|perms)\b[^}]*[%}]\}", names)
    assert not re.search(r"\brequest\.(user|session|COOKIES|META|headers)\b", names)


QUOTED = re.compile(r"\"[^\"%{}]*\"|'[^'%{}]*'")
STATIC = re.compile(r"\{%\s*static\s+['\"]([^'\"]+)['\"]\s*%\}")


def test_every_static_file_is_there() -> None:
    named = {name for path in TEMPLATES for name in STATIC.findall(path.read_text())}
    assert "css/base.css" in named
    assert [name for name in sorted(named) if not finders.find(name)] == []


@pytest.mark.parametrize(
    "text", ["<p style='x'>", "<script>alert()</script>", "<a onclick='x'>", "<style>",
     '<script type="module">', '<script type="application/json">']
)  # fmt: skip
def test_the_check_sees_what_it_should(text: str) -> None:
    assert INLINE.search(text)
