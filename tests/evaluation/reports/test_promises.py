from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from evaluation.models import Audience
from evaluation.reports import tables
from evaluation.reports.asked import Asked
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


@pytest.mark.parametrize("audience", [Audience.INTERNAL, Audience.HUB])
def test_costs_are_of_the_asked_grant_and_not_for_a_hubs_own_staff(audience: Audience) -> None:
    grant, hub = make_grant(), make_hub()
    programme = grant.programmes.get()
    activity = make_activity(programme=programme, hub=hub)
    make_session(activity=activity, register_taken_at=NOW)
    make_spend(grant, amount=Decimal("150.00"), hub=hub)
    make_spend(make_grant(programmes=[programme]), amount=Decimal("999.00"), hub=hub)
    make_target(grant, indicator="cost_per_session_hour", value=Decimal(100))
    make_target(grant, indicator="session_hours", value=Decimal(3))
    hubs = (hub,) if audience == Audience.HUB else ()
    asked = Asked(grant, (programme,), grant.starts_on, grant.ends_on, hubs, audience)
    rows: list[dict[str, Any]] = tables.targets(asked, {}, now=NOW, known_at=None)[0]["rows"]
    told = {row["unit"] for row in rows}
    assert told == ({"hours"} if audience == Audience.HUB else {"hours", "pounds"})
    if audience == Audience.INTERNAL:
        assert rows[0]["values"][:2] == [100, "100.00"]
