"""How long a proof may take: what is not proved in time counts as not proved."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float] = ContextVar("until", default=math.inf)


class NotProvedError(Exception):
    """The time is over, and nothing is known."""


@contextmanager
def patience(seconds: float | None) -> Iterator[None]:
    """Give what is solved inside so much time altogether; None for ever.

    Raises:
        NotProvedError: from inside, once the time is over.
    """
    token = _until.set(math.inf if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left() -> float:
    """How long may still be solved; infinite without a limit.

    Raises:
        NotProvedError: no time is left.
    """
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise NotProvedError
    return left
