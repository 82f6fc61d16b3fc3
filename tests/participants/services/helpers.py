"""What tests of the register's writes stand on."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any
from uuid import UUID

from django.db import connections

from activities.models import Session
from participants.models import Participant
from participants.queries.marks import current_marks
from participants.services.marks import MarkInput

MINUTE = dt.timedelta(minutes=1)


def mark(person: Participant, status: str, at: dt.datetime, **fields: Any) -> MarkInput:
    return MarkInput(fields.pop("id", uuid.uuid4()), person.pk, status, at, **fields)


def statuses(session: Session) -> dict[UUID, str]:
    """By person how they stand on the register."""
    return {root: mark.status for root, mark in current_marks(session).items()}


def in_threads(*acts: Any) -> list[Any]:
    """Run acts at once, each on a connection of its own; return what they returned or raised."""
    ready = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            ready.wait(10)
            outcomes[place] = acts[place]()
        except Exception as error:  # noqa: BLE001
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes
