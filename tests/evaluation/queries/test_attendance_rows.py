"""Rows of attendance: what is in them, who is not, and that nobody can be told from them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Role
from activities.models import Programme, Session, SessionKind
from evaluation.queries.attendance_rows import COLUMNS, attendance_rows, left_out_for
from evaluation.queries.record import Scope
from participants.models import AttendanceRole, MarkStatus, Participant
from tests import factories
from typesetting.cells import neutral

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2018, 9, 25), dt.date(2019, 7, 13)


@pytest.fixture
def programme() -> Programme:
    return factories.make_programme()


@pytest.fixture
def session(programme: Programme) -> Session:
    return made_session(programme, hub="Abbey")


def made_session(programme: Programme, **fields: Any) -> Session:
    name = fields.pop("hub", "")
    hub = factories.make_hub(name=name) if name else factories.make_hub()
    title = fields.pop("title", "Circus Skills")
    activity = factories.make_activity(programme=programme, hub=hub, title=title)
    return factories.make_session(activity=activity, kind=SessionKind.REGULAR, **fields)


def rows_of(*programmes: Programme, left_out: tuple[UUID, ...] = ()) -> list[dict[str, str]]:
    scope = Scope.of(programmes, FIRST, LAST, now=timezone.now())
    content = b"".join(attendance_rows(scope, left_out=left_out)).decode("utf-8-sig")
    lines = csv.DictReader(io.StringIO(content, newline=""))
    assert tuple(lines.fieldnames or ()) == COLUMNS
    return list(lines)


def test_a_line_says_what_happened_and_not_to_whom(session: Session, programme: Programme) -> None:
    person = factories.make_participant(birth_date=dt.date(2008, 5, 14), gender="female")
    arrived = session.starts_at + dt.timedelta(minutes=30)
    factories.make_attendance(session, person, status=MarkStatus.LATE, arrived_at=arrived)
    assert rows_of(programme) == [
        {
            "person": "1",
            "day": "2019-05-14",
            "hub": "Abbey",
            "activity": "Circus Skills",
            "kind_of_activity": "sport",
            "kind_of_session": "regular",
            "role": "participant",
            "status": "attended",
            "minutes": "60",
            "age": "11",
            "gender": "female",
        }
    ]


def test_who_did_not_come_has_no_minutes(session: Session, programme: Programme) -> None:
    for status in (MarkStatus.ABSENT, MarkStatus.EXCUSED, MarkStatus.LEFT_EARLY):
        factories.make_attendance(session, status=status, role=AttendanceRole.VOLUNTEER)
    found = {(row["role"], row["status"], row["minutes"]) for row in rows_of(programme)}
    assert found == {
        ("volunteer", "absent", ""),
        ("volunteer", "excused", ""),
        ("volunteer", "attended", "90"),
    }


def test_nothing_of_another_programme_or_of_adults_is_in_it(
    session: Session, programme: Programme
) -> None:
    factories.make_attendance(session, role=AttendanceRole.PRACTITIONER)
    factories.make_attendance(session, factories.make_participant(birth_date=dt.date(1980, 1, 1)))
    factories.make_attendance(factories.make_session())
    factories.make_attendance(made_session(programme, starts_at=factories.london(2019, 7, 14)))
    assert rows_of(programme) == []


def test_merged_records_are_one_person_and_one_line(session: Session, programme: Programme) -> None:
    root = factories.make_participant()
    twin = factories.make_participant(merged_into=root)
    later = made_session(programme, hub="Sinfin", starts_at=factories.london(2019, 5, 21))
    for record in (root, twin):
        factories.make_attendance(session, record)
    factories.make_attendance(later, twin)
    found = rows_of(programme)
    assert [row["day"] for row in found] == ["2019-05-14", "2019-05-21"]
    assert len({row["person"] for row in found}) == 1


def test_lines_stand_by_person_and_day(programme: Programme) -> None:
    days = [made_session(programme, starts_at=factories.london(2019, 5, day)) for day in (9, 2, 5)]  # fmt: skip
    for _ in range(4):
        person = factories.make_participant()
        for session in days:
            factories.make_attendance(session, person)
    found = [(int(row["person"]), row["day"]) for row in rows_of(programme)]
    assert found == sorted(found)
    assert len({person for person, _ in found}) == 4


def test_numbers_are_drawn_anew_for_each_file(session: Session, programme: Programme) -> None:
    """Of twelve people in the same order twice there is one chance in 479,001,600."""
    born = [dt.date(2001 + at, 1, 1) for at in range(12)]
    for day in born:
        factories.make_attendance(session, factories.make_participant(birth_date=day))
    first, second = ({row["age"]: row["person"] for row in rows_of(programme)} for _ in range(2))
    assert first.keys() == second.keys()
    assert len(first) == 12
    assert first != second


def test_no_line_holds_an_id(session: Session, programme: Programme) -> None:
    person = factories.make_participant(given_name="Samplename", home_postcode="DE1 1AA")
    factories.make_attendance(session, person)
    scope = Scope.of([programme], FIRST, LAST, now=timezone.now())
    content = b"".join(attendance_rows(scope)).decode()
    for told in (str(person.pk), person.pk.hex, str(session.pk), "Samplename", "DE1"):
        assert told not in content


@pytest.mark.parametrize(
    "title",
    ['=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)", "  =1", "\tx", "\u00a0=1", "\uff1d1", "O'Brien, 2"],
    ids=range(9),
)  # fmt: skip
def test_titles_are_no_formulas(title: str, programme: Programme) -> None:
    factories.make_attendance(made_session(programme, title=title, hub=f"{title}!"))
    (row,) = rows_of(programme)
    assert (row["activity"], row["hub"]) == (neutral(title), neutral(f"{title}!"))


def test_a_citywide_session_has_no_hub(programme: Programme) -> None:
    activity = factories.make_activity(programme=programme, hub=None)
    factories.make_attendance(factories.make_session(activity=activity))
    (row,) = rows_of(programme)
    assert row["hub"] == ""


def test_evaluators_get_nobody_who_objected_and_nobody_gets_whom_is_kept_only(
    session: Session, programme: Programme
) -> None:
    now = timezone.now()
    factories.make_attendance(session, factories.make_participant(birth_date=dt.date(2009, 1, 1)))
    objector = factories.make_participant(birth_date=dt.date(2010, 1, 1))
    twin = factories.make_participant(merged_into=objector, objected_at=now)
    factories.make_attendance(session, twin)
    kept = factories.make_participant(birth_date=dt.date(2011, 1, 1), restricted_at=now)
    factories.make_attendance(session, kept)

    def ages(role: Role) -> list[str]:
        out = tuple(left_out_for(factories.make_user(role)))
        return sorted(row["age"] for row in rows_of(programme, left_out=out))

    assert ages(Role.TRUST_STAFF) == ["10", "9"]
    assert ages(Role.EVALUATOR) == ["10"]
    assert Participant.objects.count() == 4


def test_it_comes_in_pieces(
    session: Session, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.queries.attendance_rows._CHUNK", 100)
    for _ in range(5):
        factories.make_attendance(session)
    scope = Scope.of([programme], FIRST, LAST, now=timezone.now())
    pieces = list(attendance_rows(scope))
    assert len(pieces) > 3
    assert b"".join(pieces).count(b"\n") == 6


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_goes_away_leaves_the_connection_as_it_was(
    session: Session, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.queries.attendance_rows._CHUNK", 1)
    for _ in range(3):
        factories.make_attendance(session)
    pieces = attendance_rows(Scope.of([programme], FIRST, LAST, now=timezone.now()))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
