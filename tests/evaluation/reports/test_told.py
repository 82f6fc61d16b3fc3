"""What young people told, in a report."""

from __future__ import annotations

import datetime as dt

import pytest

from activities.models import Feedback, Mood, Programme
from evaluation.models import Audience
from evaluation.reports.asked import Asked
from evaluation.reports.told import feedback
from tests import factories

FIRST, LAST = dt.date(2019, 5, 1), dt.date(2019, 5, 31)


def asked(programme: Programme) -> Asked:
    return Asked(
        grant=None,
        programmes=(programme,),
        first_day=FIRST,
        last_day=LAST,
        audience=Audience.INTERNAL,
        template=None,
    )


@pytest.mark.django_db
def test_nothing_is_told_of_feedback_where_nobody_gave_any() -> None:
    session = factories.make_session(starts_at=factories.london(2019, 5, 8, 17))
    programme = session.activity.programme
    assert feedback(asked(programme)) == []
    Feedback.objects.bulk_create(Feedback(session=session, mood=Mood.GOOD) for _ in range(5))
    (table,) = feedback(asked(programme))
    assert table["rows"][-1]["values"] == [5]
