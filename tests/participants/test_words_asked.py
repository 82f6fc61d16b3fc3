"""What is asked for consent: every purpose in every edition, and never another word."""

from __future__ import annotations

import hashlib

import pytest
from django.conf import settings

from participants.models import Purpose
from participants.words_asked import FOLDER, current_version, words_of

# A version that somebody was shown stays as it is. Other words are another file.
HASHES = {
    "emergency.1": "054704dbf08a2162d4850b1cac10ed115d97a3cb4de8e19764e0b7ce2a1480c1",
    "messages.1": "547dc45b4f8370634ecf7409d7a3ce52da5f304cd496b8689a0769110384e1cc",
    "photos_inside.1": "66634e2f4bc8c0966634ad2fe3b79626e0142e63e4eef4ed7128b216f64934f3",
    "photos_public.1": "24949b2ebd3d3471dbba9d2fe122ad3ecb4c9fade0629f9cfaefb2e7b038dd29",
    "share_school.1": "cc7bd43d8d9ca31d900d64e921ed78b59845c1824f0c0a142c44173c96f02a82",
    "share_univ.1": "bc1527e4e5ae171f15a44be488fe565d5d1f48cd814037f80c447fcfc0cc1d42",
    "surveys.1": "40b94719ec0fa1b8fcf2596c185727db1a0a3ee04e0c7424f6c83bd93b74e9df",
    "taking_part.1": "20ab08c975af8211941efe63487a18e577ecf4ef39bfb2f13d55d08c7446972a",
    "words_public.1": "6ed37072db16fc1027ec811c13e7456033524096e2a0ffb2b17f5dac6efe80fd",
    "words_reports.1": "5c00aec37cbcc7ea184bf6a038511aafbcd4aadc6595424164bf328968ed856b",
}


def test_no_version_changes_and_none_is_without_a_hash() -> None:
    found = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.toml")
    }
    assert found == HASHES


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_purpose_is_asked_in_every_edition(purpose: Purpose, language: str) -> None:
    words = words_of(purpose, language)
    assert words.version == current_version(purpose) == 1
    assert words.question.strip()
    assert words.text.strip()


def test_an_edition_that_is_not_there_is_not_made_up() -> None:
    with pytest.raises(KeyError):
        words_of(Purpose.SURVEYS, "de")


def test_nobody_is_asked_in_english_by_another_name() -> None:
    for purpose in Purpose:
        texts = [words_of(purpose, code).question for code, _ in settings.LANGUAGES]
        assert len(set(texts)) == len(texts)
