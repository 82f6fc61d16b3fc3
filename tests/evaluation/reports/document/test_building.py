"""Which sections a report has, what stands in them, and what is refused."""

from typing import Any

import pytest
from hypothesis import given, settings

from evaluation.reports.document import (
    Definitions,
    Document,
    Headline,
    InvalidSnapshotError,
    Method,
    Narrative,
    Outcomes,
    Provenance,
    Quotes,
    Table,
    build_document,
)
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    bodies,
    headline,
    narrative,
    released_body,
    sample_body,
    section,
    shown,
)


def with_shape(*sections: dict[str, Any]) -> dict[str, Any]:
    return sample_body() | {"shape": {"name": "Short", "sections": list(sections)}}


def blocks_of(document: Document) -> dict[str, list[object]]:
    return {each.id: list(each.blocks) for each in document.sections}


def test_sections_come_from_the_shape() -> None:
    document = build_document(sample_body(), ENVELOPE)
    assert [each.heading for each in document.sections] == [
        "Summary",
        "What was delivered",
        "Who was reached",
        "What difference it made",
        "Money",
        "How complete it is",
        "Further tables",
        "What the figures mean",
        "How the figures were made",
        "Where this report comes from",
    ]
    kinds = [type(block) for block in document.sections[0].blocks]
    assert kinds == [Headline, Headline, Table, Narrative]
    assert [type(block) for block in document.sections[3].blocks] == [Outcomes, Quotes, Narrative]


def test_what_the_shape_does_not_name_stands_at_the_end() -> None:
    document = build_document(with_shape(section("money", "Money", shown("spend"))), ENVELOPE)
    found = blocks_of(document)
    assert list(found) == ["money", "further", "definitions", "method", "provenance"]
    further = [block.id for block in found["further"] if isinstance(block, Table)]
    assert further == [table["id"] for table in sample_body()["tables"] if table["id"] != "spend"]
    assert [type(block) for block in found["further"][-2:]] == [Outcomes, Quotes]


def test_annexes_may_be_placed_by_the_shape() -> None:
    parts = ({"kind": kind} for kind in ("method", "definitions", "provenance"))
    document = build_document(with_shape(section("about", "About", *parts)), ENVELOPE)
    assert [each.id for each in document.sections] == ["further", "about"]
    about = document.sections[1]
    assert [type(block) for block in about.blocks] == [Method, Definitions, Provenance]
    assert [about.heading_of(block) for block in about.blocks] == [
        "",
        "What the figures mean",
        "Where this report comes from",
    ]


def test_an_annex_that_stands_alone_needs_no_second_heading() -> None:
    *_, definitions, _, _ = build_document(sample_body(), ENVELOPE).sections
    assert definitions.heading == "What the figures mean"
    assert [definitions.heading_of(block) for block in definitions.blocks] == [""]


def test_what_the_body_lacks_is_left_out() -> None:
    shape = section("a", "A", shown("workforce"), headline("made_up", "spend"), headline("other"))
    document = build_document(with_shape(shape), ENVELOPE)
    (found,) = document.sections[0].blocks
    assert isinstance(found, Headline)
    assert [figure.id for figure in found.figures] == ["spend"]


def test_a_figure_that_nobody_knows_is_no_headline() -> None:
    body = with_shape(section("a", "A", headline("spend", "sessions"), headline("budget")))
    body["figures"] = body["figures"] | {"spend": None, "budget": None}
    (found,) = build_document(body, ENVELOPE).sections[0].blocks
    assert isinstance(found, Headline)
    assert [figure.id for figure in found.figures] == ["sessions"]


def test_a_hidden_figure_stays_a_headline() -> None:
    body = released_body()
    body["shape"] = {"name": "Short", "sections": [section("a", "A", headline("spend"))]}
    body["figures"] = body["figures"] | {"spend": None}
    (found,) = build_document(body, RELEASED_ENVELOPE).sections[0].blocks
    assert isinstance(found, Headline)
    assert [figure.value and figure.value.text for figure in found.figures] == ["[c]"]


def test_a_table_named_twice_is_printed_once() -> None:
    document = build_document(
        with_shape(section("a", "A", shown("spend")), section("a", "B", shown("spend"))), ENVELOPE
    )
    assert [table.id for table in document.tables].count("spend") == 1


def test_sections_of_one_name_are_told_apart() -> None:
    document = build_document(
        with_shape(section("a", "A", shown("spend")), section("a", "B", shown("hub"))), ENVELOPE
    )
    assert [each.id for each in document.sections[:2]] == ["a", "a-2"]


def test_every_figure_stands_in_a_table_of_its_own() -> None:
    document = build_document(sample_body(), ENVELOPE)
    assert document.tables[0] is document.figures
    figures = {row.id: row.cells[0].text for row in document.figures.rows}
    assert figures["unique_participants"] == "2,148"
    assert figures["spend"] == "£803,604.17"
    assert figures["cost_per_retained"] == "n/a"
    assert figures.keys() == sample_body()["figures"].keys()


def test_tables_of_outcomes_are_told_apart() -> None:
    ids = [table.id for table in build_document(sample_body(), ENVELOPE).tables]
    assert [id_ for id_ in ids if id_.startswith("change")] == ["change", "change-2", "changes"]
    assert ids[-1] == "row_counts"


def test_boxes_to_write_stand_in_internal_reports_and_what_was_written_in_releases() -> None:
    boxes = [
        block
        for each in build_document(sample_body(), ENVELOPE).sections
        for block in each.blocks
        if isinstance(block, Narrative)
    ]
    assert [(box.box, box.paragraphs) for box in boxes] == [("summary", ()), ("learning", ())]
    assert boxes[0].prompt == "What was the period like, in five sentences?"
    released = [
        block
        for each in build_document(released_body(), RELEASED_ENVELOPE).sections
        for block in each.blocks
        if isinstance(block, Narrative)
    ]
    assert [box.paragraphs for box in released] == [
        ("Ten hubs were open all year.", "Most young people came back.")
    ]


def test_facts_of_the_title_page() -> None:
    facts = {fact.label: fact.text for fact in build_document(sample_body(), ENVELOPE).facts}
    assert facts == {
        "Programme": "#ThisIsDerby",
        "Grant": "Essential Life Skills",
        "Funder": "Derby City Council, for the Department for Education",
        "Funder's reference": "ELS/2018/07",
        "Amount": "£1,000,000",
        "Grant runs": "1 September 2018 to 31 August 2019",
        "Period reported": "25 September 2018 to 13 July 2019, both days included",
        "Registers due by": "20 July 2019 at 10:00am",
    }


def test_a_report_of_programmes_and_hubs_says_which() -> None:
    body = sample_body()
    body["about"] |= {
        "grant": None,
        "cut_off": None,
        "programmes": [{"name": "One", "slug": "one"}, {"name": "Two", "slug": "two"}],
        "hubs": [{"name": "Abbey", "slug": "abbey"}],
    }
    facts = {fact.label: fact.text for fact in build_document(body, ENVELOPE).facts}
    assert facts == {
        "Programmes": "One, Two",
        "Hub": "Abbey",
        "Period reported": "25 September 2018 to 13 July 2019, both days included",
    }


def test_a_period_without_sessions_says_so() -> None:
    body = sample_body()
    body["row_counts"]["sessions"] = 0
    fact = build_document(body, ENVELOPE).facts[-1]
    assert (fact.label, "No session" in fact.text) == ("Please note", True)


def test_a_release_is_marked_and_says_when_it_was_released() -> None:
    document = build_document(released_body(), RELEASED_ENVELOPE)
    assert document.marking == "Released"
    facts = {fact.label: fact.text for fact in document.provenance}
    assert facts["Release"] == RELEASED_ENVELOPE["release"]
    assert facts["Released"] == "1 August 2019 at 12:30pm"
    internal = {fact.label for fact in build_document(sample_body(), ENVELOPE).provenance}
    assert not internal & {"Release", "Released"}


def test_a_figure_that_a_release_does_not_say_is_hidden() -> None:
    figures = {row.id: row for row in build_document(released_body(), ENVELOPE).figures.rows}
    cell = figures["retention_90"].cells[0]
    assert (cell.raw, cell.text, cell.is_hidden) == (None, "[c]", True)


@pytest.mark.parametrize("empty", ["", " \n", "\N{ZERO WIDTH JOINER}"])
def test_a_heading_that_nobody_could_see_gets_words(empty: str) -> None:
    body = sample_body()
    body["title"] = body["method"][0]["heading"] = empty
    body["tables"][0]["title"] = empty
    body["shape"]["sections"][0]["heading"] = empty
    document = build_document(body, ENVELOPE)
    assert document.title == "Evaluation report"
    assert document.tables[1].title == "targets"
    assert document.sections[0].heading == "summary"
    assert document.method[0].heading == "Note"


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 1},
        {"kind": "draft"},
        {"figures": {"made_up": 1}},
        {"figures": {"attendances": "many"}},
        {"row_counts": {'"><script>': 1}},
        {"tables": 2 * sample_body()["tables"][:1]},
        {"shape": {"name": "", "sections": [section("a b", "A", shown("hub"))]}},
        {"shape": {"name": "", "sections": [section("a", "A", {"kind": "song"})]}},
        {"shape": {"name": "", "sections": [section("a", "A", narrative("<b>", ""))]}},
    ],
    ids=["schema", "kind", "figure", "number", "rows", "twice", "section", "part", "box"],
)
def test_other_shapes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidSnapshotError):
        build_document(sample_body() | change, ENVELOPE)


@given(body=bodies())
@settings(max_examples=60, deadline=None)
def test_every_table_of_any_body_is_printed_once(body: dict[str, Any]) -> None:
    document = build_document(body, ENVELOPE)
    ids = [table.id for table in document.tables]
    assert sorted(ids) == sorted(
        ["figures", "row_counts", *(table["id"] for table in body["tables"])]
    )
    sections = [each.id for each in document.sections]
    assert len(sections) == len(set(sections))
    assert all(each.blocks for each in document.sections)
