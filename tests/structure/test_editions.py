"""Every public page has an Easy Read twin, and the twins keep to Easy Read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "hubs", "activities", "participants", "evaluation", "derby_portal")
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
