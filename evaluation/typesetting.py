"""Pages from their Markdown: one text, or in Easy Read one idea after another with pictures.

For Easy Read editors have one addition: a paragraph that begins with a picture's name between
colons begins a new idea, which takes in the paragraphs after it:

    ## Who to call

    :phone: Childline: 0800 1111.

    You can call day or night.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from evaluation.markdown import to_html

DEFAULT_PICTURE = "info"
# What editors write, and the drawing that it stands for.
PICTURES: dict[str, str] = {
    "ask": "question-mark-circle",
    "book": "book-open",
    "calendar": "calendar-days",
    "calm": "speaker-x-mark",
    "check": "check-circle",
    "clock": "clock",
    "computer": "computer-desktop",
    "danger": "exclamation-triangle",
    "free": "currency-pound",
    "hand": "hand-raised",
    "happy": "face-smile",
    "heart": "heart",
    "idea": "light-bulb",
    "info": "information-circle",
    "key": "key",
    "look": "eye",
    "map": "map-pin",
    "music": "musical-note",
    "no": "x-circle",
    "number": "calculator",
    "paint": "paint-brush",
    "people": "users",
    "person": "user",
    "phone": "phone",
    "sad": "face-frown",
    "safe": "shield-check",
    "school": "academic-cap",
    "secret": "lock-closed",
    "sound": "speaker-wave",
    "sport": "trophy",
    "talk": "chat-bubble-left-right",
    "text": "device-phone-mobile",
    "walk": "walk",
    "wheelchair": "wheelchair",
    "work": "wrench-screwdriver",
    "world": "globe-europe-africa",
    "write": "pencil-square",
}
_BLOCKS = re.compile(r"\n[ \t]*\n\s*")
_HEADING = re.compile(r"#+[ \t]+(?P<title>[^\n]+?)[ \t]*#*")
_PICTURE = re.compile(r":(?P<name>[a-z0-9-]+):[ \t]+(?P<words>.+)", re.DOTALL)
_CODES = "|".join(code for code, _ in settings.LANGUAGES)
# Links to our own pages that do not name an edition yet; what comes in is already escaped.
_AT_HOME = re.compile(rf'href="/(?!(?:{_CODES})/)')


@dataclass(frozen=True)
class Idea:
    """A drawing's name and what stands beside it, under a heading or none."""

    heading: str
    picture: str
    text: SafeString


def page_html(body: str, code: str, *, top: int = 2) -> SafeString:
    """A page's text as safe HTML; its links stay in the edition of a language code."""
    html = to_html(body, top=top)
    if code == settings.LANGUAGE_CODE:
        return html
    return mark_safe(_AT_HOME.sub(f'href="/{code}/', html))  # noqa: S308 - a code of ours


def ideas(body: str, code: str) -> list[Idea]:
    """Cut an Easy Read text into its ideas, in order; links stay in the edition of the code."""
    found: list[tuple[str, str, list[str]]] = []
    heading, is_open = "", False
    for block in _BLOCKS.split(body.strip()):
        if title := _HEADING.fullmatch(block):
            heading, is_open = title["title"], False
            continue
        pictured = _PICTURE.fullmatch(block)
        if pictured or not is_open:
            name = pictured["name"] if pictured else DEFAULT_PICTURE
            found.append((heading, PICTURES.get(name, PICTURES[DEFAULT_PICTURE]), []))
            heading, is_open = "", True
        found[-1][2].append(pictured["words"] if pictured else block)
    return [
        Idea(title, name, page_html("\n\n".join(blocks), code, top=3))
        for title, name, blocks in found
    ]


def unknown_pictures(body: str) -> list[str]:
    """The pictures that a text asks for and that there are none of."""
    wanted = (_PICTURE.fullmatch(block) for block in _BLOCKS.split(body.strip()))
    return sorted({each["name"] for each in wanted if each} - set(PICTURES))
