"""The heart of work under way: a thread with a connection of its own that writes on its row."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connection

from jobs.claiming import NOW, ClaimLostError, Row, Work, mine

logger = logging.getLogger(__name__)

# Seconds between two looks at the row, whatever there is to write.
LOOKS_EVERY = 0.5
BREAKS_OFF_WITHIN = 5.0


@dataclass
class Beat:
    """What work under way tells of itself, and whether it lost its row meanwhile."""

    news: dict[str, Any] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)

    def tell(self, **news: Any) -> None:
        """Note how far it is, by the fields of its row.

        Raises:
            ClaimLostError: the row was taken away, or belongs to another worker by now.
        """
        if self.lost.is_set():
            raise ClaimLostError
        self.news = news


@contextmanager
def heartbeat(work: Work[Row], row: Row, *, breaks_off: bool = False) -> Iterator[Beat]:
    """Keep a row's heartbeat and news fresh while the block runs.

    A thread with its own connection does it: a transaction shows nothing to others before it ends.
    With `breaks_off` a statement of the block's that is under way is broken off once the row is
    lost, as when somebody stops the work; then nothing may be published within the block.

    Raises:
        ClaimLostError: the row was lost, and a statement was broken off for it.
    """
    beat = Beat()
    connection.ensure_connection()
    working = connection.connection if breaks_off else None
    thread = threading.Thread(target=_keep_beating, args=(work, row, beat, working), daemon=True)
    thread.start()
    try:
        yield beat
    except OperationalError as error:
        if beat.lost.is_set():
            raise ClaimLostError from error
        raise
    finally:
        beat.stopped.set()
        thread.join()


def _keep_beating(
    work: Work[Row], row: Row, beat: Beat, working: psycopg.Connection[Any] | None
) -> None:
    try:
        _beat_until_lost(work, row, beat)
        _break_off(beat, working)
    except Exception:
        # The work goes on: without a heartbeat another worker may take it over, no more.
        logger.exception("The heartbeat of %s %s stopped.", work.name, row.pk)
    finally:
        connection.close()


def _pause() -> float:
    return min(LOOKS_EVERY, settings.REPORT_HEARTBEAT.total_seconds())


def _beat_until_lost(work: Work[Row], row: Row, beat: Beat) -> None:
    written: dict[str, Any] = {}
    due = 0.0
    while not beat.stopped.wait(_pause()):
        if beat.news == written and time.monotonic() < due:
            still_mine = mine(work, row).exists()
        else:
            written = beat.news
            still_mine = bool(mine(work, row).update(heartbeat_at=NOW, **written))
            due = time.monotonic() + settings.REPORT_HEARTBEAT.total_seconds()
        if not still_mine:
            beat.lost.set()
            return


def _break_off(beat: Beat, working: psycopg.Connection[Any] | None) -> None:
    """Cancel what the lost work asks of the database, again and again until it has noticed."""
    while working and not beat.stopped.wait(0):
        with suppress(psycopg.Error):
            working.cancel_safe(timeout=BREAKS_OFF_WITHIN)
        beat.stopped.wait(_pause())
