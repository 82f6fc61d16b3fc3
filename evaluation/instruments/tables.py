"""Tables of a file, read key by key: every mistake says where it is and what was expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from evaluation.instruments.errors import DefinitionError

E = TypeVar("E", bound=StrEnum)
NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class Table:
    """A table at `path`, in which only `known` keys may stand.

    Every method raises `DefinitionError` for a key that is missing (unless `default` is given) or
    holds something else than expected.
    """

    def __init__(self, data: object, path: str, known: Collection[str]) -> None:
        self.path = path
        if not isinstance(data, Mapping):
            raise DefinitionError("", path, "is not a table")
        self.data: Mapping[str, Any] = data
        for key in data:
            if key not in known:
                raise self.wrong(key, "is not a known key")

    def wrong(self, key: str, reason: str) -> DefinitionError:
        """The mistake at a key of this table."""
        return DefinitionError("", self.at(key), reason)

    def at(self, key: str) -> str:
        """The way to a key of this table."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str, default: str | None = None) -> str:
        """Words; empty only where there is a default."""
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "is not text")
        if not value.strip() and default is None:
            raise self.wrong(key, "is empty")
        return value

    def name(self, key: str, default: str | None = None) -> str:
        """An id: lower-case letters, digits, hyphens and underscores."""
        value = self.text(key, default)
        if not NAME_CHARACTERS.issuperset(value) or len(value) > 60:
            raise self.wrong(key, "is not an id (a-z, 0-9, - and _, at most 60)")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "is not a whole number")
        return value

    def number(self, key: str) -> Decimal:
        """A number, exactly as it is written."""
        return self.exact(key, self._get(key, None))

    def exact(self, key: str, value: object) -> Decimal:
        """A value found at a key, as a number."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.wrong(key, "is not a number")
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise self.wrong(key, "is not a number") from None
        if not number.is_finite():
            raise self.wrong(key, "is not a number")
        return number

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "is not true or false")
        return value

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """One of a fixed list."""
        value = self.text(key, default)
        if value not in list(kind):
            raise self.wrong(key, "is none of " + ", ".join(kind))
        return kind(value)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of ids, none of them twice."""
        values = self.rows(key)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "is not a list of ids")
        self.refuse_twice(key, values)
        return tuple(values)

    def rows(self, key: str, *, needed: bool = True) -> list[Any]:
        """A list; empty only where it is not needed."""
        values = self._get(key, None if needed else [])
        if not isinstance(values, list):
            raise self.wrong(key, "is not a list")
        if needed and not values:
            raise self.wrong(key, "is empty")
        return values

    def refuse_twice(self, key: str, values: Collection[str]) -> None:
        """Raises DefinitionError where an id stands in a list twice."""
        seen: set[str] = set()
        for value in values:
            if value in seen:
                raise self.wrong(key, f"has {value!r} twice")
            seen.add(value)

    def _get(self, key: str, default: object) -> Any:
        if key in self.data:
            return self.data[key]
        if default is None:
            raise self.wrong(key, "is missing")
        return default
