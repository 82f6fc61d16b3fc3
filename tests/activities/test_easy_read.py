"""Easy Read's pictures."""

from __future__ import annotations

import pytest
from django.template import Context, Template

from activities.models import AccessNeed, BringItem, Kind
from activities.templatetags import easy_read


@pytest.mark.parametrize("choice", [*Kind, *BringItem, *AccessNeed])
def test_every_choice_has_a_picture(choice: str) -> None:
    picture = easy_read.picture(easy_read.picture_of(choice))
    assert picture.startswith("<svg")
    assert 'class="picture"' in picture
    assert 'aria-hidden="true"' in picture


def test_a_value_from_the_database_will_do() -> None:
    assert easy_read.picture_of("water") == easy_read.picture_of(BringItem.WATER) == "bottle"


def test_an_idea_is_a_picture_a_question_and_words() -> None:
    text = '{% load easy_read %}{% idea "clock" title %}<p>{{ words }}</p>{% endidea %}'
    html = Template(text).render(Context({"title": "When & why?", "words": "<now>"}))
    assert '<h2 class="idea__title">When &amp; why?</h2><p>&lt;now&gt;</p></div></div>' in html
    assert html.startswith('<div class="idea"><div class="idea__picture"><svg')


def test_an_idea_may_do_without_a_question() -> None:
    html = Template('{% load easy_read %}{% idea "clock" %}<p>Now.</p>{% endidea %}').render(
        Context()
    )
    assert "<h2" not in html
