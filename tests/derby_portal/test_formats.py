"""Django's own formats of dates and numbers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import formats
from django.utils.translation import override


@pytest.mark.parametrize("language", ["en-gb", "en-easy"])
def test_english_and_easy_read_read_alike(language: str) -> None:
    day = dt.date(2019, 7, 13)
    with override(language):
        assert formats.date_format(day) == "Saturday 13 July 2019"
        assert formats.date_format(day, "SHORT_DATE_FORMAT") == "13 Jul 2019"
        assert formats.localize(1234.5) == "1234.5"


@pytest.mark.parametrize(
    ("language", "number"),
    [("pl", "1234,5"), ("pa", "1234.5"), ("ur", "1234.5"), ("sk", "1234,5"), ("lv", "1234,5")],
)
def test_decimals_follow_the_language(language: str, number: str) -> None:
    with override(language):
        assert formats.localize(1234.5) == number
