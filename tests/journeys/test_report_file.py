"""report.html, opened from disk as a file that somebody was sent."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser

from evaluation.reports.document import build_document
from evaluation.reports.render.html import render_page
from tests.evaluation.reports.sample import ENVELOPE, released_body, sample_body
from tests.journeys.conftest import assert_accessible


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["internal", "released"])
def test_an_accessibility_scan_finds_nothing(
    browser: Browser, tmp_path: Path, kind: str, scheme: str
) -> None:
    body = sample_body() if kind == "internal" else released_body()
    file = tmp_path / "report.html"
    file.write_bytes(render_page(build_document(body, ENVELOPE)))
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert_accessible(page)
    context.close()


def test_paper_is_marked_on_every_page_and_cuts_nothing_off(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_page(build_document(sample_body(), ENVELOPE)))
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(file.as_uri())
    pages = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    context.close()
    assert len(pages) > 3
    for number, printed in enumerate(pages, start=1):
        text = printed.extract_text()
        assert "Internal, exact" in text
        assert f"Page {number} of {len(pages)}" in text
    # The last column of the widest table.
    assert "Sessions with no" in "".join(printed.extract_text() for printed in pages)
