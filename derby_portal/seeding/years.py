"""Years of delivery before the launch, made up to see how the portal does with many rows.

Each group beyond the history is one year of a few activities: a group adds about 25,000 marks of
500 people at 240 sessions, so 200 groups are 5,000,000 marks of 100,000 people at 50,000 sessions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from derby_portal.seeding.chance import chance, seed_id, whole
from derby_portal.seeding.dates import LAUNCH
from derby_portal.seeding.history import (
    MERGED_EVERY,
    HistoryPlan,
    person_id,
    role_of,
    share_with_duplicate,
)
from derby_portal.seeding.marks import made_up_mark
from derby_portal.seeding.people import made_up_person
from derby_portal.seeding.sessions import Fate, SessionPlan, planned_session
from derby_portal.seeding.week import TIMETABLE, Offer

YEARS = 8
OFFERS = 6
PEOPLE = 490
# Weeks of the school year from September on, two of them off at Christmas.
WEEKS = 42
WEEKS_OFF = (15, 16)
# How many sessions somebody comes to at each of two activities, and how reliably.
SPAN, LIKELY = 26, 0.96

Taken = dict[str, list[SessionPlan]]


def plan_year(group: int) -> tuple[HistoryPlan, list[SessionPlan]]:
    """The people of one group, from 1 on, with their marks, and the group's sessions."""
    offers = [TIMETABLE[(group * OFFERS + at) % len(TIMETABLE)] for at in range(OFFERS)]
    sessions = [session for offer in offers for session in _sessions(group, offer)]
    taken: Taken = {offer.key: [] for offer in offers}
    for session in sessions:
        if session.fate is Fate.TAKEN:
            taken[session.offer_key].append(session)
    plan = HistoryPlan()
    for number in range(PEOPLE):
        pair = offers[number % OFFERS], offers[(number + 1) % OFFERS]
        _add_person(plan, group, number, pair, taken)
    return plan, sessions


def first_day(group: int) -> dt.date:
    """The first Monday in September of the group's year."""
    september = dt.date(LAUNCH.year - 1 - (group - 1) % YEARS, 9, 1)
    return september + dt.timedelta(days=-september.weekday() % 7)


def _sessions(group: int, offer: Offer) -> Iterator[SessionPlan]:
    """A session in each open week. Several groups may share a year, so the id names the group."""
    slot = offer.slots[0]
    for week in range(WEEKS):
        if week not in WEEKS_OFF:
            day = first_day(group) + dt.timedelta(weeks=week, days=slot.weekday)
            plan = planned_session(offer, slot, day)
            yield replace(plan, id=seed_id("session", plan.id.hex, group), slot=None)


def _add_person(
    plan: HistoryPlan, group: int, number: int, pair: tuple[Offer, Offer], taken: Taken
) -> None:
    rng = chance("person", group, number)
    spans = [_span(rng, taken[offer.key]) for offer in pair]
    created_at = min(span[0].starts_at for span in spans)
    person = made_up_person(
        rng,
        person_id=person_id(group, number),
        offer=pair[0],
        period=(first_day(group), first_day(group) + dt.timedelta(weeks=WEEKS)),
        created_at=created_at,
    )
    role = role_of(rng, person)
    hubs = {offer.hub: created_at for offer in pair}
    plan.people.append(person)
    plan.registrations.extend((person.id, hub, at) for hub, at in hubs.items())
    marks = [
        found
        for session in (session for span in spans for session in span)
        if (found := made_up_mark(rng, session, person.id, role, likely=LIKELY))
    ]
    if number % MERGED_EVERY == MERGED_EVERY - 1:
        marks = share_with_duplicate(plan, person, hubs, marks)
    plan.marks.extend(marks)


def _span(rng: Random, sessions: list[SessionPlan]) -> list[SessionPlan]:
    first = whole(rng, 0, max(0, len(sessions) - SPAN))
    return sessions[first : first + SPAN]
