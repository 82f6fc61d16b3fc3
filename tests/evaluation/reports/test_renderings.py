"""Page, PDF, workbook, Word, CSV and package say the same figures: those of the body."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from evaluation.reports.document import build_document, plain
from evaluation.reports.render import RENDERERS
from evaluation.reports.render.html import render_fragment
from evaluation.reports.render.tidy import placed_tables
from tests.evaluation.reports import reading
from tests.evaluation.reports.sample import (
    AWKWARD,
    ENVELOPE,
    RELEASED_ENVELOPE,
    bodies,
    released_body,
    sample_body,
)

# Shrinking draws hundreds of files to find a smaller failure: minutes for little.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
BODIES: list[tuple[Callable[[], dict[str, Any]], dict[str, str]]] = [
    (sample_body, ENVELOPE),
    (released_body, RELEASED_ENVELOPE),
]
both = pytest.mark.parametrize(("make", "envelope"), BODIES, ids=["internal", "released"])


def drawn(name: str, body: dict[str, Any], envelope: dict[str, str] = ENVELOPE) -> bytes:
    return RENDERERS[name](build_document(body, envelope), body)


def underlined(figures: reading.Figures) -> reading.Figures:
    """Names of bookmarks have no other sign than _."""
    return {id_.replace("-", "_"): rows for id_, rows in figures.items()}


def test_the_sample_sums_as_a_snapshot_does() -> None:
    body = reading.of_body(sample_body())
    for table in ("hub", "ward", "imd_decile", "age_band", "gender", "age_by_gender"):
        *rows, total = body[table]
        assert [sum(column) for column in zip(*rows, strict=True)] == total  # type: ignore[arg-type]


@both
def test_every_rendering_says_the_figures_of_the_body(
    make: Callable[[], dict[str, Any]], envelope: dict[str, str]
) -> None:
    body = make()
    document, expected = build_document(body, envelope), reading.of_body(body)
    ids = [placed.id for placed in placed_tables(document)]
    assert set(ids) == set(expected)
    files = {name: render(document, body) for name, render in RENDERERS.items()}
    assert reading.of_page(files["html"].decode())[0] == expected
    assert reading.of_workbook(files["xlsx"], ids) == expected
    assert reading.of_word(files["docx"]) == underlined(expected)
    assert reading.of_csv(files["csv"])[0] == expected
    assert reading.of_csv(files["csv"], "shown")[0] == expected
    assert reading.of_package(files["zip"]) == expected
    tokens = reading.tokens_of_pdf(files["pdf"])
    for table in (table for table in body["tables"] if table["id"] != "changes"):
        for row in expected[table["id"]]:
            assert reading.holds(tokens, row), (table["id"], row)


@both
def test_every_breakdown_that_sums_sums_in_every_rendering(
    make: Callable[[], dict[str, Any]], envelope: dict[str, str]
) -> None:
    body = make()
    document = build_document(body, envelope)
    exact = [
        table["id"]
        for table in body["tables"]
        if table["rows"][-1]["kind"] == "total" and not table.get("protected")
    ]
    ids = [placed.id for placed in placed_tables(document)]
    for found in (
        reading.of_page(RENDERERS["html"](document, body).decode())[0],
        reading.of_workbook(RENDERERS["xlsx"](document, body), ids),
        reading.of_word(RENDERERS["docx"](document, body)),
        reading.of_csv(RENDERERS["csv"](document, body))[0],
        reading.of_package(RENDERERS["zip"](document, body)),
    ):
        for table in exact:
            *rows, total = found[table]
            for column in zip(*rows, total, strict=True):
                if all(isinstance(value, Decimal) for value in column):
                    assert sum(column[:-1]) == column[-1], table  # type: ignore[arg-type]
    assert exact


def test_the_pdf_says_figures_beside_their_labels() -> None:
    text = reading.text_of_pdf(drawn("pdf", sample_body()))
    for line in ("Session hours 6,000.0 4,812.0 80.2%", "Arboretum 255 1,445 1,445.5"):
        assert line in text


@both
def test_labels_are_the_same_on_page_and_in_csv(
    make: Callable[[], dict[str, Any]], envelope: dict[str, str]
) -> None:
    body = make()
    document = build_document(body, envelope)
    _, on_page = reading.of_page(render_fragment(document))
    _, in_csv = reading.of_csv(RENDERERS["csv"](document, body))
    assert on_page == {id_: rows for id_, rows in in_csv.items() if id_ != "figures"}
    assert in_csv["gender"] == ["Female", "Male", "Non-binary", "Not known", "Total"]


@given(body=bodies())
@settings(
    max_examples=20,
    deadline=None,
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_arbitrary_bodies_say_the_same_everywhere(body: dict[str, Any]) -> None:
    document = build_document(body, ENVELOPE)
    expected = reading.of_body(body)
    ids = [placed.id for placed in placed_tables(document)]
    assert reading.of_workbook(RENDERERS["xlsx"](document, body), ids) == expected
    assert reading.of_package(RENDERERS["zip"](document, body)) == expected
    filled = {id_: rows for id_, rows in expected.items() if rows}
    assert _filled(reading.of_word(RENDERERS["docx"](document, body))) == filled
    assert _filled(reading.of_page(render_fragment(document))[0]) == filled
    # A table without rows leaves no line in a CSV.
    assert reading.of_csv(RENDERERS["csv"](document, body))[0] == filled


@given(body=bodies())
@settings(
    max_examples=10,
    deadline=None,
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_arbitrary_bodies_make_a_pdf_with_their_figures(body: dict[str, Any]) -> None:
    tokens = reading.tokens_of_pdf(drawn("pdf", body))
    expected = reading.of_body(body)
    for table in body["tables"]:
        for row in expected[table["id"]]:
            assert reading.holds(tokens, row), (table["id"], row)


@both
@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_document_gives_the_same_bytes(
    name: str, make: Callable[[], dict[str, Any]], envelope: dict[str, str]
) -> None:
    first, second = (drawn(name, make(), envelope) for _ in range(2))
    assert first == second


@both
@pytest.mark.parametrize("name", RENDERERS)
def test_every_rendering_says_what_it_is(
    name: str, make: Callable[[], dict[str, Any]], envelope: dict[str, str]
) -> None:
    text = words(name, drawn(name, make(), envelope))
    marking = "Internal, exact" if make is sample_body else "Released"
    assert marking in text
    assert ENVELOPE["run_id"] in text
    assert ENVELOPE["sha256"] in text.replace("\n", "")
    assert "25 September 2018 to 13 July 2019" in text
    assert "20 July 2019 at 10:00am" in text


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_names_stand_as_written(text: str) -> None:
    body = sample_body()
    table = next(table for table in body["tables"] if table["id"] == "hub")
    table["rows"][0]["label"] = text
    document = build_document(body, ENVELOPE)
    assert reading.of_page(render_fragment(document))[1]["hub"][0] == plain(text)
    in_csv = reading.of_csv(RENDERERS["csv"](document, body))[1]["hub"][0]
    assert in_csv in {plain(text), f"'{plain(text)}"}
    book = openpyxl.load_workbook(io.BytesIO(RENDERERS["xlsx"](document, body)))
    assert (book["By hub"]["A2"].value or "") == plain(text)
    in_word = dict(reading.tables_of_word(RENDERERS["docx"](document, body)))["hub"]
    assert in_word.cell(1, 0).text == plain(text)
    RENDERERS["pdf"](document, body)


def words(name: str, content: bytes) -> str:
    if name == "pdf":
        return reading.text_of_pdf(content)
    if name == "docx":
        return reading.words_of_word(content)
    if name == "xlsx":
        sheets = openpyxl.load_workbook(io.BytesIO(content))
        return "\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row)
    if name == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return package.read("datapackage.json").decode()
    return content.decode("utf-8-sig")


def _filled(figures: reading.Figures) -> reading.Figures:
    return {id_: rows for id_, rows in figures.items() if rows}
