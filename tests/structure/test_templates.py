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
ELSEWHERE = re.compile(r"(?:src|href|action)\s*=\s*[\"']\s*(?:https?:)?//", re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inline_and_nothing_from_other_hosts(path: Path) -> None:
    text = path.read_text()
    assert not INLINE.search(text)
    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize(
    "path",
    [p for p in TEMPLATES if p.parent.name == "activities" or "base_public" in p.read_text()],
    ids=lambda path: path.name,
)
def test_public_templates_do_not_know_who_looks(path: Path) -> None:
    """A session is what young people go to; the visitor's is `request.session`."""
    assert not re.search(
        r"\{[{%][^}]*\b(user|request|messages|csrf_token|perms)\b[^}]*[%}]\}", path.read_text()
    )


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
