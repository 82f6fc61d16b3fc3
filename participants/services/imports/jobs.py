"""The work of an import: claimed once, heard from while it goes on, and picked up again.

As with reports, the row is the truth and a message only a hint. What is brought in or taken back
shows nothing to others before its transaction ends, so a thread with a connection of its own
writes progress and heartbeat on the row, which the transaction itself touches last.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from participants.importing.reading import UnreadableError
from participants.models import ImportBatch, ImportState
from participants.models.imports import ImportBatchQuerySet
from participants.services.errors import RecordError
from participants.services.imports.applying import ClaimLostError, apply
from participants.services.imports.checking import check
from participants.services.imports.undoing import undo

logger = logging.getLogger(__name__)

# One that has killed this many workers will kill the next one too.
MOST_ATTEMPTS = 3
FILES_STAY = dt.timedelta(days=7)
WORK: dict[str, Callable[[ImportBatch, Callable[[int], None], dt.datetime], None]] = {
    ImportState.CHECKING: check,
    ImportState.APPLYING: apply,
    ImportState.UNDOING: undo,
}
# Where an import stands again when its work could not be done.
BEFORE = {
    ImportState.CHECKING: ImportState.UPLOADED,
    ImportState.APPLYING: ImportState.READY,
    ImportState.UNDOING: ImportState.APPLIED,
}


def run_import(batch_id: uuid.UUID) -> bool:
    """Do what was asked of an import, unless another worker has it; say whether it was done.

    Safe to call any number of times, from any number of workers, with any of them dying.

    What stops it is said on the row. Where the database is gone the row stays as it is, and the
    sweeper queues it again.
    """
    batch = _claim(batch_id, now=timezone.now())
    if batch is None:
        return False
    try:
        with _heartbeat(batch) as beat:
            WORK[batch.state](batch, beat.tell, timezone.now())
    except ClaimLostError:
        logger.warning("Import %s was taken over by another worker.", batch_id)
        return False
    except (UnreadableError, RecordError) as error:
        _stop(batch, str(error))
        return False
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:  # noqa: BLE001
        # The kind of error only: its words may hold what must not stand on a page or in a log.
        _stop(batch, f"It stopped before the end, and changed nothing ({type(error).__name__}).")
        logger.error("Import %s stopped: %s.", batch_id, type(error).__name__)  # noqa: TRY400
        return False
    return True


def queue_forsaken(*, now: dt.datetime) -> list[uuid.UUID]:
    """Ids of imports at work that nobody works on; those that were tried too often stop."""
    forsaken = ImportBatch.objects.forsaken(now - settings.REPORT_STALE_AFTER)
    for batch in forsaken.filter(attempts__gte=MOST_ATTEMPTS):
        state = BEFORE[ImportState(batch.state)]
        words = "It was given up: the workers that had it stopped before the end. Nothing changed."
        forsaken.filter(pk=batch.pk).update(state=state, claim=None, problem=words)
    with transaction.atomic():
        ids = list(forsaken.select_for_update(skip_locked=True).values_list("pk", flat=True))
        ImportBatch.objects.filter(pk__in=ids).update(heartbeat_at=now, claim=None)
    return ids


def delete_old_files(*, now: dt.datetime) -> int:
    """Delete files of imports that are brought in, and those a week old whatever came of them."""
    kept = ImportBatch.objects.exclude(file="").exclude(
        state__in=[ImportState.APPLYING, ImportState.UNDOING]
    )
    old = kept.filter(asked_at__lt=now - FILES_STAY)
    done = kept.filter(state__in=[ImportState.APPLIED, ImportState.UNDONE])
    count = 0
    for batch in (old | done).distinct():
        batch.file.storage.delete(batch.file.name or "")
        is_done = batch.state in {ImportState.APPLIED, ImportState.UNDONE}
        state = batch.state if is_done else ImportState.FAILED
        problem = "" if is_done else "Its file was deleted after a week."
        rows = ImportBatch.objects.filter(pk=batch.pk)
        rows.update(file="", faults=[], state=state, problem=problem, claim=None)
        count += 1
    return count


@dataclass
class _Beat:
    """What the heart of an import tells: written to the row by a thread of its own."""

    done: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)

    def tell(self, done: int) -> None:
        """Note how many rows are done.

        Raises:
            ClaimLostError: the import belongs to another worker by now.
        """
        if self.lost.is_set():
            raise ClaimLostError
        self.done = done


@contextmanager
def _heartbeat(batch: ImportBatch) -> Iterator[_Beat]:
    beat = _Beat()
    thread = threading.Thread(target=_keep_beating, args=(batch, beat), daemon=True)
    thread.start()
    try:
        yield beat
    finally:
        beat.stopped.set()
        thread.join()


def _keep_beating(batch: ImportBatch, beat: _Beat) -> None:
    pause = min(0.5, settings.REPORT_HEARTBEAT.total_seconds())
    written, due = -1, 0.0
    try:
        while not beat.stopped.wait(pause):
            if beat.done == written and time.monotonic() < due:
                continue
            written = beat.done
            if not _held(batch).update(heartbeat_at=timezone.now(), rows_done=written):
                beat.lost.set()
                return
            due = time.monotonic() + settings.REPORT_HEARTBEAT.total_seconds()
    except Exception:
        # The work goes on: without a heartbeat another worker may take it over, no more.
        logger.exception("The heartbeat of import %s stopped.", batch.pk)
    finally:
        connection.close()


def _held(batch: ImportBatch) -> ImportBatchQuerySet:
    return ImportBatch.objects.at_work().filter(pk=batch.pk, claim=batch.claim)


def _claim(batch_id: uuid.UUID, *, now: dt.datetime) -> ImportBatch | None:
    """Take the import for this worker, in one conditional update."""
    rows = ImportBatch.objects.at_work().filter(pk=batch_id, attempts__lt=MOST_ATTEMPTS)
    stale = now - settings.REPORT_STALE_AFTER
    free = rows.filter(claim__isnull=True) | rows.filter(heartbeat_at__lt=stale)
    claim = uuid.uuid4()
    if not free.update(claim=claim, heartbeat_at=now, attempts=F("attempts") + 1, rows_done=0):
        return None
    return ImportBatch.objects.filter(pk=batch_id, claim=claim).first()


def _stop(batch: ImportBatch, words: str) -> None:
    state = BEFORE[ImportState(batch.state)]
    _held(batch).update(state=state, claim=None, problem=words[:300])
