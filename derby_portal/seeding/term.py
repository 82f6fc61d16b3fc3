"""Writes the current term and rolls it forward."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from activities.models import Schedule, Session, london_midnight, london_today
from derby_portal.seeding.current import cohort, school_years, term_marks, term_sessions
from derby_portal.seeding.dates import CELEBRATION, DAY, london, term_window
from derby_portal.seeding.framework import (
    Framework,
    activity_keys,
    create_schedules,
    read_framework,
)
from derby_portal.seeding.marks import Mark
from derby_portal.seeding.places import CHECKED_DAYS_AGO
from derby_portal.seeding.rows import (
    add_first_visits,
    copy_marks,
    copy_people,
    copy_registrations,
    copy_sessions,
    outcome,
)
from derby_portal.seeding.sessions import Fate, SessionPlan
from derby_portal.seeding.standing import one_seed_at_a_time
from participants.models import Participant

CHECKED_AT = dt.time(16, 0)
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Added:
    """Rows that were added."""

    people: int = 0
    attendances: int = 0
    sessions: int = 0
    stories: int = 0

    def __add__(self, other: Added) -> Added:
        return Added(
            self.people + other.people,
            self.attendances + other.attendances,
            self.sessions + other.sessions,
            self.stories + other.stories,
        )


@transaction.atomic
def roll_forward(today: dt.date) -> Added:
    """Bring the current term to today: schedules, young people, sessions, past registers.

    Adds what is missing from four weeks ago to four weeks ahead. Sessions that somebody has
    already worked on stay as they are. A second run on the same day changes nothing.
    """
    one_seed_at_a_time()
    extend_schedules(*term_window(today))
    framework = read_framework(CELEBRATION + DAY)
    people = add_cohorts(today, framework)
    planned = [
        each for each in term_sessions(today) if (each.offer_key, each.slot) in framework.schedules
    ]
    sessions = add_sessions(planned, today, framework)
    add_first_visits(coming_sessions(planned, today))
    attendances = take_past_registers(planned, today)
    refresh_checks(today)
    return Added(people=people, attendances=attendances, sessions=sessions)


def extend_schedules(first: dt.date, last: dt.date) -> None:
    """Let whole weeks of the timetable cover the term; created at first, then made longer.

    What somebody ended, or goes on with in a schedule of their own, stays as it is: those that
    nobody touched end together.
    """
    last_sunday = last + (SUNDAY - last.weekday()) * DAY
    current = Schedule.objects.filter(
        activity__in=activity_keys().values(), starts_on__gt=CELEBRATION
    )
    if not current.exists():
        create_schedules(first - first.weekday() * DAY, last_sunday)
    ends = current.values("ends_on").annotate(schedules=Count("pk"))
    untouched = ends.order_by("-schedules", "ends_on")[0]["ends_on"]
    goes_on = Schedule.objects.filter(
        activity=OuterRef("activity"), weekday=OuterRef("weekday"), starts_on__gt=untouched
    )
    if untouched < last_sunday:
        current.filter(~Exists(goes_on), ends_on=untouched).update(ends_on=last_sunday)


def add_cohorts(today: dt.date, framework: Framework) -> int:
    """Add the young people of the school years that the term touches; returns how many."""
    added = 0
    for year in school_years(today):
        members = cohort(year)
        if Participant.objects.filter(pk=members[0].person.id).exists():
            continue
        added += copy_people((each.person for each in members), framework)
        copy_registrations(
            ((each.person.id, each.offer.hub, each.person.created_at) for each in members),
            framework,
        )
    return added


def add_sessions(planned: list[SessionPlan], today: dt.date, framework: Framework) -> int:
    """Add the sessions that are not there, neither by id nor by their date of a schedule."""
    there = Session.objects.filter(
        Q(pk__in=[each.id for each in planned])
        | Q(
            schedule__in=framework.schedules.values(),
            slot_on__gte=london_today(planned[0].starts_at),
        )
    ).values_list("pk", "schedule_id", "slot_on")
    ids = {pk for pk, _, _ in there}
    slots = {(schedule, slot_on) for _, schedule, slot_on in there}
    missing = [
        each
        for each in within_schedules(planned, framework)
        if each.id not in ids
        and (schedule_of(each, framework), london_today(each.starts_at)) not in slots
    ]
    return copy_sessions(missing, framework, known_by=london(today - DAY, CHECKED_AT))


def within_schedules(planned: list[SessionPlan], framework: Framework) -> list[SessionPlan]:
    """Those on dates that their schedule has: somebody may have ended it or begun it later."""
    schedules = Schedule.objects.filter(pk__in=framework.schedules.values())
    spans = {each.pk: (each.starts_on, each.ends_on) for each in schedules}
    return [
        each
        for each in planned
        if each.slot
        and (span := spans[framework.schedules[each.offer_key, each.slot]])
        and span[0] <= london_today(each.starts_at) <= span[1]
    ]


def coming_sessions(planned: list[SessionPlan], today: dt.date) -> list[SessionPlan]:
    """Those from today on that are there by the id they were planned with."""
    ids = [each.id for each in planned if each.starts_at >= london_midnight(today)]
    there = set(Session.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [each for each in planned if each.id in there]


def schedule_of(plan: SessionPlan, framework: Framework) -> int | None:
    """Primary key of a session's weekly slot; none for single occasions."""
    return framework.schedules[plan.offer_key, plan.slot] if plan.slot else None


def take_past_registers(planned: list[SessionPlan], today: dt.date) -> int:
    """Take the registers of days before today where nobody has; returns how many marks.

    Those planned to be forgotten stay so.
    """
    over = {
        each.id: each
        for each in planned
        if each.ends_at < london_midnight(today) and each.fate in {Fate.TAKEN, Fate.LOGGED}
    }
    untouched = untouched_sessions(list(over))
    marks = [mark for each in untouched for mark in marks_of(over[each.pk])]
    people = existing_people({mark.participant_id for mark in marks})
    kept = [mark for mark in marks if mark.participant_id in people]
    write_outcomes(untouched, over, {mark.session_id for mark in kept})
    return copy_marks(kept)


def untouched_sessions(ids: list[UUID]) -> list[Session]:
    """Sessions that nobody has marked, counted, logged, closed or cancelled."""
    return list(
        Session.objects.filter(
            pk__in=ids,
            cancelled_at__isnull=True,
            register_taken_at__isnull=True,
            has_marks=False,
            delivery="",
            head_counts__isnull=True,
            attendances__isnull=True,
            mark_operations__isnull=True,
        )
    )


def marks_of(plan: SessionPlan) -> list[Mark]:
    """The marks of a session whose register is taken."""
    return term_marks(plan) if plan.fate is Fate.TAKEN else []


def existing_people(ids: set[UUID]) -> set[UUID]:
    """Those who are still there: anybody may have been erased since."""
    return set(Participant.objects.filter(pk__in=ids).values_list("pk", flat=True))


def write_outcomes(
    sessions: list[Session], plans: dict[UUID, SessionPlan], marked: set[UUID]
) -> None:
    """Write what became of these sessions."""
    fields = ("delivery", "delivered_minutes", "register_taken_at", "has_marks")
    for session in sessions:
        values = outcome(plans[session.pk], has_marks=session.pk in marked)
        for name, value in zip(fields, values, strict=True):
            setattr(session, name, value)
    Session.objects.bulk_update(sessions, fields, batch_size=500)


def refresh_checks(today: dt.date) -> None:
    """Let the hubs have checked every date to come yesterday, unless they did so today.

    A few listings they have not looked at for weeks.
    """
    activities = activity_keys()
    late = {activities[key]: days for key, days in CHECKED_DAYS_AGO.items() if key in activities}
    check(set(activities.values()) - set(late), today, today - DAY)
    for activity, days_ago in late.items():
        check({activity}, today, today - (1 + days_ago) * DAY)


def check(activities: set[int], today: dt.date, day: dt.date) -> None:
    """Let the dates to come of these activities have been checked on a day, at the earliest."""
    checked = london(day, CHECKED_AT)
    schedules = Schedule.objects.filter(activity__in=activities, starts_on__gt=CELEBRATION)
    Session.objects.filter(
        Q(checked_at__isnull=True) | Q(checked_at__lt=checked),
        schedule__in=schedules,
        starts_at__gte=london_midnight(today),
    ).update(checked_at=checked)
