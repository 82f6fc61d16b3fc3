"""What other apps do when something happens here; each adds its part in its `AppConfig.ready`.

An app on the left cannot call one on the right: this is how word crosses upward.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from activities.models import Session

# Called with the session, inside the transaction that took its cancellation back.
session_restored: list[Callable[[Session], object]] = []

# Asked with ids of sessions: for which of them people have booked a place or wait for one.
sessions_booked: list[Callable[[Collection[UUID]], set[UUID]]] = []

# Asked with ids of sessions: which of them something is kept of for good, such as a sheet of paper
# that was printed or a mark that waits. They can be cancelled and never deleted.
sessions_kept: list[Callable[[Collection[UUID]], set[UUID]]] = []


def booked_among(ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these sessions people have booked. One query, whatever their number."""
    return frozenset(pk for ask in sessions_booked for pk in ask(ids))


def kept_among(ids: Collection[UUID]) -> frozenset[UUID]:
    """Of which of these sessions something is kept for good. One query, whatever their number."""
    return frozenset(pk for ask in sessions_kept for pk in ask(ids))
