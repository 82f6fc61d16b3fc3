"""School terms round today, days without sessions, who leads what, and a hall asked for twice.

Terms, half-terms and INSET days are made up after the pattern of English schools; trust staff put
in Derby's own. Bank holidays are facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from dateutil.easter import easter
from dateutil.relativedelta import FR, MO, relativedelta
from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.models import User
from activities.models import (
    Activity,
    Closure,
    ClosureKind,
    Kind,
    Programme,
    Schedule,
    Session,
    SessionKind,
    Term,
    london_midnight,
)
from activities.schedule_dates import moment, monday_of
from derby_portal.seeding import partners as by
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.chance import seed_id
from derby_portal.seeding.dates import CELEBRATION, DAY, school_year
from derby_portal.seeding.framework import SLUG, activity_keys
from derby_portal.seeding.standing import one_seed_at_a_time
from derby_portal.seeding.term import Added
from hubs.models import Organisation

WEEK = 7 * DAY
SATURDAY = 5
# Bank holidays of England and Wales (GOV.UK), as far as they are announced.
BANK_HOLIDAYS = (
    (dt.date(2025, 12, 25), "Christmas Day"),
    (dt.date(2025, 12, 26), "Boxing Day"),
    (dt.date(2026, 1, 1), "New Year's Day"),
    (dt.date(2026, 4, 3), "Good Friday"),
    (dt.date(2026, 4, 6), "Easter Monday"),
    (dt.date(2026, 5, 4), "Early May bank holiday"),
    (dt.date(2026, 5, 25), "Spring bank holiday"),
    (dt.date(2026, 8, 31), "Summer bank holiday"),
    (dt.date(2026, 12, 25), "Christmas Day"),
    (dt.date(2026, 12, 28), "Boxing Day (substitute day)"),
    (dt.date(2027, 1, 1), "New Year's Day"),
    (dt.date(2027, 3, 26), "Good Friday"),
    (dt.date(2027, 3, 29), "Easter Monday"),
    (dt.date(2027, 5, 3), "Early May bank holiday"),
    (dt.date(2027, 5, 31), "Spring bank holiday"),
    (dt.date(2027, 8, 30), "Summer bank holiday"),
    (dt.date(2027, 12, 27), "Christmas Day (substitute day)"),
    (dt.date(2027, 12, 28), "Boxing Day (substitute day)"),
    (dt.date(2028, 1, 3), "New Year's Day (substitute day)"),
    (dt.date(2028, 4, 14), "Good Friday"),
    (dt.date(2028, 4, 17), "Easter Monday"),
    (dt.date(2028, 5, 1), "Early May bank holiday"),
    (dt.date(2028, 5, 29), "Spring bank holiday"),
    (dt.date(2028, 8, 28), "Summer bank holiday"),
    (dt.date(2028, 12, 25), "Christmas Day"),
    (dt.date(2028, 12, 26), "Boxing Day"),
)
# What the demo's coordinator leads.
LED = ("arboretum/street-art-with-artcore", "arboretum/brass-and-strings-for-beginners")
# Stands in the community centre while Street Art is there.
TRAINING = "First aid for coaches and artists"
TRAINING_TIMES = (dt.time(13, 30), dt.time(15, 30))
TRAINING_AHEAD = 8 * DAY


@transaction.atomic
def add_planning(today: dt.date) -> Added:
    """Add what is missing of this school year and the next; a second run changes nothing.

    A year whose terms are there is left alone with its closures: somebody may have changed them.
    """
    one_seed_at_a_time()
    for year in (school_year(today), school_year(today) + 1):
        add_school_year(year)
    let_the_coordinator_lead(today)
    return Added(sessions=add_training(today))


def add_school_year(year: int) -> None:
    """Add the terms and closures of the school year that begins in September of this year."""
    terms = terms_of(year)
    if Term.objects.filter(name__in=[each.name for each in terms]).exists():
        return
    Term.objects.bulk_create(terms)
    Closure.objects.bulk_create(closures_of(year, terms), ignore_conflicts=True)


def terms_of(year: int) -> list[Term]:
    """Three terms; the second ends before Easter, or early in April where Easter is late."""
    before_easter = min(
        easter(year + 1) - 3 * DAY, dt.date(year + 1, 4, 1) + relativedelta(weekday=FR)
    )
    after_easter = monday_of(before_easter) + 3 * WEEK
    first_of_september = dt.date(year, 9, 1)
    weekend = first_of_september.weekday() >= SATURDAY
    return [
        Term(
            name=f"Autumn term {year}",
            starts_on=first_of_september + relativedelta(weekday=MO if weekend else None),
            ends_on=dt.date(year, 12, 20) + relativedelta(weekday=FR(-1)),
        ),
        Term(
            name=f"Spring term {year + 1}",
            starts_on=dt.date(year + 1, 1, 4) + relativedelta(weekday=MO),
            ends_on=before_easter,
        ),
        Term(
            name=f"Summer term {year + 1}",
            starts_on=after_easter,
            ends_on=dt.date(year + 1, 7, 24) + relativedelta(weekday=FR(-1)),
        ),
    ]


def closures_of(year: int, terms: list[Term]) -> Iterator[Closure]:
    """Half-terms, the first day of each term for teachers only, and bank holidays."""
    last_of_may = dt.date(year + 1, 5, 31) + relativedelta(weekday=MO(-1))
    for name, monday in (
        ("October half-term", monday_of(dt.date(year, 10, 28))),
        ("February half-term", monday_of(dt.date(year + 1, 2, 17))),
        ("May half-term", last_of_may),
    ):
        friday = monday + 4 * DAY
        yield Closure(kind=ClosureKind.HOLIDAY, name=name, first_on=monday, last_on=friday)
    for term in terms:
        day = term.starts_on
        yield Closure(kind=ClosureKind.INSET, name="INSET day", first_on=day, last_on=day)
    for day, name in BANK_HOLIDAYS:
        if school_year(day) == year:
            kind = ClosureKind.BANK_HOLIDAY
            yield Closure(kind=kind, name=name, first_on=day, last_on=day)


def let_the_coordinator_lead(today: dt.date) -> None:
    """Let the demo's coordinator lead a few schedules, as long as nobody leads any."""
    coordinator = User.objects.filter(email=SIGN_INS[0].email).first()
    if coordinator is None:
        return
    keys = activity_keys()
    current = Schedule.objects.filter(starts_on__gt=CELEBRATION)
    if not current.filter(led_by__isnull=False).exists():
        led = [keys[key] for key in LED if key in keys]
        current.filter(activity__in=led).update(led_by=coordinator)
    leader = Schedule.objects.filter(pk=OuterRef("schedule")).values("led_by")
    Session.objects.filter(
        schedule__led_by__isnull=False,
        led_by__isnull=True,
        is_exception=False,
        starts_at__gte=london_midnight(today),
    ).update(led_by=Subquery(leader))


def add_training(today: dt.date) -> int:
    """Add a training in a hall that is taken then, unless one is to come; returns how many."""
    key = activity_keys().get(LED[0])
    if key is None:
        return 0
    activity = training_activity(Activity.objects.select_related("hub").get(pk=key))
    if activity.sessions.filter(starts_at__gte=london_midnight(today)).exists():
        return 0
    day = today + TRAINING_AHEAD + relativedelta(weekday=SATURDAY)
    starts_at, ends_at = (moment(day, time) for time in TRAINING_TIMES)
    put_up = london_midnight(today - DAY)
    Session.objects.create(
        id=seed_id("session", "training", day.isoformat()),
        activity=activity,
        kind=SessionKind.TRAINING,
        starts_at=starts_at,
        ends_at=ends_at,
        listed_at=put_up,
        changed_at=put_up,
    )
    return 1


def training_activity(beside: Activity) -> Activity:
    """The training, at the same hub in the same hall."""
    facts: dict[str, Any] = {
        "programme": Programme.objects.get(slug=SLUG),
        "partner": Organisation.objects.get(name=by.TRUST),
        "kind": Kind.CULTURE,
        "strand": "Training",
        "summary": "What to do until somebody comes who knows more.",
        "venue": beside.venue,
        "min_age": 16,
        "max_age": 99,
        "changed_at": london_midnight(CELEBRATION),
    }
    activity, _ = Activity.objects.get_or_create(hub=beside.hub, title=TRAINING, defaults=facts)
    return activity
