"""Any file gives a table or a clear error, never a crash; rows keep their numbers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import struct
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from participants.importing import reading
from participants.importing.reading import UnreadableError, rows_of, shape_of
from participants.importing.table import columns_of, guess, survey

TODAY = dt.date(2026, 6, 1)


def rows(content: bytes, sheet: str = "") -> list[tuple[int, list[object]]]:
    file = io.BytesIO(content)
    return [(number, list(row)) for number, row in rows_of(file, shape_of(file), sheet)]


def workbook(*sheets: list[list[object]], **options: object) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, cells in enumerate(sheets, 1):
            sheet = book.add_worksheet(f"Sheet {number}")
            for row, line in enumerate(cells):
                for column, cell in enumerate(line):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, cell, day)
                    elif cell is not None:
                        sheet.write(row, column, cell)
    return out.getvalue()


TABLE = [(1, ["Name", "School"]), (2, ["Déda", "St Clare's"])]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_as_programs_write_it(encoding: str, mark: str, end: str) -> None:
    text = f"Name{mark}School{end}Déda{mark}St Clare's{end}"
    assert rows(text.encode(encoding)) == TABLE


def test_letters_of_windows() -> None:
    assert rows("Name,Cost\nDéda,€5 … ok\n".encode("cp1252"))[1] == (2, ["Déda", "€5 … ok"])
    # Not even a letter of Windows: what is left is ISO-8859-1.
    assert rows(b"Name,X\nD\xe9da,\x81\n")[1][1][0] == "Déda"


def test_rows_have_the_numbers_of_the_file() -> None:
    content = b'A,B\r\n\r\n"two\r\nlines",x\r\n,\r\n y ,"a ""b"" c",more\r\n'
    assert rows(content) == [
        (1, ["A", "B"]),
        (3, ["two\r\nlines", "x"]),
        (5, [" y ", 'a "b" c', "more"]),
    ]


def test_what_excel_says_of_its_commas() -> None:
    assert rows(b"sep=;\r\nName;School, or none\r\nx;y\r\n") == [
        (2, ["Name", "School, or none"]),
        (3, ["x", "y"]),
    ]


def test_workbooks() -> None:
    content = workbook(
        [[None, None], [None, "Name", "Born", "Year"], [None, "Comet", dt.date(2010, 2, 1), 7]],
        [["Other"], ["x"]],
    )
    assert rows(content) == [
        (2, ["Name", "Born", "Year"]),
        (3, ["Comet", dt.date(2010, 2, 1), 7.0]),
    ]
    assert rows(content, "Sheet 2") == [(1, ["Other"]), (2, ["x"])]
    assert shape_of(io.BytesIO(content)).sheets == ("Sheet 1", "Sheet 2")
    with pytest.raises(UnreadableError, match="no sheet"):
        rows(content, "Sheet 3")


def test_days_from_1904() -> None:
    content = workbook([["Born"], [dt.date(2010, 2, 1)]], date_1904=True)
    assert shape_of(io.BytesIO(content)).is_1904
    assert rows(content)[1] == (2, [dt.date(2010, 2, 1)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"%PDF-1.7 x", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x1f\x8b\x08", "Unpack"),
        (b"PK\x03\x04 nothing", "not a spreadsheet"),
        (bytes(range(32)) * 20, "not a spreadsheet"),
        (b'a,"b' + b"x" * 200_000, "quotation mark"),
    ],
    ids=["nothing", "blanks", "pdf", "picture", "xls", "gzip", "zip", "binary", "open quote"],
)
def test_what_is_no_table_says_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        rows(content)


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_workbook_that_unpacks_to_too_much() -> None:
    content = packed({"xl/workbook.xml": b"x", "xl/bomb": bytes(reading.MOST_UNPACKED + 1)})
    assert len(content) < 1_000_000
    with pytest.raises(UnreadableError, match="unpacks to more"):
        rows(content)


def test_a_workbook_that_says_less_than_it_unpacks_to() -> None:
    content = bytearray(packed({"xl/workbook.xml": b"x", "xl/bomb": bytes(5_000_000)}))
    size, place = struct.pack("<I", 5_000_000), 0
    while (place := content.find(size, place)) >= 0:
        content[place : place + 4] = struct.pack("<I", 1_000)
    with pytest.raises(UnreadableError, match="unpacks to more"):
        rows(bytes(content))


def test_a_workbook_of_too_many_parts() -> None:
    parts = {f"part{number}": b"" for number in range(reading.MOST_PARTS + 1)}
    with pytest.raises(UnreadableError, match="unpacks to more"):
        rows(packed({"xl/workbook.xml": b"x"} | parts))


def test_a_zip_of_something_else() -> None:
    with pytest.raises(UnreadableError, match="not a spreadsheet"):
        rows(packed({"word/document.xml": b"x"}))


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    with pytest.raises(UnreadableError, match="more than 3 rows"):
        rows(b"a,b\n" * 4)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(UnreadableError, match="larger"):
        rows(b"name,school\n")


def _read_all(content: bytes) -> None:
    file = io.BytesIO(content)
    try:
        shape = shape_of(file)
        table = survey(rows_of(file, shape), "people")
    except UnreadableError as error:
        assert str(error)  # noqa: PT017
        return
    assert len(table.columns) == len({column.casefold() for column in table.columns})
    guess(table.columns, "people", today=TODAY)


@given(content=st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_clear_error(content: bytes) -> None:
    _read_all(content)


@given(
    start=st.sampled_from([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"PK\x03\x04", b"sep=;\n", b'"']),
    content=st.binary(max_size=200),
)  # fmt: skip
def test_any_bytes_after_a_promising_start(start: bytes, content: bytes) -> None:
    _read_all(start + content)


WORKBOOK = workbook([["Name", "Born"], ["Comet", dt.date(2010, 2, 1)]])


@given(place=st.integers(0, len(WORKBOOK) - 1), put=st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook(place: int, put: bytes) -> None:
    _read_all(WORKBOOK[:place] + put + WORKBOOK[place + len(put) :])


@given(cut=st.integers(0, len(WORKBOOK)))
def test_a_workbook_that_breaks_off(cut: int) -> None:
    _read_all(WORKBOOK[:cut])


WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)


@given(
    table=st.lists(st.lists(WORD, min_size=3, max_size=3), min_size=2, max_size=6),
    mark=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_is_read(table: list[list[str]], mark: str, encoding: str) -> None:
    # Marks inside the cells would leave it to chance which of them cuts them.
    table = [
        ["".join(x for x in cell if x not in ",;|\t\ufeff") + "x" for cell in r] for r in table
    ]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark).writerows(table)
    assert [row for _, row in rows(out.getvalue().encode(encoding))] == table


class TestHeadings:
    def test_each_has_a_name_of_its_own(self) -> None:
        heading = ["Name", " name ", "", "Name (2)", "DOB\u0007"]
        assert columns_of(heading, 6) == [
            "Name", "name (2)", "Column 3", "Name (2) (2)", "DOB", "Column 6",
        ]  # fmt: skip

    def test_below_titles(self) -> None:
        text = (
            "Abbey hub: register of members,,\n\nPrinted 1 June 2019,,\n"
            "Forename,Surname,Date of birth\nComet,Quince,1/2/2010\n"
        )
        file = io.BytesIO(text.encode())
        table = survey(rows_of(file, shape_of(file)), "people")
        assert (table.heading_row, table.rows, table.last_row) == (4, 1, 5)
        assert guess(table.columns, "people", today=TODAY) == {
            "0": "given_name", "1": "family_name", "2": "birth_date",
        }  # fmt: skip
        assert table.examples[0] == ["Comet"]

    def test_another_row_is_chosen(self) -> None:
        file = io.BytesIO(b"First name,Surname\nA,B\nC,D\n")
        assert survey(rows_of(file, shape_of(file)), "people", heading_row=2).columns == ["A", "B"]

    def test_headings_and_nothing_below(self) -> None:
        file = io.BytesIO(b"First name,Surname\n")
        with pytest.raises(UnreadableError, match="no rows below"):
            survey(rows_of(file, shape_of(file)), "people")

    @pytest.mark.parametrize(
        ("heading", "field"),
        [
            ("D.O.B.", "birth_date"), ("Date of Birth (dd/mm/yyyy)", "birth_date"),
            ("FirstName", "given_name"), ("first_name *", "given_name"), ("SURNAME:", "family_name"),
            ("Child's name", "full_name"), ("Post-code", "home_postcode"), ("FSM?", "free_school_meals"),
            ("Ethnic Group", "ethnicity"), ("Yr Group", None), ("Emergency contact 1 phone", "contact_1_phone"),
        ],
    )  # fmt: skip
    def test_what_people_call_it(self, heading: str, field: str | None) -> None:
        found = guess([heading], "people", today=TODAY)
        assert found == ({"0": field} if field else {})

    def test_a_column_for_each_date(self) -> None:
        columns = ["Activity", "01/02/2019", "8 Feb 2019", "12", "Column 5"]
        assert guess(columns, "head_counts", today=TODAY) == {
            "0": "activity", "1": "on_heading", "2": "on_heading",
        }  # fmt: skip
