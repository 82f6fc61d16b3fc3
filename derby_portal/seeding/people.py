"""Made-up young people: who they are, never anybody real."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from uuid import UUID

from derby_portal.seeding.chance import pick, weighted, whole
from derby_portal.seeding.dates import DAY, school_year, years_before
from derby_portal.seeding.partners import NEIGHBOURS
from derby_portal.seeding.week import Offer
from hubs.reference import WARDS, WARDS_BY_NAME, WardFacts
from participants.models import Answer, Gender

_GIVEN = (
    "Acorn Amber Aster Badger Bobbin Bracken Bramble Breeze Button Cactus Canyon Cedar Clementine "
    "Clover Comet Cobalt Copper Coral Cosmos Cricket Crumble Denim Domino Ember Falcon Feather "
    "Fennel Flint Galaxy Ginger Gravel Hazelnut Heron Indigo Jigsaw Jupiter Kestrel Kite Lantern "
    "Lavender Maple Marble Meadow Mercury Meteor Mitten Moss Nebula Nettle Nimbus Nutmeg Orbit "
    "Otter Paprika Parsley Pebble Pepper Pixel Plume Puddle Quartz Quill Raindrop Rocket Saffron "
    "Saturn Scarlet Sequoia Sparrow Sprout Sunbeam Tangerine Teasel Thistle Thunder Tinsel Topaz "
    "Tulip Velvet Walnut Willow Zigzag"
)
GIVEN_NAMES = tuple(_GIVEN.split())
_FAMILY = (
    "Testname Sampleton Madeupson Exampleby Placeholder Pretendwell Demofield Fictional "
    "Notreal Mockford Invented Seedling"
)
FAMILY_NAMES = tuple(_FAMILY.split())
GENDERS = (
    (Gender.FEMALE, 46.5),
    (Gender.MALE, 46.5),
    (Gender.OTHER, 1.5),
    (Gender.UNDISCLOSED, 2.0),
    (Gender.UNKNOWN, 3.5),
)
SPECIAL_NEEDS = (
    (Answer.NO, 74.0),
    (Answer.YES, 14.0),
    (Answer.UNDISCLOSED, 3.0),
    (Answer.UNKNOWN, 9.0),
)
CARE_EXPERIENCED = (
    (Answer.NO, 81.0),
    (Answer.YES, 4.0),
    (Answer.UNDISCLOSED, 3.0),
    (Answer.UNKNOWN, 12.0),
)
# Children at the SEND hub come from the whole city, more of them from where more deprived
# children live.
CITYWIDE = tuple((ward.name, ward.population_5_to_18 * float(ward.imd_score)) for ward in WARDS)
SHARE_OWN_WARD, SHARE_NEXT_WARD = 72.0, 20.0
SHARE_WALK_IN, SHARE_NO_BIRTH_DATE, SHARE_NO_DECILE = 0.04, 0.01, 0.02


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """One made-up person as they stand in the records."""

    id: UUID
    given_name: str
    family_name: str
    birth_date: dt.date | None
    year_group: int | None
    gender: Gender
    special_needs: Answer
    care_experienced: Answer
    ward: str | None
    decile: int | None
    is_complete: bool
    created_at: dt.datetime
    merged_into: UUID | None = None


def made_up_person(
    rng: Random,
    *,
    person_id: UUID,
    offer: Offer,
    period: tuple[dt.date, dt.date],
    created_at: dt.datetime,
) -> PersonPlan:
    """A person who fits an activity's ages during the whole period."""
    birth_date = birth_date_for(rng, offer, *period)
    is_complete = rng.random() >= SHARE_WALK_IN
    ward = home_ward(rng, offer) if is_complete else None
    return PersonPlan(
        id=person_id,
        given_name=pick(rng, GIVEN_NAMES),
        family_name=pick(rng, FAMILY_NAMES),
        birth_date=birth_date if is_complete and rng.random() >= SHARE_NO_BIRTH_DATE else None,
        year_group=year_group(birth_date, period[0]),
        gender=weighted(rng, GENDERS) if is_complete else Gender.UNKNOWN,
        special_needs=Answer.YES if offer.is_send else weighted(rng, SPECIAL_NEEDS),
        care_experienced=weighted(rng, CARE_EXPERIENCED) if is_complete else Answer.UNKNOWN,
        ward=ward,
        decile=decile_in(rng, WARDS_BY_NAME[ward]) if ward else None,
        is_complete=is_complete,
        created_at=created_at,
    )


def birth_date_for(rng: Random, offer: Offer, first: dt.date, last: dt.date) -> dt.date:
    """At least the youngest age on the first day and at most the oldest on the last.

    Where young people may stay to 25, seven in eight are 18 or younger all the same.
    """
    oldest = 18 if offer.max_age > 18 and rng.random() < 0.875 else offer.max_age
    earliest = years_before(last, oldest + 1) + DAY
    latest = years_before(first, offer.min_age)
    return earliest + whole(rng, 0, (latest - earliest).days) * DAY


def year_group(birth_date: dt.date, day: dt.date) -> int | None:
    """School year on a date: 0 for Reception, up to 14; empty for the older."""
    year = school_year(day) - school_year(birth_date) - 5
    return year if 0 <= year <= 14 else None


def home_ward(rng: Random, offer: Offer) -> str | None:
    """Mostly the hub's ward, some next door, a few not known; the whole city for SEND."""
    if offer.is_send:
        return None if rng.random() < 0.06 else weighted(rng, CITYWIDE)
    mark = rng.random() * 100
    if mark < SHARE_OWN_WARD:
        return offer.hub
    if mark < SHARE_OWN_WARD + SHARE_NEXT_WARD:
        return pick(rng, NEIGHBOURS[offer.hub])
    return None


def decile_in(rng: Random, ward: WardFacts) -> int | None:
    """A decile by the ward's shares of small areas in the most deprived 10 and 20 per cent.

    The rest is spread over deciles that fit the ward's mean score. A few are not known.
    """
    if rng.random() < SHARE_NO_DECILE:
        return None
    area = rng.random() * ward.lsoa_count
    if area < ward.lsoas_most_deprived_10pct:
        return 1
    if area < ward.lsoas_most_deprived_20pct:
        return 2
    return whole(rng, *rest_of_deciles(float(ward.imd_score)))


def rest_of_deciles(score: float) -> tuple[int, int]:
    """Lowest and highest decile of a ward's less deprived areas, by its mean score."""
    for least, deciles in ((28.0, (3, 5)), (20.0, (3, 7)), (10.0, (4, 9))):
        if score >= least:
            return deciles
    return 7, 10
