"""Who is due to answer what, at a session.

Whoever has no consent to surveys in force, objected, is restricted or anonymised is neither asked
nor counted; merged records count as one person. However many people, sessions and measures there
are, each of these takes a fixed number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from activities.models import LONDON, Session, SessionKind, london_today
from evaluation.models import Measure, Response, Wave
from evaluation.queries.instruments import definition_of
from evaluation.wave_rules import Step, age_of, next_step
from participants.models import (
    ATTENDED,
    YOUNG_PEOPLE_ROLES,
    Attendance,
    Booking,
    Participant,
    Purpose,
)
from participants.queries.care_signs import RECENT
from participants.queries.consents import may
from participants.queries.rights import left_out_of_evaluation

# Whoever has not come to the programme for so long is not looked for any more.
GONE_AFTER = dt.timedelta(weeks=26)
ROOT = Coalesce(F("participant__merged_into_id"), F("participant_id"))


@dataclass(frozen=True)
class Due:
    """Somebody who may be asked, by which measure and for which wave.

    `due_until` is the last day; `is_late` once that has passed: a late baseline, an overdue
    follow-up. They may still be asked.
    """

    person: Participant
    measure: Measure
    wave: str
    due_from: dt.date
    due_until: dt.date
    is_late: bool = False


@dataclass(frozen=True)
class Asking:
    """Who may be asked, and how many cannot be for a reason that somebody can do something about.

    Each number is of people: those with no consent to surveys, and those of whom neither birth
    date nor school year is known.
    """

    dues: list[Due] = field(default_factory=list)
    without_consent: int = 0
    age_not_known: int = 0

    @property
    def people(self) -> int:
        """How many people are due, each once."""
        return len({due.person.pk for due in self.dues})


@dataclass(frozen=True)
class History:
    """What stands of a person and a measure: the earliest baseline and the latest follow-up."""

    baseline_on: dt.date | None = None
    follow_up_on: dt.date | None = None


@dataclass(frozen=True)
class Facts:
    """What decides who is due, read at once for many people.

    `first` by person and programme; `history` by person and measure; `people` without whoever is
    left out of evaluation.
    """

    today: dt.date
    measures: list[Measure]
    people: dict[UUID, Participant]
    consenting: set[UUID]
    first: dict[tuple[UUID, int], dt.date]
    history: dict[tuple[UUID, UUID], History]


def due_at_session(session: Session, now: dt.datetime) -> list[Due]:
    """Who of those at a session, or expected there, may be asked now; by first name, then id."""
    return asked_at([session], now)[session.pk].dues


def asked_at(sessions: Collection[Session], now: dt.datetime) -> dict[UUID, Asking]:
    """By session who may be asked there. Seven queries at most, however many sessions there are."""
    if not sessions:
        return {}
    programmes = {session.activity.programme_id for session in sessions}
    measures = running_measures(Measure.objects.filter(programme__in=programmes), now)
    expected = expected_at(sessions if measures else [])
    roots = {root for people in expected.values() for root in people}
    facts = facts_of(roots, measures, london_today(now))
    return {
        session.pk: _asking(
            facts,
            expected.get(session.pk, ()),
            [each for each in measures if each.programme_id == session.activity.programme_id],
        )
        for session in sessions
    }


def running_measures(measures: QuerySet[Measure], now: dt.datetime) -> list[Measure]:
    """Those that are asked now: started, not ended, with an instrument in use. One query."""
    in_use = measures.filter(
        ended_at__isnull=True,
        started_at__lte=now,
        instrument__published_at__isnull=False,
        instrument__withdrawn_at__isnull=True,
    )
    return list(in_use.select_related("instrument", "programme").order_by(*ORDER))


ORDER = ("programme__name", "-is_primary", "instrument__name", "respondent", "pk")


def expected_at(sessions: Collection[Session]) -> dict[UUID, set[UUID]]:
    """By session the root people who are there or may be: young people, in a role of theirs.

    Who was marked as there, who was marked at the same activity in the four weeks before and who
    has booked; without those who were marked as absent or excused. Two queries.
    """
    if not sessions:
        return {}
    marked, lately = _marked(sessions)
    booked = _booked(sessions)
    expected = {}
    for session in sessions:
        here = {root for root, came in marked[session.pk].items() if came}
        away = set(marked[session.pk]) - here
        start = session.starts_at
        regular = {root for root, at in lately[session.activity_id] if start - RECENT <= at < start}
        expected[session.pk] = (here | regular | booked[session.pk]) - away
    return expected


def _marked(
    sessions: Collection[Session],
) -> tuple[dict[UUID, dict[UUID, bool]], dict[int, set[tuple[UUID, dt.datetime]]]]:
    """By session whether each person came; by activity who was marked and when."""
    starts = [session.starts_at for session in sessions]
    rows = Attendance.objects.filter(
        role__in=YOUNG_PEOPLE_ROLES,
        session__activity__in={session.activity_id for session in sessions},
        session__starts_at__gte=min(starts) - RECENT,
        session__starts_at__lte=max(starts),
    )
    marked: defaultdict[UUID, dict[UUID, bool]] = defaultdict(dict)
    lately: defaultdict[int, set[tuple[UUID, dt.datetime]]] = defaultdict(set)
    names = ("session_id", "session__activity_id", "session__starts_at", "root", "status")
    for session, activity, at, root, status in (
        rows.annotate(root=ROOT).order_by("marked_at", "pk").values_list(*names)
    ):
        marked[session][root] = status in ATTENDED
        lately[activity].add((root, at))
    return marked, lately


def _booked(sessions: Collection[Session]) -> dict[UUID, set[UUID]]:
    rows = Booking.objects.with_place().filter(session__in=[each.pk for each in sessions])
    booked: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for session, root in rows.annotate(root=ROOT).values_list("session_id", "root"):
        booked[session].add(root)
    return booked


def facts_of(roots: set[UUID], measures: list[Measure], today: dt.date) -> Facts:
    """What decides who of these root people is due. Four queries; none without people."""
    if not roots or not measures:
        return Facts(today, measures, {}, set(), {}, {})
    return Facts(
        today=today,
        measures=measures,
        people=people_of(roots),
        consenting=may(roots, Purpose.SURVEYS),
        first=first_attendances(roots, {measure.programme_id for measure in measures}),
        history=histories(roots, measures),
    )


def people_of(roots: Collection[UUID]) -> dict[UUID, Participant]:
    """Of these root people those who are named, without whom surveys leave alone. One query."""
    named = Participant.objects.roots().named().filter(pk__in=roots)
    return {person.pk: person for person in named.exclude(pk__in=left_out_of_evaluation())}


def attended() -> QuerySet[Attendance]:
    """What counts as coming: in a role of young people's, and not to training."""
    return Attendance.objects.filter(status__in=ATTENDED, role__in=YOUNG_PEOPLE_ROLES).exclude(
        session__kind=SessionKind.TRAINING
    )


def _of(roots: Collection[UUID]) -> Q:
    """Rows of any record of these people."""
    return Q(participant__in=roots) | Q(participant__merged_into__in=roots)


def first_attendances(
    roots: Collection[UUID], programmes: Collection[int]
) -> dict[tuple[UUID, int], dt.date]:
    """By person and programme the Europe/London date of their first attendance. One query."""
    rows = (
        attended()
        .filter(_of(roots), session__activity__programme__in=programmes)
        .annotate(root=ROOT)
        .values("root", "session__activity__programme")
        .annotate(first=Min("session__starts_at"))
        .order_by()
    )
    return {(row["root"], row["session__activity__programme"]): _day(row["first"]) for row in rows}


def histories(
    roots: Collection[UUID], measures: Iterable[Measure]
) -> dict[tuple[UUID, UUID], History]:
    """By person and measure what stands of their answers. One query."""
    rows = (
        Response.objects.standing()
        .filter(_of(roots), measure__in=[measure.pk for measure in measures])
        .annotate(root=ROOT)
        .values("root", "measure")
        .annotate(
            baseline=Min("finished_at", filter=Q(wave=Wave.BASELINE)),
            follow_up=Max("finished_at", filter=Q(wave=Wave.FOLLOW_UP)),
        )
        .order_by()
    )
    return {
        (row["root"], row["measure"]): History(
            _day_or_none(row["baseline"]), _day_or_none(row["follow_up"])
        )
        for row in rows
    }


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(LONDON).date()


def _day_or_none(at: dt.datetime | None) -> dt.date | None:
    return _day(at) if at else None


def _asking(facts: Facts, roots: Iterable[UUID], measures: list[Measure]) -> Asking:
    people = _in_order(facts, roots)
    came = [
        each for each in people if any((each.pk, m.programme_id) in facts.first for m in measures)
    ]
    agreed = [person for person in came if person.pk in facts.consenting]
    return Asking(
        dues=[due for person in agreed for due in _dues_of(facts, person, measures)],
        without_consent=len(came) - len(agreed),
        age_not_known=sum(age_on(person, facts.today) is None for person in agreed),
    )


def _in_order(facts: Facts, roots: Iterable[UUID]) -> list[Participant]:
    people = [facts.people[root] for root in roots if root in facts.people]
    return sorted(people, key=lambda person: (person.given_name.casefold(), person.pk))


def _dues_of(facts: Facts, person: Participant, measures: list[Measure]) -> Iterator[Due]:
    for measure in measures:
        step = step_of(facts, person, measure)
        if step is not None and step.is_due(facts.today):
            yield Due(
                person, measure, step.wave, step.due_from, step.due_until, step.is_late(facts.today)
            )


def step_of(facts: Facts, person: Participant, measure: Measure) -> Step | None:
    """What a person is to answer next by a measure; None outside its ages or before they came."""
    first = facts.first.get((person.pk, measure.programme_id))
    if first is None or not is_for_age(measure, age_on(person, facts.today)):
        return None
    history = facts.history.get((person.pk, measure.pk), History())
    return next_step(
        first_on=first,
        baseline_on=history.baseline_on,
        follow_up_on=history.follow_up_on,
        weeks=definition_of(measure.instrument).weeks,
    )


def age_on(person: Participant, day: dt.date) -> int | None:
    """A person's age in whole years, by their school year where no birth date is known."""
    return age_of(person.birth_date, person.year_group, day)


def is_for_age(measure: Measure, age: int | None) -> bool:
    """Whether there is a form for somebody of an age; for nobody whose age is not known."""
    return age is not None and any(
        form.min_age <= age <= form.max_age
        for form in definition_of(measure.instrument).forms
        if form.respondent == measure.respondent
    )
