"""Reads of hubs and what is on there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from activities.days import Day, window_of_day
from activities.models import SaidDid, Session, SessionQuerySet, london_today
from activities.queries.feedback import LATEST, said_and_done
from activities.queries.listing import DaySessions, by_day, say_in
from hubs.map import Area, Drawing, Point, deprivation_class, draw_shapes, draw_tiles, marker_at
from hubs.models import Hub, HubText, Ward
from hubs.reference import BOUNDARY_YEAR
from hubs.wording import Edition, put_into_words


@dataclass(frozen=True)
class HubPage:
    """A hub, what is to come there today and on the six days after, and what it did lately."""

    hub: Hub
    days: list[DaySessions]
    said_and_done: list[SaidDid]


@dataclass(frozen=True)
class MapHub:
    """A hub on the map; one that serves the whole city has no place of its own there."""

    hub: Hub
    coming: int
    marker: Point | None


@dataclass(frozen=True)
class MapWard:
    """A ward on the map, its hubs, and how deprived it is: 1 least, 5 most, empty if not asked."""

    ward: Ward
    area: Area
    hubs: list[MapHub]
    deprivation: int | None


@dataclass(frozen=True)
class CityMap:
    """The wards by name as drawn, and the hubs that serve the whole city."""

    drawing: Drawing
    wards: list[MapWard]
    citywide: list[MapHub]
    is_shaded: bool

    @property
    def hubs(self) -> list[MapHub]:
        """The hubs that have a place on the map, by ward."""
        return [hub for ward in self.wards for hub in ward.hubs]


def sessions_at_hub(hub: Hub, now: dt.datetime) -> SessionQuerySet:
    """What is still to come at a hub today and on the six days after, as far as confirmed."""
    window = window_of_day(Day.WEEK, london_today(now))
    at_hub = Session.objects.public().listed(now).filter(activity__hub=hub)
    return window.narrow(at_hub, now).for_listing()


def hub_page(hub: Hub, now: dt.datetime, edition: Edition) -> HubPage:
    """What the page of a hub shows, in an edition. Two queries, five where it is not English."""
    sessions = list(sessions_at_hub(hub, now))
    put_into_words([hub], HubText, "hub", edition)
    say_in(sessions, edition)
    latest = said_and_done(hub, now, edition, LATEST)
    return HubPage(hub, by_day(sessions, now), latest)


def hubs_with_coming_sessions(now: dt.datetime) -> QuerySet[Hub]:
    """Open hubs by name, each with `coming`: sessions of the next 7 days that are not cancelled."""
    window = window_of_day(Day.WEEK, london_today(now))
    listed = Session.objects.public().listed(now).filter(cancelled_at__isnull=True)
    coming = window.narrow(listed, now)
    return (
        Hub.objects.public()
        .select_related("ward")
        .annotate(coming=Count("activities__sessions", filter=Q(activities__sessions__in=coming)))
        .order_by("name")
    )


def hub_cards(now: dt.datetime, edition: Edition) -> list[Hub]:
    """Open hubs by name in an edition, each with `coming`. One query, two if not in English."""
    hubs = list(hubs_with_coming_sessions(now))
    put_into_words(hubs, HubText, "hub", edition)
    return hubs


def city_map(now: dt.datetime, *, is_shaded: bool) -> CityMap:
    """The map of the city: from the wards' shapes where every ward has one, else of tiles.

    Two queries.
    """
    wards = list(Ward.objects.filter(boundary_year=BOUNDARY_YEAR).select_related("boundary"))
    drawing = _drawing(wards)
    hubs = list(hubs_with_coming_sessions(now))
    return CityMap(
        drawing,
        [_map_ward(ward, drawing, hubs, is_shaded=is_shaded) for ward in wards],
        [_map_hub(hub, None) for hub in hubs if hub.ward is None],
        is_shaded,
    )


def _drawing(wards: Sequence[Ward]) -> Drawing:
    shapes = {each.code: each.boundary.polygons for each in wards if hasattr(each, "boundary")}
    if shapes and len(shapes) == len(wards):
        return draw_shapes(shapes)
    return draw_tiles({ward.code: ward.name for ward in wards})


def _map_ward(ward: Ward, drawing: Drawing, hubs: Iterable[Hub], *, is_shaded: bool) -> MapWard:
    area = drawing.areas[ward.code]
    here = [hub for hub in hubs if hub.ward_id == ward.pk]
    score = ward.imd_score if is_shaded else None
    return MapWard(
        ward,
        area,
        [
            _map_hub(hub, marker_at(drawing, area, hub.latitude, hub.longitude, number))
            for number, hub in enumerate(here)
        ],
        None if score is None else deprivation_class(score),
    )


def _map_hub(hub: Hub, marker: Point | None) -> MapHub:
    coming: int = hub.coming  # type: ignore[attr-defined]
    return MapHub(hub, coming, marker)
