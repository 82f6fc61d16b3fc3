from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.indicators import INDICATORS
from evaluation.reports.collect import TABLES
from evaluation.reports.shipped_shapes import FOLDER, Shape, read_shape, shipped_shapes
from evaluation.reports.templates import (
    LONGEST_HEADING,
    TABLE_NAMES,
    Part,
    PartKind,
    Section,
    ShapeError,
    boxes,
    check_names,
    dump,
    parse,
)

# Made by others than the one that collects figures: how a report differs from an earlier one.
ELSEWHERE = {"changes"}


def section(*parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"id": "reach", "heading": "Who came", "parts": list(parts)} | changes


TABLE = {"kind": "table", "table": "hub"}
BOX = {"kind": "narrative", "box": "summary", "prompt": "In five sentences."}


def test_a_shape_is_read_and_written_again() -> None:
    raw = [
        section({"kind": "headline", "figures": ["attendances", "sessions"]}, TABLE, BOX),
        section({"kind": "quotes"}, id="voices", heading="Voices"),
    ]
    sections = parse(raw)
    assert sections[0] == Section(
        "reach",
        "Who came",
        (
            Part(PartKind.HEADLINE, figures=("attendances", "sessions")),
            Part(PartKind.TABLE, table="hub"),
            Part(PartKind.NARRATIVE, box="summary", prompt="In five sentences."),
        ),
    )
    assert dump(sections) == raw
    assert boxes(sections) == {"summary": "In five sentences."}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([], "A shape needs at least one section."),
        ("no list", "A shape needs at least one section."),
        ([section(TABLE)] * 31, "at most 30 sections"),
        (["x"], "Section 1 holds heading, id, parts and nothing else."),
        ([section(TABLE, more=1)], "Section 1 holds heading, id, parts and nothing else."),
        ([section(TABLE, heading=" ")], "Section 1: the heading is empty."),
        ([section(TABLE, heading="x" * 121)], "Section 1: the heading has spaces round it, or"),
        ([section(TABLE, heading="a\0b")], "Section 1: the heading has spaces round it, or"),
        ([section(TABLE, id="Who came")], "Section 1 (“Who came”): the id is not of small letters"),
        ([section()], "Section 1 (“Who came”) holds nothing."),
        ([section(*[{"kind": "quotes"}] * 41)], "has more than 40 parts"),
        ([section(TABLE, {"kind": "cake"})], "Section 1 (“Who came”), part 2: there is no kind"),
        ([section("x")], "part 1: there is no kind of part “None”."),
        ([section({"kind": "table"})], "part 1 holds kind, table and nothing else."),
        ([section(TABLE | {"box": "b"})], "part 1 holds kind, table and nothing else."),
        ([section({"kind": "headline", "figures": []})], "part 1: choose at least one figure."),
        (
            [section({"kind": "headline", "figures": ["sessions", "sessions"]})],
            "part 1: a figure stands there twice.",
        ),
        ([section(BOX | {"prompt": ""})], "part 1: what to write there is empty."),
        ([section(TABLE), section(BOX)], "The section “reach” stands there 2 times."),
        ([section(TABLE, TABLE)], "The part “table hub” stands there 2 times."),
        (
            [section(BOX), section(BOX, id="b")],
            "The part “narrative summary” stands there 2 times.",
        ),
        ([section({"kind": "method"}), section({"kind": "method"}, id="b")], "“method” stands"),
    ],
    ids=str,
)
def test_what_cannot_be_read_says_where_and_why(raw: Any, sentence: str) -> None:
    with pytest.raises(ShapeError) as error:
        parse(raw)
    assert sentence in str(error.value)


def test_unknown_tables_and_figures_are_named() -> None:
    headline = {"kind": "headline", "figures": ["sessions"]}
    sections = parse([section(TABLE, headline)])
    check_names(sections, tables={"hub"}, figures={"sessions"})
    with pytest.raises(ShapeError, match="“Who came”: there is no table “hub”"):
        check_names(sections, tables=(), figures={"sessions"})
    with pytest.raises(ShapeError, match="there is no figure “sessions”"):
        check_names(sections, tables={"hub"}, figures=())


TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=LONGEST_HEADING)
SLUGS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
PARTS = st.one_of(
    st.builds(
        Part,
        st.just(PartKind.HEADLINE),
        figures=st.lists(st.sampled_from(sorted(INDICATORS)), min_size=1, unique=True).map(tuple),
    ),
    st.builds(Part, st.just(PartKind.TABLE), table=st.sampled_from(sorted(TABLE_NAMES))),
    st.builds(Part, st.just(PartKind.NARRATIVE), box=SLUGS, prompt=TEXT),
    st.builds(
        Part,
        st.sampled_from([PartKind.OUTCOMES, PartKind.QUOTES, PartKind.METHOD]),
    ),
)


def once(sections: list[Section]) -> tuple[Section, ...]:
    """The same without what may stand once only, and without empty sections."""
    seen: set[str] = set()
    kept = []
    for each in sections:
        parts = []
        for part in each.parts:
            if not part.place or part.place not in seen:
                parts.append(part)
                seen.add(part.place)
        if parts:
            kept.append(Section(each.id, each.heading, tuple(parts)))
    return tuple(kept)


SECTIONS = (
    st.lists(
        st.builds(Section, SLUGS, TEXT, st.lists(PARTS, min_size=1, max_size=6).map(tuple)),
        min_size=1,
        max_size=6,
        unique_by=lambda each: each.id,
    )
    .map(once)
    .filter(bool)
)


@given(SECTIONS)
def test_whatever_was_written_is_read_the_same(sections: tuple[Section, ...]) -> None:
    assert parse(dump(sections)) == sections


SHIPPED = shipped_shapes()


def test_five_shapes_ship_and_the_standard_one_comes_first() -> None:
    assert [shape.slug for shape in SHIPPED] == [
        "standard",
        "arts-council-england",
        "department-for-education",
        "national-lottery-community-fund",
        "bbc-children-in-need",
    ]
    assert len({shape.name for shape in SHIPPED}) == 5


def test_every_table_that_is_collected_can_be_chosen_and_no_other() -> None:
    assert set(TABLE_NAMES) == set(TABLES) | ELSEWHERE


@pytest.mark.parametrize("shape", SHIPPED, ids=lambda shape: shape.slug)
def test_shipped_shapes_name_what_there_is_and_say_how_figures_were_made(shape: Shape) -> None:
    check_names(shape.sections, tables={*TABLES, *ELSEWHERE}, figures=INDICATORS)
    held = {part.kind for section in shape.sections for part in section.parts}
    assert held == set(PartKind)
    tables = {part.table for section in shape.sections for part in section.parts}
    assert tables >= {"targets", "spend", "costs", "hub", "gender", "age_band", "special_needs"}
    assert len(shape.summary) <= 240
    assert len(shape.name) <= 120


def test_the_standard_shape_leaves_no_table_out() -> None:
    parts = [part for section in SHIPPED[0].sections for part in section.parts]
    assert {part.table for part in parts if part.table} == set(TABLE_NAMES)


def test_a_file_that_is_not_right_is_named(tmp_path: Any) -> None:
    text = (FOLDER / "standard.toml").read_text()
    for content, sentence in (
        (text, "other.toml: its slug is not its name."),
        (text.replace("position = 1", ""), "other.toml: it holds name, position"),
        ("[[", "other.toml: "),
        (
            text.replace('"standard"', '"other"').replace('"month"', '"hub"'),
            "other.toml: The part “table hub” stands there",
        ),
    ):
        file = tmp_path / "other.toml"
        file.write_text(content)
        with pytest.raises(ShapeError) as error:
            read_shape(file)
        assert sentence in str(error.value)
