"""An import beside the barest way to write the same rows, and how much memory it takes.

The barest way: the same objects made beforehand, `bulk_create` in the same batches, with the same
history triggers, plus reading the file. Medians of three rounds in one run; memory is the most
that Python's own objects took at once, at 5,000 and at 20,000 rows.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pghistory
import pytest
import xlsxwriter
from django.db import transaction

from accounts.models import Role, User
from participants.importing.reading import rows_of, shape_of
from participants.models import (
    Consent,
    Contact,
    ImportBatch,
    ImportKind,
    ImportState,
    Participant,
    Registration,
)
from participants.services import imports
from participants.services.imports.applying import apply
from participants.services.imports.checking import check
from tests import factories
from tests.participants.services.test_import_faults import GOOD, NOW

pytestmark = pytest.mark.django_db

ROWS = int(os.environ.get("BENCH_ROWS", "20000"))
FEWER = ROWS // 4
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
MADE = (Participant, Registration, Contact, Consent)


def cells(rows: int) -> list[list[str]]:
    found = [list(GOOD)]
    for row in range(2, rows + 2):
        born = f"{row % 28 + 1:02}/{row % 12 + 1:02}/{2004 + row % 10}"
        found.append(list((GOOD | {"First name": f"Comet{row}", "Date of birth": born}).values()))
    return found


def as_csv(rows: int) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(cells(rows))
    return out.getvalue().encode()


def as_workbook(rows: int) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(cells(rows)):
            sheet.write_row(number, 0, line)
    return out.getvalue()


def nothing(_: int) -> None:
    """Nobody listens to the progress."""


def ready(content: bytes, by: User) -> ImportBatch:
    batch = imports.receive_file(
        kind=ImportKind.PEOPLE, file=io.BytesIO(content), file_name="x", hub=None, by=by, now=NOW
    )
    ImportBatch.objects.update(claim=batch.pk, state=ImportState.CHECKING)
    batch.options["by"] = str(by.pk)
    ImportBatch.objects.filter(pk=batch.pk).update(options=batch.options)
    batch.refresh_from_db()
    return batch


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def to_apply(batch: ImportBatch) -> ImportBatch:
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportState.APPLYING)
    batch.refresh_from_db()
    return batch


def objects_made(batch: ImportBatch) -> dict[Any, list[Any]]:
    """What the import made, as objects that can be written again."""
    made = {model: list(model.objects.all()) for model in MADE}  # type: ignore[attr-defined]
    for registration in made[Registration]:
        registration.pk = None
    return made


def write_barely(content: bytes, made: dict[Any, list[Any]]) -> None:
    file = io.BytesIO(content)
    for _ in rows_of(file, shape_of(file)):
        pass
    with transaction.atomic(), pghistory.context(by="x"):
        for model in MADE:
            model.objects.bulk_create(made[model], batch_size=1_000)  # type: ignore[attr-defined]


class _TakenBackError(Exception):
    pass


def taken_back(work: Callable[[], float]) -> float:
    """Do it in a transaction that is undone."""
    found = 0.0
    try:
        with transaction.atomic():
            found = work()
            raise _TakenBackError
    except _TakenBackError:
        return found


@pytest.mark.parametrize("write", [as_csv, as_workbook], ids=["csv", "xlsx"])
def test_how_much_slower_than_writing_alone(write: Callable[[int], bytes]) -> None:
    by = factories.make_user(Role.TRUST_STAFF)
    factories.make_hub(name="Acorn")
    content = write(ROWS)
    ratios, checks, applies, bares = [], [], [], []
    for _ in range(ROUNDS):
        made: dict[Any, list[Any]] = {}

        def whole(made: dict[Any, list[Any]] = made) -> float:
            batch = ready(content, by)
            checks.append(seconds(lambda: check(batch, nothing, NOW)))
            ImportBatch.objects.update(claim=batch.pk)
            batch = to_apply(batch)
            took = seconds(lambda: apply(batch, nothing, NOW))
            made |= objects_made(batch)
            return took

        applies.append(taken_back(whole))
        assert [len(made[model]) for model in MADE] == [ROWS, ROWS, 2 * ROWS, 8 * ROWS]
        bares.append(
            taken_back(lambda made=made: seconds(lambda: write_barely(content, made)))  # type: ignore[misc]
        )
        ratios.append(applies[-1] / bares[-1])
    print(
        f"\n{ROWS:,} people, {write.__name__}: bringing in {statistics.median(applies):.1f} s, "
        f"barely {statistics.median(bares):.1f} s, check {statistics.median(checks):.1f} s; "
        f"ratio {statistics.median(ratios):.2f} "
        f"({', '.join(f'{ratio:.2f}' for ratio in ratios)})"
    )
    assert statistics.median(ratios) <= 3


def most_memory(content: bytes, by: User) -> float:
    """The most megabytes of Python's objects at once, of check and import."""
    batch = ready(content, by)

    def whole() -> float:
        tracemalloc.start()
        check(batch, nothing, NOW)
        ImportBatch.objects.update(claim=batch.pk)
        apply(to_apply(batch), nothing, NOW)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most / 1_000_000

    return taken_back(whole)


@pytest.mark.parametrize("write", [as_csv, as_workbook], ids=["csv", "xlsx"])
def test_memory_does_not_grow_with_the_file(write: Callable[[int], bytes]) -> None:
    by = factories.make_user(Role.TRUST_STAFF)
    factories.make_hub(name="Acorn")
    few, many = most_memory(write(FEWER), by), most_memory(write(ROWS), by)
    print(f"\n{write.__name__}: {few:.1f} MB at {FEWER:,} rows, {many:.1f} MB at {ROWS:,}")
    assert many <= few * 1.25 + 3
