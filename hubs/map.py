"""The map of the city as shapes to draw: pure functions from degrees to whole units of a drawing.

The projection is equirectangular, with east to west shortened by the cosine of the middle latitude:
across a city it is as good as any. Units are small enough for a wall and short to write, so that a
page stays small; a point that two wards share stays one point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from hubs.reference import DEPRIVATION_CLASSES, WARD_TILES

# Units of the drawing.
WIDTH = 1000
MARGIN = 10
LEAST_DEGREES = 1e-6
TILE = 200
TILE_GAP = 12
TILES_ACROSS = WIDTH // TILE
# As much of a shape has to be free above and below the middle of a name, and across.
LABEL_REACH = 20
ENOUGH_ROOM = 170
# A marker is clear of a name that is so far below it, and so far to the side.
MARKER_ABOVE = 60
MARKER = 76
NAME_REACH = 140
MARKER_GAP = 84
# How finely a place for the name is looked for.
LABEL_LINES = 40

Ring = Sequence[Sequence[float]]
Polygon = Sequence[Ring]
Polygons = Sequence[Polygon]


class Point(NamedTuple):
    """A point of the drawing in whole units from its top left corner."""

    x: int
    y: int


class Label(NamedTuple):
    """The middle of a name, and how many units across are free for it."""

    x: int
    y: int
    room: int


@dataclass(frozen=True, slots=True)
class Frame:
    """How degrees become units: the north-western corner and units per degree."""

    west: float
    north: float
    across: float
    down: float
    height: int

    def point(self, longitude: float, latitude: float) -> Point:
        """Where a place lies in the drawing."""
        return Point(
            MARGIN + round((longitude - self.west) * self.across),
            MARGIN + round((self.north - latitude) * self.down),
        )


@dataclass(frozen=True, slots=True)
class Area:
    """A ward as drawn: the `d` of an SVG path, and where its name goes."""

    path: str
    label: Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """Areas by ward code; `frame` is missing where the wards are tiles."""

    areas: dict[str, Area]
    height: int
    frame: Frame | None = None
    width: int = WIDTH


def frame_of(points: Iterable[Sequence[float]]) -> Frame:
    """The frame, `WIDTH` units wide, into which all these [longitude, latitude] fit.

    Raises ValueError where there is no point.
    """
    longitudes, latitudes = zip(*points, strict=True)
    west, east = min(longitudes), max(longitudes)
    south, north = min(latitudes), max(latitudes)
    shrink = math.cos(math.radians((south + north) / 2))
    wide, high = (east - west) * shrink, north - south
    # A single place has to stand somewhere too.
    per_degree = (WIDTH - 2 * MARGIN) / max(wide, high, LEAST_DEGREES)
    height = 2 * MARGIN + math.ceil(high * per_degree)
    return Frame(west, north, per_degree * shrink, per_degree, height)


def draw_shapes(shapes: Mapping[str, Polygons]) -> Drawing:
    """Draw wards from their polygons, by ward code. Raises ValueError where there is none."""
    frame = frame_of(
        point
        for shape in shapes.values()
        for polygon in shape
        for ring in polygon
        for point in ring
    )
    areas = {code: _area(projected(shape, frame)) for code, shape in shapes.items()}
    return Drawing(areas, frame.height, frame)


def draw_tiles(names: Mapping[str, str]) -> Drawing:
    """Draw wards, names by code, as tiles where they roughly lie; unknown ones follow below."""
    places = tile_places(names)
    rows = 1 + max((row for _, row in places.values()), default=0)
    areas = {code: _tile(column, row) for code, (column, row) in places.items()}
    return Drawing(areas, rows * TILE)


def tile_places(names: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Column and row of each ward's tile, by code; no two are the same."""
    known = {code: WARD_TILES[name] for code, name in names.items() if name in WARD_TILES}
    others = sorted(names.keys() - known.keys())
    first_row = 1 + max((row for _, row in known.values()), default=-1)
    return known | {
        code: (number % TILES_ACROSS, first_row + number // TILES_ACROSS)
        for number, code in enumerate(others)
    }


def marker_at(
    drawing: Drawing, area: Area, latitude: float | None, longitude: float | None, number: int
) -> Point:
    """Where the marker of a ward's hub goes: at its place, unless that would cover the name.

    It then stands above the name; `number` keeps several hubs of a ward, from 0, apart.
    """
    label = area.label
    beside = Point(label.x + number * MARKER_GAP, label.y - MARKER_ABOVE)
    if drawing.frame is None or latitude is None or longitude is None:
        return beside
    place = drawing.frame.point(longitude, latitude)
    is_on_map = 0 <= place.x <= drawing.width and 0 <= place.y <= drawing.height
    covers = abs(place.x - label.x) < NAME_REACH and abs(place.y - label.y) < MARKER_ABOVE
    return place if is_on_map and not covers else beside


def deprivation_class(score: Decimal) -> int:
    """From 1, least deprived, to 5, most deprived, of a ward's score in the Indices of 2019."""
    return max(each.number for each in DEPRIVATION_CLASSES if each.begins <= score)


def projected(polygons: Polygons, frame: Frame) -> list[list[Point]]:
    """Every ring of a shape in units, points that fall on the one before them left out."""
    rings = (ring for polygon in polygons for ring in polygon)
    return [list(_thinned(frame.point(point[0], point[1]) for point in ring)) for ring in rings]


def path_of(rings: Iterable[Sequence[Point]]) -> str:
    """The `d` of an SVG path round these rings: a place each, then short steps."""
    return "".join(_ring_path(ring) for ring in rings if ring)


def label_of(rings: Sequence[Sequence[Point]]) -> Label:
    """A good place for a name in a shape: room across first, then room for a marker, then middle.

    Where the shape is nowhere high enough for a name, of its widest line.
    """
    heights = [point.y for ring in rings for point in ring]
    top, bottom = min(heights), max(heights)
    for reach in (LABEL_REACH, 0):
        lines = _lines(top + reach, bottom - reach)
        labels = [label for y in lines for label in _labels(rings, y, reach)]
        if labels:
            return max(labels, key=lambda label: _merit(label, rings, (top + bottom) / 2))
    # Too thin to hold anything: the first point is at least on it.
    return Label(rings[0][0].x, rings[0][0].y, 0)


def _lines(first: float, last: float) -> list[float]:
    step = (last - first) / LABEL_LINES
    return [first + step * number for number in range(1, LABEL_LINES)] if step > 0 else []


def _labels(rings: Sequence[Sequence[Point]], y: float, reach: float) -> Iterator[Label]:
    for left, right in _free(rings, y, reach):
        yield Label(round((left + right) / 2), round(y), int(right - left))


def _merit(label: Label, rings: Sequence[Sequence[Point]], middle: float) -> float:
    stretches = _inside(rings, label.y - MARKER_ABOVE)
    has_marker = any(a <= label.x - MARKER / 2 and label.x + MARKER / 2 <= b for a, b in stretches)
    return min(label.room, ENOUGH_ROOM) + has_marker * MARKER - abs(label.y - middle) / 3


def _free(rings: Sequence[Sequence[Point]], y: float, reach: float) -> list[tuple[float, float]]:
    """Stretches that lie inside at a height and a little above and below it."""
    free = _inside(rings, y)
    for other in (y - reach, y + reach):
        free = [
            (max(a, c), min(b, d))
            for a, b in free
            for c, d in _inside(rings, other)
            if max(a, c) < min(b, d)
        ]
    return free


def _inside(rings: Sequence[Sequence[Point]], y: float) -> list[tuple[float, float]]:
    """Where a horizontal line is inside the shape; holes are not."""
    crossings = sorted(
        a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y)
        for ring in rings
        for a, b in pairwise(ring)
        if (a.y > y) != (b.y > y)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def _area(rings: list[list[Point]]) -> Area:
    return Area(path_of(rings), label_of(rings))


def _tile(column: int, row: int) -> Area:
    left, top, side = column * TILE + TILE_GAP // 2, row * TILE + TILE_GAP // 2, TILE - TILE_GAP
    path = f"M{left} {top}h{side}v{side}h{-side}z"
    return Area(path, Label(left + side // 2, top + side // 2, side))


def _ring_path(ring: Sequence[Point]) -> str:
    steps = "".join(f"l{b.x - a.x} {b.y - a.y}" for a, b in pairwise(ring[:-1]))
    return f"M{ring[0].x} {ring[0].y}{steps}z".replace(" -", "-")


def _thinned(points: Iterable[Point]) -> Iterator[Point]:
    last = None
    for point in points:
        if point != last:
            yield point
        last = point
