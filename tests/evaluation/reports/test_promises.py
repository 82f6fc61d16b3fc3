from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from evaluation.models import Audience
from evaluation.reports import tables
from evaluation.reports.asked import Asked
from evaluation.reports.collect import collect
from tests.factories import (
    london,
    make_activity,
    make_grant,
    make_hub,
    make_session,
    make_spend,
    make_target,
)

pytestmark = pytest.mark.django_db
NOW = london(2019, 8, 1)


def test_costs_are_of_the_asked_grant() -> None:
    grant, hub = make_grant(), make_hub()
    programme = grant.programmes.get()
    activity = make_activity(programme=programme, hub=hub)
    make_session(activity=activity, register_taken_at=NOW)
    make_spend(grant, amount=Decimal("150.00"), hub=hub)
    make_spend(make_grant(programmes=[programme]), amount=Decimal("999.00"), hub=hub)
    make_target(grant, indicator="cost_per_session_hour", value=Decimal(100))
    make_target(grant, indicator="session_hours", value=Decimal(3))
    asked = Asked(grant, (programme,), grant.starts_on, grant.ends_on)
    rows: list[dict[str, Any]] = tables.targets(asked, {}, now=NOW, known_at=None)[0]["rows"]
    assert {row["unit"] for row in rows} == {"hours", "pounds"}
    assert rows[0]["values"][:2] == [100, "100.00"]


def test_a_hubs_own_staff_read_no_promises_of_others_money_or_answers() -> None:
    grant, hub = make_grant(), make_hub()
    make_target(grant, indicator="cost_per_session_hour", value=Decimal(100))
    make_target(grant, indicator="unique_participants", characteristic="care_experienced")
    make_target(grant, indicator="disadvantaged_share", value=Decimal(50))
    make_target(grant, indicator="session_hours", value=Decimal(3), hub=make_hub())
    programmes = tuple(grant.programmes.all())
    asked = Asked(grant, programmes, grant.starts_on, grant.ends_on, (hub,), Audience.HUB)
    assert tables.targets(asked, {}, now=NOW, known_at=None) == []
    assert str(grant.amount) not in str(collect(asked, now=NOW, progress=lambda _done, _step: None))
