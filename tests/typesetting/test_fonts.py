"""What the font holds, and what stands for the rest."""

from __future__ import annotations

from typesetting import Missing, coverage


def test_marks_are_one_for_one() -> None:
    missing = Missing()
    assert missing.printable("aمb مز م") == "a[?A]b [?B] [?A]"
    assert missing.listed() == [
        {"mark": "[?A]", "points": "U+0645"},
        {"mark": "[?B]", "points": "U+0645 U+0632"},
    ]
    assert missing.printable("a\N{ZERO WIDTH JOINER}b") == "ab"
    # The font has a glyph for it, and both standards refuse it: names pasted from a table have it.
    assert missing.printable("\N{ZERO WIDTH NO-BREAK SPACE}Ada") == "Ada"


def test_coverage_is_read_from_the_font() -> None:
    assert {
        ord(letter)
        for letter in "AzŁźżéÅ£…·\N{MINUS SIGN}\N{EN DASH}\N{RIGHT SINGLE QUOTATION MARK}"
    } <= coverage()
    assert not {ord("م"), 0xE000, 0x1F600} & coverage()
