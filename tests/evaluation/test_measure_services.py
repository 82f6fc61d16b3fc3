from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import Measure, RespondentKind, Wave
from evaluation.services.measures import (
    FollowUpsAreInError,
    end_measure,
    name_primary,
    start_measure,
)
from participants.services.errors import RecordError
from tests.factories import (
    london,
    make_instrument,
    make_measure,
    make_participant,
    make_programme,
    make_response,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = london(2019, 5, 14)
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def trust() -> User:
    return make_user(Role.TRUST_STAFF)


def audited() -> list[tuple[str, object]]:
    rows = AuditEntry.objects.filter(kind=AuditKind.MEASURE_CHANGED).order_by("pk")
    return [(row.reason, row.actor_id) for row in rows]


def test_a_programme_measures_ends_and_goes_on(trust: User) -> None:
    programme, instrument = make_programme(), make_instrument()
    words: dict[str, Any] = {
        "programme": programme,
        "instrument": instrument,
        "respondent": RespondentKind.SELF,
    }
    measure = start_measure(**words, by=trust, now=NOW)
    assert (measure.started_at, measure.started_by, measure.ended_at) == (NOW, trust, None)
    with pytest.raises(RecordError, match="measures this already"):
        start_measure(**words, by=trust, now=NOW)
    assert end_measure(measure=measure, by=trust, now=LATER).ended_at == LATER
    assert end_measure(measure=measure, by=trust, now=LATER + dt.timedelta(1)).ended_at == LATER
    assert start_measure(**words, by=trust, now=LATER) == measure
    assert Measure.objects.get().ended_at is None
    assert audited() == [("started", trust.pk), ("ended", trust.pk), ("started", trust.pk)]


@pytest.mark.parametrize(
    "fields", [{"published_at": None}, {"withdrawn_at": NOW}], ids=["never published", "withdrawn"]
)
def test_only_instruments_in_use_are_measured(trust: User, fields: dict[str, Any]) -> None:
    instrument = make_instrument(**fields)
    with pytest.raises(RecordError, match="not in use"):
        start_measure(
            programme=make_programme(),
            instrument=instrument,
            respondent=RespondentKind.SELF,
            by=trust,
            now=NOW,
        )
    assert not Measure.objects.exists()


def test_only_respondents_with_a_form_are_asked(trust: User) -> None:
    form = {"id": "own", "respondent": "self", "min_age": 5, "max_age": 18}
    with pytest.raises(RecordError, match="no form for this: a member of staff"):
        start_measure(
            programme=make_programme(),
            instrument=make_instrument(definition={"forms": [form]}),
            respondent=RespondentKind.STAFF,
            by=trust,
            now=NOW,
        )


def test_one_primary_outcome_is_named_and_may_change_before_follow_ups(trust: User) -> None:
    first = make_measure()
    second = make_measure(programme=first.programme)
    make_response(first, make_participant())
    name_primary(measure=first, score="mean", by=trust, now=NOW)
    named = name_primary(measure=second, score="mean", by=trust, now=LATER)
    assert (named.is_primary, named.primary_score, named.primary_named_at) == (True, "mean", LATER)
    first.refresh_from_db()
    assert (first.is_primary, first.primary_score, first.primary_named_at) == (False, "", None)
    assert audited() == [("primary outcome", trust.pk)] * 2


@pytest.mark.parametrize("set_aside_at", [None, NOW], ids=["standing", "set aside"])
def test_nobody_names_it_once_a_follow_up_of_the_programme_is_in(
    trust: User, set_aside_at: dt.datetime | None
) -> None:
    measure = make_measure()
    other = make_measure(programme=measure.programme)
    person = make_participant()
    follow_up = make_response(other, person, wave=Wave.FOLLOW_UP, set_aside_at=set_aside_at)
    make_response(make_measure(), person, wave=Wave.FOLLOW_UP)
    with pytest.raises(FollowUpsAreInError, match="cannot be named or changed any more"):
        name_primary(measure=measure, score="mean", by=trust, now=NOW)
    follow_up.finished_at = None
    follow_up.save()
    assert name_primary(measure=measure, score="mean", by=trust, now=NOW).is_primary


def test_a_score_that_is_none_or_of_an_ended_measure_is_refused(trust: User) -> None:
    measure = make_measure()
    with pytest.raises(RecordError, match="no such score"):
        name_primary(measure=measure, score="other", by=trust, now=NOW)
    ended = make_measure(ended_at=NOW)
    with pytest.raises(RecordError, match="not measured any more"):
        name_primary(measure=ended, score="mean", by=trust, now=NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_says_what_is_measured(role: Role) -> None:
    user, measure = make_user(role), make_measure()
    with pytest.raises(PermissionDenied):
        end_measure(measure=measure, by=user, now=NOW)
    with pytest.raises(PermissionDenied):
        name_primary(measure=measure, score="mean", by=user, now=NOW)
    with pytest.raises(PermissionDenied):
        start_measure(
            programme=measure.programme,
            instrument=measure.instrument,
            respondent=RespondentKind.STAFF,
            by=user,
            now=NOW,
        )
    assert audited() == []
