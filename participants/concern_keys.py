"""Sealing what concerns say, under keys of their own.

Each value is a Fernet token (AES-128-CBC with HMAC-SHA-256) of JSON. The JSON names the row that
it belongs to, so a token that was copied to another row does not open there. `CONCERN_KEYS` holds
the keys, newest first: the first seals, all of them open. Whoever has the database and not these
keys, an administrator or the owner of the tables among them, reads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_BYTES = 32
NO_KEYS = "Set CONCERN_KEYS: without keys no concern can be written or read."
NOT_A_KEY = "CONCERN_KEYS holds something that is no Fernet key (32 bytes as URL-safe base64)."
SAME_TWICE = "CONCERN_KEYS holds the same key twice."
NOT_THEIR_OWN = "CONCERN_KEYS must be keys of their own: one of them is made from SECRET_KEY."


class ConcernKeyError(Exception):
    """Keys are missing or no good, or something sealed does not open with them."""


def check_keys(keys: Sequence[str], secrets: Sequence[str]) -> None:
    """Refuse keys that are none, stand there twice, or are or follow from one of the secrets.

    Of ways to derive one the usual ones are tried: the secret's own bytes, its beginning, its end,
    and its SHA-256, SHA-512 and BLAKE2b digests.

    Raises:
        ConcernKeyError: says what is wrong, and never a key.
    """
    if not keys:
        raise ConcernKeyError(NO_KEYS)
    raw = [_bytes_of(key) for key in keys]
    if len(set(raw)) < len(raw):
        raise ConcernKeyError(SAME_TWICE)
    if set(raw) & {made for secret in secrets for made in _made_from(secret)}:
        raise ConcernKeyError(NOT_THEIR_OWN)


def seal(row: UUID, words: dict[str, Any]) -> str:
    """A token of these words that opens for this row only, under the newest key."""
    data = json.dumps({"row": str(row), "words": words}, ensure_ascii=False)
    return _all_keys().encrypt(data.encode()).decode()


def unseal(row: UUID, token: str) -> dict[str, Any]:
    """The words that were sealed for this row.

    Raises:
        ConcernKeyError: no key opens it, it was changed, or it was sealed for another row.
    """
    try:
        opened = json.loads(_all_keys().decrypt(token.encode()))
    except InvalidToken:
        raise ConcernKeyError("None of the keys opens it.") from None
    if opened["row"] != str(row):
        raise ConcernKeyError("It was sealed for another row.")
    words: dict[str, Any] = opened["words"]
    return words


def is_newest(token: str) -> bool:
    """Whether the newest key opens the token."""
    try:
        _fernets()[0].decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def reseal(token: str) -> str:
    """The same words under the newest key; whoever does this never sees them.

    Raises:
        ConcernKeyError: none of the keys opens it.
    """
    try:
        return _all_keys().rotate(token.encode()).decode()
    except InvalidToken:
        raise ConcernKeyError("None of the keys opens it.") from None


def _all_keys() -> MultiFernet:
    return MultiFernet(_fernets())


def _fernets() -> list[Fernet]:
    # Only here: the settings themselves have their keys checked by this module.
    from django.conf import settings  # noqa: PLC0415

    if not settings.CONCERN_KEYS:
        raise ConcernKeyError(NO_KEYS)
    return [Fernet(key) for key in settings.CONCERN_KEYS]


def _bytes_of(key: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key.encode())
    except ValueError:
        raise ConcernKeyError(NOT_A_KEY) from None
    if len(raw) != KEY_BYTES:
        raise ConcernKeyError(NOT_A_KEY)
    return raw


def _made_from(secret: str) -> Iterator[bytes]:
    raw = secret.encode()
    yield raw[:KEY_BYTES].ljust(KEY_BYTES, b"\0")
    yield raw[-KEY_BYTES:]
    for name in ("sha256", "sha512", "blake2b"):
        digest = hashlib.new(name, raw)
        yield digest.digest()[:KEY_BYTES]
        yield digest.hexdigest()[:KEY_BYTES].encode()
    try:
        yield base64.urlsafe_b64decode(raw)
    except ValueError:
        return
