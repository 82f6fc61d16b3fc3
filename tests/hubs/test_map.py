from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubs.map import (
    WIDTH,
    Area,
    Drawing,
    Label,
    Point,
    deprivation_class,
    draw_shapes,
    draw_tiles,
    frame_of,
    label_of,
    marker_at,
    path_of,
    projected,
    tile_places,
)
from hubs.reference import WARD_CENTRES, WARD_TILES, WARDS, WARDS_BY_CODE
from tests.hubs.geography import DERBY_FILES, needs_derby

# A square of about 4.5 km and another one east of it; they share a border.
WEST_SQUARE = [[[[-1.5, 52.9], [-1.5, 52.94], [-1.45, 52.94], [-1.45, 52.9], [-1.5, 52.9]]]]
EAST_SQUARE = [[[[-1.45, 52.9], [-1.45, 52.94], [-1.4, 52.94], [-1.4, 52.9], [-1.45, 52.9]]]]

longitudes = st.floats(-9, 2)
latitudes = st.floats(49, 61)
points = st.tuples(longitudes, latitudes)
rings = st.lists(points, min_size=3, max_size=8).map(lambda corners: [*corners, corners[0]])
shapes = st.lists(st.lists(rings, min_size=1, max_size=2), min_size=1, max_size=2)


def corners_of(path: str) -> list[Point]:
    """Where a path of absolute starts and relative steps leads."""
    found: list[Point] = []
    for command, x, y in re.findall(r"([Ml])(-?\d+)[ ]?(-?\d+)", path):
        last = found[-1] if command == "l" else Point(0, 0)
        found.append(Point(last.x + int(x), last.y + int(y)))
    return found


def test_a_path_is_short_and_says_where_the_corners_are():
    ring = [Point(10, 20), Point(40, 5), Point(35, 60), Point(10, 20)]
    assert path_of([ring, ring]) == "M10 20l30-15l-5 55z" * 2


def test_east_to_west_is_shortened_by_the_latitude():
    frame = frame_of([(-1.5, 60.0), (-0.5, 60.0), (-1.5, 60.5), (-0.5, 60.5)])
    across = frame.point(-0.5, 60.5).x - frame.point(-1.5, 60.5).x
    down = frame.point(-1.5, 60.0).y - frame.point(-1.5, 60.5).y
    # At 60 degrees a degree of longitude is half as long as one of latitude.
    assert across == pytest.approx(down, rel=0.02)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), shapes, min_size=1, max_size=4))
def test_everything_lies_within_the_drawing(by_code):
    drawing = draw_shapes(by_code)
    assert drawing.areas.keys() == by_code.keys()
    for area in drawing.areas.values():
        for x, y in (*corners_of(area.path), area.label[:2]):
            assert 0 <= x <= drawing.width == WIDTH
            assert 0 <= y <= drawing.height <= WIDTH + 1


@given(rings, rings, st.lists(points, min_size=2, max_size=5))
def test_a_shared_border_stays_one_line(one, other, border):
    frame = frame_of([*one, *other, *border])
    west = [[[*border, *one, border[0]]]]
    east = [[[*reversed(border), *other, border[-1]]]]
    shared = {frame.point(*point) for point in border}
    for shape in (west, east):
        assert shared <= {corner for ring in projected(shape, frame) for corner in ring}


@given(rings, rings)
def test_a_name_stands_inside_its_shape(outline, hole):
    frame = frame_of([*outline, *hole])
    drawn = projected([[outline, hole]], frame)
    label = label_of(drawn)
    lefts, rights = min(p.x for r in drawn for p in r), max(p.x for r in drawn for p in r)
    assert lefts - 1 <= label.x <= rights + 1
    assert 0 <= label.room <= rights - lefts


def test_a_name_avoids_the_hole():
    outline = [[-1.5, 52.9], [-1.5, 52.96], [-1.4, 52.96], [-1.4, 52.9], [-1.5, 52.9]]
    hole = [[-1.49, 52.905], [-1.49, 52.955], [-1.43, 52.955], [-1.43, 52.905], [-1.49, 52.905]]
    label = draw_shapes({"a": [[outline, hole]]}).areas["a"].label
    assert label.x > 700


def test_two_squares_side_by_side():
    drawing = draw_shapes({"w": WEST_SQUARE, "e": EAST_SQUARE})
    assert drawing.height == 671
    west, east = (drawing.areas[code] for code in "we")
    assert west.path == "M10 660l0-650l490 0l0 650z"
    assert east.path == "M500 660l0-650l490 0l0 650z"
    assert (west.label.x, east.label.x) == (255, 745)


def test_no_shape_is_nothing_to_draw():
    with pytest.raises(ValueError, match="unpack"):
        draw_shapes({})


# --- Tiles -------------------------------------------------------------------------------------


def test_every_ward_has_a_tile_of_its_own_and_a_centre():
    names = {ward.name for ward in WARDS}
    assert WARD_TILES.keys() == names
    assert WARD_CENTRES.keys() == names
    assert len(set(WARD_TILES.values())) == len(names) == 17


def test_tiles_of_wards_that_are_not_known_follow_below():
    names = {"E1": "Allestree", "E2": "Sinfin", "E3": "Nowhere", "E4": "Elsewhere"}
    assert tile_places(names) == {"E1": (1, 0), "E2": (2, 4), "E3": (0, 5), "E4": (1, 5)}


@given(st.dictionaries(st.text(max_size=4), st.sampled_from([*WARD_TILES, "x", "y"]), max_size=30))
def test_tiles_lie_within_the_drawing(names):
    unique = {name: code for code, name in names.items() if name in WARD_TILES}
    names = {code: name for code, name in names.items() if unique.get(name, code) == code}
    drawing = draw_tiles(names)
    places = tile_places(names)
    assert len(set(places.values())) == len(names)
    assert all(
        0 <= a.label.x <= WIDTH and 0 <= a.label.y <= drawing.height for a in drawing.areas.values()
    )


# --- Markers and classes -----------------------------------------------------------------------


def test_a_marker_stands_at_its_place_unless_that_hides_the_name():
    drawing = draw_shapes({"w": WEST_SQUARE, "e": EAST_SQUARE})
    assert drawing.frame is not None
    area = Area("", Label(255, 335, 490))
    far = marker_at(drawing, area, 52.9375, -1.4975, 0)
    assert far == drawing.frame.point(-1.4975, 52.9375)
    above = Point(255, 275)
    assert marker_at(drawing, area, 52.92, -1.475, 0) == above
    assert marker_at(drawing, area, None, None, 0) == above
    # Not in Derby at all.
    assert marker_at(drawing, area, 51.5, -0.1, 0) == above
    assert marker_at(drawing, area, None, None, 2) == Point(255 + 168, 275)
    assert marker_at(Drawing({}, 600), area, 52.9375, -1.4975, 0) == above


@pytest.mark.parametrize(
    ("score", "number"),
    [("0", 1), ("4.97", 1), ("9.99", 1), ("10", 2), ("20", 3), ("39.99", 4), ("40", 5), ("80", 5)],
)
def test_classes_of_deprivation(score, number):
    assert deprivation_class(Decimal(score)) == number


def test_derbys_wards_fall_into_every_class():
    found = [deprivation_class(ward.imd_score) for ward in WARDS]
    assert [found.count(number) for number in range(1, 6)] == [2, 5, 3, 4, 3]


@needs_derby
def test_the_city_as_it_is():
    features = json.loads(DERBY_FILES["wards"].read_text())["features"]
    drawing = draw_shapes(
        {each["properties"]["ward_code"]: each["geometry"]["coordinates"] for each in features}
    )
    assert drawing.areas.keys() == WARDS_BY_CODE.keys()
    assert sum(len(area.path) for area in drawing.areas.values()) < 5000
    assert all(area.label.room > 60 for area in drawing.areas.values())
    assert drawing.frame is not None
    # Allestree is north of Chellaston, and Mickleover west of Spondon.
    at = {name: drawing.frame.point(lon, lat) for name, (lat, lon) in WARD_CENTRES.items()}
    assert at["Allestree"].y < at["Chellaston"].y
    assert at["Mickleover"].x < at["Spondon"].x
