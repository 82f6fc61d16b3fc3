"""The current term: the same timetable from four weeks ago to four weeks ahead."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from derby_portal.seeding.chance import chance, seed_id
from derby_portal.seeding.dates import days, london, school_year, term_window
from derby_portal.seeding.marks import Mark, made_up_mark
from derby_portal.seeding.people import PersonPlan, made_up_person
from derby_portal.seeding.sessions import Fate, SessionPlan, timetable_sessions
from derby_portal.seeding.week import OFFERS_BY_KEY, TIMETABLE, Offer
from participants.models import AttendanceRole

# Young people of the current school year, at each activity of the timetable.
PEOPLE_PER_OFFER = 9
DAILY_HUB = "Arboretum"
SHARE_FORGOTTEN = 0.03
# Where there is something twice a week, as many as these weeks together come for the first and stay
# away for the second, each from another week on: somebody has always just stopped coming.
WEEKS_COMING, WEEKS_AWAY = 3, 2


class Member(NamedTuple):
    """A young person who comes to one activity, and how likely on any day."""

    person: PersonPlan
    offer: Offer
    likely: float


def term_sessions(today: dt.date) -> list[SessionPlan]:
    """Sessions from four weeks before today to four weeks after, in order of date."""
    return [in_term(each) for each in timetable_sessions(days(*term_window(today)))]


def in_term(session: SessionPlan) -> SessionPlan:
    """The session as it is in a current term: each has a register, and more are forgotten.

    The hub with something every day keeps it: nothing is cancelled there. What is on twice a week
    has every register, so that the numbers show who stopped coming.
    """
    offer, fate = OFFERS_BY_KEY[session.offer_key], session.fate
    is_forgotten = chance("term", session.id.hex).random() < SHARE_FORGOTTEN
    if fate in taken_after_all(offer):
        fate = Fate.TAKEN
    if fate is Fate.TAKEN and is_forgotten and not is_twice_a_week(offer):
        fate = Fate.MISSING
    return replace(
        session,
        fate=fate,
        reason=session.reason if fate is Fate.CANCELLED else "",
        cut_short_by=session.cut_short_by if fate is Fate.TAKEN else 0,
        head_count=0,
    )


def taken_after_all(offer: Offer) -> set[Fate]:
    """What does not become of an activity's sessions in a current term."""
    fates = {Fate.COUNTED}
    if offer.hub == DAILY_HUB:
        fates.add(Fate.CANCELLED)
    if is_twice_a_week(offer):
        fates.update({Fate.MISSING, Fate.LOGGED})
    return fates


@cache
def cohort(year: int) -> tuple[Member, ...]:
    """The young people of the school year that begins in September of this year.

    All are of an age for their activity from its first day to its last.
    """
    return tuple(
        member(year, offer, number) for offer in TIMETABLE for number in range(PEOPLE_PER_OFFER)
    )


def member(year: int, offer: Offer, number: int) -> Member:
    """One young person of a school year's cohort."""
    first, last = dt.date(year, 9, 1), dt.date(year + 1, 8, 31)
    rng = chance("current", year, offer.key, number)
    person = made_up_person(
        rng,
        person_id=seed_id("current", year, offer.key, number),
        offer=offer,
        period=(first, last),
        created_at=london(first, dt.time(9, 0)),
    )
    return Member(person, offer, 0.55 + 0.4 * rng.random())


@cache
def members_by_offer(year: int) -> dict[str, tuple[Member, ...]]:
    """The cohort of a school year by activity."""
    members: defaultdict[str, list[Member]] = defaultdict(list)
    for each in cohort(year):
        members[each.offer.key].append(each)
    return {key: tuple(values) for key, values in members.items()}


def school_years(today: dt.date) -> range:
    """School years that the current term touches: one, or two in September."""
    first, _ = term_window(today)
    return range(school_year(first), school_year(today) + 1)


def term_marks(session: SessionPlan) -> list[Mark]:
    """The register of a session of the current term, once it is over."""
    rng = chance("register", session.id.hex)
    members = members_by_offer(school_year(session.starts_at.date()))[session.offer_key]
    found = (
        made_up_mark(rng, session, each.person.id, AttendanceRole.PARTICIPANT, likely=likely)
        for number, each in enumerate(members)
        if (likely := likely_on(session.starts_at.date(), number, each))
    )
    return [mark for mark in found if mark]


def likely_on(day: dt.date, number: int, who: Member) -> float:
    """How likely the member of this number comes on a day; 0 where they stay away for weeks."""
    cycle = WEEKS_COMING + WEEKS_AWAY
    if number >= cycle or not is_twice_a_week(who.offer):
        return who.likely
    week = (day.toordinal() - 1) // 7
    return float((week + number) % cycle < WEEKS_COMING)


def is_twice_a_week(offer: Offer) -> bool:
    """Whether somebody can come often within a few weeks, and miss three times in a row."""
    return len(offer.slots) > 1
