"""Builds the example data, and keeps its current term round today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction

from derby_portal.seeding.accounts import ensure_sign_ins
from derby_portal.seeding.bookings import add_bookings
from derby_portal.seeding.consents import add_consents
from derby_portal.seeding.dates import FIRST_TODAY, LAUNCH, london
from derby_portal.seeding.evidence import add_evidence
from derby_portal.seeding.framework import create_framework, read_framework
from derby_portal.seeding.history import HistoryPlan, history_sessions, plan_history
from derby_portal.seeding.logs import add_logs
from derby_portal.seeding.rows import (
    copy_head_counts,
    copy_marks,
    copy_people,
    copy_registrations,
    copy_sessions,
)
from derby_portal.seeding.sessions import SessionPlan
from derby_portal.seeding.standing import (
    has_foreign_people,
    has_history,
    has_year,
    holds_anything,
    one_seed_at_a_time,
)
from derby_portal.seeding.stories import add_stories
from derby_portal.seeding.surveys import add_surveys
from derby_portal.seeding.term import Added, roll_forward
from derby_portal.seeding.terms import add_planning
from derby_portal.seeding.years import first_day, plan_year

Progress = Callable[[str], None]


class SeedRefusedError(Exception):
    """This database, or this date, is not one to put example data into. Says why."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What one run did."""

    added: Added
    sign_ins: int

    @property
    def changed_nothing(self) -> bool:
        return self.added == Added() and not self.sign_ins


def seed(
    *, today: dt.date, scale: int, with_sign_ins: bool, demo: bool, progress: Progress
) -> Seeded:
    """Build what is missing: the history, years before it, the current term.

    The history is one transaction, each group of earlier sessions another, then the current term,
    then stories: a run that is cut off leaves whole ones and the next goes on from there. `scale`
    is how many times the history's attendances shall be there. Raises SeedRefusedError before
    anything is written.
    """
    refuse_unfit(today=today, demo=demo)
    added = add_history(progress=progress)
    for group in range(1, scale):
        added += add_year(group, progress=progress)
    sign_ins = ensure_sign_ins(since=london(LAUNCH, dt.time(9))) if with_sign_ins else 0
    progress("Current term ...")
    added += roll_forward(today)
    added += add_planning(today)
    added += add_bookings(today)
    add_logs(today)
    add_consents(today)
    progress("Surveys and feedback ...")
    add_surveys(today)
    add_evidence(today)
    progress("Stories and figures ...")
    added += Added(stories=add_stories(today))
    return Seeded(added=added, sign_ins=sign_ins)


def refuse_unfit(*, today: dt.date, demo: bool) -> None:
    """Raise SeedRefusedError where the seed could touch anybody's real work.

    In a demo people may add walk-ins of their own to the seeded ones; elsewhere a single person
    whom the seed did not make is a reason to stay away.
    """
    if today < FIRST_TODAY:
        raise SeedRefusedError(
            f"The current term cannot lie before {FIRST_TODAY:%d %B %Y}: four weeks behind it "
            "must not reach into the programme's history."
        )
    if has_foreign_people() and not (demo and has_history()):
        raise SeedRefusedError(
            "This database holds participants that the seed did not make. Example data goes "
            "into an empty database only."
        )
    if holds_anything() and not has_history():
        raise SeedRefusedError(
            "This database already holds hubs or programmes. Example data goes into an empty "
            "database only."
        )


@transaction.atomic
def add_history(*, progress: Progress) -> Added:
    """Add the delivery of 2018-19 with all that it hangs on."""
    one_seed_at_a_time()
    if has_history():
        return Added()
    progress("History of 2018-19 ...")
    create_framework()
    return copy_plan(plan_history(), history_sessions())


@transaction.atomic
def add_year(group: int, *, progress: Progress) -> Added:
    """Add a year before the launch of a few activities, with sessions and people of its own."""
    one_seed_at_a_time()
    if has_year(group):
        return Added()
    plan, sessions = plan_year(group)
    progress(f"Earlier year of {first_day(group):%Y}, group {group} ...")
    return copy_plan(plan, sessions)


def copy_plan(plan: HistoryPlan, sessions: Collection[SessionPlan]) -> Added:
    """Copy sessions that are over, people, and who came to what."""
    framework = read_framework(LAUNCH)
    marked = frozenset(mark.session_id for mark in plan.marks)
    held = copy_sessions(sessions, framework, marked=marked)
    copy_head_counts(sessions)
    people = copy_people(plan.people, framework)
    copy_registrations(plan.registrations, framework)
    return Added(people=people, attendances=copy_marks(plan.marks), sessions=held)
