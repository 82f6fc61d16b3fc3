"""Writes what everything else hangs on: organisations, hubs, programme, grant, timetable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.text import slugify

from activities.models import (
    AccessNeed,
    Activity,
    Programme,
    Schedule,
    SessionKind,
    SpokenLanguage,
)
from derby_portal.seeding import partners, places, week
from derby_portal.seeding.dates import AWARDED, CELEBRATION, LAUNCH, london, planned_session_hours
from derby_portal.seeding.money import create_money
from derby_portal.seeding.occasions import OCCASIONS, Occasion
from derby_portal.seeding.week import OFFERS_BY_KEY, TIMETABLE, Offer, Slot
from derby_portal.seeding.wording import create_words
from evaluation.models import Characteristic, Grant, Target
from evaluation.services.report_shapes import load_shapes
from hubs.models import Hub, HubKind, Organisation
from hubs.reference import WARD_CENTRES
from hubs.services import ensure_reference_wards

SLUG = "this-is-derby"
GRANT_POUNDS = Decimal(1_000_000)
# Promised by the grant's end; ids are those of the indicators.
TARGETS: tuple[tuple[str, int], ...] = (
    ("unique_participants", 2000),
    ("session_hours", planned_session_hours()),
    ("attendances", 10_000),
    ("hubs_active", 10),
    ("roadshows", 5),
    ("people_counted", 1500),
)
# The same of some young people, and of one hub.
DISADVANTAGED_TARGET = 5000
HUB_TARGET = ("Arboretum", "session_hours", planned_session_hours() // 10)


@dataclass(frozen=True, slots=True)
class Framework:
    """Primary keys of what is there, by names."""

    wards: dict[str, int]
    hubs: dict[str, int]
    activities: dict[str, int]
    schedules: dict[tuple[str, Slot], int]


def create_framework() -> None:
    """Create partners, hubs, programme, grant and the timetable of 2018-19 in an empty portal."""
    organisations = create_organisations()
    create_hubs(organisations)
    programme = create_programme(organisations)
    create_activities(programme, organisations)
    create_words(activity_keys())
    create_schedules(LAUNCH, CELEBRATION)


def create_organisations() -> dict[str, Organisation]:
    """Create the partners; one that is there by name stays as it is."""
    Organisation.objects.bulk_create(
        [
            Organisation(name=name, slug=slugify(name), kind=kind)
            for name, kind in partners.ORGANISATIONS
        ],
        ignore_conflicts=True,
    )
    return {each.name: each for each in Organisation.objects.all()}


def create_hubs(organisations: dict[str, Organisation]) -> None:
    """Create the ten hubs, nine of them in the ward whose name they carry."""
    wards = ensure_reference_wards()
    Hub.objects.bulk_create(
        Hub(
            name=facts.name,
            slug=slugify(facts.name),
            kind=HubKind.WARD if facts.is_ward else HubKind.SEND,
            ward=wards.get(facts.name),
            coordinated_by=organisations[facts.coordinator],
            summary=facts.summary,
            venue=week.usual_venue(facts.name) if facts.is_ward else "",
            **_middle_of_ward(facts.name),
        )
        for facts in partners.HUBS
    )


def _middle_of_ward(name: str) -> dict[str, float]:
    """Where a hub is taken to be while nobody has said more exactly; nowhere for the SEND hub."""
    if name not in WARD_CENTRES:
        return {}
    latitude, longitude = WARD_CENTRES[name]
    return {"latitude": latitude, "longitude": longitude}


def create_programme(organisations: dict[str, Organisation]) -> Programme:
    """Create the programme, its grant and what the grant promises."""
    programme = Programme.objects.create(
        name="#ThisIsDerby",
        slug=SLUG,
        lead=organisations[partners.TRUST],
        summary="Sport, arts and culture for everybody aged 5 to 18, free, in ten hubs.",
        starts_on=LAUNCH,
    )
    grant = Grant.objects.create(
        name="Essential Life Skills",
        slug=SLUG,
        funder=organisations[partners.FUNDER],
        amount=GRANT_POUNDS,
        awarded_on=AWARDED,
        starts_on=LAUNCH,
        ends_on=CELEBRATION,
    )
    grant.programmes.add(programme)
    Target.objects.bulk_create([*_targets(grant)])
    create_money(grant, programme)
    load_shapes(now=london(LAUNCH, dt.time(9)))
    return programme


def _targets(grant: Grant) -> Iterator[Target]:
    for indicator, value in TARGETS:
        yield Target(grant=grant, indicator=indicator, value=value)
    yield Target(
        grant=grant,
        indicator="attendances",
        value=DISADVANTAGED_TARGET,
        characteristic=Characteristic.DISADVANTAGED,
    )
    hub, indicator, value = HUB_TARGET
    yield Target(grant=grant, indicator=indicator, value=value, hub=Hub.objects.get(name=hub))


def create_activities(programme: Programme, organisations: dict[str, Organisation]) -> None:
    """Create the activities of the timetable and those that happened once."""
    hubs = {hub.name: hub for hub in Hub.objects.all()}
    Activity.objects.bulk_create(
        [
            *(_weekly(offer, programme, hubs, organisations) for offer in TIMETABLE),
            *(_single(occasion, programme, hubs, organisations) for occasion in OCCASIONS),
        ]
    )


def _weekly(
    offer: Offer,
    programme: Programme,
    hubs: dict[str, Hub],
    organisations: dict[str, Organisation],
) -> Activity:
    strand = offer.strand
    return Activity(
        programme=programme,
        hub=hubs[offer.hub],
        partner=organisations[offer.partner],
        title=offer.title,
        kind=strand.kind,
        strand=strand.name,
        summary=strand.summary,
        venue=offer.venue,
        min_age=offer.min_age,
        max_age=offer.max_age,
        send_friendly=offer.is_send or offer.min_age == week.YOUNGEST,
        welcomes_alone=offer.min_age > week.YOUNGEST,
        bring=list(strand.bring),
        bring_more=strand.bring_more,
        first_ten_minutes=strand.first_minutes,
        met_by=strand.met_by,
        met_where=strand.met_where,
        **_place(offer),
    )


def _place(offer: Offer) -> dict[str, Any]:
    """Where it is, how to get there and in; no postcode, for the places are made up."""
    road, equipment = places.road_of(offer), places.equipment_of(offer)
    latitude, longitude = places.coordinates_of(offer)
    return {
        "address": road.address,
        "latitude": latitude,
        "longitude": longitude,
        "bus_stop": road.bus_stop,
        "walk_minutes": road.walk_minutes,
        "getting_there": "Bicycles can be locked up outside.",
        "quiet_option": equipment.quiet,
        "access_needs": list(equipment.needs),
        "access": equipment.access,
        "languages": places.languages_of(offer),
    }


def _single(
    occasion: Occasion,
    programme: Programme,
    hubs: dict[str, Hub],
    organisations: dict[str, Organisation],
) -> Activity:
    is_training = occasion.kind is SessionKind.TRAINING
    return Activity(
        programme=programme,
        hub=hubs[occasion.hub] if occasion.hub else None,
        partner=organisations[occasion.partner],
        title=occasion.title,
        kind=occasion.family,
        strand=occasion.strand,
        summary=occasion.summary,
        venue=occasion.venue,
        min_age=occasion.min_age,
        max_age=99 if is_training else 18,
        welcomes_alone=not is_training,
        address=places.CITY.address if occasion.hub is None else "",
        access_needs=[AccessNeed.STEP_FREE, AccessNeed.TOILET, AccessNeed.ASSISTANCE_DOGS],
        languages=[SpokenLanguage.ENGLISH],
    )


def create_schedules(first: dt.date, last: dt.date) -> None:
    """Create the weekly slots of the timetable between two dates."""
    activities = activity_keys()
    Schedule.objects.bulk_create(
        Schedule(
            activity_id=activities[offer.key],
            weekday=slot.weekday,
            starts=slot.starts,
            ends=slot.ends,
            starts_on=first,
            ends_on=last,
        )
        for offer in TIMETABLE
        for slot in offer.slots
    )


def activity_keys() -> dict[str, int]:
    """Primary keys of the seeded activities, those still of their name, by timetable key."""
    rows = Activity.objects.filter(programme__slug=SLUG).values_list("hub__name", "title", "pk")
    found = {(hub, title): pk for hub, title, pk in rows}
    known: tuple[Offer | Occasion, ...] = (*TIMETABLE, *OCCASIONS)
    return {each.key: found[place] for each in known if (place := (each.hub, each.title)) in found}


def read_framework(first: dt.date) -> Framework:
    """What is there, with the schedules in force from a date on."""
    activities = activity_keys()
    offers = {pk: key for key, pk in activities.items() if key in OFFERS_BY_KEY}
    schedules = Schedule.objects.filter(activity__in=offers, starts_on__gte=first)
    return Framework(
        wards={ward.name: ward.pk for ward in ensure_reference_wards().values()},
        hubs=dict(Hub.objects.values_list("name", "pk")),
        activities=activities,
        schedules={
            (offers[row.activity_id], Slot(row.weekday, row.starts, row.ends)): row.pk
            for row in schedules
        },
    )
