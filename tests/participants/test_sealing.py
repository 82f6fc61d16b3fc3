"""Envelopes: they open for the portal alone, for what they were sealed for, and whole."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from participants.sealing import SealError, open_sealed, public_key
from tests.participants.envelopes import decode, encode, seal


@given(plain=st.binary(max_size=300), bound_to=st.text(max_size=80))
def test_what_was_sealed_opens(plain: bytes, bound_to: str) -> None:
    assert open_sealed(seal(plain, bound_to, public_key()), bound_to) == plain


def test_two_envelopes_of_the_same_have_nothing_in_common() -> None:
    first, second = (seal(b"Sample", "x", public_key()) for _ in range(2))
    assert all(first[name] != second[name] for name in ("ephemeral", "iv", "data"))
    assert b"Sample" not in decode(first["data"])


def test_it_opens_nowhere_else() -> None:
    sealed = seal(b"Sample", "session/one", public_key())
    with pytest.raises(SealError, match="changed, or belongs elsewhere"):
        open_sealed(sealed, "session/two")


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_bit_is_seen(data: st.DataObject) -> None:
    sealed = seal(b"Sample", "x", public_key())
    name = data.draw(st.sampled_from(["ephemeral", "iv", "data"]))
    raw = bytearray(decode(sealed[name]))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        open_sealed(sealed | {name: encode(bytes(raw))}, "x")


@pytest.mark.parametrize(
    "change",
    [
        {"data": "\N{SNOWMAN}"},
        {"data": "a"},
        {"data": ""},
        {"iv": ""},
        {"ephemeral": ""},
        {"ephemeral": encode(b"\x04" + bytes(64))},
        {"extra": "x"},
        {"iv": 1},
    ],
    ids=str,
)
def test_what_is_no_envelope(change: dict[str, Any]) -> None:
    with pytest.raises(SealError):
        open_sealed(seal(b"x", "x", public_key()) | change, "x")


def test_the_key_follows_from_the_secret_and_a_former_one_still_opens(settings: Any) -> None:
    former = public_key()
    sealed = seal(b"Sample", "x", former)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, long enough to be one"
    assert public_key() != former
    assert open_sealed(sealed, "x") == b"Sample"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(SealError, match="a key that is not used any more"):
        open_sealed(sealed, "x")


def test_the_public_key_is_a_point_as_browsers_take_it() -> None:
    key = public_key()
    assert set(key) == {"id", "x", "y"}
    assert re.fullmatch("[0-9a-f]{16}", key["id"])
    assert all(len(decode(key[name])) == 32 for name in ("x", "y"))
