"""The programme's clock: Europe/London."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_midnight(day: dt.date) -> dt.datetime:
    """The moment at which a Europe/London date begins."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=LONDON)


def london_today(now: dt.datetime) -> dt.date:
    """The Europe/London date of a moment."""
    return now.astimezone(LONDON).date()
