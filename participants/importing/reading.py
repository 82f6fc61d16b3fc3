"""From the bytes of a file to rows of cells: CSV in every dress, and XLSX."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

import python_calamine

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Row = list[Cell]

MOST_BYTES = 20 * 1024 * 1024
# What an XLSX may hold once it is unpacked. A spreadsheet of 20,000 people with forty columns
# comes to about 60 MB.
MOST_UNPACKED = 250 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS = 100_000
MOST_COLUMNS = 200

_SAMPLE = 64 * 1024
_CHUNK = 64 * 1024
_DELIMITERS = (",", ";", "\t", "|")
# What other kinds of file begin with, so that the answer can say what to do.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "This is an old Excel file, or one with a password. Save it as .xlsx."),
    (b"%PDF", "This is a PDF. Ask for the spreadsheet it was made from."),
    (b"\x89PNG", "This is a picture, not a spreadsheet."),
    (b"\xff\xd8\xff", "This is a picture, not a spreadsheet."),
    (b"GIF8", "This is a picture, not a spreadsheet."),
    (b"\x1f\x8b", "This file is packed. Unpack it first."),
    (b"{\\rtf", "This is a text document, not a spreadsheet."),
)
_NO_TABLE = "This is not a spreadsheet that can be read. Save it as .xlsx or .csv and try again."
_TOO_MUCH = "This workbook unpacks to more than can be read. Save the one sheet as .csv."
_STORED, _DEFLATED = 0, 8


class UnreadableError(Exception):
    """A file that is no table; its text says what to do and repeats nothing of the file."""


@dataclass(frozen=True)
class Shape:
    """How a file is to be read: kind, its sheets, and for CSV its letters and its commas.

    `is_1904` says that a workbook counts its days from 1904.
    """

    kind: str
    sheets: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    is_1904: bool = False


def shape_of(file: BinaryIO) -> Shape:
    """What a file is, by its content, whatever its name says.

    Raises:
        UnreadableError: it is too large, packed too tightly, or no table at all.
    """
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise UnreadableError("The file is empty.")
    if size > MOST_BYTES:
        raise UnreadableError("The file is larger than 20 MB. Split it, or save it as .csv.")
    file.seek(0)
    start = file.read(8)
    for magic, words in _OTHERS:
        if start.startswith(magic):
            raise UnreadableError(words)
    return _workbook(file) if start.startswith(b"PK") else _text(file)


def rows_of(file: BinaryIO, shape: Shape, sheet: str = "") -> Iterator[tuple[int, Row]]:
    """Every row of a sheet with its number as a spreadsheet shows it, empty ones left out.

    Rows come one by one: a CSV of any length takes the same memory. A workbook's sheet is held
    whole by the reader, not as Python's objects.

    Raises:
        UnreadableError: it breaks off, has another sheet's name, or is longer than can be read.
    """
    file.seek(0)
    is_workbook = shape.kind == "xlsx"
    rows: Iterator[Row] = _sheet(file, shape, sheet) if is_workbook else _lines(file, shape)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise UnreadableError(f"There are more than {MOST_ROWS:,} rows. Split the file.")
        if any(not is_blank(cell) for cell in row):
            yield number, row


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing: spaces of any kind only."""
    return isinstance(cell, str) and not cell.strip()


# --- Workbooks -----------------------------------------------------------------------------


def _workbook(file: BinaryIO) -> Shape:
    is_1904 = _unpacks(file)
    file.seek(0)
    book = _opened(file)
    if not book.sheet_names:
        raise UnreadableError("The workbook has no sheets.")
    return Shape(kind="xlsx", sheets=tuple(book.sheet_names), is_1904=is_1904)


def _unpacks(file: BinaryIO) -> bool:
    """Look at every part before anything reads it; says whether days count from 1904.

    The sizes that a file declares of itself are not believed: each part is unpacked into nothing,
    and stops where it says more than it declared.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise UnreadableError(_NO_TABLE)
            if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_UNPACKED:
                raise UnreadableError(_TOO_MUCH)
            for part in parts:
                _check_part(file, part)
            head = packed.read("xl/workbook.xml")
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError):
        _refuse()
    except (RuntimeError, OSError, ValueError, KeyError, UnicodeError):
        _refuse()
    return b'date1904="1"' in head or b'date1904="true"' in head


def _refuse() -> NoReturn:
    raise UnreadableError(_NO_TABLE) from None


def _check_part(file: BinaryIO, part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 1:
        raise UnreadableError("The workbook has a password. Save it without one.")
    if part.compress_type not in {_STORED, _DEFLATED}:
        raise UnreadableError(_NO_TABLE)
    if part.compress_type == _STORED:
        return
    file.seek(part.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    file.seek(name + extra, io.SEEK_CUR)
    if _unpacked(file, part.compress_size, part.file_size) > part.file_size:
        raise UnreadableError(_TOO_MUCH)


def _unpacked(file: BinaryIO, packed: int, most: int) -> int:
    """How many bytes a part unpacks to; stops soon after more than `most`."""
    inflate = zlib.decompressobj(-15)
    left, found = packed, 0
    while left > 0 and found <= most and not inflate.eof:
        chunk = file.read(min(_CHUNK, left))
        if not chunk:
            break
        left -= len(chunk)
        while chunk and found <= most:
            found += len(inflate.decompress(chunk, _CHUNK))
            chunk = inflate.unconsumed_tail
    return found


def _opened(file: BinaryIO) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(file)
    except BaseException as error:
        # The reader is native code: what stops it may be no Exception of Python's.
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        _refuse()


def _sheet(file: BinaryIO, shape: Shape, name: str) -> Iterator[Row]:
    book = _opened(file)
    if name and name not in shape.sheets:
        raise UnreadableError("The workbook has no sheet of this name any more.")
    try:
        sheet = book.get_sheet_by_name(name or shape.sheets[0])
        if sheet.width > MOST_COLUMNS * 10:
            raise UnreadableError(f"There are more than {MOST_COLUMNS} columns.")
        for row in sheet.iter_rows():
            yield row[:MOST_COLUMNS]
    except UnreadableError:
        raise
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit)):
            raise
        _refuse()


# --- Text ----------------------------------------------------------------------------------


def _text(file: BinaryIO) -> Shape:
    encoding = _encoding(file)
    sample = _sample(file, encoding)
    if not sample.strip():
        raise UnreadableError("The file is empty.")
    strange = sum(1 for letter in sample if letter < " " and letter not in "\t\r\n\f")
    if "\0" in sample or strange > len(sample) / 100:
        raise UnreadableError(_NO_TABLE)
    return Shape(kind="csv", encoding=encoding, delimiter=_delimiter(sample))


def _encoding(file: BinaryIO) -> str:
    """By its byte order mark; else UTF-8 where all of it is, else what Windows wrote."""
    file.seek(0)
    start = file.read(_CHUNK)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return name if _decodes(file, name) else _refuse()
    if name := _utf_16_without_mark(start):
        return name if _decodes(file, name) else _refuse()
    # ISO-8859-1 has a letter for every byte: what is left over can always be read by it.
    return next(name for name in ("utf-8", "cp1252", "latin-1") if _decodes(file, name))


def _utf_16_without_mark(start: bytes) -> str:
    pairs = max(len(start) // 2, 1)
    if start[1::2].count(0) > pairs * 0.4 and len(start) > 3:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > pairs * 0.4 and len(start) > 3 else ""


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _sample(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    text = codecs.getincrementaldecoder(encoding)().decode(file.read(_SAMPLE))
    return text.removeprefix("\ufeff")


def _delimiter(sample: str) -> str:
    """The mark that cuts most rows into the same number of cells, more of them being better."""
    first = sample.lstrip().split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    return max(_DELIMITERS, key=lambda mark: _regularity(sample, mark))


def _regularity(sample: str, delimiter: str) -> float:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in itertools.islice(reader, 60) if len(row) > 1]
    except csv.Error:
        return 0
    if not widths:
        return 0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    return widths.count(usual) + min(usual, 30) / 100


def _lines(file: BinaryIO, shape: Shape) -> Iterator[Row]:
    text = io.TextIOWrapper(io.BufferedReader(_Kept(file)), encoding=shape.encoding, newline="")  # type: ignore[type-var]
    try:
        first = text.readline()
        again = iter([]) if first.lower().startswith("sep=") and len(first) < 10 else iter([first])
        if first.lower().startswith("sep=") and len(first) < 10:
            yield []
        reader = csv.reader(itertools.chain(again, text), delimiter=shape.delimiter)
        for row in reader:
            yield [_clean(cell) for cell in row[:MOST_COLUMNS]]
    except (csv.Error, UnicodeError):
        raise UnreadableError(
            "The file breaks off in the middle: look for a quotation mark that is never closed."
        ) from None
    finally:
        text.detach()


def _clean(cell: str) -> str:
    return cell.removeprefix("\ufeff") if cell[:1] == "\ufeff" else cell


class _Kept(io.RawIOBase):
    """A file to read from that stays open when the one who reads it is done."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self.file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        chunk = self.file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)
