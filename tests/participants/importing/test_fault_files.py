"""Lists of faults, in which nothing runs as a formula."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from participants.importing.fault_files import faults_csv, faults_workbook

LINES = [
    (2, "Name", "This is too long.", "=HYPERLINK(0)"),
    (3, "=cmd", "Put it right.", " +1"),
    (4, "", "Put it right.", "\uff1d1+1"),
    (5, "DOB", "Put it right.", "Déda"),
]
NEUTRAL = [
    ["2", "Name", "This is too long.", "'=HYPERLINK(0)"],
    ["3", "'=cmd", "Put it right.", "' +1"],
    ["4", "", "Put it right.", "'\uff1d1+1"],
    ["5", "DOB", "Put it right.", "Déda"],
]


def test_csv() -> None:
    content = faults_csv(LINES)
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:] == NEUTRAL


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_workbook() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(faults_workbook(LINES))).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows(min_row=2)]
    assert [[str(cell.value or "") for cell in row] for row in cells] == NEUTRAL
    assert {cell.data_type for row in cells for cell in row} <= {"n", "s"}
