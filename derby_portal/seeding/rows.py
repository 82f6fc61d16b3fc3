"""Plans as rows to be copied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from activities.models import FirstVisitCount, HeadCount, HeadCountGroup, Session, london_today
from derby_portal.seeding.chance import chance, whole
from derby_portal.seeding.copying import copy_rows
from derby_portal.seeding.framework import Framework
from derby_portal.seeding.marks import Mark
from derby_portal.seeding.people import PersonPlan
from derby_portal.seeding.places import CHECKED_DAYS_AGO
from derby_portal.seeding.records import ANSWERED, answers, copy_care_notes, copy_contacts
from derby_portal.seeding.sessions import Fate, SessionPlan
from hubs.reference import IMD_EDITION
from participants.models import Attendance, Participant, Registration

LISTED_BEFORE = dt.timedelta(days=28)
CHECKED_BEFORE = dt.timedelta(days=3)
CANCELLED_BEFORE = dt.timedelta(hours=20)
FIRST_VISITS = 0.25
REGISTER_CLOSED_AFTER = dt.timedelta(minutes=5)
# Of a session to come: no delivery, no minutes, register not taken, no marks.
NOT_YET = ("", None, None, False)


def copy_people(people: Iterable[PersonPlan], framework: Framework) -> int:
    """Copy people with their contacts, care notes and answers.

    Their homes are wards and deciles without any postcode.
    """
    plans = list(people)
    fields = (
        *("id", "given_name", "family_name", "birth_date", "year_group", "gender"),
        *("special_needs", "care_experienced", "home_postcode", "home_ward", "imd_decile"),
        *("imd_edition", "is_complete", "merged_into", "created_at"),
        *ANSWERED,
    )
    count = copy_rows(Participant, fields, (_person(each, framework) for each in plans))
    copy_contacts(plans)
    copy_care_notes(plans)
    return count


def _person(plan: PersonPlan, framework: Framework) -> tuple[Any, ...]:
    return (
        *(plan.id, plan.given_name, plan.family_name, plan.birth_date, plan.year_group),
        *(plan.gender, plan.special_needs, plan.care_experienced, ""),
        framework.wards[plan.ward] if plan.ward else None,
        plan.decile,
        IMD_EDITION if plan.decile else None,
        *(plan.is_complete, plan.merged_into, plan.created_at),
        *answers(plan),
    )


def copy_registrations(
    registrations: Iterable[tuple[UUID, str, dt.datetime]], framework: Framework
) -> int:
    """Copy who is registered at which hub, given by its name."""
    return copy_rows(
        Registration,
        ("participant", "hub", "registered_at"),
        ((person, framework.hubs[hub], at) for person, hub, at in registrations),
    )


def copy_marks(marks: Iterable[Mark]) -> int:
    """Copy attendances; they come from no device, so no operation stands behind them."""
    fields = (
        *("id", "session", "participant", "role", "status"),
        *("marked_at", "arrived_at", "left_at"),
    )
    return copy_rows(Attendance, fields, marks)


def copy_sessions(
    sessions: Iterable[SessionPlan],
    framework: Framework,
    *,
    marked: frozenset[UUID] | None = None,
    known_by: dt.datetime | None = None,
) -> int:
    """Copy sessions: over, with `marked` the ids of those with marks, or still to come.

    Nothing is checked or cancelled later than `known_by`, and by then some listings have not been
    looked at for weeks.
    """
    fields = (
        *("id", "activity", "schedule", "slot_on", "kind", "starts_at", "ends_at", "cancelled_at"),
        *("cancellation_reason", "listed_at", "checked_at", "changed_at", "revision"),
        "headcount_only",
        *("delivery", "delivered_minutes", "register_taken_at", "has_marks"),
    )
    rows = (
        (
            *_planned(plan, framework, known_by),
            *(NOT_YET if marked is None else outcome(plan, has_marks=plan.id in marked)),
        )
        for plan in sessions
    )
    return copy_rows(Session, fields, rows)


def _planned(
    plan: SessionPlan, framework: Framework, known_by: dt.datetime | None
) -> tuple[Any, ...]:
    cancelled_at = min(plan.starts_at - CANCELLED_BEFORE, known_by or plan.starts_at)
    checked_at = min(plan.starts_at - CHECKED_BEFORE, known_by or plan.starts_at)
    if known_by:
        checked_at -= dt.timedelta(days=CHECKED_DAYS_AGO.get(plan.offer_key, 0))
    is_cancelled = plan.fate is Fate.CANCELLED
    return (
        plan.id,
        framework.activities[plan.offer_key],
        framework.schedules[plan.offer_key, plan.slot] if plan.slot else None,
        london_today(plan.starts_at) if plan.slot else None,
        *(plan.kind, plan.starts_at, plan.ends_at),
        cancelled_at if is_cancelled else None,
        plan.reason,
        *(checked_at - LISTED_BEFORE, checked_at),
        cancelled_at if is_cancelled else checked_at,
        1 if is_cancelled else 0,
        plan.fate is Fate.COUNTED,
    )


def outcome(plan: SessionPlan, *, has_marks: bool) -> tuple[Any, ...]:
    """Delivery, delivered minutes, when the register was taken, whether there are marks."""
    return (
        plan.delivery,
        plan.minutes - plan.cut_short_by if plan.cut_short_by else None,
        plan.ends_at + REGISTER_CLOSED_AFTER if plan.fate is Fate.TAKEN else None,
        has_marks,
    )


def add_first_visits(sessions: Iterable[SessionPlan]) -> None:
    """Let some people have said that they might come for the first time, at every fourth date."""
    FirstVisitCount.objects.bulk_create(
        [
            FirstVisitCount(session_id=plan.id, people=whole(rng, 1, 4))
            for plan in sessions
            if plan.fate is not Fate.CANCELLED
            and (rng := chance("first visits", plan.id.hex)).random() < FIRST_VISITS
        ],
        ignore_conflicts=True,
    )


def copy_head_counts(sessions: Iterable[SessionPlan]) -> int:
    """Copy the head-counts of sessions that were open to all."""
    return copy_rows(
        HeadCount,
        ("session", "group", "people", "method", "counted_at"),
        (
            (plan.id, HeadCountGroup.YOUNG_PEOPLE, plan.head_count, plan.count_method, plan.ends_at)
            for plan in sessions
            if plan.head_count
        ),
    )
