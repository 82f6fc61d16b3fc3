"""What seals concerns: own keys, own rows."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import pytest

from derby_portal.local.folders import random_key
from participants.concern_keys import (
    NO_KEYS,
    NOT_A_KEY,
    NOT_THEIR_OWN,
    SAME_TWICE,
    ConcernKeyError,
    check_keys,
    is_newest,
    reseal,
    seal,
    unseal,
)

SECRET = "a secret key of the installation that is long enough 0123456789"
WORDS = {"saw": "Something, with “quotes” and ünïcode"}


def fernet_key(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def test_what_is_sealed_opens_for_its_row_and_shows_nothing() -> None:
    row = uuid.uuid4()
    token = seal(row, WORDS)
    assert unseal(row, token) == WORDS
    assert "Something" not in token
    assert seal(row, WORDS) != token


def test_a_token_copied_to_another_row_does_not_open() -> None:
    token = seal(uuid.uuid4(), WORDS)
    with pytest.raises(ConcernKeyError, match="another row"):
        unseal(uuid.uuid4(), token)


def test_a_changed_token_does_not_open() -> None:
    row = uuid.uuid4()
    token = seal(row, WORDS)
    changed = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    with pytest.raises(ConcernKeyError, match="None of the keys"):
        unseal(row, changed)


def test_older_keys_open_and_the_newest_seals(settings: Any) -> None:
    row, old, new = uuid.uuid4(), random_key(), random_key()
    settings.CONCERN_KEYS = [old]
    token = seal(row, WORDS)
    settings.CONCERN_KEYS = [new, old]
    assert unseal(row, token) == WORDS
    assert not is_newest(token)
    renewed = reseal(token)
    assert is_newest(renewed)
    settings.CONCERN_KEYS = [new]
    assert unseal(row, renewed) == WORDS
    for lost in (lambda: unseal(row, token), lambda: reseal(token)):
        with pytest.raises(ConcernKeyError, match="None of the keys"):
            lost()


def test_without_keys_nothing_is_sealed(settings: Any) -> None:
    settings.CONCERN_KEYS = []
    with pytest.raises(ConcernKeyError, match="CONCERN_KEYS"):
        seal(uuid.uuid4(), WORDS)


KEY = fernet_key(b"k" * 32)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ([], NO_KEYS),
        (["short"], NOT_A_KEY),
        ([SECRET], NOT_A_KEY),
        (["ÿ" * 44], NOT_A_KEY),
        ([KEY, KEY], SAME_TWICE),
        ([KEY, fernet_key(SECRET.encode()[:32])], NOT_THEIR_OWN),
        ([fernet_key(SECRET.encode()[-32:])], NOT_THEIR_OWN),
        ([fernet_key(hashlib.sha256(SECRET.encode()).digest())], NOT_THEIR_OWN),
        ([fernet_key(hashlib.sha512(SECRET.encode()).digest()[:32])], NOT_THEIR_OWN),
        ([fernet_key(hashlib.sha256(SECRET.encode()).hexdigest()[:32].encode())], NOT_THEIR_OWN),
    ],
    ids=str,
)
def test_keys_that_are_refused(keys: list[str], problem: str) -> None:
    with pytest.raises(ConcernKeyError) as error:
        check_keys(keys, ["another", SECRET])
    assert str(error.value) == problem


def test_a_secret_that_is_itself_a_key_cannot_be_one_of_them() -> None:
    with pytest.raises(ConcernKeyError, match="keys of their own"):
        check_keys([KEY], [KEY])


def test_good_keys() -> None:
    check_keys([KEY, random_key()], [SECRET, ""])
