"""The words of the pages as they ship: Markdown files in `evaluation/pages/`, plain and Easy Read.

Each file begins with a title and a summary, one line each, between two lines of three hyphens:

    ---
    title: Our vision
    summary: What we want for every young person in Derby.
    ---
    The text, in Markdown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from evaluation.models import PageTopic
from hubs.wording import Variant

FOLDER = Path(__file__).resolve().parent / "pages"
TOP = re.compile(
    r"---\ntitle: (?P<title>\S[^\n]*)\nsummary: (?P<summary>\S[^\n]*)\n---\n(?P<body>.*)", re.DOTALL
)
ENDINGS = {Variant.STANDARD: ".md", Variant.EASY_READ: ".easy.md"}


class PageFileError(Exception):
    """A shipped file does not begin as it should, or has no text."""


@dataclass(frozen=True)
class Words:
    """What a page says in one edition; the body is Markdown."""

    title: str
    summary: str
    body: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the words, as hexadecimal digits: another one as soon as a letter changes."""
        return fingerprint_of(self.title, self.summary, self.body)


def fingerprint_of(*texts: str) -> str:
    """SHA-256 of texts in their order, as hexadecimal digits."""
    return sha256("\0".join(texts).encode()).hexdigest()


def parse(text: str) -> Words:
    """Read a shipped file.

    Raises:
        PageFileError: title, summary or text is missing, or something else stands on top.
    """
    found = TOP.fullmatch(text)
    if not found or not found["body"].strip():
        raise PageFileError("A page begins with its title and its summary between two lines ---.")
    return Words(found["title"].strip(), found["summary"].strip(), found["body"].strip())


@cache
def shipped_words(topic: PageTopic, variant: Variant = Variant.STANDARD) -> Words:
    """The words that ship for a page, in plain English or in Easy Read.

    Raises:
        PageFileError: the file is not one of ours.
        OSError: there is no such file.
    """
    return parse((FOLDER / f"{topic.value}{ENDINGS[variant]}").read_text(encoding="utf-8"))
