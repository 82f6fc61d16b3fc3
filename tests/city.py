"""A small city with everything that the public site shows, and the address of every page type."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from activities.models import LONDON, Activity, Session
from evaluation.models import PageTopic, ReleasedFigure, Story
from hubs.models import CensusYear, Hub, HubKind, Lsoa, Postcode, Ward
from hubs.services import ensure_reference_wards
from tests import factories

HUB_WARDS = ("Abbey", "Arboretum", "Normanton")


@dataclass(frozen=True)
class City:
    """What was made; sessions are of today and tomorrow, whatever today is."""

    hub: Hub
    ward: Ward
    session: Session
    cancelled: Session
    story: Story

    @property
    def pages(self) -> dict[str, str]:
        """The address in English of one page of every public type."""
        return {
            "front page": "/",
            "list": "/whats-on/",
            "list of all dates": "/whats-on/?day=all",
            "empty list": "/whats-on/?date=2030-01-01&kind=sport&age=9",
            "list with errors": "/whats-on/?age=x&date=y",
            "session": f"/sessions/{self.session.pk}/",
            "cancelled session": f"/sessions/{self.cancelled.pk}/",
            "hubs": "/hubs/",
            "hub": f"/hubs/{self.hub.slug}/",
            "what came of what was said": f"/hubs/{self.hub.slug}/you-said/",
            "how was it": f"/sessions/{self.session.pk}/feedback/",
            "thanks for saying": f"/sessions/{self.session.pk}/feedback/thanks/",
            "map": "/map/",
            "map with shading": "/map/?shading=on",
            "communities": "/community/",
            "community of a ward": f"/community/{self.ward.slug}/",
            "story": f"/stories/{self.story.pk}/",
            "story so far": "/story-so-far/",
            **{f"page {topic.value}": f"/about/{topic.value}/" for topic in PageTopic},
            "recordings": "/romani/",
            "saved": "/saved/",
            "offline": "/offline/",
            "no such hub": "/hubs/nowhere/",
        }


def make_city(sessions: int = 60) -> City:
    """Three hubs, an SEND hub, sessions for two days, a story and released figures."""
    wards = ensure_reference_wards()
    _postcode(wards["Normanton"])
    hubs = [factories.make_hub(name=name, ward=wards[name]) for name in HUB_WARDS]
    send = factories.make_hub(name="SEND", kind=HubKind.SEND)
    activities = [_activity(number, [*hubs, send][number % 4]) for number in range(12)]
    evening = dt.datetime.combine(
        timezone.now().astimezone(LONDON).date() + dt.timedelta(days=1), dt.time(17), LONDON
    )
    made = [
        factories.make_session(
            activity=activities[number % 12],
            starts_at=evening + dt.timedelta(days=number // 30, minutes=5 * (number % 30)),
        )
        for number in range(sessions)
    ]
    cancelled = made[1]
    cancelled.cancelled_at = timezone.now()
    cancelled.cancellation_reason = "No heating at the venue."
    cancelled.save()
    return City(hubs[2], wards["Normanton"], made[0], cancelled, _community(wards["Normanton"]))


def _postcode(ward: Ward) -> None:
    """Without one that is known, the list does not offer to say how far things are."""
    area = Lsoa.objects.create(code="E01013550", census_year=CensusYear.Y2011, ward=ward)
    Postcode.objects.create(
        postcode="DE23 8PL", latitude=52.907, longitude=-1.485, lsoa=area, ward=ward
    )


def _activity(number: int, hub: Hub) -> Activity:
    return factories.make_activity(
        title=f"Creative Art Club with Metropolitan, group {number}",
        hub=hub,
        kind=("sport", "arts", "culture")[number % 3],
        strand=("Football", "Visual art", "Heritage")[number % 3],
        summary="Painting, printing and collage at your own speed.",
        venue="47 Church Street Community Centre",
        address="47 Church Street, Derby",
        latitude=52.91,
        longitude=-1.48,
        min_age=8,
        max_age=14,
        send_friendly=number % 2 == 0,
        welcomes_alone=True,
        first_ten_minutes="You choose a table and a colour.",
        met_by="artist",
        met_where="At the door",
        bring=["old_clothes", "water"],
        bus_stop="Church Street",
        walk_minutes=3,
        quiet_option="A quiet corner.",
        access_needs=["step_free", "toilet", "quiet_space"],
        languages=["en", "ur", "sk"],
    )


def _community(ward: Ward) -> Story:
    day, programme = dt.date(2019, 7, 13), factories.make_programme(name="#ThisIsDerby")
    for indicator, label, value in (
        ("unique_participants", "Young people", "2,150"),
        ("attendances", "Times somebody came", "20,765"),
    ):
        for place in (None, ward):
            ReleasedFigure.objects.create(
                programme=programme, indicator=indicator, label=label, value=value,
                amount=int(value.replace(",", "")),
                ward=place, first_day=dt.date(2018, 9, 25), last_day=day, source="Registers",
            )  # fmt: skip
    return Story.objects.create(
        ward=ward,
        title="Paint on every wall",
        summary="What happened at the street art festival.",
        body="It **rained**, and nobody minded.\n\n## What we made\n\n- a wall\n- a [map](/map/)",
        published_at=timezone.now() - dt.timedelta(days=2),
    )
