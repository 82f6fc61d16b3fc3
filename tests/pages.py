"""Reads a rendered page as a visitor's browser would: elements, words, links."""

from __future__ import annotations

import json
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from django.test import Client

# A script element of this type is data: browsers do not run it.
DATA = "application/ld+json"
VOID = {"meta", "link", "input", "br", "img", "hr", "path"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[int, list[str]] = {}
        self.words: list[str] = []
        self.data: dict[int, list[str]] = {}
        self._open: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self.elements[self._open.pop()][0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for index in self._open:
            if self.elements[index][0] in {"script", "style"}:
                self.data.setdefault(index, []).append(data)
                return
        self.words.append(data)
        for index in self._open:
            self.texts.setdefault(index, []).append(data)


class Page:
    """One answer, read."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.html: str = response.content.decode()
        self._reader = _Reader()
        self._reader.feed(self.html)

    @property
    def elements(self) -> list[tuple[str, dict[str, str]]]:
        return self._reader.elements

    @cached_property
    def text(self) -> str:
        return " ".join(" ".join(self._reader.words).split())

    @property
    def links(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.elements if tag == "a" and "href" in attrs]

    @property
    def files(self) -> list[str]:
        """Style sheets and scripts that the page loads."""
        sheets = [attrs["href"] for tag, attrs in self.elements if attrs.get("rel") == "stylesheet"]
        scripts = [attrs for tag, attrs in self.elements if tag == "script" and "src" in attrs]
        return sheets + [attrs["src"] for attrs in scripts]

    @property
    def data(self) -> list[Any]:
        """What the page tells search engines, as JSON-LD."""
        return [
            json.loads("".join(self._reader.data.get(index, [])))
            for index, (tag, attrs) in enumerate(self.elements)
            if tag == "script" and attrs.get("type") == DATA
        ]

    def meta(self, name: str) -> str:
        """What a meta element says, by its name or property; empty where there is none."""
        named = (attrs for tag, attrs in self.elements if tag == "meta")
        return next(
            (each["content"] for each in named if name in (each.get("name"), each.get("property"))),
            "",
        )

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.elements if "id" in attrs]

    @property
    def inline(self) -> list[str]:
        """Whatever a strict content security policy would refuse."""
        return [
            f"<{tag} {attrs}>"
            for tag, attrs in self.elements
            if tag == "style"
            or (tag == "script" and "src" not in attrs and attrs.get("type") != DATA)
            or any(name == "style" or name.startswith("on") for name in attrs)
            or attrs.get("href", "").startswith("javascript:")
        ]

    def texts_of(self, css_class: str) -> list[str]:
        """The words inside each element of a class, in order."""
        return [
            " ".join(" ".join(self._reader.texts.get(index, [])).split())
            for index, (_, attrs) in enumerate(self.elements)
            if css_class in attrs.get("class", "").split()
        ]

    def count(self, selector: str) -> int:
        """How many elements there are of a tag, or of a tag with a class: `header[site-header]`."""
        tag, _, css_class = selector.rstrip("]").partition("[")
        return sum(
            found == tag and css_class in attrs.get("class", "") for found, attrs in self.elements
        )

    def has_id(self, name: str) -> bool:
        return name in self.ids

    def element(self, name: str) -> dict[str, str]:
        """The attributes of the element with an id."""
        return next(attrs for _, attrs in self.elements if attrs.get("id") == name)


def open_page(client: Client, address: str) -> Page:
    """Get an address without following anything."""
    return Page(client.get(address))
