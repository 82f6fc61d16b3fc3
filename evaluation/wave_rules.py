"""When somebody is due to answer: rules on dates alone, the same for every measure.

A baseline is due from the day somebody first came, for 28 days; after these it may still be asked
and is called late. A follow-up is due once the instrument's weeks have passed since the earliest
baseline, and again as many weeks after the latest follow-up. It is overdue 28 days later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from evaluation.models import Wave
from participants.school_years import age_on

ASKED_WITHIN = dt.timedelta(weeks=4)
# In a school year children turn from this plus the year's number to one more: Year 1 is 5 to 6.
YOUNGEST_IN_RECEPTION = 4


@dataclass(frozen=True)
class Step:
    """What somebody is to answer next, and between which days. Both ends are included."""

    wave: Wave
    due_from: dt.date
    due_until: dt.date

    def is_due(self, today: dt.date) -> bool:
        """Whether it may be asked."""
        return self.due_from <= today

    def is_late(self, today: dt.date) -> bool:
        """Whether its last day has passed; it may still be asked."""
        return self.due_until < today


def next_step(
    *,
    first_on: dt.date,
    baseline_on: dt.date | None,
    follow_up_on: dt.date | None,
    weeks: int,
) -> Step:
    """What comes next for somebody, due already or not.

    `first_on` is their first attendance, `baseline_on` their earliest standing baseline,
    `follow_up_on` their latest standing follow-up, `weeks` the least time between two waves. A
    follow-up given earlier than that after the baseline counts for none.
    """
    if baseline_on is None:
        return _step(Wave.BASELINE, first_on)
    due_from = baseline_on + dt.timedelta(weeks=weeks)
    if follow_up_on is not None and follow_up_on >= due_from:
        due_from = follow_up_on + dt.timedelta(weeks=weeks)
    return _step(Wave.FOLLOW_UP, due_from)


def _step(wave: Wave, due_from: dt.date) -> Step:
    return Step(wave, due_from, due_from + ASKED_WITHIN)


def age_of(birth_date: dt.date | None, year_group: int | None, day: dt.date) -> int | None:
    """Whole years on a day; by the school year the younger of its two ages; None if not known."""
    if birth_date is not None:
        return age_on(birth_date, day)
    if year_group is not None:
        return year_group + YOUNGEST_IN_RECEPTION
    return None
