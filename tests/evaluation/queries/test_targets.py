from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.models import Characteristic, Grant
from evaluation.queries.targets import TargetActual, actuals, percent_of
from participants.models import Answer
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_grant,
    make_hub,
    make_participant,
    make_session,
    make_spend,
    make_target,
)

pytestmark = pytest.mark.django_db
NOW = london(2019, 8, 1)


def asked(grant: Grant) -> list[TargetActual]:
    targets = grant.targets.select_related("hub")
    programmes = list(grant.programmes.all())
    return actuals(targets, programmes, grant.starts_on, grant.ends_on, grant=grant, now=NOW)


def test_a_target_is_asked_of_its_own_days_hub_and_people() -> None:
    grant, hub = make_grant(), make_hub()
    programme = grant.programmes.get()
    here = make_activity(programme=programme, hub=hub)
    old = make_participant(birth_date=dt.date(2003, 5, 1), special_needs=Answer.YES)
    young = make_participant(birth_date=dt.date(2012, 5, 1))
    may = make_session(activity=here, register_taken_at=NOW)
    june = make_session(
        activity=make_activity(programme=programme),
        starts_at=london(2019, 6, 3),
        register_taken_at=NOW,
    )
    make_attendance(may, old)
    make_attendance(may, young)
    make_attendance(june, young)
    make_attendance(make_session())
    reached = {"indicator": "unique_participants", "value": Decimal(4)}
    make_target(grant, **reached)
    make_target(grant, **reached, first_day=dt.date(2019, 6, 1), last_day=dt.date(2019, 6, 30))
    make_target(grant, **reached, hub=hub)
    make_target(grant, **reached, max_age=10)
    make_target(grant, **reached, characteristic=Characteristic.SPECIAL_NEEDS)
    make_target(grant, indicator="session_hours", value=Decimal(6))
    make_target(grant, indicator="attendances", value=Decimal(0))
    make_target(grant, indicator="gone_since", value=Decimal(6))
    found = asked(grant)
    assert [each.actual for each in found] == [2, 1, 2, 1, 1, Decimal("3.0"), 3, None]
    assert [each.percent for each in found] == [
        *(Decimal("50.0"), Decimal("25.0"), Decimal("50.0"), Decimal("25.0"), Decimal("25.0")),
        *(Decimal("50.0"), None, None),
    ]
    assert (found[1].first_day, found[1].last_day) == (dt.date(2019, 6, 1), dt.date(2019, 6, 30))
    assert (found[7].label, found[7].unit) == ("Unknown figure: gone_since", "")


def test_costs_are_of_the_grants_own_spend_and_unknown_where_none_is_recorded() -> None:
    grant = make_grant()
    session = make_session(
        activity=make_activity(programme=grant.programmes.get()), register_taken_at=NOW
    )
    make_attendance(session)
    make_target(grant, indicator="cost_per_session_hour", value=Decimal(100))
    make_target(grant, indicator="spend", value=Decimal(600))
    assert [each.actual for each in asked(grant)] == [None, None]
    make_spend(grant, amount=Decimal("150.00"))
    make_spend(make_grant(programmes=list(grant.programmes.all())), amount=Decimal("999.00"))
    assert [each.actual for each in asked(grant)] == [Decimal("100.00"), Decimal("150.00")]


def test_targets_of_the_same_days_and_people_are_asked_together() -> None:
    grant = make_grant()
    make_target(grant, indicator="session_hours")
    counts = []
    for indicator in ("sessions", "hubs_active", "roadshows"):
        with CaptureQueriesContext(connection) as found:
            asked(grant)
        counts.append(len(found))
        make_target(grant, indicator=indicator)
    assert len(set(counts)) == 1


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(1, "3", "33.3"), (None, "3", None), (1, "0", None), (2, "3", "66.7"), (1, None, None)],
)
def test_shares(part: int | None, whole: str | None, percent: str | None) -> None:
    found = percent_of(part, Decimal(whole) if whole else None)
    assert found == (Decimal(percent) if percent else None)
