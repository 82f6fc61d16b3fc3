"""Words in editions: what is overlaid, what stays English, and how the page says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from activities.models import ActivityText
from hubs.templatetags.wording import lang_of
from hubs.wording import (
    EASY_READ,
    SOURCE,
    Edition,
    Variant,
    catalogue_of,
    current_edition,
    edition_of,
    is_said,
    put_into_words,
)
from tests.factories import make_activity

POLISH = Edition("pl")


@pytest.mark.parametrize(
    ("code", "edition"),
    [("en-gb", SOURCE), ("en-easy", EASY_READ), ("pl", POLISH), (None, SOURCE), ("", SOURCE)],
)
def test_edition_of_a_code(code: str | None, edition: Edition) -> None:
    assert edition_of(code) == edition


def test_easy_read_is_english_in_another_variant() -> None:
    assert Edition("en-gb", Variant.EASY_READ) == EASY_READ
    assert EASY_READ.is_easy_read
    assert not EASY_READ.is_source
    assert SOURCE.is_source


def test_current_edition_is_of_the_page() -> None:
    with override("ur"):
        assert current_edition() == Edition("ur")
    with override("en-easy"):
        assert current_edition() == EASY_READ


@pytest.mark.django_db
class TestPutIntoWords:
    def test_overlays_what_there_is_and_leaves_the_rest(self) -> None:
        activity = make_activity(title="Art club", summary="Painting.", access="Step free.")
        ActivityText.objects.create(activity=activity, language="pl", title="Klub plastyczny")
        put_into_words([activity], ActivityText, "activity", POLISH)
        assert (activity.title, activity.summary) == ("Klub plastyczny", "Painting.")
        with override("pl"):
            assert is_said(activity, "title")
            assert lang_of(activity, "title") == ""
            assert not is_said(activity, "summary")
            assert lang_of(activity, "summary") == ' lang="en-GB" dir="ltr"'

    def test_other_languages_variants_and_objects_do_not_leak_in(self) -> None:
        activity, other = make_activity(title="Art club"), make_activity(title="Boxing")
        ActivityText.objects.create(activity=activity, language="sk", title="Sk")
        ActivityText.objects.create(activity=activity, language="pl", variant="easy", title="Easy")
        ActivityText.objects.create(activity=other, language="pl", title="Boks")
        put_into_words([activity, other], ActivityText, "activity", POLISH)
        assert [activity.title, other.title] == ["Art club", "Boks"]

    def test_easy_read_falls_back_to_standard_english_without_a_word(self) -> None:
        activity = make_activity(title="Art club", summary="Painting and printing.")
        ActivityText.objects.create(
            activity=activity, language="en-gb", variant="easy", summary="You paint."
        )
        put_into_words([activity], ActivityText, "activity", EASY_READ)
        assert (activity.title, activity.summary) == ("Art club", "You paint.")
        with override("en-easy"):
            assert lang_of(activity, "title") == ""

    @pytest.mark.parametrize("number", [1, 3])
    def test_one_query_for_any_number(self, number: int, django_assert_num_queries: Any) -> None:
        activities = [make_activity() for _ in range(number)]
        with django_assert_num_queries(1):
            put_into_words(activities, ActivityText, "activity", POLISH)
        with django_assert_num_queries(0):
            put_into_words(activities, ActivityText, "activity", SOURCE)
            put_into_words([], ActivityText, "activity", POLISH)

    def test_says_whether_a_speaker_checked_the_words(self) -> None:
        checked, unchecked, without = make_activity(), make_activity(), make_activity()
        ActivityText.objects.create(
            activity=checked, language="pl", title="A", checked_by="A speaker"
        )
        ActivityText.objects.create(activity=unchecked, language="pl", title="B")
        put_into_words([checked, unchecked, without], ActivityText, "activity", POLISH)
        assert [each.is_wording_checked for each in (checked, unchecked, without)] == [
            True, False, True,
        ]  # fmt: skip


def test_an_object_that_nobody_put_into_words_is_english() -> None:
    with override("pl"):
        assert lang_of(object(), "title") == ' lang="en-GB" dir="ltr"'
    assert lang_of(object(), "title") == ""


def test_a_catalogue_has_a_fingerprint() -> None:
    assert len(catalogue_of("pl")) == 64
    assert catalogue_of("pl") != catalogue_of("cs")
    with pytest.raises(OSError, match="xx"):
        catalogue_of("xx")


@given(st.text(max_size=12))
def test_any_code_gives_an_edition(code: str) -> None:
    assert edition_of(code).language
