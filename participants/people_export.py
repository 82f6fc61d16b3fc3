"""The list of people as a file for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from participants.models import Participant
from typesetting.cells import neutral

COLUMNS = (
    *("reference", "first_name", "last_name", "known_as", "date_of_birth", "school_year"),
    *("school", "takes_part_as", "hubs", "postcode", "record", "since"),
)
_MARK = "\ufeff"


def csv_lines(people: Iterable[Participant]) -> Iterator[str]:
    """Lines after RFC 4180 with a byte order mark, without which Excel spoils names like Zoë.

    Each person comes with `hub_names`. A hidden address is not in it, nor any answer of the
    equality section; text that a spreadsheet would run has an apostrophe before it.
    """
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield _MARK + writer.writerow(COLUMNS)
    for person in people:
        yield writer.writerow([neutral(each) for each in _row(person)])


def _row(person: Participant) -> list[str]:
    hubs: Any = person.hub_names  # type: ignore[attr-defined]
    return [
        str(person.pk),
        *(person.given_name, person.family_name, person.known_as),
        person.birth_date.isoformat() if person.birth_date else "",
        "" if person.year_group is None else str(person.year_group),
        *(person.school, person.get_takes_part_as_display(), "; ".join(hubs)),
        "" if person.is_address_hidden else person.home_postcode,
        _completeness(person),
        person.created_at.date().isoformat(),
    ]


def _completeness(person: Participant) -> str:
    return "complete" if person.is_complete else "to complete"


class _Echo:
    """A file that hands back what is written, line by line."""

    def write(self, line: str) -> str:
        return line
