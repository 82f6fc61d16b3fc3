"""Sheets of paper, and what typing one in would change."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, QuerySet

from activities.models import CountMethod, HeadCount, HeadCountGroup, Session
from participants.models import (
    CLEARED,
    Attendance,
    AttendanceRole,
    MarkOperation,
    MarkStatus,
    Participant,
    PrintedRegister,
    PrintedRow,
)
from participants.paper.codes import row_code, tidy_sheet_code
from participants.paper.typed import Times, TypedSheet, TypedWalkIn
from participants.queries.marks import current_marks, latest_operations
from participants.queries.people import possible_matches
from participants.queries.register import register_for

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

_TAKEN_BACK = "Mark taken back"


class Bearing(StrEnum):
    """How a line of a sheet bears on the register as it stands."""

    NEW = "new"
    ADDS_TIMES = "adds times"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Standing:
    """The mark that stands for a person. `version` names it; another mark has another.

    `keep` and `use_sheet` are how a choice about it is sent, so that a newer mark is not lost.
    """

    status: str
    label: str
    times: Times
    marked_at: dt.datetime
    version: UUID

    @property
    def keep(self) -> str:
        return f"keep:{self.version}"

    @property
    def use_sheet(self) -> str:
        return f"sheet:{self.version}"


@dataclass(frozen=True)
class PlanLine:
    """One person's line: what the sheet says, what stands, and how the one bears on the other."""

    number: int
    code: str
    name: str
    participant_id: UUID
    role: str
    status: str
    times: Times
    standing: Standing | None
    bearing: Bearing

    @property
    def label(self) -> str:
        return MarkStatus(self.status).label

    @property
    def field_name(self) -> str:
        """Under what name the choice between sheet and register is sent."""
        return f"line-{self.number}"


@dataclass(frozen=True)
class PlanWalkIn:
    """Somebody on a blank line; `matches` are people of the hub who it may be."""

    number: int
    participant_id: UUID
    given_name: str
    year_group: int | None
    is_known: bool
    matches: list[Participant]

    @property
    def field_name(self) -> str:
        return f"walk-in-{self.number}-is"


@dataclass(frozen=True)
class Plan:
    """What typing in a sheet would do. `other_count` is a head-count that it would replace."""

    lines: list[PlanLine]
    walk_ins: list[PlanWalkIn]
    other_count: str

    @property
    def conflicts(self) -> list[PlanLine]:
        return [line for line in self.lines if line.bearing == Bearing.CONFLICT]

    @property
    def totals(self) -> list[tuple[str, int]]:
        """How many people of the sheet are marked how, in the order of the boxes."""
        counts = Counter(line.status for line in self.lines)
        return [(status.label, counts[status]) for status in MarkStatus if counts[status]]

    @property
    def exceptions(self) -> list[PlanLine]:
        """Everybody of whom the sheet says more than that they were there."""
        return [
            line
            for line in self.lines
            if line.status != MarkStatus.PRESENT or line.times != Times()
        ]


def sheets_of(session: Session) -> QuerySet[PrintedRegister]:
    """The sheets printed of a session, the newest first, each with `people`, how many it lists."""
    sheets = PrintedRegister.objects.filter(session=session).select_related("printed_by")
    return sheets.annotate(people=Count("rows")).order_by("-printed_at", "pk")


def sheet_with(user: User | AnonymousUser, code: str) -> PrintedRegister | None:
    """The sheet with a code, however it was typed, if its session is one of the user's hubs."""
    sessions = Session.objects.visible_to(user).values("pk")
    sheets = PrintedRegister.objects.filter(session__in=sessions).select_related("session")
    return sheets.filter(code=tidy_sheet_code(code)).first()


def plan_for(sheet: PrintedRegister, typed: TypedSheet) -> Plan:
    """What a sheet, typed in so, would change on the register as it stands now.

    A line that has been merged into another's person since counts once: a code that was typed
    goes before none. The number of queries hangs on the walk-ins only, of whom there are few.
    """
    rows = list(sheet.rows.select_related("participant__merged_into"))
    roots = {row.number: row.participant.merged_into or row.participant for row in rows}
    numbers = _one_line_each(rows, roots, typed)
    marks = standing_marks(sheet.session, {person.pk for person in roots.values()})
    roles = {row.participant_id: row.role for row in register_for(sheet.session).rows}
    lines = [
        _line(
            code=row_code(sheet.code, number),
            number=number,
            person=(person := roots[number]),
            typed=typed,
            standing=marks.get(person.pk),
            role=roles.get(person.pk, AttendanceRole.PARTICIPANT.value),
        )
        for number in sorted(numbers)
    ]
    return Plan(
        lines=lines,
        walk_ins=[_walk_in(sheet, each) for each in typed.walk_ins],
        other_count=_other_count(sheet.session, typed),
    )


def standing_marks(session: Session, roots: set[UUID]) -> dict[UUID, Standing]:
    """By root person what stands, a mark that was taken back among it. Two queries."""
    marks = {root: _of_mark(mark) for root, mark in current_marks(session).items() if root in roots}
    taken_back = {
        root: _of_operation(operation)
        for root, operation in latest_operations(session, roots - marks.keys()).items()
        if operation.status == CLEARED
    }
    return marks | taken_back


def _of_mark(mark: Attendance) -> Standing:
    times = Times(mark.arrived_at, mark.left_at)
    label = MarkStatus(mark.status).label
    return Standing(mark.status, label, times, mark.marked_at, mark.operation_id or mark.pk)


def _of_operation(row: MarkOperation) -> Standing:
    return Standing(row.status, _TAKEN_BACK, Times(), row.marked_at, row.pk)


def _one_line_each(
    rows: Sequence[PrintedRow], roots: dict[int, Participant], typed: TypedSheet
) -> set[int]:
    """The numbers of the lines that count."""
    numbers: dict[UUID, int] = {}
    for row in rows:
        is_typed = row.number in typed.statuses or row.number in typed.times
        if is_typed:
            numbers[roots[row.number].pk] = row.number
        elif typed.rest_is_present:
            numbers.setdefault(roots[row.number].pk, row.number)
    return set(numbers.values())


def _line(
    *,
    code: str,
    number: int,
    person: Participant,
    typed: TypedSheet,
    standing: Standing | None,
    role: str,
) -> PlanLine:
    status = typed.statuses.get(number, MarkStatus.PRESENT.value)
    times = typed.times.get(number, Times())
    return PlanLine(
        number=number,
        code=code,
        name=person.register_name,
        participant_id=person.pk,
        role=role,
        status=status,
        times=times,
        standing=standing,
        bearing=_bearing(status, times, standing),
    )


def _bearing(status: str, times: Times, standing: Standing | None) -> Bearing:
    if standing is None:
        return Bearing.NEW
    if standing.status != status:
        return Bearing.CONFLICT
    if times in (Times(), standing.times):
        return Bearing.SAME
    return Bearing.ADDS_TIMES if standing.times == Times() else Bearing.CONFLICT


def _walk_in(sheet: PrintedRegister, walk_in: TypedWalkIn) -> PlanWalkIn:
    name = f"{walk_in.number}:{walk_in.given_name.casefold()}:{walk_in.year_group}"
    participant_id = uuid.uuid5(sheet.pk, f"walk-in:{name}")
    return PlanWalkIn(
        number=walk_in.number,
        participant_id=participant_id,
        given_name=walk_in.given_name,
        year_group=walk_in.year_group,
        is_known=Participant.objects.filter(pk=participant_id).exists(),
        matches=possible_matches(
            sheet.session,
            participant_id=participant_id,
            given_name=walk_in.given_name,
            year_group=walk_in.year_group,
        ),
    )


def _other_count(session: Session, typed: TypedSheet) -> str:
    """The head-count that stands and says something else, in words; empty if there is none."""
    if typed.people is None:
        return ""
    counts = HeadCount.objects.filter(session=session, group=HeadCountGroup.YOUNG_PEOPLE)
    count = counts.exclude(people=typed.people, method=typed.method).first()
    return f"{count.people} ({CountMethod(count.method).label.lower()})" if count else ""
