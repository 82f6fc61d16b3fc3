"""The official formats, row by row: wards, look-up of small areas, deprivation, postcodes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from hubs.loaders.errors import SourceFileError
from hubs.loaders.shapes import LATITUDES, LONGITUDES, Polygon, read_shape
from hubs.loaders.tables import Row, read_table, shown
from hubs.models import CensusYear, normal_postcode

WARD_CODE = re.compile(r"[EW]05[0-9]{6}")
LSOA_CODE = re.compile(r"[EW]01[0-9]{6}")
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}")
A_WARD = "a ward code such as E05001770"
AN_LSOA = "an LSOA code such as E01013456"
LONGEST_NAME = 80
LARGEST_JSON = 256 * 1024 * 1024


class WardRow(NamedTuple):
    """A ward, its shape and where in the file it stands."""

    code: str
    name: str
    polygons: list[Polygon]
    place: str


class LookupRow(NamedTuple):
    """A small area of 2011 and its ward of 2019."""

    row: Row
    code: str
    name: str
    ward: str


class DeprivationRow(NamedTuple):
    """Ranks and deciles of one small area; 1 = most deprived."""

    row: Row
    lsoa: str
    imd_rank: int
    imd_decile: int
    idaci_rank: int | None
    idaci_decile: int | None


class PostcodeRow(NamedTuple):
    """A postcode with its place, small areas of both censuses and ward of 2019."""

    row: Row
    postcode: str
    latitude: Decimal | None
    longitude: Decimal | None
    lsoa: str
    lsoa21: str
    ward: str


class DeprivationFormat(NamedTuple):
    """Columns of one edition's table, its census, and how many areas England is ranked in."""

    census_year: CensusYear
    areas: int
    code: str
    imd_rank: str
    imd_decile: str
    idaci_rank: str | None
    idaci_decile: str | None

    @property
    def columns(self) -> list[str]:
        names = (
            *(self.code, self.imd_rank, self.imd_decile),
            *(self.idaci_rank, self.idaci_decile),
        )
        return [name for name in names if name]


DEPRIVATION_FORMATS: dict[int, DeprivationFormat] = {
    # File 3 of the English Indices of Deprivation 2019, as published.
    2019: DeprivationFormat(
        census_year=CensusYear.Y2011,
        areas=32_844,
        code="LSOA code (2011)",
        imd_rank="Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
        imd_decile="Index of Multiple Deprivation (IMD) Decile "
        "(where 1 is most deprived 10% of LSOAs)",
        idaci_rank="Income Deprivation Affecting Children Index (IDACI) Rank "
        "(where 1 is most deprived)",
        idaci_decile="Income Deprivation Affecting Children Index (IDACI) Decile "
        "(where 1 is most deprived 10% of LSOAs)",
    ),
    # A short table derived from the edition of 2025; ranks of child poverty are not in it.
    2025: DeprivationFormat(
        census_year=CensusYear.Y2021,
        areas=33_755,
        code="lsoa21_code",
        imd_rank="IMD_rank",
        imd_decile="IMD_decile",
        idaci_rank=None,
        idaci_decile=None,
    ),
}


def read_wards(path: Path) -> Iterator[WardRow]:
    """Wards of a GeoJSON collection, by `ward_code` and `ward_name`, with their shapes.

    Raises SourceFileError that names the line and column of broken JSON, or the place in it.
    """
    features = _features(path)
    for number, feature in enumerate(features):
        place = f"features[{number}].properties"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise SourceFileError(path, "is missing or no object.", place=place)
        code, name = properties.get("ward_code"), properties.get("ward_name")
        if not isinstance(code, str) or not WARD_CODE.fullmatch(code):
            problem = f"{shown(str(code))} is not {A_WARD}."
            raise SourceFileError(path, problem, place=f"{place}.ward_code")
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            problem = f"is no name of up to {LONGEST_NAME} characters."
            raise SourceFileError(path, problem, place=f"{place}.ward_name")
        polygons = read_shape(path, feature.get("geometry"), f"features[{number}].geometry")
        yield WardRow(code, name.strip(), polygons, place)


def _features(path: Path) -> list[Any]:
    document = _document(path)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise SourceFileError(path, "is not a GeoJSON collection of features.", place="features")
    if not features:
        raise SourceFileError(path, "holds no wards.", place="features")
    return features


def _document(path: Path) -> Any:
    text = _json_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceFileError(
            path, f"is not JSON: {error.msg}.", line=error.lineno, place=f"character {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise SourceFileError(path, "is not JSON that can be read.") from error


def _json_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
    except OSError as error:
        raise SourceFileError(path, f"cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_JSON:
        raise SourceFileError(path, "is too large for a file of wards.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceFileError(
            path, "is not UTF-8 text.", line=line, place=f"byte {error.start + 1} of the file"
        ) from error


def read_lookup(path: Path) -> Iterator[LookupRow]:
    """The Office for National Statistics' look-up of LSOA 2011 to ward 2019."""
    for row in read_table(path, ("LSOA11CD", "LSOA11NM", "WD19CD")):
        yield LookupRow(
            row,
            row.code("LSOA11CD", LSOA_CODE, AN_LSOA),
            row.text("LSOA11NM", longest=LONGEST_NAME),
            row.code("WD19CD", WARD_CODE, A_WARD),
        )


def read_deprivation(path: Path, edition: int) -> Iterator[DeprivationRow]:
    """Ranks and deciles in the format of an edition."""
    table = DEPRIVATION_FORMATS[edition]
    for row in read_table(path, table.columns):
        yield DeprivationRow(
            row,
            row.code(table.code, LSOA_CODE, AN_LSOA),
            row.whole(table.imd_rank, 1, table.areas),
            row.whole(table.imd_decile, 1, 10),
            row.whole(table.idaci_rank, 1, table.areas) if table.idaci_rank else None,
            row.whole(table.idaci_decile, 1, 10) if table.idaci_decile else None,
        )


def read_postcodes(path: Path) -> Iterator[PostcodeRow]:
    """Postcodes in either spelling, seven characters ("DE214JJ") or with one space.

    The ward is the one that official statistics put the postcode's LSOA in (`bestfit`).
    """
    columns = ("postcode", "lat", "long", "lsoa11", "lsoa21", "ward2019_bestfit")
    for row in read_table(path, columns):
        postcode = normal_postcode(row.values["postcode"])
        if not POSTCODE.fullmatch(postcode):
            problem = f"{shown(row.values['postcode'])} is not a postcode such as DE23 8PL."
            raise row.error("postcode", problem)
        yield PostcodeRow(
            row,
            postcode,
            row.degrees("lat", *LATITUDES),
            row.degrees("long", *LONGITUDES),
            row.code("lsoa11", LSOA_CODE, AN_LSOA),
            row.code("lsoa21", LSOA_CODE, AN_LSOA),
            row.code("ward2019_bestfit", WARD_CODE, A_WARD),
        )
