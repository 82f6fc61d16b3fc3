"""The page: light, safe under a strict policy, and a file that stands by itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from evaluation.reports.document import Document, build_document
from evaluation.reports.render.html import render_fragment, render_page
from tests.evaluation.reports.sample import (
    AWKWARD,
    ENVELOPE,
    RELEASED_ENVELOPE,
    released_body,
    sample_body,
)


@pytest.fixture(scope="module")
def internal() -> Document:
    return build_document(sample_body(), ENVELOPE)


@pytest.fixture(scope="module")
def released() -> Document:
    return build_document(released_body(), RELEASED_ENVELOPE)


class _Outline(HTMLParser):
    """Levels and words of headings, and scopes of header cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.scopes: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))


def test_fragment_is_light_and_holds_nothing_inline(internal: Document) -> None:
    fragment = render_fragment(internal)
    assert len(fragment.encode()) < 100_000
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", fragment)


def test_every_id_is_one_and_every_link_leads_somewhere(internal: Document) -> None:
    fragment = render_fragment(internal)
    ids = re.findall(r'\sid="([^"]+)"', fragment)
    assert len(ids) == len(set(ids))
    named = re.findall(r'aria-labelledby="([^"]+)"', fragment)
    assert {id_ for value in named for id_ in value.split()} <= set(ids)
    linked = set(re.findall(r'href="#([^"]+)"', fragment))
    assert linked <= set(ids)
    assert {"section-summary", "section-provenance", "define-contact_hours"} <= linked


def test_headings_step_down_one_by_one_and_header_cells_have_scopes(internal: Document) -> None:
    outline = _Outline(render_fragment(internal))
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    steps = zip(outline.levels, outline.levels[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert set(outline.scopes) == {"col", "row"}


def test_a_big_number_opens_its_definition(internal: Document) -> None:
    fragment = render_fragment(internal)
    stat = fragment[fragment.index("<dt>Young people reached</dt>") :]
    value, details = stat.index("2,148"), stat.index("<details>")
    assert value < details < stat.index("Young people reached, counted from registers")


def test_every_chart_tells_its_title_and_its_figures(internal: Document) -> None:
    fragment = render_fragment(internal)
    drawn = [table.chart for table in internal.tables if table.chart]
    assert fragment.count('<svg class="chart"') == len(drawn) == 5
    for chart in drawn:
        assert f'<title id="chart-{chart.id}-title">{chart.title}</title>' in fragment
        assert chart.description in fragment


def test_a_column_of_dates_or_words_is_not_set_as_numbers(internal: Document) -> None:
    fragment = render_fragment(internal)
    assert '<th scope="col">Oldest</th>' in fragment
    assert '<th scope="col" data-type="number">Oldest</th>' not in fragment


def test_a_table_that_nothing_stands_in_says_so_in_its_note_alone() -> None:
    body = sample_body()
    changes = next(table for table in body["tables"] if table["id"] == "changes")
    changes |= {"rows": [], "note": "No figure changed."}
    fragment = render_fragment(build_document(body, ENVELOPE))
    assert "No figure changed." in fragment
    assert 'id="table-changes"' not in fragment


def test_figures_lead_to_their_rows_where_somebody_may_see_them(internal: Document) -> None:
    asked: list[tuple[str, str, str]] = []

    def rows_url(table: str, row: str, column: str) -> str | None:
        asked.append((table, row, column))
        wanted = {("gender", "r0"), ("figures", "spend"), ("hub", "reconciling")}
        return f"/rows/{table}/{row}/{column}/" if (table, row) in wanted else None

    fragment = render_fragment(internal, rows_url=rows_url)
    assert '<a href="/rows/gender/r0/unique_participants/">33</a>' in fragment
    assert '<a href="/rows/figures/spend//">£803,604.17</a>' in fragment
    # What makes a table add up is nobody's row.
    assert fragment.count('href="/rows/') == 4
    assert ("missing_registers", "abbey", "registers_missing") in asked
    assert "/rows/" not in render_fragment(internal)


def test_a_release_says_what_is_hidden_and_shows_no_box_to_fill(released: Document) -> None:
    fragment = render_fragment(released)
    assert "Released" in fragment
    assert "[c] is hidden to protect individual children." in fragment
    assert '<td data-type="number">[c]</td>' in fragment
    assert "&lt;5" in fragment
    assert "Ten hubs were open all year." in fragment
    assert "To be written" not in fragment


def test_an_internal_report_says_what_is_to_be_written(internal: Document) -> None:
    fragment = render_fragment(internal)
    assert "<strong>To be written before release.</strong>" in fragment
    assert "What was the period like, in five sentences?" in fragment


def test_names_are_escaped() -> None:
    body = sample_body()
    tables = {table["id"]: table for table in body["tables"]}
    for row, text in zip(tables["ward"]["rows"], AWKWARD, strict=False):
        row["label"] = text
    tables["imd_decile"]["rows"][0]["label"] = "<script>alert(1)</script>"
    body["title"] = "</title><script>alert(2)</script>"
    page = render_page(build_document(body, ENVELOPE)).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ secret }} {% debug %}" in page


def test_page_needs_no_other_file(internal: Document) -> None:
    page = render_page(internal).decode()
    assert not re.search(r"<link|<script|<img|\ssrc=|@import", page)
    assert set(re.findall(r"url\([^)]*\)", page)) <= {
        f"url(#hatch-{table.id})" for table in internal.tables
    }
    assert "default-src 'none'" in page
    assert ".report__headline" in page
    assert len(page.encode()) < 100_000
