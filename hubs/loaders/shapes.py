"""Shapes of GeoJSON, checked strictly: polygons of closed rings of degrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubs.loaders.errors import SourceFileError

# Great Britain, in whole degrees.
LATITUDES, LONGITUDES = (49, 61), (-9, 2)
# A closed triangle: three corners, and the first one again.
FEWEST_POINTS = 4
# The Office's most detailed wards have a tenth of these.
MOST_POINTS = 100_000

Ring = list[list[float]]
Polygon = list[Ring]


def read_shape(path: Path, geometry: Any, place: str) -> list[Polygon]:
    """The polygons of a GeoJSON geometry, rings of [longitude, latitude] in degrees, WGS84.

    Each polygon is its outline and then its holes. Heights are left out. Raises SourceFileError
    that names the first place in the file that is not as it should be.
    """
    if not isinstance(geometry, dict):
        raise SourceFileError(path, "is missing or no object.", place=place)
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    where = f"{place}.coordinates"
    if kind == "Polygon":
        polygons = [_polygon(path, coordinates, where)]
    elif kind == "MultiPolygon":
        polygons = [
            _polygon(path, polygon, f"{where}[{number}]")
            for number, polygon in enumerate(_filled(path, coordinates, where, "polygons"))
        ]
    else:
        raise SourceFileError(path, "is neither Polygon nor MultiPolygon.", place=f"{place}.type")
    if sum(len(ring) for polygon in polygons for ring in polygon) > MOST_POINTS:
        raise SourceFileError(path, f"has more than {MOST_POINTS:,} points.", place=where)
    return polygons


def _polygon(path: Path, rings: Any, place: str) -> Polygon:
    return [
        _ring(path, ring, f"{place}[{number}]")
        for number, ring in enumerate(_filled(path, rings, place, "rings"))
    ]


def _ring(path: Path, points: Any, place: str) -> Ring:
    ring = [
        _point(path, point, f"{place}[{number}]")
        for number, point in enumerate(_filled(path, points, place, "points"))
    ]
    if len(ring) < FEWEST_POINTS:
        raise SourceFileError(path, f"has fewer than {FEWEST_POINTS} points.", place=place)
    if ring[0] != ring[-1]:
        raise SourceFileError(path, "does not end where it begins.", place=place)
    return ring


def _point(path: Path, point: Any, place: str) -> list[float]:
    numbers = _filled(path, point, place, "numbers")
    if len(numbers) not in {2, 3}:
        raise SourceFileError(path, "is no pair of longitude and latitude.", place=place)
    return [
        _degrees(path, numbers[0], LONGITUDES, f"{place}[0]"),
        _degrees(path, numbers[1], LATITUDES, f"{place}[1]"),
    ]


def _degrees(path: Path, number: Any, between: tuple[int, int], place: str) -> float:
    # True and False are numbers to Python; "not a number" lies between nothing.
    if type(number) not in {int, float}:
        raise SourceFileError(path, "is not a number of degrees.", place=place)
    lowest, highest = between
    if not lowest <= number <= highest:
        raise SourceFileError(path, f"is not between {lowest} and {highest} degrees.", place=place)
    return float(number)


def _filled(path: Path, things: Any, place: str, what: str) -> list[Any]:
    if not isinstance(things, list) or not things:
        raise SourceFileError(path, f"is no list of {what}.", place=place)
    return things
