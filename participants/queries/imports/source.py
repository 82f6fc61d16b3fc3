"""An import's file, its rows, and the names in the database that its words may mean."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from activities.models import Activity
from activities.models.clock import london_today
from hubs.models import Hub
from participants.importing.fields import PEOPLE, Reading, known_words
from participants.importing.reading import Row, Shape, UnreadableError, rows_of
from participants.importing.rows import RowReader
from participants.importing.table import body
from participants.importing.text import key_of
from participants.models import ImportBatch

GONE = "The file is not kept any more. Bring it again."


@contextmanager
def opened(batch: ImportBatch) -> Iterator[BinaryIO]:
    """The file of an import.

    Raises:
        UnreadableError: it is not kept any more.
    """
    if not batch.file:
        raise UnreadableError(GONE)
    try:
        file = batch.file.storage.open(batch.file.name or "", "rb")
    except FileNotFoundError:
        raise UnreadableError(GONE) from None
    with file:
        yield cast("BinaryIO", file.file)


def shape_kept(batch: ImportBatch) -> Shape:
    """How the file is to be read, as found when it came."""
    kept = dict(batch.options.get("shape", {}))
    kept["sheets"] = tuple(kept.get("sheets", ()))
    return Shape(**kept)


def table_rows(batch: ImportBatch, file: BinaryIO) -> Iterator[tuple[int, Row]]:
    """Rows below the headings, with their numbers as in the file."""
    rows = rows_of(file, shape_kept(batch), batch.sheet)
    return body(rows, int(batch.options.get("heading_row", 1)))


def reader_of(batch: ImportBatch, *, now: dt.datetime) -> RowReader:
    """What reads the import's rows, its columns as they are matched. At most two queries."""
    said = batch.options.get("values", {})
    reading = Reading(
        today=london_today(now),
        is_1904=bool(batch.options.get("is_1904")),
        words=known_words(batch.kind, looked_up(batch), said),
    )
    return RowReader(batch.kind, batch.columns, batch.matched, reading)


def looked_up(batch: ImportBatch) -> dict[str, dict[str, str]]:
    """Names that stand in the database, as they are compared, to ids as text. One query.

    Titles that several activities have are left out, unless the file is of one hub.
    """
    if batch.kind == PEOPLE:
        return {
            "hub": {key_of(name): str(pk) for pk, name in Hub.objects.values_list("pk", "name")}
        }
    activities = Activity.objects.all()
    if batch.hub_id:
        activities = activities.filter(hub=batch.hub_id)
    titled: defaultdict[str, list[int]] = defaultdict(list)
    for pk, title in activities.values_list("pk", "title"):
        titled[key_of(title)].append(pk)
    return {"activity": {title: str(ids[0]) for title, ids in titled.items() if len(ids) == 1}}
