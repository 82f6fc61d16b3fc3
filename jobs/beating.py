"""The heart of work under way: a thread with a connection of its own that writes on its row."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs.claiming import ClaimLostError, Row, Work, mine

logger = logging.getLogger(__name__)


@dataclass
class Beat:
    """What work under way tells of itself, and whether it lost its row meanwhile."""

    news: dict[str, Any] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)

    def tell(self, **news: Any) -> None:
        """Note how far it is, by the fields of its row.

        Raises:
            ClaimLostError: the row belongs to another worker by now.
        """
        if self.lost.is_set():
            raise ClaimLostError
        self.news = news


@contextmanager
def heartbeat(work: Work[Row], row: Row) -> Iterator[Beat]:
    """Keep a row's heartbeat and news fresh while the block runs.

    A thread with its own connection does it: a transaction shows nothing to others before it ends.
    """
    beat = Beat()
    thread = threading.Thread(target=_keep_beating, args=(work, row, beat), daemon=True)
    thread.start()
    try:
        yield beat
    finally:
        beat.stopped.set()
        thread.join()


def _keep_beating(work: Work[Row], row: Row, beat: Beat) -> None:
    pause = min(0.5, settings.REPORT_HEARTBEAT.total_seconds())
    written: dict[str, Any] = {}
    due = 0.0
    try:
        while not beat.stopped.wait(pause):
            if beat.news == written and time.monotonic() < due:
                continue
            written = beat.news
            if not mine(work, row).update(heartbeat_at=timezone.now(), **written):
                beat.lost.set()
                return
            due = time.monotonic() + settings.REPORT_HEARTBEAT.total_seconds()
    except Exception:
        # The work goes on: without a heartbeat another worker may take it over, no more.
        logger.exception("The heartbeat of %s %s stopped.", work.name, row.pk)
    finally:
        connection.close()
