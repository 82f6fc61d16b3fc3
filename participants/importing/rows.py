"""From a row of cells to what it says, with everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from participants.importing import faults, values
from participants.importing.faults import Fault, ValueFault
from participants.importing.fields import (
    ATTENDANCE,
    CONSENTS,
    FIELDS,
    HEAD_COUNTS,
    PEOPLE,
    PHOTOGRAPHS,
    Field,
    Reading,
)
from participants.importing.reading import Cell, Row
from participants.importing.table import day_of_heading

_CONTACT = ("relationship", "phone", "email", "collects", "responsible")


@dataclass(slots=True)
class Said:
    """What one row says: its number, values by field, counts by day, and its faults."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    counts: dict[dt.date, int] = field(default_factory=dict)
    # The column that a count stands in, to tell sessions of one row apart.
    places: dict[dt.date, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def get(self, key: str) -> Any:
        return self.values.get(key)


@dataclass
class RowReader:
    """Reads rows of one table whose columns are matched: {number of the column as text: field}."""

    kind: str
    columns: Sequence[str]
    matched: Mapping[str, str]
    reading: Reading

    def __post_init__(self) -> None:
        """Look every field up once, and not for each row."""
        fields = FIELDS[self.kind]
        self._plan: list[tuple[int, Field]] = [
            (int(index), fields[key]) for index, key in self.matched.items() if key in fields
        ]
        self._headings = {key: self.columns[int(index)] for index, key in self.matched.items()}
        self._days = {
            index: day
            for index, each in self._plan
            if each.key == "on_heading"
            and (day := day_of_heading(self.columns[index], today=self.reading.today))
        }

    def read(self, number: int, row: Row) -> Said:
        """What a row says; never raises for anything that stands in it."""
        said = Said(number)
        for index, each in self._plan:
            cell = row[index] if index < len(row) else ""
            if cell == "" or (type(cell) is str and cell.isspace()):
                continue
            self._take(said, index, each, cell)
        _CHECKS[self.kind](self, said)
        return said

    def fault(self, said: Said, key: str, reason: str) -> None:
        """Note what is wrong with a field of a row; "" is the row as a whole."""
        said.faults.append(Fault(said.row, self._headings.get(key, ""), reason))

    def has(self, key: str) -> bool:
        """Whether some column holds this field."""
        return key in self._headings

    def is_at_fault(self, said: Said, key: str) -> bool:
        """Whether the field of this row could not be read."""
        heading = self._headings.get(key)
        return any(fault.column == heading for fault in said.faults)

    def _take(self, said: Said, index: int, each: Field, cell: Cell) -> None:
        try:
            value = each.parse(cell, self.reading)
        except ValueFault as fault:
            said.faults.append(Fault(said.row, self.columns[index], fault.reason))
            return
        if each.key == "on_heading":
            self._count(said, index, value)
        elif value != "":
            said.values[each.key] = value

    def _count(self, said: Said, index: int, people: int) -> None:
        day = self._days.get(index)
        if day is None:
            said.faults.append(Fault(said.row, self.columns[index], faults.NOT_A_DATE))
        else:
            said.counts[day] = said.counts.get(day, 0) + people
            said.places[day] = index


# --- People --------------------------------------------------------------------------------


def _check_person(reader: RowReader, said: Said) -> None:
    _check_name(reader, said)
    _check_days(reader, said)
    _check_contacts(reader, said)
    _check_needs_and_consent(reader, said)


def _check_name(reader: RowReader, said: Said) -> None:
    full = said.values.pop("full_name", None)
    if full is not None:
        first, last = values.names_in(full)
        given, family = said.get("given_name"), said.get("family_name")
        if (
            given
            and family
            and {given.casefold(), family.casefold()}
            != {
                first.casefold(),
                last.casefold(),
            }
        ):
            reader.fault(said, "full_name", faults.TWO_NAMES)
        for key, name in (("given_name", first), ("family_name", last)):
            if len(name) > 80:
                reader.fault(said, "full_name", faults.too_long(80))
            elif name:
                said.values.setdefault(key, name)
    if "given_name" not in said.values and not (
        reader.is_at_fault(said, "given_name") or reader.is_at_fault(said, "full_name")
    ):
        key = "given_name" if reader.has("given_name") else "full_name"
        reader.fault(said, key, faults.NO_NAME)


def _check_days(reader: RowReader, said: Said) -> None:
    born = said.get("birth_date")
    if born is None:
        return
    for key in ("registered_on", "consent_on"):
        if said.get(key) and said.get(key) < born:
            reader.fault(said, key, faults.BORN_AFTER)


def _check_contacts(reader: RowReader, said: Said) -> None:
    for number in (1, 2):
        key = f"contact_{number}_"
        has_details = any(key + detail in said.values for detail in _CONTACT)
        if key + "name" not in said.values:
            if has_details and not reader.is_at_fault(said, key + "name"):
                at = next(key + one for one in _CONTACT if key + one in said.values)
                reader.fault(said, key + "name" if reader.has(key + "name") else at,
                             faults.NO_CONTACT_NAME)  # fmt: skip
        elif not said.get(key + "phone") and not said.get(key + "email"):
            ways = (key + "phone", key + "email")
            if not any(reader.is_at_fault(said, way) for way in ways):
                reader.fault(said, key + "name", faults.NO_CONTACT_WAY)
    first = [said.get(f"contact_1_{detail}") for detail in ("name", "phone")]
    second = [said.get(f"contact_2_{detail}") for detail in ("name", "phone")]
    if first[0] and first == second:
        reader.fault(said, "contact_2_name", faults.SAME_CONTACT)


def _check_needs_and_consent(reader: RowReader, said: Said) -> None:
    if said.get("sen_needs") and said.get("sen_provision") == "N":
        reader.fault(said, "sen_needs", faults.NEEDS_WITHOUT)
    if said.get("care_experienced") == "yes":
        for purpose in PHOTOGRAPHS:
            if said.get(f"consent_{purpose}") == "yes":
                reader.fault(said, f"consent_{purpose}", faults.LOOKED_AFTER)
    answered = any(
        f"consent_{purpose}" in said.values or reader.is_at_fault(said, f"consent_{purpose}")
        for purpose in CONSENTS
        if reader.has(f"consent_{purpose}")
    )
    if said.get("consent_on") and not answered:
        reader.fault(said, "consent_on", faults.NO_DAY_OF_CONSENT)


# --- Attendance and counts -----------------------------------------------------------------


def _check_attendance(reader: RowReader, said: Said) -> None:
    if "person" not in said.values and not reader.is_at_fault(said, "person"):
        _check_name(reader, said)
    _need(reader, said, "on")


def _check_counts(reader: RowReader, said: Said) -> None:
    _date_of_occasion(reader, said)
    days = {key: said.values.pop(key) for key in list(said.values) if key.startswith("day_")}
    if "people" in said.values:
        days["day_1"] = days.get("day_1", 0) + said.values.pop("people")
    if not days and said.counts:
        return
    if not _need(reader, said, "on"):
        return
    for key, people in days.items():
        number = int(key.removeprefix("day_"))
        day = said.values["on"] + dt.timedelta(days=number - 1)
        if day > reader.reading.today:
            reader.fault(said, key, faults.IN_THE_FUTURE)
        said.counts[day] = people
        said.places[day] = number


def _date_of_occasion(reader: RowReader, said: Said) -> None:
    if "on" in said.values or reader.is_at_fault(said, "on") or "occasion" not in said.values:
        return
    try:
        day = values.date_inside(said.values["occasion"], today=reader.reading.today)
    except ValueFault as fault:
        reader.fault(said, "occasion", fault.reason)
        return
    if day is not None:
        said.values["on"] = day


def _need(reader: RowReader, said: Said, key: str) -> bool:
    if key in said.values:
        return True
    if said.faults and (reader.is_at_fault(said, key) or reader.is_at_fault(said, "occasion")):
        return False
    reader.fault(said, key, faults.MISSING)
    return False


_CHECKS: dict[str, Callable[[RowReader, Said], None]] = {
    PEOPLE: _check_person,
    ATTENDANCE: _check_attendance,
    HEAD_COUNTS: _check_counts,
}
