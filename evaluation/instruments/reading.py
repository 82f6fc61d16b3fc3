"""Reads definitions: files of one version of one instrument each, checked as they are read."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from evaluation.instruments.checking import check
from evaluation.instruments.definition import (
    Band,
    Definition,
    Direction,
    Form,
    Item,
    Method,
    Norm,
    Respondent,
    Scale,
    Score,
)
from evaluation.instruments.errors import DefinitionError
from evaluation.instruments.tables import Table

T = TypeVar("T")
FILES = Path(__file__).parent / "files"
# Ends of names beside a definition's: its words, which are no definition.
WORDS = ".words.toml"

FACTS = (
    *("id", "version", "name", "owner", "citation", "licence", "source"),
    *("min_age", "max_age", "weeks", "has_wording", "needs_terms", "terms"),
    *("is_programme_made", "is_off", "items", "scores", "forms"),
)
ITEM = ("id", "low", "high", "reverse", "subscale", "min_age")
SCORE = (
    *("id", "label", "items", "method", "minimum_answered", "low", "high", "direction"),
    *("decimals", "table", "bands", "norms", "reliability", "reliability_source", "is_check"),
)
BAND = ("id", "label", "low", "high")
NORM = ("population", "mean", "sd", "source", "functional")
FORM = ("id", "label", "respondent", "min_age", "max_age", "scale", "edition")


def read_data(path: Path) -> dict[str, Any]:
    """The content of a TOML file, numbers with a point as they are written.

    Raises:
        DefinitionError: there is no such file, or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except OSError as error:
        raise DefinitionError(path.name, "", f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(path.name, "", "is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(path.name, "", f"is not TOML: {error}") from error


def read_file(path: Path | str) -> Definition:
    """The definition in a file.

    Raises:
        DefinitionError: with the file, the key and the reason.
    """
    path = Path(path)
    return parse_named(read_data(path), path.name)


def parse_named(data: Mapping[str, Any], file: str) -> Definition:
    """The same of a file's content, whose name stands in errors."""
    try:
        return parse(data)
    except DefinitionError as error:
        raise DefinitionError(file, error.key, error.reason) from error


@cache
def shipped() -> Mapping[tuple[str, int], Definition]:
    """The definitions that come with the product, by id and version."""
    found = {}
    for path in shipped_files():
        definition = read_file(path)
        if path.name != f"{definition.id}.{definition.version}.toml":
            raise DefinitionError(path.name, "id", "and version are not the file's name")
        found[definition.id, definition.version] = definition
    return MappingProxyType(found)


def shipped_files() -> list[Path]:
    """Their files, by name."""
    return sorted(path for path in FILES.glob("*.toml") if not path.name.endswith(WORDS))


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 of a file's content, whatever the order of its keys and its comments."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse(data: Mapping[str, Any]) -> Definition:
    """The definition that a file's content, or the same as JSON, describes.

    Raises:
        DefinitionError: with the key and the reason.
    """
    table = Table(data, "", FACTS)
    definition = Definition(
        id=table.name("id"),
        version=table.whole("version"),
        name=table.text("name"),
        owner=table.text("owner"),
        citation=table.text("citation"),
        licence=table.text("licence"),
        source=table.text("source", ""),
        min_age=table.whole("min_age"),
        max_age=table.whole("max_age"),
        weeks=table.whole("weeks"),
        items=_each(table, "items", ITEM, _item),
        scores=_each(table, "scores", SCORE, _score),
        forms=_each(table, "forms", FORM, _form),
        has_wording=table.flag("has_wording"),
        needs_terms=table.flag("needs_terms"),
        terms=table.text("terms", ""),
        is_programme_made=table.flag("is_programme_made"),
        is_off=table.flag("is_off"),
    )
    check(definition)
    return definition


def _each(
    table: Table,
    key: str,
    known: tuple[str, ...],
    make: Callable[[Table], T],
    *,
    needed: bool = True,
) -> tuple[T, ...]:
    return tuple(
        make(Table(row, f"{table.at(key)}[{number}]", known))
        for number, row in enumerate(table.rows(key, needed=needed), start=1)
    )


def _item(table: Table) -> Item:
    return Item(
        id=table.name("id"),
        low=table.whole("low"),
        high=table.whole("high"),
        reverse=table.flag("reverse"),
        subscale=table.name("subscale", ""),
        min_age=table.whole("min_age") if "min_age" in table.data else None,
    )


def _score(table: Table) -> Score:
    items = table.names("items")
    return Score(
        id=table.name("id"),
        label=table.text("label"),
        items=items,
        method=table.choice("method", Method),
        minimum_answered=table.whole("minimum_answered", len(items)),
        low=table.number("low"),
        high=table.number("high"),
        direction=table.choice("direction", Direction, Direction.HIGHER),
        decimals=table.whole("decimals", 0),
        table=_conversion(table),
        bands=_each(table, "bands", BAND, _band, needed=False),
        norms=_each(table, "norms", NORM, _norm, needed=False),
        reliability=table.number("reliability") if "reliability" in table.data else None,
        reliability_source=table.text("reliability_source", ""),
        is_check=table.flag("is_check"),
    )


def _conversion(table: Table) -> Mapping[int, Decimal]:
    rows = table.data.get("table", {})
    inner = Table(rows, table.at("table"), rows if isinstance(rows, Mapping) else ())
    for key in inner.data:
        if not key.isdecimal():
            raise inner.wrong(key, "is not a raw sum")
    return MappingProxyType({int(key): inner.number(key) for key in inner.data})


def _band(table: Table) -> Band:
    return Band(
        id=table.name("id"),
        label=table.text("label"),
        low=table.number("low"),
        high=table.number("high"),
    )


def _norm(table: Table) -> Norm:
    return Norm(
        population=table.text("population"),
        mean=table.number("mean"),
        sd=table.number("sd"),
        source=table.text("source"),
        functional=table.flag("functional"),
    )


def _form(table: Table) -> Form:
    return Form(
        id=table.name("id"),
        label=table.text("label", ""),
        respondent=table.choice("respondent", Respondent, Respondent.SELF),
        min_age=table.whole("min_age"),
        max_age=table.whole("max_age"),
        scale=table.choice("scale", Scale, Scale.WORDS),
        edition=table.name("edition", "en-gb"),
    )
