"""Every public page has an Easy Read twin, and the twins keep to Easy Read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "hubs", "activities", "participants", "evaluation", "derby_portal")
PAGES_OF_ERRORS = {"400.html", "404.html", "500.html", "too_often.html"}
# Names are the same in every language.
NAMES = {"#", "ThisIsDerby", "#ThisIsDerby", "Easy Read", "English"}
PUNCTUATION = " \N{EN DASH}·:,."
ENGLISH = re.compile(r"<(\w+)[^>]*\blang=\"en-GB\"[^>]*>.*?</\1>", re.DOTALL)
NOT_WORDS = re.compile(
    r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|"
    r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}|\{%.*?%\}|\{\{.*?\}\}|&\w+;",
    re.DOTALL,
)
SAID_BY_ATTRIBUTES = re.compile(
    r"\b(?:aria-label|title|placeholder|alt|content)=([\"'])(.*?)\1", re.DOTALL
)
QUIET = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<meta name=\"(?:htmx-config|viewport|robots|color-scheme|twitter:card)\".*?>|<meta property=.*?>",
    re.DOTALL,
)
EASY = sorted((ROOT / "templates" / "easy").rglob("*.html"))


def _templates_in(source: str) -> set[str]:
    """The templates that calls of `render_page` name."""
    return {
        argument.value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("render_page")
        for argument in call.args
        if isinstance(argument, ast.Constant) and str(argument.value).endswith(".html")
    }


def _public_templates() -> list[str]:
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return sorted(set().union(*(_templates_in(path.read_text()) for path in sources)))


def _with_parts(templates: set[str]) -> set[str]:
    """Templates with everything that they extend and include, Easy Read left out."""
    found: set[str] = set()
    todo = set(templates)
    while todo:
        name = todo.pop()
        found.add(name)
        text = (ROOT / "templates" / name).read_text()
        parts = set(re.findall(r"\{%\s*(?:extends|include)\s+[\"']([^\"']+\.html)[\"']", text))
        todo |= {part for part in parts if (ROOT / "templates" / part).exists()} - found
    return {name for name in found if not name.startswith("easy/")}


def _unmarked(text: str) -> list[str]:
    """Words of a template that no mark gives to translators."""
    text = ENGLISH.sub(" ", QUIET.sub(" ", NOT_WORDS.sub("\0", text)))
    said = [match[1] for match in SAID_BY_ATTRIBUTES.findall(text)]
    outside_tags = re.sub(r"<[^>]*>", "\n", text)
    said += re.sub(r"[\w-]+=\"[^\"]*\"", " ", outside_tags).splitlines()
    pieces = {piece.strip(PUNCTUATION) for line in said for piece in line.split("\0")}
    return sorted(piece for piece in pieces - NAMES if re.search(r"[A-Za-z]{2}", piece))


def test_the_search_for_unmarked_words_sees_them() -> None:
    text = """{% extends "x.html" %}<p title="Said">{% translate "Marked" %} Not {{ it }}
        {% blocktranslate trimmed %}Marked{% endblocktranslate %}</p>"""
    assert _unmarked(text) == ["Not", "Said"]


FRAME = {
    str(path.relative_to(ROOT / "templates"))
    for path in (ROOT / "templates" / "components" / "frame").glob("*.html")
}


@pytest.mark.parametrize(
    "template", sorted(_with_parts(set(_public_templates()) | PAGES_OF_ERRORS | FRAME))
)
def test_every_public_word_is_marked_for_translation(template: str) -> None:
    text = (ROOT / "templates" / template).read_text()
    assert _unmarked(text) == []
    assert "|pluralize" not in text


def test_the_collection_sees_what_it_should() -> None:
    assert _templates_in('pages.render_page(request, "a/b.html", {"c": "d"})') == {"a/b.html"}
    assert {"front_page.html", "activities/whats_on.html"} <= set(_public_templates())


@pytest.mark.parametrize("template", _public_templates())
def test_every_public_page_has_its_twin(template: str) -> None:
    twin = ROOT / "templates" / "easy" / template
    assert twin.exists(), f"templates/easy/{template} is missing"
    assert '{% extends "easy/base.html" %}' in twin.read_text()


@pytest.mark.parametrize("path", EASY, ids=lambda path: path.name)
def test_easy_read_is_not_slanted(path: Path) -> None:
    assert not re.search(r"<(em|i|cite|u)\b", path.read_text())


def test_every_own_picture_is_drawn_and_used() -> None:
    from activities.templatetags.easy_read import OWN_PICTURES

    drawn = {path.stem for path in (ROOT / "templates" / "easy" / "pictures").glob("*.svg")}
    assert drawn == OWN_PICTURES
