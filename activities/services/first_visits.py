"""First visits announced, as a number."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F

from activities.models import FirstVisitCount, Session
from activities.queries.sessions import Standing, standing_of
from activities.services.errors import NobodyCanComeError


@transaction.atomic
def count_first_visit(*, session: Session, now: dt.datetime) -> None:
    """Count one more person who might come for the first time. Nothing else is kept.

    Right whoever else counts at the same time. Raises NobodyCanComeError.
    """
    if standing_of(session, now) not in {Standing.COMING, Standing.ON_NOW}:
        raise NobodyCanComeError
    FirstVisitCount.objects.bulk_create([FirstVisitCount(session=session)], ignore_conflicts=True)
    FirstVisitCount.objects.filter(session=session).update(people=F("people") + 1)
