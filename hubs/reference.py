"""Derby's seventeen wards and what is known of them, shipped so that no file is needed.

Source: Ministry of Housing, Communities and Local Government, English Indices of Deprivation 2019,
and Office for National Statistics (ward codes, mid-2019 population estimates).
Contains public sector information licensed under the Open Government Licence v3.0:
https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The boundaries that were in force from 2013 to 2022; codes as in the Office's 2019 look-ups.
BOUNDARY_YEAR = 2019
IMD_EDITION = 2019


class WardFacts(NamedTuple):
    """One ward: deprivation of its small areas (LSOAs of 2011) and how many are aged 5 to 18.

    `imd_score` is the population-weighted mean of the scores of its LSOAs.
    """

    name: str
    code: str
    imd_score: Decimal
    lsoas_most_deprived_10pct: int
    lsoas_most_deprived_20pct: int
    lsoa_count: int
    population_5_to_18: int


class DeprivationClass(NamedTuple):
    """Wards with a score of at least `begins`, up to the next class; 5 is most deprived."""

    number: int
    begins: Decimal
    label: str | Promise


# Scores of the English Indices of Deprivation 2019, ours to cut: Derby's wards reach from 5 to 51.
DEPRIVATION_CLASSES: tuple[DeprivationClass, ...] = (
    DeprivationClass(1, Decimal(0), _("Least deprived: a score under 10")),
    DeprivationClass(2, Decimal(10), _("A score from 10 to 20")),
    DeprivationClass(3, Decimal(20), _("A score from 20 to 30")),
    DeprivationClass(4, Decimal(30), _("A score from 30 to 40")),
    DeprivationClass(5, Decimal(40), _("Most deprived: a score of 40 or more")),
)

WARDS: tuple[WardFacts, ...] = (
    WardFacts("Arboretum", "E05001770", Decimal("50.80"), 9, 10, 10, 4111),
    WardFacts("Sinfin", "E05001782", Decimal("43.75"), 5, 7, 9, 3859),
    WardFacts("Normanton", "E05001780", Decimal("42.79"), 4, 8, 9, 4792),
    WardFacts("Derwent", "E05001776", Decimal("38.07"), 3, 4, 9, 2930),
    WardFacts("Alvaston", "E05001769", Decimal("34.16"), 1, 5, 10, 2972),
    WardFacts("Boulton", "E05001772", Decimal("31.18"), 1, 4, 9, 2642),
    WardFacts("Abbey", "E05001767", Decimal("30.80"), 1, 2, 8, 2306),
    WardFacts("Mackworth", "E05001778", Decimal("29.60"), 0, 2, 9, 2483),
    WardFacts("Chaddesden", "E05001773", Decimal("23.97"), 0, 3, 9, 2372),
    WardFacts("Darley", "E05001775", Decimal("21.06"), 0, 2, 8, 1941),
    WardFacts("Spondon", "E05001783", Decimal("17.33"), 0, 2, 8, 1875),
    WardFacts("Blagreaves", "E05001771", Decimal("15.45"), 0, 0, 8, 2260),
    WardFacts("Chellaston", "E05001774", Decimal("14.61"), 0, 1, 10, 2996),
    WardFacts("Oakwood", "E05001781", Decimal("11.09"), 0, 1, 9, 1924),
    WardFacts("Littleover", "E05001777", Decimal("10.26"), 0, 0, 8, 3118),
    WardFacts("Mickleover", "E05001779", Decimal("6.89"), 0, 0, 9, 2031),
    WardFacts("Allestree", "E05001768", Decimal("4.97"), 0, 0, 9, 2077),
)
# Where the wards lie, roughly: column and row of a tile, for the map without official shapes.
WARD_TILES: dict[str, tuple[int, int]] = {
    "Allestree": (1, 0),
    "Darley": (2, 0),
    "Oakwood": (3, 0),
    "Mackworth": (1, 1),
    "Derwent": (2, 1),
    "Chaddesden": (3, 1),
    "Spondon": (4, 1),
    "Mickleover": (0, 2),
    "Abbey": (1, 2),
    "Arboretum": (2, 2),
    "Alvaston": (3, 2),
    "Littleover": (0, 3),
    "Blagreaves": (1, 3),
    "Normanton": (2, 3),
    "Boulton": (3, 3),
    "Sinfin": (2, 4),
    "Chellaston": (3, 4),
}
# The middle of each ward in degrees, latitude and longitude: centroids of the Office's boundaries
# of December 2019. A hub is taken to be there until its own place is known.
WARD_CENTRES: dict[str, tuple[float, float]] = {
    "Abbey": (52.9149, -1.4960),
    "Allestree": (52.9502, -1.4922),
    "Alvaston": (52.9023, -1.4380),
    "Arboretum": (52.9145, -1.4739),
    "Blagreaves": (52.8933, -1.5046),
    "Boulton": (52.8873, -1.4341),
    "Chaddesden": (52.9248, -1.4317),
    "Chellaston": (52.8740, -1.4425),
    "Darley": (52.9376, -1.4800),
    "Derwent": (52.9328, -1.4548),
    "Littleover": (52.9029, -1.5220),
    "Mackworth": (52.9256, -1.5157),
    "Mickleover": (52.9130, -1.5398),
    "Normanton": (52.8994, -1.4841),
    "Oakwood": (52.9447, -1.4318),
    "Sinfin": (52.8847, -1.4753),
    "Spondon": (52.9150, -1.4080),
}
WARDS_BY_NAME: dict[str, WardFacts] = {ward.name: ward for ward in WARDS}
WARDS_BY_CODE: dict[str, WardFacts] = {ward.code: ward for ward in WARDS}
