"""What printing a report costs a worker's processor: a new document, and the same one again."""

from __future__ import annotations

import io
import statistics
import time

import pypdf

from evaluation.reports.document import Document, build_document
from evaluation.reports.render.pdf import render_pdf
from tests.evaluation.reports.sample import ENVELOPE, sample_body

ROUNDS = 5
PAGES = 20
SECONDS = 1


def long_report(marker: str) -> Document:
    """More than 20 pages of tables and charts, none of which a cache has seen."""
    body = sample_body()
    ward = next(table for table in body["tables"] if table["id"] == "ward")
    body["title"] = f"{body['title']}, {marker}"
    for at in range(PAGES):
        rows = [row | {"label": f"{row['label']} {marker}"} for row in ward["rows"]]
        body["tables"].append(ward | {"id": f"ward_{at}", "rows": rows, "chart": "bars"})
    return build_document(body, ENVELOPE)


def measured(document: Document) -> tuple[float, int]:
    """Processor seconds of all threads, and pages."""
    began = time.process_time()
    content = render_pdf(document)
    seconds = time.process_time() - began
    return seconds, len(pypdf.PdfReader(io.BytesIO(content)).pages)


def test_twenty_pages() -> None:
    cold, pages = measured(long_report("0"))
    rounds = [measured(long_report(str(at)))[0] for at in range(1, ROUNDS + 1)]
    middle = statistics.median(rounds)
    print(
        f"\nPDF of {pages} pages: {cold:.2f} s of processor time at first, then "
        f"{middle:.2f} s ({min(rounds):.2f} to {max(rounds):.2f}, {ROUNDS} times)"
    )
    assert pages >= PAGES
    assert max(cold, *rounds) < SECONDS
