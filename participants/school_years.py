"""School years in England, worked out from dates of birth."""

from __future__ import annotations

import datetime as dt

FIRST_MONTH = 9
YEARS_BEFORE_RECEPTION = 5
LAST_YEAR = 14
# As forms offer them.
YEAR_GROUPS = [(0, "Reception"), *((year, f"Year {year}") for year in range(1, LAST_YEAR + 1))]


def year_group_on(birth_date: dt.date, day: dt.date) -> int | None:
    """The school year of somebody of that age on a date: 0 for Reception, 1 to 14.

    None for the younger and the older. Whoever stayed down or went ahead is in another: this is
    a proposal, never a fact. School years run from September to August.
    """
    year = school_year_on(birth_date, day)
    return year if 0 <= year <= LAST_YEAR else None


def school_year_on(birth_date: dt.date, day: dt.date) -> int:
    """The same without bounds: below 0 before Reception, above 14 after school."""
    return _begins(day) - _begins(birth_date) - YEARS_BEFORE_RECEPTION


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Whole years from the date of birth to a date."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def _begins(day: dt.date) -> int:
    return day.year if day.month >= FIRST_MONTH else day.year - 1
