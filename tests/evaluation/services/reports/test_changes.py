"""A later report of the same says which figures are others, and what happened meanwhile."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditKind, Role
from accounts.services import record_audit
from activities.models import Session
from evaluation.models import Grant, ReportFormat, ReportRun
from evaluation.services.reports import build_report, building, request_report
from hubs.models import Hub
from participants.models import MarkOperation, MarkStatus, Merge, Participant, Removal
from participants.models.registers import RegisterAction
from tests import factories

NOW = factories.london(2020, 1, 1)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "render_files", lambda *_: {ReportFormat.CSV: b"1"})


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub()


@pytest.fixture
def grant() -> Grant:
    return factories.make_grant()


def make_session(grant: Grant, hub: Hub, **fields: Any) -> Session:
    activity = factories.make_activity(programme=grant.programmes.get(), hub=hub)
    taken = {"register_taken_at": factories.london(2019, 5, 14, 18)}
    return factories.make_session(activity=activity, **(taken | fields))


@pytest.fixture
def session(grant: Grant, hub: Hub) -> Session:
    session = make_session(grant, hub)
    for _ in range(2):
        factories.make_attendance(session)
    return session


def built(grant: Grant, **more: Any) -> ReportRun:
    run = request_report(asked=factories.make_asked(grant, **more), by=None, now=NOW)
    assert build_report(run.pk) is True
    run.refresh_from_db()
    return run


def reasons(run: ReportRun) -> dict[str, int]:
    return {each["id"]: each["count"] for each in run.changes["reasons"]}


def test_the_first_of_its_kind_has_nothing_to_compare(grant: Grant, session: Session) -> None:
    assert built(grant).changes == {}


def test_without_a_change_the_snapshot_is_the_same_and_nothing_is_said(
    grant: Grant, session: Session
) -> None:
    first, second = built(grant), built(grant)
    assert first.snapshot == second.snapshot
    assert (second.changes["earlier"], second.changes["figures"]) == (str(first.pk), [])
    assert second.changes["reasons"] == []


def test_a_late_register_and_its_figures(grant: Grant, hub: Hub, session: Session) -> None:
    first = built(grant)
    late = make_session(grant, hub, starts_at=factories.london(2019, 5, 21, 16))
    late.register_taken_at = None
    late.save()
    factories.make_attendance(late)
    late.register_events.create(
        action=RegisterAction.CLOSED,
        at=factories.london(2019, 5, 21),
        done_by=factories.make_user(),
    )
    Session.objects.filter(pk=late.pk).update(register_taken_at=factories.london(2019, 5, 21, 18))
    second = built(grant)
    assert second.changes["earlier"] == str(first.pk)
    by_id = {each["id"]: each for each in second.changes["figures"]}
    assert by_id["attendances"] == {
        "id": "attendances", "label": "Attendances", "unit": "attendances", "was": 2, "now": 3
    }  # fmt: skip
    (of_hub,) = (each for each in second.changes["tables"] if each["id"] == "hub")
    cells = {cell["id"]: (cell["was"], cell["now"]) for cell in of_hub["cells"]}
    assert cells[f"{hub.pk}/attendances"] == cells["total/attendances"] == (2, 3)
    assert reasons(second) == {"late_registers": 1}
    # The snapshot says nothing of it: the same data has the same hash.
    assert second.snapshot
    assert "late_registers" not in json.loads(second.snapshot.body)
    third = built(grant)
    assert (third.changes["earlier"], third.changes["figures"]) == (str(second.pk), [])


def test_a_breakdown_that_is_another_though_its_total_is_the_same(
    grant: Grant, session: Session
) -> None:
    built(grant)
    person = session.attendances.all()[0].participant
    Participant.objects.filter(pk=person.pk).update(gender="female")
    second = built(grant)
    assert second.changes["figures"] == []
    (of_gender,) = (each for each in second.changes["tables"] if each["id"] == "gender")
    cells = {cell["id"]: (cell["was"], cell["now"]) for cell in of_gender["cells"]}
    assert cells["female/unique_participants"] == (0, 1)


def _corrected(session: Session) -> None:
    attendance = session.attendances.all()[0]
    MarkOperation.objects.create(
        id=uuid.uuid4(),
        session=session,
        person_id=attendance.participant_id,
        participant=attendance.participant,
        role=attendance.role,
        status=MarkStatus.ABSENT,
        marked_at=NOW,
        marked_by=factories.make_user(),
    )


def _cancelled(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(cancelled_at=timezone.now())


def _restored(session: Session) -> None:
    record_audit(by=factories.make_user(), kind=AuditKind.SESSION_RESTORED, about=session)


def _two(session: Session) -> list[Participant]:
    return [each.participant for each in session.attendances.order_by("pk")]


def _merged(session: Session) -> None:
    record, root = _two(session)
    Merge.objects.create(record=record, root=root, merged_by=factories.make_user())


def _unmerged(session: Session) -> None:
    record, root = _two(session)
    Merge.objects.create(
        record=record,
        root=root,
        merged_by=factories.make_user(),
        merged_at=factories.london(2019, 6, 1),
        undone_at=timezone.now(),
        undone_by=factories.make_user(),
    )


def _put_right(session: Session) -> None:
    person = _two(session)[0]
    for year in (2009, 2010):
        person.birth_date = dt.date(year, 3, 4)
        person.save()


def _erased(_: Session) -> None:
    Removal.objects.create(person_id=uuid.uuid4(), is_erasure=True)
    Removal.objects.create(person_id=uuid.uuid4(), is_erasure=False)


def _spent(session: Session) -> None:
    grant = session.activity.programme.grants.get()
    factories.make_spend(grant)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_corrected, "marks"),
        (_cancelled, "cancelled"),
        (_restored, "restored"),
        (_merged, "merges"),
        (_unmerged, "merges_undone"),
        (_put_right, "records"),
        (_erased, "erased"),
        (_spent, "spend"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_what_happened_is_counted(
    happens: Any, reason: str, grant: Grant, session: Session, hub: Hub
) -> None:
    built(grant)
    happens(session)
    # What lies elsewhere or outside the period is none of its business.
    elsewhere = make_session(factories.make_grant(), hub)
    factories.make_attendance(elsewhere)
    factories.make_attendance(elsewhere)
    outside = make_session(grant, hub, starts_at=factories.london(2019, 9, 1, 16))
    factories.make_attendance(outside)
    factories.make_attendance(outside)
    if happens not in (_erased, _spent):
        happens(elsewhere)
        happens(outside)
    assert reasons(built(grant)) == {reason: 1}


def test_only_the_same_question_is_compared(grant: Grant, session: Session, hub: Hub) -> None:
    built(grant)
    assert built(grant, hubs=(hub,)).changes == {}
    assert built(grant, last_day=grant.ends_on - dt.timedelta(days=1)).changes == {}
    assert built(grant, audience="funder").changes == {}
    # The shape of the paper is no question of figures.
    shape = factories.make_report_template()
    assert built(grant, template=shape).changes["earlier"]


def test_a_hub_hears_of_its_own_only(grant: Grant, session: Session, hub: Hub) -> None:
    asked = replace(factories.make_asked(grant), grant=None, hubs=(hub,), audience="hub")
    lead = factories.make_user(Role.HUB_LEAD, hubs=(hub,))

    def own() -> ReportRun:
        run = request_report(asked=asked, by=lead, now=NOW)
        assert build_report(run.pk) is True
        run.refresh_from_db()
        return run

    own()
    other = make_session(grant, factories.make_hub())
    factories.make_attendance(other)
    _cancelled(other)
    _cancelled(session)
    assert reasons(own()) == {"cancelled": 1}
