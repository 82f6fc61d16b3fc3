"""What there is at each place of the timetable: how to get there, who can get in, who speaks what.

Roads are real and said without a number; stops, walks and equipment are made up. Coordinates are
the middle of the ward with a small step aside, so that no two places lie on each other.
"""

from __future__ import annotations

from typing import NamedTuple

from activities.models import AccessNeed, SpokenLanguage
from derby_portal.seeding.week import TIMETABLE, Offer
from hubs.reference import WARD_CENTRES

CITY_CENTRE = (52.9228, -1.4763)
# Degrees; about 90 metres north, and as much to the east.
STEP_NORTH, STEP_EAST = 0.0008, 0.0013


class Road(NamedTuple):
    """Where a hub's places are, and how people get there."""

    address: str
    bus_stop: str
    walk_minutes: int
    buses: str


class Equipment(NamedTuple):
    """What a sort of place has."""

    needs: tuple[AccessNeed, ...]
    access: str
    quiet: str


ROADS: dict[str, Road] = {
    "Abbey": Road("Uttoxeter New Road, Derby", "Uttoxeter New Road, by the shops", 4, "west"),
    "Alvaston": Road("London Road, Alvaston", "London Road, by the library", 3, "south-east"),
    "Arboretum": Road("Osmaston Road, Derby", "Osmaston Road, by the park gate", 2, "south"),
    "Boulton": Road("Boulton Lane, Derby", "Boulton Lane, by the school", 5, "south-east"),
    "Chaddesden": Road("Nottingham Road, Chaddesden", "Nottingham Road, by the park", 6, "east"),
    "Derwent": Road("Mansfield Road, Derby", "Mansfield Road, by the surgery", 4, "north"),
    "Mackworth": Road("Prince Charles Avenue, Derby", "Prince Charles Avenue, shops", 3, "west"),
    "Normanton": Road("Normanton Road, Derby", "Normanton Road, by the market", 2, "south"),
    "Sinfin": Road("Sinfin Lane, Derby", "Sinfin Lane, by the district centre", 5, "south"),
}
CITY = Road("Derby city centre", "Derby bus station", 6, "centre")

LANGUAGES: dict[str, tuple[SpokenLanguage, ...]] = {
    "Abbey": (SpokenLanguage.POLISH, SpokenLanguage.LATVIAN),
    "Alvaston": (SpokenLanguage.POLISH,),
    "Arboretum": (
        SpokenLanguage.URDU,
        SpokenLanguage.PANJABI,
        SpokenLanguage.SLOVAK,
        SpokenLanguage.ROMANI,
        SpokenLanguage.POLISH,
    ),
    "Derwent": (SpokenLanguage.POLISH, SpokenLanguage.ROMANIAN),
    "Mackworth": (SpokenLanguage.ROMANIAN,),
    "Normanton": (
        SpokenLanguage.PANJABI,
        SpokenLanguage.URDU,
        SpokenLanguage.SLOVAK,
        SpokenLanguage.CZECH,
    ),
    "Sinfin": (SpokenLanguage.PANJABI,),
    "SEND": (SpokenLanguage.BSL,),
}

SEND_NEEDS = (
    AccessNeed.STEP_FREE,
    AccessNeed.TOILET,
    AccessNeed.CHANGING_PLACE,
    AccessNeed.QUIET_SPACE,
    AccessNeed.PICTURE_SIGNS,
    AccessNeed.ONE_TO_ONE,
    AccessNeed.PARKING,
    AccessNeed.ASSISTANCE_DOGS,
)
SEND_EQUIPMENT = Equipment(
    SEND_NEEDS,
    "Step-free throughout. Tell the hub before you come if you use a hoist.",
    "There is a quiet room with low light, and somebody goes with you if you want.",
)
DEAF_SCHOOL = "Royal School for the Deaf Derby"
# By what the name of a place ends in; the first that fits.
EQUIPMENT: tuple[tuple[str, Equipment], ...] = (
    (
        "entre",
        Equipment(
            (AccessNeed.STEP_FREE, AccessNeed.TOILET, AccessNeed.QUIET_SPACE),
            "The way in is flat. The toilets are beside the kitchen.",
            "There is a small room by the kitchen. Go in whenever you like.",
        ),
    ),
    (
        "sports hall",
        Equipment(
            (AccessNeed.STEP_FREE, AccessNeed.TOILET, AccessNeed.PARKING),
            "Ramp at the main door. Changing rooms have doors that lock.",
            "You can sit in the foyer, away from the noise.",
        ),
    ),
    (
        "school hall",
        Equipment(
            (AccessNeed.STEP_FREE, AccessNeed.TOILET),
            "Come in through the school's main gate. The toilets are next to the hall.",
            "The reading corner is open if the hall gets too loud.",
        ),
    ),
    (
        "Primary School",
        Equipment(
            (AccessNeed.STEP_FREE, AccessNeed.TOILET, AccessNeed.PICTURE_SIGNS),
            "Come in through the school's main gate. The toilets are next to the hall.",
            "The reading corner is open if the hall gets too loud.",
        ),
    ),
    (
        "boxing gym",
        Equipment(
            (AccessNeed.PARKING,),
            "Two steps at the door. The toilets are up the stairs.",
            "",
        ),
    ),
    (
        "QUAD",
        Equipment(
            (AccessNeed.STEP_FREE, AccessNeed.TOILET, AccessNeed.HEARING_LOOP),
            "Lifts to every floor.",
            "",
        ),
    ),
    (
        "",
        Equipment(
            (AccessNeed.PARKING, AccessNeed.ASSISTANCE_DOGS),
            "On grass. The toilets are in the pavilion, with one step.",
            "There is plenty of space: stand as far away as you like.",
        ),
    ),
)

# Listings that their hubs have not looked at for this many days; all others were checked yesterday.
# Never in Arboretum, and never an evening that ends at eight or later.
CHECKED_DAYS_AGO: dict[str, int] = {
    "abbey/make-and-mend-art-club-with-artcore": 21,
    "alvaston/film-club-with-quad": 27,
    "boulton/print-workshop-with-artcore": 33,
    "chaddesden/bike-fixers-with-cycle-derby": 36,
    "mackworth/game-makers-with-quad": 28,
    "sinfin/brass-band-starters": 42,
}


def road_of(offer: Offer) -> Road:
    """Where an activity is; those for special needs are all over the city."""
    return ROADS.get(offer.hub, CITY)


def equipment_of(offer: Offer) -> Equipment:
    """What its place has."""
    if not offer.is_send:
        return next(found for ending, found in EQUIPMENT if offer.venue.endswith(ending))
    if offer.venue == DEAF_SCHOOL:
        extra = (AccessNeed.BSL, AccessNeed.HEARING_LOOP)
        return SEND_EQUIPMENT._replace(needs=(*SEND_NEEDS, *extra))
    return SEND_EQUIPMENT


def languages_of(offer: Offer) -> list[SpokenLanguage]:
    """English, and of the languages of the hub those that turn up at this activity."""
    others = LANGUAGES.get(offer.hub, ())
    number = TIMETABLE.index(offer)
    spoken = [each for place, each in enumerate(others) if (place + number) % 2 == 0]
    return [SpokenLanguage.ENGLISH, *spoken]


def coordinates_of(offer: Offer) -> tuple[float, float]:
    """Latitude and longitude, the same for every activity at a place."""
    north, east = WARD_CENTRES.get(offer.hub, CITY_CENTRE)
    places = sorted({each.venue for each in TIMETABLE if each.hub == offer.hub})
    number = places.index(offer.venue)
    return (
        round(north + (number % 3 - 1) * STEP_NORTH * 3, 5),
        round(east + (number // 3 - 1) * STEP_EAST * 3, 5),
    )
