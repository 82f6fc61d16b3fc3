"""Page, PDF, workbook and CSV say the same numbers, and those of the snapshot."""

import io
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from evaluation.reports.document import Document, build_document, plain
from evaluation.reports.render import RENDERERS
from evaluation.reports.render.html import render_fragment
from tests.evaluation.reports import reading
from tests.evaluation.reports.sample import AWKWARD, ENVELOPE, bodies, sample_body

# Shrinking draws hundreds of files to find a smaller failure: minutes for little.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.fixture(scope="module")
def document() -> Document:
    return build_document(sample_body(), ENVELOPE)


def test_sample_sums_as_a_snapshot_does() -> None:
    body = reading.of_body(sample_body())
    for table in ("hub", "ward", "imd_decile", "age_band", "gender"):
        *rows, total = body[table]
        assert [sum(column) for column in zip(*rows, strict=True)] == total


def test_every_rendering_says_the_numbers_of_the_snapshot(document: Document) -> None:
    expected = reading.of_body(sample_body())
    ids = [table.id for table in document.tables]
    assert list(expected) == ids
    assert reading.of_page(render_fragment(document))[0] == expected
    assert reading.of_page(RENDERERS["html"](document).decode())[0] == expected
    assert reading.of_csv(RENDERERS["csv"](document))[0] == expected
    assert reading.of_workbook(RENDERERS["xlsx"](document), ids) == expected
    tokens = reading.tokens_of_pdf(RENDERERS["pdf"](document))
    for table in ("headline", "targets", "hub", "ward", "imd_decile", "age_band", "gender"):
        for row in expected[table]:
            assert reading.holds(tokens, row), (table, row)


def test_pdf_says_figures_beside_their_labels(document: Document) -> None:
    text = reading.text_of_pdf(RENDERERS["pdf"](document))
    for line in (
        "Young people reached 2,000 2,148 107.4%",
        "Session hours 6,000.0 4,812.0 80.2%",
        "Arboretum 255 1,445 1,445.5 1,445.5 1,445 1,445",
        "Sinfin 25 19 November 2018",
        "41,234.5\nContact hours",
        "87.3%\nAttendance rate",
    ):
        assert line in text


def test_labels_are_the_same_on_page_and_in_csv(document: Document) -> None:
    _, on_page = reading.of_page(render_fragment(document))
    _, in_csv = reading.of_csv(RENDERERS["csv"](document))
    assert {**on_page, "headline": in_csv["headline"]} == in_csv
    assert in_csv["gender"] == [
        "Female",
        "Male",
        "Non-binary",
        "Prefer not to say",
        "Not known",
        "Total",
    ]


@given(body=bodies())
@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
def test_arbitrary_bodies_say_the_same_on_page_in_workbook_and_csv(body: dict[str, Any]) -> None:
    document = build_document(body, ENVELOPE)
    expected = reading.of_body(body)
    ids = [table.id for table in document.tables]
    assert reading.of_workbook(RENDERERS["xlsx"](document), ids) == expected
    # A table without rows leaves no line in a CSV, and no section of targets on the page.
    filled = {id_: rows for id_, rows in expected.items() if rows}
    assert _filled(reading.of_page(render_fragment(document))[0]) == filled
    assert reading.of_csv(RENDERERS["csv"](document))[0] == filled


@given(body=bodies())
@settings(
    max_examples=12,
    deadline=None,
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_arbitrary_bodies_make_a_pdf_with_their_numbers(body: dict[str, Any]) -> None:
    tokens = reading.tokens_of_pdf(RENDERERS["pdf"](build_document(body, ENVELOPE)))
    expected = reading.of_body(body)
    for table in [item["id"] for item in body["breakdowns"]] + ["targets"]:
        for row in expected[table]:
            assert reading.holds(tokens, row), (table, row)


@pytest.mark.parametrize("name", RENDERERS)
def test_same_document_gives_same_bytes(name: str) -> None:
    first, second = (RENDERERS[name](build_document(sample_body(), ENVELOPE)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", RENDERERS)
def test_every_rendering_says_what_it_is(document: Document, name: str) -> None:
    content = RENDERERS[name](document)
    text = {
        "pdf": reading.text_of_pdf,
        "xlsx": _words_of_workbook,
        "csv": lambda content: content.decode("utf-8-sig"),
        "html": bytes.decode,
    }[name](content)
    assert "Internal, exact" in text
    assert ENVELOPE["run_id"] in text
    assert ENVELOPE["sha256"] in text
    assert "25 September 2018 to 13 July 2019" in text
    assert "20 July 2019 at 10:00am" in text


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_names_stand_as_written(text: str) -> None:
    body = sample_body()
    body["breakdowns"][0]["rows"][0]["label"] = text
    document = build_document(body, ENVELOPE)
    assert reading.of_page(render_fragment(document))[1]["hub"][0] == plain(text)
    in_csv = reading.of_csv(RENDERERS["csv"](document))[1]["hub"][0]
    assert in_csv in {plain(text), f"'{plain(text)}"}
    book = openpyxl.load_workbook(io.BytesIO(RENDERERS["xlsx"](document)))
    assert (book["By hub"]["A2"].value or "") == plain(text)
    RENDERERS["pdf"](document)


def _filled(figures: reading.Figures) -> reading.Figures:
    return {id_: rows for id_, rows in figures.items() if rows}


def _words_of_workbook(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = (cell for sheet in book for row in sheet.values for cell in row)
    return "\n".join(str(cell) for cell in cells)
