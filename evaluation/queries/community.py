"""Reads of what the public is told: communities, stories and released figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from django.core.paginator import Page, Paginator

from activities.models import ActivityText, Programme, Session
from evaluation.indicators import INDICATORS
from evaluation.models import FigureQuerySet, ReleasedFigure, Story, StoryQuerySet, StoryText
from evaluation.queries.quotes import PublicWords, public_words
from hubs.models import Hub, HubKind, HubText, Ward
from hubs.reference import BOUNDARY_YEAR, WARD_CENTRES
from hubs.wording import Edition, put_into_words

STORIES_PER_PAGE = 6
HIGHLIGHTS = 3
NEXT_SESSIONS = 4
NEAREST_HUBS = 3


@dataclass(frozen=True)
class Community:
    """A ward with its open hubs, or the SEND hub, which serves the whole city."""

    slug: str
    name: str
    ward: Ward | None
    hubs: tuple[Hub, ...]
    stories: int = 0

    @property
    def is_send(self) -> bool:
        return self.ward is None

    @property
    def story_hub(self) -> Hub | None:
        """The hub that stories are of, where they are not of a ward."""
        return self.hubs[0] if self.is_send else None


@dataclass(frozen=True)
class Communities:
    """Every community by name, those with a hub apart."""

    with_hub: list[Community]
    without_hub: list[Community]


@dataclass(frozen=True)
class WardFacts:
    """What is known of a ward. Small areas (LSOAs): how many, and how many of the worst fifth."""

    young_people: int | None
    areas: int | None
    deprived_areas: int | None


@dataclass(frozen=True)
class FigureSeries:
    """A programme's public figures of one indicator, oldest period first, and its definition."""

    programme: Programme | None
    indicator: str
    label: str
    definition: str
    figures: tuple[ReleasedFigure, ...]

    @property
    def key(self) -> str:
        """Names the series on a page: letters, digits and hyphens."""
        return f"{self.programme.slug}-{self.indicator}" if self.programme else self.indicator

    @property
    def latest(self) -> ReleasedFigure:
        """The figure of the period that ended last; of several, of the longest."""
        return max(self.figures, key=lambda each: (each.last_day, -each.first_day.toordinal()))

    @property
    def earlier(self) -> tuple[ReleasedFigure, ...]:
        """Figures of periods that do not run into each other, for drawing side by side."""
        return _side_by_side(self.figures)


@dataclass(frozen=True)
class CommunityPage:
    """Everything that a community's page shows."""

    community: Community
    stories: Page[Story]
    figures: list[FigureSeries]
    sessions: list[Session]
    nearest: list[Hub]
    facts: WardFacts | None
    quotes: list[PublicWords]


@dataclass(frozen=True)
class StorySoFar:
    """The whole programme: its figures, its newest stories and what young people say."""

    figures: list[FigureSeries]
    stories: list[Story]
    quotes: list[PublicWords]

    @property
    def indicators(self) -> list[FigureSeries]:
        """One series of each indicator, for saying how it is counted."""
        return list({each.indicator: each for each in self.figures}.values())


def communities(now: dt.datetime) -> Communities:
    """Every ward and the SEND hub, each with how many stories there are. Three queries."""
    wards = Ward.objects.filter(boundary_year=BOUNDARY_YEAR).order_by("name")
    hubs = list(Hub.objects.public())
    places = Story.objects.public(now).order_by().values_list("ward", "hub")
    stories: Counter[tuple[int | None, int | None]] = Counter(places)
    found = [_of_ward(ward, hubs, stories[ward.pk, None]) for ward in wards]
    send = [_of_hub(hub, stories[None, hub.pk]) for hub in hubs if hub.kind == HubKind.SEND]
    return Communities(
        [each for each in found if each.hubs] + send, [each for each in found if not each.hubs]
    )


def community_of(slug: str) -> Community | None:
    """The ward with that slug, else the SEND hub; None where there is neither."""
    ward = Ward.objects.filter(boundary_year=BOUNDARY_YEAR, slug=slug).first()
    if ward:
        return _of_ward(ward, list(Hub.objects.public().filter(ward=ward)))
    hub = Hub.objects.public().filter(kind=HubKind.SEND, slug=slug).first()
    return _of_hub(hub) if hub else None


def community_page(
    community: Community, now: dt.datetime, page_number: str | None, edition: Edition
) -> CommunityPage:
    """What a community's page shows, in an edition; the number of queries is always the same."""
    stories = Story.objects.public(now).of_place(community.ward, community.story_hub)
    page = Paginator(stories.prefetch_related("pictures"), STORIES_PER_PAGE).get_page(page_number)
    put_into_words(page, StoryText, "story", edition)
    return CommunityPage(
        community=community,
        stories=page,
        figures=figures_of(_figures().filter(hub__in=community.hubs)),
        sessions=next_sessions(community.hubs, now, edition),
        nearest=nearest_hubs(community.ward, edition)
        if community.ward and not community.hubs
        else [],
        facts=facts_of(community.ward) if community.ward else None,
        quotes=public_words(community.hubs),
    )


def story_so_far(now: dt.datetime, edition: Edition) -> StorySoFar:
    """The programme's public figures, and its newest stories and words from anywhere."""
    stories = list(_for_cards(Story.objects.public(now))[:HIGHLIGHTS])
    put_into_words(stories, StoryText, "story", edition)
    whole = _figures().filter(ward__isnull=True, hub__isnull=True)
    return StorySoFar(figures_of(whole), stories, public_words())


def community_of_story(story: Story) -> str | None:
    """The slug of the community that a story is of, where that has a page; no query.

    `story` comes with its ward and hub. A closed hub has no page, though its stories stay.
    """
    if story.ward:
        return story.ward.slug if story.ward.boundary_year == BOUNDARY_YEAR else None
    if story.hub and story.hub.is_open and story.hub.kind == HubKind.SEND:
        return story.hub.slug
    return None


def other_stories(story: Story, now: dt.datetime, edition: Edition) -> list[Story]:
    """The newest other stories of the same place."""
    same = Story.objects.public(now).of_place(story.ward, story.hub).exclude(pk=story.pk)
    stories = list(_for_cards(same)[:HIGHLIGHTS])
    put_into_words(stories, StoryText, "story", edition)
    return stories


def figures_of(figures: Iterable[ReleasedFigure]) -> list[FigureSeries]:
    """Public figures by programme, each in the order of the indicators; one query for a queryset.

    Programmes come by name.
    """
    found: defaultdict[tuple[Programme | None, str], list[ReleasedFigure]] = defaultdict(list)
    for figure in figures:
        found[figure.programme, figure.indicator].append(figure)
    programmes = sorted({each for each, _ in found}, key=lambda each: each.name if each else "")
    return [
        _series(programme, id_, found[programme, id_])
        for programme in programmes
        for id_ in INDICATORS
        if (programme, id_) in found
    ]


def next_sessions(hubs: Sequence[Hub], now: dt.datetime, edition: Edition) -> list[Session]:
    """The next sessions at these hubs that are confirmed and not cancelled, in an edition."""
    coming = Session.objects.public().listed(now).not_over(now).filter(cancelled_at__isnull=True)
    sessions = list(coming.filter(activity__hub__in=hubs).for_listing()[:NEXT_SESSIONS])
    put_into_words([each.activity for each in sessions], ActivityText, "activity", edition)
    return sessions


def nearest_hubs(ward: Ward, edition: Edition) -> list[Hub]:
    """The ward hubs nearest to the middle of a ward, as the crow flies; none where unknown."""
    here = WARD_CENTRES.get(ward.name)
    hubs = list(Hub.objects.public().filter(ward__isnull=False).select_related("ward"))
    if here is None:
        return []
    known = [(distance, hub) for hub in hubs if (distance := _distance(here, hub)) is not None]
    nearest = [hub for _, hub in sorted(known, key=lambda each: (each[0], each[1].name))]
    put_into_words(nearest[:NEAREST_HUBS], HubText, "hub", edition)
    return nearest[:NEAREST_HUBS]


def facts_of(ward: Ward) -> WardFacts:
    """What is known of a ward."""
    return WardFacts(ward.population_5_to_18, ward.lsoa_count, ward.lsoas_most_deprived_20pct)


def _for_cards(stories: StoryQuerySet) -> StoryQuerySet:
    return stories.select_related("ward", "hub").prefetch_related("pictures")


def _of_ward(ward: Ward, hubs: Iterable[Hub], stories: int = 0) -> Community:
    here = tuple(hub for hub in hubs if hub.ward_id == ward.pk)
    return Community(ward.slug, ward.name, ward, here, stories)


def _of_hub(hub: Hub, stories: int = 0) -> Community:
    return Community(hub.slug, hub.name, None, (hub,), stories)


def _figures() -> FigureQuerySet:
    return ReleasedFigure.objects.public().select_related("programme")


def _series(programme: Programme | None, id_: str, figures: list[ReleasedFigure]) -> FigureSeries:
    figures.sort(key=lambda each: (each.first_day, each.last_day))
    indicator = INDICATORS[id_]
    return FigureSeries(programme, id_, indicator.label, indicator.definition, tuple(figures))


def _side_by_side(figures: Sequence[ReleasedFigure]) -> tuple[ReleasedFigure, ...]:
    """The shortest periods that do not overlap; nothing where there is only one."""
    chosen: list[ReleasedFigure] = []
    for figure in sorted(figures, key=lambda each: (each.last_day - each.first_day, each.last_day)):
        apart = all(
            figure.last_day < each.first_day or each.last_day < figure.first_day for each in chosen
        )
        if apart and figure.amount is not None:
            chosen.append(figure)
    chosen.sort(key=lambda each: each.first_day)
    return tuple(chosen) if len(chosen) > 1 else ()


def _distance(here: tuple[float, float], hub: Hub) -> float | None:
    """Degrees of latitude between a place and a hub, or the middle of the hub's ward."""
    there = (hub.latitude, hub.longitude)
    if there[0] is None or there[1] is None:
        there = WARD_CENTRES.get(hub.ward.name if hub.ward else "", (None, None))
    latitude, longitude = there
    if latitude is None or longitude is None:
        return None
    return hypot(latitude - here[0], (longitude - here[1]) * cos(radians(here[0])))
