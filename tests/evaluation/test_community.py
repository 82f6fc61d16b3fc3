"""The public pages of communities and of the story so far."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation.models import Quote, ReleasedFigure, Story
from evaluation.queries import community as queries
from hubs.models import Hub, Ward
from hubs.wording import SOURCE
from participants.models import Purpose
from tests import factories
from tests.pages import Page

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def ward_page(client: Client, slug: str, **data: Any) -> Page:
    return Page(client.get(reverse("community:community_ward", kwargs={"slug": slug}), data))


@pytest.fixture
def normanton() -> Ward:
    return factories.make_ward(name="Normanton", slug="normanton", population_5_to_18=4792)


@pytest.fixture
def hub(normanton: Ward) -> Hub:
    return factories.make_hub(name="Normanton", slug="normanton", ward=normanton)


def make_figure(**fields: Any) -> ReleasedFigure:
    defaults: dict[str, Any] = {
        "indicator": "attendances",
        "label": "Attendances",
        "value": "1,840",
        "amount": 1840,
        "first_day": dt.date(2018, 9, 25),
        "last_day": dt.date(2019, 7, 13),
        "source": "#ThisIsDerby registers",
    }
    return ReleasedFigure.objects.create(**(defaults | fields))


def make_words(hub: Hub) -> Quote:
    """A young person's words that everybody may read."""
    child = factories.make_participant(hub=hub)
    factories.make_consent(child, Purpose.WORDS_PUBLIC)
    return factories.make_quote(child, hub=hub, checked_at=timezone.now())


def make_story(**fields: Any) -> Story:
    defaults = {
        "title": "Feathers",
        "summary": "In short.",
        "body": "At length.",
        "published_at": timezone.now() - HOUR,
    }
    return Story.objects.create(**(defaults | fields))


def test_every_ward_and_the_send_hub_are_listed_those_with_hubs_first(
    client: Client, hub: Hub
) -> None:
    factories.make_ward(name="Allestree", slug="allestree")
    factories.make_ward(name="Of other boundaries", boundary_year=2023)
    factories.make_hub(name="SEND", slug="send", kind="send")
    factories.make_hub(name="Closed", is_open=False, ward=factories.make_ward(name="Zoo"))
    found = queries.communities(timezone.now())
    assert [each.name for each in found.with_hub] == ["Normanton", "SEND"]
    assert [each.name for each in found.without_hub] == ["Allestree", "Zoo"]
    page = Page(client.get(reverse("community:community_list")))
    assert "/community/send/" in page.links
    assert "/community/allestree/" in page.links


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_story(ward=factories.make_hub().ward)
    with django_assert_num_queries(4):
        page = Page(client.get(reverse("community:community_list")))
    assert page.text.count("1 story") == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_a_community_costs_the_same_however_much_there_is(
    client: Client, hub: Hub, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    activity = factories.make_activity(hub=hub)
    for number in range(rows):
        make_story(ward=hub.ward)
        make_figure(
            programme=factories.make_programme(), hub=hub, last_day=dt.date(2019, 1, 1 + number)
        )
        factories.make_session(activity=activity, starts_at=timezone.now() + (number + 1) * HOUR)
        make_words(hub)
    with django_assert_num_queries(10):
        page = ward_page(client, "normanton")
    assert page.count("figure[own-words__one]") == rows
    assert page.count("article[story-card]") == rows
    assert page.count("li[next-session]") == rows


def test_a_community_shows_its_own_and_nothing_else(client: Client, hub: Hub) -> None:
    other = factories.make_hub()
    make_story(title="Ours", ward=hub.ward)
    make_story(title="Theirs", ward=other.ward)
    make_story(title="Of all", ward=None)
    make_figure(hub=hub, value="625")
    make_figure(hub=other, value="777")
    make_figure(value="9,990")
    make_figure(hub=hub, value="333", indicator="sessions", withdrawn_at=timezone.now())
    page = ward_page(client, "normanton")
    assert "Ours" in page.text
    assert "625" in page.text
    for hidden in ("Theirs", "Of all", "777", "9,990", "333"):
        assert hidden not in page.text
    assert "4,792 people aged 5 to 18" in page.text


def test_the_send_hub_has_a_page_of_its_own(client: Client) -> None:
    send = factories.make_hub(name="SEND", slug="send", kind="send")
    make_story(title="Film night", hub=send)
    page = ward_page(client, "send")
    assert page.status == 200
    assert "Film night" in page.text
    assert "wherever in Derby they live" in page.text


def test_a_ward_without_a_hub_names_the_nearest_and_welcomes(client: Client, hub: Hub) -> None:
    for name in ("Derwent", "Chaddesden", "Boulton"):
        factories.make_hub(name=name, ward=factories.make_ward(name=name))
    oakwood = factories.make_ward(name="Oakwood", slug="oakwood")
    nearest = queries.nearest_hubs(oakwood, SOURCE)
    assert [each.name for each in nearest] == ["Derwent", "Chaddesden", "Normanton"]
    page = ward_page(client, "oakwood")
    assert "everybody is welcome" in page.text
    assert "/hubs/derwent/" in page.links


def test_a_ward_that_nobody_knows_the_place_of_still_has_a_page(client: Client) -> None:
    factories.make_ward(name="Somewhere", slug="somewhere")
    assert ward_page(client, "somewhere").status == 200


@pytest.mark.parametrize("slug", ["nowhere", "closed"])
def test_other_places_are_not_found(client: Client, slug: str) -> None:
    factories.make_hub(name="closed", slug="closed", kind="send", is_open=False)
    assert ward_page(client, slug).status == 404


@pytest.mark.parametrize("page_number", ["0", "-1", "99999999999", "x", "\x00"])
def test_strange_page_numbers_give_a_page(client: Client, hub: Hub, page_number: str) -> None:
    assert ward_page(client, "normanton", page=page_number).status == 200


def test_what_is_cancelled_over_or_unconfirmed_is_not_next(client: Client, hub: Hub) -> None:
    now = timezone.now()
    activity = factories.make_activity(hub=hub)
    factories.make_session(activity=activity, starts_at=now + HOUR, cancelled_at=now)
    factories.make_session(activity=activity, starts_at=now - 9 * HOUR)
    long_ago = now - dt.timedelta(days=60)
    factories.make_session(activity=activity, starts_at=now + HOUR, listed_at=long_ago)
    assert ward_page(client, "normanton").count("li[next-session]") == 0


def test_figures_of_separate_periods_are_drawn_beside_their_table(client: Client) -> None:
    make_figure()
    make_figure(value="800", amount=800, last_day=dt.date(2018, 12, 31))
    make_figure(value="1,040", amount=1040, first_day=dt.date(2019, 1, 1))
    page = Page(client.get(reverse("community:story_so_far")))
    assert page.texts_of("stat__value") == ["1,840"]
    assert page.count("svg[chart]") == 1
    assert page.texts_of("table__number") == ["Attendances", "800", "1,040"]
    assert "Attendances are not people." in page.text


def test_figures_of_one_programme_need_no_name(client: Client) -> None:
    make_figure(programme=factories.make_programme(name="Plus One"))
    page = Page(client.get(reverse("community:story_so_far")))
    assert page.texts_of("stat__value") == ["1,840"]
    assert "Plus One" not in page.text


@pytest.mark.parametrize("prefix", ["", "/en-easy", "/ur"])
def test_figures_of_several_programmes_stand_under_their_names(client: Client, prefix: str) -> None:
    later, first = (factories.make_programme(name=name) for name in ("Plus One", "Culture"))
    for programme, total in ((later, 60), (first, 1840)):
        make_figure(programme=programme, value=f"{total:,}", amount=total)
        for day in (1, 2):
            make_figure(
                programme=programme, value="30", amount=30,
                first_day=dt.date(2018, 1, day), last_day=dt.date(2018, 1, day),
            )  # fmt: skip
    page = Page(client.get(f"{prefix}/story-so-far/"))
    places = [page.text.index(words) for words in ("Culture", "840", "Plus One")]
    assert places == sorted(places)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    if not prefix:
        assert page.texts_of("stat__value") == ["1,840", "60"]
        assert page.text.count("Attendances are not people.") == 1


def test_numbers_are_grouped_as_the_language_does(client: Client) -> None:
    make_figure(value="12,345", amount=12345)
    make_figure(value="82 %", amount=82, indicator="attendance_rate")
    page = Page(client.get("/pl/story-so-far/"))
    assert page.texts_of("stat__value") == ["12\xa0345".replace("\xa0", " "), "82 %"]
    assert "12,345" in client.get("/en-easy/story-so-far/").content.decode()


@pytest.mark.parametrize("prefix", ["", "/en-easy"])
def test_a_story_links_to_no_page_that_is_not_there(client: Client, prefix: str) -> None:
    closed = factories.make_hub(name="SEND", slug="send", kind="send", is_open=False)
    old = factories.make_ward(name="Old ward", slug="old", boundary_year=2023)
    for story in (make_story(hub=closed), make_story(ward=old)):
        page = Page(client.get(f"{prefix}/stories/{story.pk}/"))
        inside = [each for each in page.links if each.startswith("/")]
        assert [each for each in inside if client.get(each).status_code == 404] == []
        assert prefix or str(story.ward or story.hub) in page.texts_of("band__kicker")


def test_a_story_links_to_its_community(client: Client, hub: Hub) -> None:
    send = factories.make_hub(name="SEND", slug="send", kind="send")
    for story, address in (
        (make_story(ward=hub.ward), "/community/normanton/"),
        (make_story(hub=send), "/community/send/"),
        (make_story(), "/story-so-far/"),
    ):
        assert address in Page(client.get(f"/stories/{story.pk}/")).links


@pytest.mark.parametrize("rows", [1, 3])
def test_a_story_costs_the_same_however_many_others_there_are(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ward = factories.make_ward()
    story, *_ = [make_story(ward=ward) for _ in range(rows + 1)]
    with django_assert_num_queries(5):
        page = Page(client.get(reverse("community:story_detail", kwargs={"pk": story.pk})))
    assert page.count("article[story-card]") == rows


def test_one_period_is_not_drawn() -> None:
    make_figure()
    (series,) = queries.figures_of(ReleasedFigure.objects.public())
    assert series.earlier == ()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_story_so_far_costs_the_same_however_long(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        make_story(ward=factories.make_ward())
        make_figure(programme=factories.make_programme(), last_day=dt.date(2019, 1, 1 + number))
        make_words(factories.make_hub())
    with django_assert_num_queries(6):
        page = Page(client.get(reverse("community:story_so_far")))
    assert page.count("figure[own-words__one]") == rows
    assert page.count("article[story-card]") == rows


@pytest.mark.parametrize("prefix", ["", "/en-easy", "/pl", "/ur"])
@pytest.mark.parametrize("path", ["/community/", "/community/normanton/", "/story-so-far/"])
def test_every_edition_is_public_and_without_cookies(
    client: Client, hub: Hub, prefix: str, path: str
) -> None:
    story = make_story(ward=hub.ward)
    make_figure()
    make_figure(hub=hub)
    for address in (f"{prefix}{path}", f"{prefix}/stories/{story.pk}/"):
        page = Page(client.get(address))
        assert page.status == 200
        assert "Set-Cookie" not in page.response
        assert "Cookie" not in page.response.get("Vary", "")
        assert page.inline == []


def test_a_kept_page_forgets_a_story_at_once(client: Client, pages_are_kept: None) -> None:
    story = make_story()
    address = reverse("community:story_so_far")
    assert "Feathers" in Page(client.get(address)).text
    Story.objects.filter(pk=story.pk).update(withdrawn_at=timezone.now())
    assert "Feathers" not in Page(client.get(address)).text
