"""The renderings of a report: pure functions from a document to the bytes of a file."""

from collections.abc import Callable

from evaluation.reports.document import Document
from evaluation.reports.render.csv import render_csv
from evaluation.reports.render.html import render_page
from evaluation.reports.render.pdf import render_pdf
from evaluation.reports.render.workbook import render_workbook

RENDERERS: dict[str, Callable[[Document], bytes]] = {
    "pdf": render_pdf,
    "xlsx": render_workbook,
    "csv": render_csv,
    "html": render_page,
}
