"""The page: light, safe under a strict policy, and a file that stands by itself."""

import re

from evaluation.reports.document import build_document
from evaluation.reports.render.html import render_fragment, render_page
from tests.evaluation.reports.sample import AWKWARD, ENVELOPE, sample_body


def test_fragment_is_light_and_holds_nothing_inline() -> None:
    fragment = render_fragment(build_document(sample_body(), ENVELOPE))
    assert len(fragment.encode()) < 100_000
    assert fragment.count("<h1>") == 1
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", fragment)
    ids = re.findall(r'\sid="([^"]+)"', fragment)
    assert len(ids) == len(set(ids))
    named = re.findall(r'aria-labelledby="([^"]+)"', fragment)
    assert {id_ for value in named for id_ in value.split()} <= set(ids)


def test_names_are_escaped() -> None:
    body = sample_body()
    for row, text in zip(body["breakdowns"][1]["rows"], AWKWARD, strict=False):
        row["label"] = text
    body["breakdowns"][2]["rows"][0]["label"] = "<script>alert(1)</script>"
    body["title"] = "</title><script>alert(2)</script>"
    page = render_page(build_document(body, ENVELOPE)).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ secret }} {% debug %}" in page


def test_a_grant_without_targets_has_no_such_section() -> None:
    fragment = render_fragment(build_document(sample_body() | {"targets": []}, ENVELOPE))
    assert "Targets against actual" not in fragment


def test_page_needs_no_other_file() -> None:
    page = render_page(build_document(sample_body(), ENVELOPE)).decode()
    assert not re.search(r"<link|<script|<img|\ssrc=|url\(|@import", page)
    assert "default-src 'none'" in page
    assert ".report__headline" in page
    assert len(page.encode()) < 100_000
