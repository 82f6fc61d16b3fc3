"""The frozen snapshot: canonical bytes and their hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FrozenBody:
    """Canonical JSON text of a snapshot body and the SHA-256 of its UTF-8 bytes, in hex."""

    text: str
    sha256: str


def freeze(body: dict[str, Any]) -> FrozenBody:
    """Bring a body to its one canonical text: sorted keys, no spaces, no floating point.

    Raises:
        TypeError: the body holds something else than text, whole numbers, true, false, null,
            lists and dictionaries. Decimals are given as text, since floats have no one spelling.
    """
    _refuse_floats(body)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return FrozenBody(text, digest(text))


def digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def thaw(text: str, sha256: str) -> dict[str, Any]:
    """Read a body back.

    Raises:
        ValueError: the text is not the one that was frozen.
    """
    if digest(text) != sha256:
        raise ValueError("The snapshot's text does not match its hash.")
    body: dict[str, Any] = json.loads(text)
    return body


def _refuse_floats(value: object) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_floats(item)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"A snapshot cannot hold {type(value).__name__}.")
