"""Reads across the geography."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from hubs.models import CensusYear, Deprivation, Postcode
from hubs.reference import IMD_EDITION

# The small areas that each edition of the Indices of Deprivation ranks.
CENSUS_OF_EDITION: dict[int, CensusYear] = {
    IMD_EDITION: CensusYear.Y2011,
    2025: CensusYear.Y2021,
}


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
