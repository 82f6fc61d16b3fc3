"""How the Word document looks, and the marks in its XML that python-docx has no words for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

LANGUAGE = "en-GB"
BOX, NOTE = "Narrative", "Table note"
TABLE_TEXT, TABLE_HEADING = "Table text", "Table heading"

_FONT = "Arial"
_INK = RGBColor(0x1F, 0x29, 0x33)
_SHADE, _LINE = "F3F1EA", "767676"
_LONG, _SHORT, _MARGIN = Cm(29.7), Cm(21.0), 2.0
# A table with more columns than this stands on a page on its side.
MOST_UPRIGHT = 8
_LONGEST_NAME = 40
# (points, points before, points after)
_SIZES = {
    "Normal": (11, 0, 6),
    "Title": (24, 0, 6),
    "Subtitle": (13, 0, 12),
    "Heading 1": (18, 18, 6),
    "Heading 2": (14, 12, 4),
    "Caption": (11, 12, 4),
    "Quote": (11, 6, 6),
    "Header": (9, 0, 0),
    "Footer": (9, 0, 0),
    TABLE_TEXT: (9, 2, 2),
    TABLE_HEADING: (9, 2, 2),
    NOTE: (9, 4, 8),
    BOX: (11, 6, 6),
}
_BOLD = frozenset({"Title", "Heading 1", "Heading 2", "Caption", TABLE_HEADING})


def prepare(word: WordDocument) -> None:
    """A4, British English, one plain typeface, and styles of our own for tables and boxes."""
    for name in (TABLE_TEXT, TABLE_HEADING, NOTE, BOX):
        word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = word.styles["Normal"]
    for name, (size, before, after) in _SIZES.items():
        _letters(word.styles[name], size, is_bold=name in _BOLD)
        word.styles[name].paragraph_format.space_before = Pt(before)
        word.styles[name].paragraph_format.space_after = Pt(after)
    word.styles["Caption"].paragraph_format.keep_with_next = True
    _boxed(word.styles[BOX])
    _speak_english(word)
    turn(word.sections[0], on_its_side=False)
    _forget_extras(word)


def turn(section: Section, *, on_its_side: bool) -> None:
    """A4 upright or on its side."""
    section.orientation = WD_ORIENT.LANDSCAPE if on_its_side else WD_ORIENT.PORTRAIT
    wide, high = (_LONG, _SHORT) if on_its_side else (_SHORT, _LONG)
    section.page_width, section.page_height = wide, high
    section.left_margin = section.right_margin = Cm(_MARGIN)
    section.top_margin = section.bottom_margin = Cm(_MARGIN)


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Something that Word works out, such as a page's number; `shown` stands until it does."""
    for kind in ("begin", "separate", "end"):
        run = paragraph.add_run()
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        run._r.append(mark)
        if kind == "begin":
            asked = OxmlElement("w:instrText")
            asked.set(qn("xml:space"), "preserve")
            asked.text = f" {instruction} "
            paragraph.add_run()._r.append(asked)
        if kind == "separate":
            paragraph.add_run(shown)


def add_bookmark(paragraph: Paragraph, number: int, name: str) -> None:
    """A name by which other places of the document can point here."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), str(number))
    start.set(qn("w:name"), re.sub(r"\W", "_", name)[:_LONGEST_NAME])
    paragraph._p.insert_element_before(start, "w:r")
    paragraph._p.append(end)


def set_widths(table: Table, widths: Sequence[float]) -> None:
    """Columns' widths in centimetres; without any, the first is twice as wide as each other."""
    count = len(table.columns)
    across = _across(count)
    chosen = widths or [2 * across / (count + 1), *[across / (count + 1)] * (count - 1)]
    table.autofit = False
    for column, width in zip(table.columns, chosen, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row._tr.tc_lst, chosen, strict=True):
            cell.width = Cm(width)


def _across(columns: int) -> float:
    """The width between the margins, in centimetres, of the page that so many columns stand on."""
    return (_LONG if columns > MOST_UPRIGHT else _SHORT).cm - 2 * _MARGIN


def write(cell: _Cell, text: str, *, style: str, is_number: bool) -> None:
    """A cell's words; numbers stand at its right edge."""
    paragraph = cell.paragraphs[0]
    # By its id: python-docx reads every style there is to find one by its name.
    paragraph._p.style = style.replace(" ", "")
    paragraph.add_run(text)
    if is_number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def shade(cell: _Cell) -> None:
    """The ground of a cell of the header row."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
        shading.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shading)


def mark_rows(rows: list[_Row]) -> None:
    """No row is broken over pages; the first is the header, said again on each."""
    for at, row in enumerate(rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if at == 0:
            properties.append(OxmlElement("w:tblHeader"))


def _letters(style: ParagraphStyle, size: int, *, is_bold: bool) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), is_bold, False
    style.font.color.rgb = _INK
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    # The template's headings take their letters from a theme, which would win.
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), _FONT)


def _boxed(style: ParagraphStyle) -> None:
    """A line round the paragraphs, which Word draws round several of them as round one."""
    edges = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "6"), ("color", _LINE)):
            edge.set(qn(f"w:{name}"), value)
        edges.append(edge)
    style.element.get_or_add_pPr().insert_element_before(
        edges, "w:shd", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )


def _speak_english(word: WordDocument) -> None:
    for language in word.styles.element.iter(qn("w:lang")):
        language.attrib.clear()
        language.set(qn("w:val"), LANGUAGE)
    for language in word.settings.element.iter(qn("w:themeFontLang")):
        language.set(qn("w:val"), LANGUAGE)


def _forget_extras(word: WordDocument) -> None:
    """The template brings a picture of an empty page, and its styles once more for Word 2010."""
    for owner, kind in ((word.part.package, "thumbnail"), (word.part, "stylesWithEffects")):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.endswith(f"/{kind}"):
                del owner.rels[key]
