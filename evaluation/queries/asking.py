"""What a secret of asking opens, and how hand-overs and links at a session stand."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from activities.models import Session, london_today
from evaluation.models import (
    ExternalScore,
    Kiosk,
    Measure,
    RespondentKind,
    Response,
    SurveyPass,
)
from evaluation.models.surveys import SurveyPassQuerySet
from evaluation.queries.waves import Due, due_at_session, facts_of, running_measures, step_of
from participants.models import ATTENDED, Attendance, Participant
from participants.queries.marks import current_marks
from participants.queries.records import records_of


@dataclass(frozen=True)
class DueRow:
    """One person on a session's list of who is to be asked, with everything due of them.

    `own` they answer themselves; `of_staff` and `of_carers` others answer about them.
    """

    person: Participant
    is_here: bool
    own: list[Due] = field(default_factory=list)
    of_staff: list[Due] = field(default_factory=list)
    of_carers: list[Due] = field(default_factory=list)


@dataclass(frozen=True)
class Tablet:
    """A tablet that is out: how many of its turns are over, and of how many."""

    kiosk: Kiosk
    over: int
    turns: int


@dataclass(frozen=True)
class MeasureOf:
    """A measure that somebody may be asked by, with the wave that is due and the open links."""

    measure: Measure
    due: str
    links: list[SurveyPass]


def hash_of(token: str) -> str:
    """What is kept of a link's or a tablet's token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def next_turn(kiosk: Kiosk, now: dt.datetime) -> SurveyPass | None:
    """Whose turn it is at a tablet: the first that was not left; None where all are over.

    One query.
    """
    if not kiosk.is_open(now):
        return None
    turns = _passes().open(now).filter(kiosk=kiosk, participant__restricted_at=None)
    return turns.filter(participant__anonymised_at=None).order_by("position").first()


def turn_of(kiosk: Kiosk, turn_id: uuid.UUID, now: dt.datetime) -> SurveyPass | None:
    """A turn of this tablet that is not over; None for any other. One query."""
    found = _passes().filter(kiosk=kiosk, pk=turn_id).first()
    return found if found is not None and kiosk.is_open(now) and is_usable(found, now) else None


def is_usable(survey_pass: SurveyPass, now: dt.datetime) -> bool:
    """Whether a pass still opens something, and its record is in use."""
    person = survey_pass.participant
    in_use = person.restricted_at is None and person.anonymised_at is None
    return in_use and survey_pass.is_open(now)


def due_rows(session: Session, now: dt.datetime) -> list[DueRow]:
    """Who is due at a session, those marked as here first. A fixed number of queries."""
    here = {pk for pk, mark in current_marks(session).items() if mark.status in ATTENDED}
    rows: dict[uuid.UUID, DueRow] = {}
    for due in due_at_session(session, now):
        row = rows.setdefault(due.person.pk, DueRow(due.person, due.person.pk in here))
        _kind_of(row, due).append(due)
    return sorted(rows.values(), key=lambda row: not row.is_here)


def tablets_at(sessions: Iterable[Session], now: dt.datetime) -> list[Tablet]:
    """The tablets that are out at these sessions, the latest first. Two queries."""
    kiosks = Kiosk.objects.filter(session__in=sessions, ended_at=None, expires_at__gt=now)
    shown = kiosks.select_related("session__activity__hub", "handed_over_by")
    return [
        Tablet(kiosk, sum(turn.ended_at is not None for turn in turns), len(turns))
        for kiosk in shown.prefetch_related("turns").order_by("-handed_over_at")
        for turns in [list(kiosk.turns.all())]
    ]


def links_at(session: Session, now: dt.datetime) -> list[SurveyPass]:
    """The links that were made at a session and still open, by first name. One query."""
    links = _passes().open(now).filter(session=session, kiosk=None)
    return list(links.order_by("participant__given_name", "made_at"))


def measures_of(person: Participant, now: dt.datetime) -> list[MeasureOf]:
    """What a root person may be asked by, in a fixed number of queries."""
    came = Attendance.objects.filter(participant__in=records_of(person), status__in=ATTENDED)
    programmes = came.values("session__activity__programme")
    measures = running_measures(Measure.objects.filter(programme__in=programmes), now)
    facts = facts_of({person.pk}, measures, london_today(now))
    links = list(_passes().open(now).filter(participant__in=records_of(person), kiosk=None))
    found = []
    for measure in measures:
        step = step_of(facts, person, measure)
        due = str(step.wave) if step is not None and step.is_due(facts.today) else ""
        mine = [link for link in links if link.measure_id == measure.pk]
        found.append(MeasureOf(measure, due, mine))
    return found


def measure_for(person: Participant, measure_id: uuid.UUID, now: dt.datetime) -> Measure | None:
    """A measure that a root person may be asked by; None for any other."""
    found = (each.measure for each in measures_of(person, now))
    return next((measure for measure in found if measure.pk == measure_id), None)


def answers_of(person: Participant) -> list[Response]:
    """Everything somebody answered, the latest first, for trust staff alone. One query."""
    responses = Response.objects.filter(participant__in=records_of(person))
    related = responses.select_related("measure__instrument", "entered_by", "set_aside_by")
    return list(related.order_by("-started_at", "pk"))


def scores_of(person: Participant) -> list[ExternalScore]:
    """Totals of other tools about somebody, the latest first, for trust staff alone. One query."""
    scores = ExternalScore.objects.filter(participant__in=records_of(person))
    return list(scores.select_related("programme", "recorded_by"))


def _kind_of(row: DueRow, due: Due) -> list[Due]:
    kinds = {RespondentKind.STAFF: row.of_staff, RespondentKind.CARER: row.of_carers}
    return kinds.get(RespondentKind(due.measure.respondent), row.own)


def _passes() -> SurveyPassQuerySet:
    return SurveyPass.objects.select_related(
        "participant", "measure__instrument", "measure__programme", "session", "kiosk", "response"
    )
