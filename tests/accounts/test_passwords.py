"""Passwords that are refused, without asking anybody outside."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.passwords import BREACHED, GUESSABLE, is_breached

GOOD = "gravel lantern 47 Pelican orbit"
NORA = User(name="Nora Lantern", email="nora.lantern@example.org")


def hashed(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def known(tmp_path: Path) -> Path:
    file = tmp_path / "hashes.txt"
    words = sorted(hashed(f"{GOOD} {number}") for number in range(1000))
    file.write_text("".join(f"{word}:{place}\r\n" for place, word in enumerate(words)))
    return file


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("passwordpassword", "password_guessable"),
        ("qwertyuiop12", "password_guessable"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "password_guessable"),
        ("thisisderby2019", "password_guessable"),
        ("NoraLantern12", "password_too_similar"),
        ("unbelievable", "password_guessable"),
    ],
)
def test_refused(password: str, code: str) -> None:
    with pytest.raises(ValidationError) as raised:
        validate_password(password, NORA)
    assert code in {error.code for error in raised.value.error_list}


@pytest.mark.parametrize(
    "password", [GOOD, "correct horse battery staple derby", "x7" + "Ω" * 3 + GOOD * 4]
)
def test_taken(password: str) -> None:
    validate_password(password, NORA)


def test_the_reason_is_in_plain_words() -> None:
    with pytest.raises(ValidationError, match=GUESSABLE[:30]):
        validate_password("qwertyuiop12", NORA)


def test_a_breached_one_is_refused_where_the_file_is_there(known: Path, settings: Any) -> None:
    validate_password(f"{GOOD} 7")
    settings.BREACHED_PASSWORDS = str(known)
    validate_password(GOOD)
    with pytest.raises(ValidationError, match=BREACHED[:20]):
        validate_password(f"{GOOD} 7")


def test_each_line_is_found_and_nothing_else(known: Path) -> None:
    assert all(is_breached(f"{GOOD} {number}", known) for number in range(1000))
    assert not any(is_breached(f"{GOOD} {number}", known) for number in range(1000, 2000))


@pytest.mark.parametrize("content", ["", "\n", f"{'0' * 40}:1\n", f"{'F' * 40}:1"])
def test_odd_files(content: str, tmp_path: Path) -> None:
    file = tmp_path / "hashes.txt"
    file.write_text(content)
    assert not is_breached(GOOD, file)


@given(known=st.sets(st.text(max_size=8), max_size=12), asked=st.text(max_size=8))
def test_found_if_and_only_if_it_is_there(
    known: set[str], asked: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("hashes") / "hashes.txt"
    file.write_text("".join(f"{word}:3\n" for word in sorted(map(hashed, known))))
    assert is_breached(asked, file) == (asked in known)
