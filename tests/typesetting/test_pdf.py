"""A template that Typst has something to say about makes no PDF."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
import typst

from tests import factories
from typesetting import PdfError, typeset
from typesetting import pdf as renderer

TEMPLATE = """
#let data = json(bytes(sys.inputs.letter))
#set document(title: data.title)
#set text(font: "Source Sans Pro", lang: "en", fallback: false)
#title(data.title)
#for line in data.lines [#line #parbreak()]
"""
MADE_AT = factories.london(2019, 5, 14)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "letter.typ"
    path.write_text(TEMPLATE)
    return path


def letter(template: Path, *lines: str) -> bytes:
    data = {"title": "A letter", "lines": list(lines)}
    return typeset(template, name="letter", data=data, made_at=MADE_AT)


def test_data_are_only_ever_text(template: Path) -> None:
    pdf = letter(template, '#import "x" *bold* $x$', "Hub مرکز")
    text = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert '#import "x" *bold* $x$' in text
    assert "Hub [?A]" in text


def test_the_same_data_give_the_same_bytes(template: Path) -> None:
    assert letter(template, "One") == letter(template, "One")
    assert letter(template, "One") != letter(template, "Two")


def test_any_warning_is_an_error(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without its fonts Typst leaves the pages blank and only warns.
    none = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[])
    monkeypatch.setattr(renderer.typst, "Fonts", lambda **_: none)
    with pytest.raises((PdfError, typst.TypstError), match="font"):
        letter(template, "One")
