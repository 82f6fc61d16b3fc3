"""Faults as a file to work through: CSV, or a workbook. No cell of it runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import xlsxwriter

from typesetting.cells import neutral

HEADINGS = ("Row in the file", "Column", "What is wrong", "What the cell says")
Line = tuple[int, str, str, str]


def faults_csv(lines: Iterable[Line]) -> bytes:
    """One line a fault, in UTF-8 with the mark that Excel needs."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row, *texts in lines:
        writer.writerow([row, *map(neutral, texts)])
    return out.getvalue().encode("utf-8-sig")


def faults_workbook(lines: Iterable[Line]) -> bytes:
    """The same as a sheet; rows go to disk as they are written."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        sheet = workbook.add_worksheet("Faults")
        sheet.set_column(0, 0, 15)
        sheet.set_column(1, 3, 45)
        bold = workbook.add_format({"bold": True})
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading, bold)
        for index, (row, *texts) in enumerate(lines, start=1):
            sheet.write_number(index, 0, row)
            for column, text in enumerate(texts, start=1):
                sheet.write_string(index, column, neutral(text))
    return out.getvalue()
