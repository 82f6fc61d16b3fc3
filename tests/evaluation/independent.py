"""Every figure again, in plain Python over plain rows, from the definitions and not from the SQL.

Rows are fetched as they are stored and nothing is added up by the database. Slow, and meant to be:
one person at a time, one day at a time.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from activities.models import Activity, HeadCount, Programme, Session
from evaluation.models import Grant, Spend
from evaluation.queries.record import Scope
from hubs.models import Ward
from participants.models import AgeThen, Attendance, Participant

DERBY = ZoneInfo("Europe/London")
CAME = {"present", "late", "left_early"}
YOUNG = {"participant", "volunteer"}
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Visit:
    """One person's standing mark at one session, by the records that are one person."""

    person: Any
    session: Any
    activity: Any
    day: dt.date
    role: str
    came: bool
    absent: bool
    minutes: int
    age: int | None
    school_year: int | None


def day_of(moment: dt.datetime) -> dt.date:
    """The date in Derby."""
    return moment.astimezone(DERBY).date()


def age_on(birth: dt.date, day: dt.date) -> int:
    """Whole years; who was born on 29 February is a year older on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def school_year_on(birth: dt.date, day: dt.date) -> int:
    """0 for Reception: the year in which a child of four on 31 August begins."""

    def began(date: dt.date) -> int:
        return date.year if date.month >= 9 else date.year - 1

    return began(day) - began(birth) - 5


def whole_minutes(span: dt.timedelta) -> int:
    """Half a minute is rounded up; never less than none."""
    minutes = Decimal(str(span.total_seconds())) / 60
    return max(0, int(minutes.quantize(Decimal(1), ROUND_HALF_UP)))


class Record:
    """Everything on record, and the figures of one scope."""

    def __init__(self, scope: Scope, grant: Grant | None = None) -> None:
        self.scope, self.grant = scope, grant
        self.people = {row.pk: row for row in Participant.objects.all()}
        self.activities = {row.pk: row for row in Activity.objects.all()}
        self.programmes = {row.pk: row for row in Programme.objects.all()}
        self.every_session = list(Session.objects.all())
        self.attendances = list(Attendance.objects.all())
        self.ages_then: dict[tuple[Any, Any], AgeThen] = {
            (row.attendance_id, row.birth_key): row for row in AgeThen.objects.all()
        }
        self.head_counts = list(HeadCount.objects.all())
        self.spend_lines = list(Spend.objects.all())
        self.ward_years = {row.pk: row.boundary_year for row in Ward.objects.all()}

    # --- Sessions -----------------------------------------------------------------------------
    def is_in_scope(self, session: Session) -> bool:
        """Of the programmes and hubs, whenever it was."""
        activity = self.activities[session.activity_id]
        hubs = {hub.pk for hub in self.scope.hubs}
        programmes = {each.pk for each in self.scope.programmes}
        return activity.programme_id in programmes and (not hubs or activity.hub_id in hubs)

    def is_in_period(self, session: Session) -> bool:
        """By the date of its start in Derby, both dates included."""
        return self.scope.first_day <= day_of(session.starts_at) <= self.scope.last_day

    @cached_property
    def all_sessions(self) -> list[Session]:
        """Of the period, training among them."""
        return [s for s in self.every_session if self.is_in_scope(s) and self.is_in_period(s)]

    @cached_property
    def sessions(self) -> list[Session]:
        return [session for session in self.all_sessions if session.kind != "training"]

    @cached_property
    def trainings(self) -> list[Session]:
        return [session for session in self.all_sessions if session.kind == "training"]

    def is_held(self, session: Session) -> bool:
        if session.cancelled_at:
            return False
        is_counted = any(each.session_id == session.pk for each in self.head_counts)
        return bool(session.register_taken_at or session.delivery or is_counted)

    def is_missing(self, session: Session) -> bool:
        cut_off = self.scope.cut_off
        has_ended = cut_off is None or session.ends_at <= cut_off
        needs_one = not session.cancelled_at and not session.headcount_only
        return has_ended and needs_one and not session.register_taken_at

    @staticmethod
    def planned(session: Session) -> int:
        return whole_minutes(session.ends_at - session.starts_at)

    def minutes(self, session: Session) -> int:
        delivered = session.delivered_minutes
        return self.planned(session) if delivered is None else delivered

    # --- Who came -----------------------------------------------------------------------------
    def root(self, record: Any) -> Any:
        """Whose the record is; whom it was merged into may be gone."""
        merged_into = self.people[record].merged_into_id
        return merged_into if merged_into in self.people else record

    @cached_property
    def standing(self) -> list[Attendance]:
        """Of several marks of one person at a session, the latest one."""
        latest: dict[tuple[Any, Any], Attendance] = {}
        for mark in self.attendances:
            key = mark.session_id, self.root(mark.participant_id)
            if key not in latest or _when(mark) > _when(latest[key]):
                latest[key] = mark
        return list(latest.values())

    def visits_at(self, sessions: Iterable[Session], *, young: bool = True) -> list[Visit]:
        """Standing marks at sessions that were not cancelled: of young people, or of anybody."""
        by_id = {session.pk: session for session in sessions if not session.cancelled_at}
        visits = [
            self.visit(m, by_id[m.session_id]) for m in self.standing if m.session_id in by_id
        ]
        if not young:
            return visits
        return [
            each
            for each in visits
            if each.role in YOUNG and self.is_of_age(each) and self.is_asked_for(each.person)
        ]

    def visit(self, mark: Attendance, session: Session) -> Visit:
        person = self.people[self.root(mark.participant_id)]
        day = day_of(session.starts_at)
        age = school_year = None
        if person.birth_date:
            age, school_year = (
                age_on(person.birth_date, day),
                school_year_on(person.birth_date, day),
            )
        elif kept := self.ages_then.get((mark.pk, person.birth_key)):
            age, school_year = kept.age, kept.school_year
        return Visit(
            person=person,
            session=session,
            activity=self.activities[session.activity_id],
            day=day,
            role=mark.role,
            came=mark.status in CAME,
            absent=mark.status == "absent",
            minutes=self.minutes_attended(mark, session) if mark.status in CAME else 0,
            age=age,
            school_year=school_year,
        )

    def minutes_attended(self, mark: Attendance, session: Session) -> int:
        if not mark.arrived_at and not mark.left_at:
            return self.minutes(session)
        over_at = session.ends_at
        if session.delivered_minutes is not None:
            over_at = session.starts_at + dt.timedelta(minutes=session.delivered_minutes)
        came = max(mark.arrived_at or session.starts_at, session.starts_at)
        left = min(mark.left_at or over_at, over_at)
        return whole_minutes(left - came)

    def is_of_age(self, visit: Visit) -> bool:
        """Inside the programme's range and the ages asked for; unknown ages where none is asked."""
        who = self.scope.who
        if visit.age is None:
            return who.min_age is None and who.max_age is None
        programme = self.programmes[visit.activity.programme_id]
        longer = "yes" in (visit.person.special_needs, visit.person.care_experienced)
        oldest = programme.max_age_extended if longer else programme.max_age
        oldest = min(oldest, oldest if who.max_age is None else who.max_age)
        return max(programme.min_age, who.min_age or 0) <= visit.age <= oldest

    def is_asked_for(self, person: Any) -> bool:
        """Whether a person is of the kind that is asked for, and known to be."""
        kind = self.scope.who.characteristic
        if kind in {"female", "male"}:
            return person.gender == kind
        if kind == "most_deprived":
            return person.imd_decile in {1, 2}
        if kind == "disadvantaged":
            return self.is_disadvantaged(person)
        return not kind or getattr(person, kind) == "yes"

    @cached_property
    def visits(self) -> list[Visit]:
        return self.visits_at(self.sessions)

    @cached_property
    def attended(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.came]

    @cached_property
    def reached(self) -> dict[Any, list[Visit]]:
        """By person what they came to, the first first."""
        found: defaultdict[Any, list[Visit]] = defaultdict(list)
        for visit in sorted(self.attended, key=lambda each: (each.day, str(each.session.pk))):
            found[visit.person.pk].append(visit)
        return dict(found)

    @cached_property
    def came_before(self) -> set[Any]:
        earlier = [
            session
            for session in self.every_session
            if self.is_in_scope(session)
            and session.kind != "training"
            and day_of(session.starts_at) < self.scope.first_day
        ]
        return {visit.person.pk for visit in self.visits_at(earlier) if visit.came}

    @cached_property
    def newcomers(self) -> set[Any]:
        return set(self.reached) - self.came_before

    def is_disadvantaged(self, person: Any) -> bool:
        return "yes" in (
            *(person.free_school_meals, person.care_experienced, person.alternative_provision),
            *(person.special_needs, person.young_carer),
        )

    def is_regular(self, visits: list[Visit]) -> bool:
        """Four sessions of one activity, from the first to the fourth within 56 days."""
        by_activity: defaultdict[Any, list[dt.date]] = defaultdict(list)
        for visit in visits:
            by_activity[visit.activity.pk].append(visit.day)
        return any(
            (days[at + 3] - days[at]).days < 56
            for days in map(sorted, by_activity.values())
            for at in range(len(days) - 3)
        )

    def followed(self, days: int) -> set[Any]:
        """Newcomers whose days after the first attendance have passed."""
        until = self.scope.last_day
        if self.scope.cut_off:
            until = min(until, day_of(self.scope.cut_off))
        return {
            person for person in self.newcomers if self.reached[person][0].day + days * DAY <= until
        }

    def retained(self, days: int) -> set[Any]:
        """Of those the ones who came again on a later day within so many days."""
        found = set()
        for person in self.followed(days):
            first = self.reached[person][0].day
            if any(first < visit.day <= first + days * DAY for visit in self.reached[person]):
                found.add(person)
        return found

    def weeks(self) -> Decimal:
        until = self.scope.last_day
        if self.scope.cut_off:
            until = min(until, day_of(self.scope.cut_off))
        return Decimal(max((until - self.scope.first_day).days + 1, 1)) / 7

    def people_with_role(self, role: str) -> int:
        everybody = self.visits_at(self.sessions, young=False)
        return len({each.person.pk for each in everybody if each.came and each.role == role})

    def heads(self, method: str) -> int:
        open_sessions = {session.pk for session in self.sessions if not session.cancelled_at}
        return sum(
            each.people
            for each in self.head_counts
            if each.session_id in open_sessions and each.method == method
        )

    def rate(self, disadvantaged: bool | None = None) -> Decimal | None:
        return _percent(self.marks_of(disadvantaged), self.marks_of(disadvantaged, absent=True))

    def marks_of(self, disadvantaged: bool | None = None, *, absent: bool = False) -> int:
        return sum(
            visit.came or (absent and visit.absent)
            for visit in self.visits
            if disadvantaged is None or self.is_disadvantaged(visit.person) == disadvantaged
        )

    def spend(self) -> Decimal | None:
        """What was spent from the grant in the period; refunds are negative lines."""
        if self.grant is None:
            return None
        hubs = {hub.pk for hub in self.scope.hubs}
        return sum(
            (
                line.amount
                for line in self.spend_lines
                if line.grant_id == self.grant.pk
                and not line.struck_out_at
                and self.scope.first_day <= line.spent_on <= self.scope.last_day
                and (not hubs or line.hub_id in hubs)
            ),
            Decimal("0.00"),
        )

    def budget(self) -> Decimal | None:
        """What the grant is; of some of the hubs nobody can say."""
        return None if self.grant is None or self.scope.hubs else self.grant.amount

    def held_minutes(self, sessions: Iterable[Session]) -> int:
        return sum(self.minutes(session) for session in sessions if self.is_held(session))

    def cost(self, number: int | Decimal) -> Decimal | None:
        spend = self.spend()
        if spend is None or not number:
            return None
        return (spend / Decimal(number)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def hours_a_week(self) -> Decimal:
        hours = Decimal(self.held_minutes(self.sessions)) / 60
        return (hours / self.weeks()).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def events(self, *kinds: str) -> int:
        return sum(self.is_held(each) for each in self.sessions if each.kind in kinds)


def _when(mark: Attendance) -> tuple[Any, ...]:
    """Later marks are greater; of equal times one that a device sent, and the greater id."""
    operation = mark.operation_id
    return mark.marked_at, operation is not None, operation or mark.pk, mark.pk


def _percent(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


# By id, each in words of code of its own. Hours are minutes, as the database gives them.
TWINS: dict[str, Callable[[Record], Any]] = {
    "unique_participants": lambda r: len(r.reached),
    "volunteers": lambda r: len({v.person.pk for v in r.attended if v.role == "volunteer"}),
    "new_people": lambda r: len(r.newcomers),
    "returning_people": lambda r: len(set(r.reached) & r.came_before),
    "disadvantaged_people": lambda r: sum(r.is_disadvantaged(r.people[p]) for p in r.reached),
    "disadvantaged_share": lambda r: _percent(
        sum(r.is_disadvantaged(r.people[p]) for p in r.reached), len(r.reached)
    ),
    "regulars": lambda r: sum(map(r.is_regular, r.reached.values())),
    "followed_28": lambda r: len(r.followed(28)),
    "retained_28": lambda r: len(r.retained(28)),
    "retention_28": lambda r: _percent(len(r.retained(28)), len(r.followed(28))),
    "followed_90": lambda r: len(r.followed(90)),
    "retained_90": lambda r: len(r.retained(90)),
    "retention_90": lambda r: _percent(len(r.retained(90)), len(r.followed(90))),
    "attendances": lambda r: len(r.attended),
    "contact_hours": lambda r: sum(visit.minutes for visit in r.attended),
    "expected": lambda r: r.marks_of(absent=True),
    "attendance_rate": lambda r: r.rate(),
    "attendances_disadvantaged": lambda r: r.marks_of(True),
    "expected_disadvantaged": lambda r: r.marks_of(True, absent=True),
    "attendance_rate_disadvantaged": lambda r: r.rate(True),
    "attendances_others": lambda r: r.marks_of(False),
    "expected_others": lambda r: r.marks_of(False, absent=True),
    "attendance_rate_others": lambda r: r.rate(False),
    "session_hours": lambda r: r.held_minutes(r.sessions),
    "session_hours_planned": lambda r: sum(map(r.planned, r.sessions)),
    "session_hours_cancelled": lambda r: sum(r.planned(s) for s in r.sessions if s.cancelled_at),
    "hours_a_week": lambda r: r.hours_a_week(),
    "sessions": lambda r: sum(map(r.is_held, r.sessions)),
    "sessions_planned": lambda r: len(r.sessions),
    "sessions_cancelled": lambda r: sum(bool(s.cancelled_at) for s in r.sessions),
    "registers_missing": lambda r: sum(map(r.is_missing, r.sessions)),
    "hubs_active": lambda r: len(
        {r.activities[s.activity_id].hub_id for s in r.sessions if r.is_held(s)} - {None}
    ),
    "roadshows": lambda r: r.events("roadshow"),
    "events": lambda r: r.events("roadshow", "celebration", "trip"),
    "people_counted": lambda r: r.heads("counted"),
    "people_estimated": lambda r: r.heads("estimated"),
    "practitioners": lambda r: r.people_with_role("practitioner"),
    "family_members": lambda r: r.people_with_role("family"),
    "training_sessions": lambda r: sum(map(r.is_held, r.trainings)),
    "training_hours": lambda r: r.held_minutes(r.trainings),
    "people_trained": lambda r: len(
        {v.person.pk for v in r.visits_at(r.trainings, young=False) if v.came}
    ),
    "spend": lambda r: r.spend(),
    "budget": lambda r: r.budget(),
    "cost_per_session_hour": lambda r: r.cost(Decimal(r.held_minutes(r.sessions)) / 60),
    "cost_per_contact_hour": lambda r: r.cost(Decimal(sum(v.minutes for v in r.attended)) / 60),
    "cost_per_participant": lambda r: r.cost(len(r.reached)),
    "cost_per_retained": lambda r: r.cost(len(r.retained(28))),
}


# --- Breakdowns ---------------------------------------------------------------------------------
Groups = dict[str, tuple[int, int, int]]


def _band(number: int | None, bands: Iterable[tuple[str, int, int]]) -> str:
    if number is None:
        return "none"
    return next((id_ for id_, low, high in bands if low <= number <= high), "other")


AGES = tuple(
    (f"{low}_{high}", low, high) for low, high in ((5, 7), (8, 12), (13, 15), (16, 18), (19, 25))
)
STAGES = (
    *(("early", -5, 0), ("ks1", 1, 2), ("ks2", 3, 6), ("ks3", 7, 9), ("ks4", 10, 11)),
    ("after", 12, 25),
)
DOSES = (("1", 1, 1), ("2_4", 2, 4), ("5_9", 5, 9), ("10_19", 10, 19), ("20", 20, 10**6))


def main_hub(visits: list[Visit]) -> str:
    """Where somebody went most often, the lowest id of equal ones, citywide last."""
    went = Counter(visit.activity.hub_id for visit in visits)
    hub = min(went, key=lambda each: (-went[each], each is None, each or 0))
    return "none" if hub is None else str(hub)


def _disadvantage(person: Any) -> str:
    """One answer of five: a yes wins, then what is not known, then what somebody does not say."""
    given = {
        *(person.free_school_meals, person.care_experienced, person.alternative_provision),
        *(person.special_needs, person.young_carer),
    }
    return next(each for each in ("yes", "unknown", "undisclosed", "no") if each in given)


def _of_person(visits: list[Visit], record: Record) -> dict[str, str]:
    first, person = visits[0], visits[0].person
    years = record.ward_years
    edition, decile = person.imd_edition, person.imd_decile
    ward = "none" if person.home_ward_id is None else "other"
    if years.get(person.home_ward_id) == 2019:
        ward = str(person.home_ward_id)
    answered = (
        *("gender", "ethnicity", "special_needs", "free_school_meals", "care_experienced"),
        *("alternative_provision", "young_carer", "english_additional"),
    )
    return {name: getattr(person, name) for name in answered} | {
        "ward": ward,
        "imd_decile": f"{edition}:{decile}" if decile else "none",
        "age_band": _band(first.age, AGES),
        "key_stage": _band(first.school_year, STAGES),
        "disadvantaged": _disadvantage(person),
        "dose": _band(len(visits), DOSES),
    }


def _of_visit(visit: Visit) -> dict[str, str]:
    hub = visit.activity.hub_id
    return {
        "hub": "none" if hub is None else str(hub),
        "month": f"{visit.day:%Y-%m}-01",
        "kind": visit.activity.kind,
        "activity": str(visit.activity.pk),
    }


def breakdowns(record: Record) -> dict[str, Groups]:
    """{breakdown: {row: (young people reached, attendances, minutes)}}, rows of nobody left out."""
    people: defaultdict[tuple[str, str], set[Any]] = defaultdict(set)
    attended: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for person, visits in record.reached.items():
        whole = _of_person(visits, record)
        for visit in visits:
            for cell in (whole | _of_visit(visit)).items():
                people[cell].add(person)
                attended[cell].append(visit.minutes)
    found: defaultdict[str, Groups] = defaultdict(dict)
    for (table, row), who in people.items():
        minutes = attended[table, row]
        found[table][row] = (len(who), len(minutes), sum(minutes))
    return dict(found)


def cross_tables(record: Record) -> dict[str, dict[tuple[str, str], int]]:
    """{table: {(row, column): young people reached}}, cells of nobody left out."""
    found: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for visits in record.reached.values():
        age = _band(visits[0].age, AGES)
        found["age_by_gender"][age, visits[0].person.gender] += 1
        found["age_by_hub"][main_hub(visits), age] += 1
    return {table: dict(cells) for table, cells in found.items()}


def session_groups(record: Record) -> dict[str, dict[str, tuple[int, int, int]]]:
    """{breakdown: {row: (minutes held, sessions held, registers missing)}}."""
    found: defaultdict[str, dict[str, tuple[int, int, int]]] = defaultdict(dict)
    for session in record.sessions:
        activity = record.activities[session.activity_id]
        day = day_of(session.starts_at)
        monday = day - day.weekday() * DAY
        is_held = record.is_held(session)
        for table, row in (
            ("hub", "none" if activity.hub_id is None else str(activity.hub_id)),
            ("month", f"{day:%Y-%m}-01"),
            ("kind", activity.kind),
            ("activity", str(activity.pk)),
            ("week", monday.isoformat()),
        ):
            minutes, held, missing = found[table].get(row, (0, 0, 0))
            found[table][row] = (
                minutes + (record.minutes(session) if is_held else 0),
                held + is_held,
                missing + record.is_missing(session),
            )
    return dict(found)


# --- Tables of sessions -------------------------------------------------------------------------
def weeks(record: Record) -> dict[str, tuple[int, int, int]]:
    """{Monday: (minutes held, planned, cancelled)}, every week of the period."""
    found: dict[str, tuple[int, int, int]] = {}
    for at in range((record.scope.last_day - record.scope.first_day).days + 1):
        day = record.scope.first_day + at * DAY
        found.setdefault((day - day.weekday() * DAY).isoformat(), (0, 0, 0))
    for session in record.sessions:
        day = day_of(session.starts_at)
        monday = (day - day.weekday() * DAY).isoformat()
        held, planned, cancelled = found[monday]
        minutes = record.planned(session)
        found[monday] = (
            held + record.held_minutes([session]),
            planned + minutes,
            cancelled + (minutes if session.cancelled_at else 0),
        )
    return found


def events(record: Record) -> dict[str, tuple[int, int, int, int]]:
    """{kind: (events held, minutes held, people counted, people estimated)}."""
    found = {}
    for kind in ("roadshow", "celebration", "trip"):
        sessions = [session for session in record.sessions if session.kind == kind]
        held = sum(map(record.is_held, sessions))
        found[kind] = (held, record.held_minutes(sessions), *_heads(record, sessions))
    return found


def head_counts(record: Record) -> dict[str, tuple[int, int]]:
    """{group: (people counted, people estimated)}."""
    groups = ("young_people", "audience", "visitors", "artists")
    return {group: _heads(record, record.sessions, group) for group in groups}


def _heads(record: Record, sessions: Iterable[Session], group: str = "") -> tuple[int, int]:
    counted = {session.pk for session in sessions if not session.cancelled_at}
    rows = [
        row for row in record.head_counts if row.session_id in counted and group in {"", row.group}
    ]
    exact, guessed = (
        sum(row.people for row in rows if row.method == method)
        for method in ("counted", "estimated")
    )
    return exact, guessed


def missing(record: Record) -> dict[str, tuple[int, str]]:
    """{hub: (registers missing, date of the oldest)}, hubs without one left out."""
    days: defaultdict[str, list[dt.date]] = defaultdict(list)
    for session in record.sessions:
        if record.is_missing(session):
            hub = record.activities[session.activity_id].hub_id
            days["none" if hub is None else str(hub)].append(day_of(session.starts_at))
    return {hub: (len(found), min(found).isoformat()) for hub, found in days.items()}
