"""report.html, opened from disk as a file that somebody was sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from evaluation.reports.document import build_document
from evaluation.reports.render.html import render_page
from tests.evaluation.reports.sample import ENVELOPE, sample_body
from tests.journeys.conftest import assert_accessible


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_scan_finds_nothing(browser: Browser, tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_page(build_document(sample_body(), ENVELOPE)))
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert_accessible(page)
    context.close()
