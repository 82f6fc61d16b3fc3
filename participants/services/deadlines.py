"""By when records shall be whole."""

from __future__ import annotations

import datetime as dt

# From the first visit: long enough to meet a parent at the door twice.
TO_COMPLETE = dt.timedelta(days=14)


def complete_by(first_visit: dt.date) -> dt.date:
    """By when the record of somebody who came unannounced shall be complete."""
    return first_visit + TO_COMPLETE
