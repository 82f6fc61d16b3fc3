"""The renderings of a report: pure functions from a document to the bytes of a file."""

from collections.abc import Callable, Mapping
from typing import Any

from evaluation.reports.document import Document
from evaluation.reports.render.csv import render_csv
from evaluation.reports.render.html import render_page
from evaluation.reports.render.package import render_package
from evaluation.reports.render.pdf import render_pdf
from evaluation.reports.render.word import render_word
from evaluation.reports.render.workbook import render_workbook

Renderer = Callable[[Document, Mapping[str, Any]], bytes]


def _of_document(render: Callable[[Document], bytes]) -> Renderer:
    """A renderer that has no need of the body."""
    return lambda document, _body: render(document)


RENDERERS: dict[str, Renderer] = {
    "pdf": _of_document(render_pdf),
    "xlsx": render_workbook,
    "docx": _of_document(render_word),
    "csv": render_csv,
    "zip": render_package,
    "html": _of_document(render_page),
}
