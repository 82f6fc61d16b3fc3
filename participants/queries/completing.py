"""Records that a parent has still to complete, and answers that a coordinator must know of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q

from activities.models import london_today
from participants.models import ATTENDED, Attendance, Participant, ParticipantQuerySet, Registration
from participants.queries.consents import standing_refusals
from participants.queries.records import records_for

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

LATELY = dt.timedelta(weeks=4)
SHOWN = 10


@dataclass(frozen=True)
class Unfinished:
    """An incomplete record; `is_late` once its deadline has passed."""

    person: Participant
    is_late: bool


@dataclass(frozen=True)
class ToComplete:
    """How many records are incomplete, and the oldest of them."""

    count: int
    oldest: list[Unfinished]


def to_complete(user: User | AnonymousUser, now: dt.datetime) -> ToComplete:
    """Incomplete records of people of the user's hubs who came lately or have a deadline.

    The earliest deadline first. Two queries at most.
    """
    people = _incomplete(user, now)
    today = london_today(now)
    in_order = people.order_by(F("complete_by").asc(nulls_last=True), "created_at", "pk")
    oldest = list(in_order[: SHOWN + 1])
    return ToComplete(
        count=len(oldest) if len(oldest) <= SHOWN else people.count(),
        oldest=[
            Unfinished(each, each.complete_by is not None and each.complete_by < today)
            for each in oldest[:SHOWN]
        ],
    )


def taking_part_ended(user: User | AnonymousUser, now: dt.datetime) -> list[Participant]:
    """People of the user's hubs whose consent to take part ended in the last four weeks.

    By name. One query.
    """
    ended = standing_refusals().filter(at__gte=now - LATELY).values("root")
    people = records_for(user).filter(pk__in=ended, anonymised_at__isnull=True)
    return list(people.order_by("given_name", "family_name", "pk"))


def _incomplete(user: User | AnonymousUser, now: dt.datetime) -> ParticipantQuerySet:
    came = Attendance.objects.filter(
        participant=OuterRef("pk"), status__in=ATTENDED, session__starts_at__gte=now - LATELY
    )
    # A walk-in who was taken off again belongs to no hub any more.
    registered = Registration.objects.filter(participant=OuterRef("pk"))
    return records_for(user).filter(
        Q(Exists(registered), complete_by__isnull=False) | Exists(came),
        is_complete=False,
        anonymised_at__isnull=True,
        restricted_at__isnull=True,
    )
