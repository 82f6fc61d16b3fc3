"""Words of the other languages of the site, as a search takes them."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext, override

from activities.queries.other_words import bare_words, in_english


@pytest.mark.parametrize("language", ["pl", "pa", "ur", "sk", "ro", "cs", "lv"])
def test_what_the_search_box_suggests_is_understood(language: str) -> None:
    with override(language):
        suggested = bare_words(gettext("Football, dance …"))
    assert {in_english(word) for word in suggested} == {"football", "dance"}


def test_a_word_that_is_no_others_stays() -> None:
    assert [in_english(word) for word in bare_words("Déda DRUMS")] == ["deda", "drums"]
