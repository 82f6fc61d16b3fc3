"""Reads across the geography."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

from django.db.models import (
    Avg,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs, ATan2, Cast, Cos, Radians, Sin, Sqrt

from hubs.models import CensusYear, Deprivation, Postcode
from hubs.reference import IMD_EDITION

# The small areas that each edition of the Indices of Deprivation ranks.
CENSUS_OF_EDITION: dict[int, CensusYear] = {
    IMD_EDITION: CensusYear.Y2011,
    2025: CensusYear.Y2021,
}
EARTH_RADIUS_IN_MILES = 3958.8


@dataclass(frozen=True, slots=True)
class Place:
    """What a postcode tells of a home: small area, ward, and decile (1 = most deprived).

    The small area is of the census that the edition ranks. Area and decile are empty where the
    files that were loaded do not say.
    """

    postcode: str
    lsoa_id: int | None
    lsoa_code: str | None
    ward_id: int
    ward_code: str
    ward_name: str
    imd_decile: int | None
    imd_edition: int


def place_of(postcode: str, *, edition: int = IMD_EDITION) -> Place | None:
    """The place of a postcode as people type it; None for one that is not loaded.

    One query. Raises ValueError for an edition that is not known.
    """
    if edition not in CENSUS_OF_EDITION:
        raise ValueError(f"No edition {edition} of the Indices of Deprivation is known.")
    area = "lsoa" if CENSUS_OF_EDITION[edition] == CensusYear.Y2011 else "lsoa21"
    decile = Deprivation.objects.filter(lsoa=OuterRef(area), edition=edition)
    found = (
        Postcode.objects.typed(postcode)
        .annotate(decile=Subquery(decile.values("imd_decile")[:1]))
        .values("postcode", "decile", area, f"{area}__code", "ward", "ward__code", "ward__name")
        .first()
    )
    if found is None:
        return None
    return Place(
        postcode=found["postcode"],
        lsoa_id=found[area],
        lsoa_code=found[f"{area}__code"],
        ward_id=found["ward"],
        ward_code=found["ward__code"],
        ward_name=found["ward__name"],
        imd_decile=found["decile"],
        imd_edition=edition,
    )


def places_of(
    postcodes: Iterable[str], *, edition: int = IMD_EDITION
) -> dict[str, tuple[int | None, int, int | None]]:
    """(small area, ward, decile) by postcode in its one spelling, of those that are loaded.

    As `place_of`, for many. One query.
    """
    area = "lsoa" if CENSUS_OF_EDITION[edition] == CensusYear.Y2011 else "lsoa21"
    decile = Deprivation.objects.filter(lsoa=OuterRef(area), edition=edition)
    found = Postcode.objects.filter(postcode__in=set(postcodes)).annotate(
        decile=Subquery(decile.values("imd_decile")[:1])
    )
    rows = found.values_list("postcode", area, "ward", "decile")
    return {postcode: (lsoa, ward, decile) for postcode, lsoa, ward, decile in rows}


@dataclass(frozen=True, slots=True)
class Area:
    """A small area by its code of 2011, and its middle: the mean of its postcodes, in degrees."""

    code: str
    latitude: float
    longitude: float


def small_area_of(postcode: str) -> str | None:
    """The code of 2011 of the small area that a postcode lies in; None for one not loaded."""
    typed = Postcode.objects.typed(postcode).filter(lsoa__census_year=CensusYear.Y2011)
    return typed.values_list("lsoa__code", flat=True).first()


def middle_of(code: str) -> QuerySet[Postcode, tuple[str, str, str, str]]:
    """One row of text: "area", the code, latitude and longitude; no row where none is known."""
    text = TextField()
    places = Postcode.objects.filter(
        lsoa__code=code, lsoa__census_year=CensusYear.Y2011, latitude__isnull=False
    )
    return (
        places.order_by()
        .values(of=Value("area", text))
        .annotate(
            area=F("lsoa__code"),
            latitude_mean=Cast(Avg("latitude"), text),
            longitude_mean=Cast(Avg("longitude"), text),
        )
        .values_list("of", "area", "latitude_mean", "longitude_mean")
    )


def miles_from(area: Area, latitude: Combinable, longitude: Combinable) -> Combinable:
    """The great-circle distance in miles, by the haversine formula; null without a place."""
    up = Sin((Radians(latitude) - Value(radians(area.latitude))) / 2)
    across = Sin((Radians(longitude) - Value(radians(area.longitude))) / 2)
    shrunk = Cos(Radians(latitude)) * Value(cos(radians(area.latitude)))
    square = up * up + shrunk * across * across
    angle = ATan2(Sqrt(square), Sqrt(Abs(Value(1.0) - square)))
    return ExpressionWrapper(angle * (2 * EARTH_RADIUS_IN_MILES), output_field=FloatField())
