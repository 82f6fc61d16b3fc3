"""The work of an import: claimed once, heard from while it goes on, and picked up again.

As with reports, the row is the truth and a message only a hint. What is brought in or taken back
shows nothing to others before its transaction ends, so a thread with a connection of its own
writes progress and heartbeat on the row, which the transaction itself touches last.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.utils import timezone

import jobs
from participants.importing.reading import UnreadableError
from participants.models import ImportBatch, ImportState
from participants.services.errors import RecordError
from participants.services.imports.applying import apply
from participants.services.imports.checking import check
from participants.services.imports.undoing import undo
from participants.services.imports.work import WORK

logger = logging.getLogger(__name__)

FILES_STAY = dt.timedelta(days=7)
DONE_BY: dict[str, Callable[[ImportBatch, Callable[[int], None], dt.datetime], None]] = {
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
    batch = jobs.claim(WORK, batch_id)
    if batch is None:
        return False
    try:
        with jobs.heartbeat(WORK, batch) as beat:
            DONE_BY[batch.state](batch, lambda done: beat.tell(rows_done=done), timezone.now())
    except jobs.ClaimLostError:
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


def queue_forsaken(*, now: jobs.Moment = jobs.NOW) -> list[uuid.UUID]:
    """Ids of imports at work that nobody works on; those that were tried too often stop."""
    for batch in (worn_out := jobs.worn_out(WORK, now=now)):
        state = BEFORE[ImportState(batch.state)]
        words = "It was given up: the workers that had it stopped before the end. Nothing changed."
        worn_out.filter(pk=batch.pk).update(state=state, claim=None, problem=words)
    return jobs.free_forsaken(WORK, now=now)


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


def _stop(batch: ImportBatch, words: str) -> None:
    state = BEFORE[ImportState(batch.state)]
    jobs.mine(WORK, batch).update(state=state, claim=None, problem=words[:300])
