"""Totals of tools that are not kept here."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role
from evaluation.models import ExternalScore
from evaluation.services.external_scores import record_score
from participants.services.errors import RecordError
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 20)


def record(**changes: Any) -> ExternalScore:
    hub = factories.make_hub()
    child = factories.make_participant(hub=hub)
    if changes.pop("agreed", True):
        factories.make_consent(child)
    fields: dict[str, Any] = {
        "person": child,
        "programme": factories.make_programme(),
        "tool": " Sample tool ",
        "scale": "",
        "value": Decimal("12.5"),
        "scored_on": dt.date(2019, 5, 20),
        "by": factories.make_user(changes.pop("role", Role.COORDINATOR), hubs=(hub,)),
        "now": NOW,
    }
    return record_score(**(fields | changes))


def test_a_total_is_kept_with_who_wrote_it_down() -> None:
    score = record()
    assert (score.tool, score.scale, score.value) == ("Sample tool", "", Decimal("12.5"))
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor_id, entry.reason) == (
        AuditKind.EXTERNAL_SCORE,
        score.recorded_by_id,
        "",
    )


def test_not_of_tomorrow_and_not_without_consent() -> None:
    with pytest.raises(RecordError, match="future"):
        record(scored_on=dt.date(2019, 5, 21))
    with pytest.raises(RecordError, match="consent"):
        record(agreed=False)
    assert not ExternalScore.objects.exists()


@pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.EVALUATOR, Role.SAFEGUARDING_LEAD])
def test_not_by_other_roles(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        record(role=role)


def test_not_at_another_hub() -> None:
    with pytest.raises(PermissionDenied):
        record(by=factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)))
