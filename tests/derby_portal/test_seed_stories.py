"""The seed's stories and figures."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import call_command
from PIL import Image

from derby_portal.seeding.chance import chance
from derby_portal.seeding.dates import london
from derby_portal.seeding.stories import STORIES, add_stories, artwork
from evaluation.models import ReleasedFigure, Story, StoryPicture, StoryState
from hubs.models import Hub

TODAY = dt.date(2026, 5, 12)
NOW = london(TODAY, dt.time(12))


@pytest.mark.django_db
def test_there_is_something_of_every_kind_once() -> None:
    call_command(
        "seed", today=TODAY, with_sign_ins=True, stdout=io.StringIO(), stderr=io.StringIO()
    )
    stories = list(Story.objects.all())
    states = [story.state(NOW) for story in stories]
    assert states.count(StoryState.DRAFT) == states.count(StoryState.WAITING) == 1
    assert states.count(StoryState.SHOWN) == len(STORIES) - 2
    places = {story.ward or story.hub for story in stories}
    assert {hub.ward or hub for hub in Hub.objects.all()} <= places
    assert all(picture.file.size < 60_000 for picture in StoryPicture.objects.all())
    public = ReleasedFigure.objects.public()
    assert public.get(indicator="hubs_active").value == "10"
    assert public.get(indicator="roadshows").value == "5"
    assert public.filter(indicator="attendances", hub__slug="abbey").count() == 4
    assert not public.filter(value__contains="<").exists()
    assert add_stories(TODAY) == 0


def test_a_drawing_is_the_same_every_time() -> None:
    first, again = (artwork(chance("artwork", "x")).getvalue() for _ in range(2))
    assert first == again
    with Image.open(io.BytesIO(first)) as image:
        assert image.size == (1000, 500)
