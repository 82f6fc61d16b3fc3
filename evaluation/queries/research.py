"""What an extract is made from, who may be in one, and who has left since.

However many people there are, each read takes a fixed number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from activities.models import LONDON, Programme, london_midnight
from evaluation.instruments.definition import Definition
from evaluation.models import Extract, Measure, Response, Study, Wave
from evaluation.queries import record
from evaluation.queries.instruments import definition_of
from evaluation.research.anonymity import EXACT, Levels
from evaluation.research.facts import Facts, MonthFacts, PersonFacts, ResponseFacts, ScoreFacts
from evaluation.scoring import band_of, score_many
from hubs.models import Hub
from participants.models import Participant, Purpose
from participants.queries.consents import may
from participants.queries.retention import among
from participants.queries.rights import left_out_of_evaluation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

CITYWIDE = "Citywide"
DAYS_A_WEEK = 7
_RESPONSE = (
    *("root", "measure_id", "wave", "finished_at", "channel", "assistance"),
    *("answers", "skipped"),
)
_PERSON = (
    *("pk", "gender", "ethnicity", "imd_decile", "special_needs"),
    *("free_school_meals", "care_experienced", "alternative_provision", "young_carer"),
)


@dataclass(frozen=True)
class Asked:
    """Of what an extract is asked: a programme and Europe/London days, both included."""

    programme: Programme
    first_day: dt.date
    last_day: dt.date

    @property
    def scope(self) -> record.Scope:
        """The same for reads of the record."""
        return record.Scope((self.programme,), self.first_day, self.last_day, cut_off=None)


def agreed(people: Collection[UUID]) -> set[UUID]:
    """Root ids of those of these people whose data may go to the University now. Three queries.

    Both consents are in force, nothing keeps them out of evaluation, and they are still named.
    """
    both = may(people, Purpose.SURVEYS) & may(people, Purpose.SHARING_UNIVERSITY)
    named = Participant.objects.roots().named().filter(pk__in=among(both))
    out = named.exclude(pk__in=left_out_of_evaluation().values("pk"))
    return set(out.values_list("pk", flat=True))


def facts_of(asked: Asked) -> Facts:
    """Everything about those who agreed and attended. Asked inside `one_moment`."""
    reached = {each.person: each for each in record.people_reached(asked.scope)}
    who = agreed(reached)
    people = tuple(_people({key: reached[key] for key in who}))
    months = tuple(
        MonthFacts(key, month, sessions, minutes)
        for key, month, sessions, minutes in record.attended_by_month(asked.scope)
        if key in who
    )
    responses, definitions = _responses(asked, who)
    return Facts(people, months, tuple(responses), tuple(definitions))


def records_of_each(roots: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """By root person the ids of all their records. One query."""
    found: dict[UUID, list[UUID]] = {root: [root] for root in roots}
    merged = Participant.objects.filter(merged_into__in=among(roots))
    for root, pk in merged.values_list("merged_into", "pk"):
        if root is not None:
            found[root].append(pk)
    return found


# --- People --------------------------------------------------------------------------------------
def _people(reached: Mapping[UUID, record.Reached]) -> Iterator[PersonFacts]:
    hubs = dict(Hub.objects.values_list("pk", "name"))
    rows = Participant.objects.filter(pk__in=among(reached)).order_by("pk")
    for pk, gender, ethnicity, decile, special_needs, *disadvantages in rows.values_list(*_PERSON):
        each = reached[pk]
        yield PersonFacts(
            key=pk,
            age=each.age,
            gender=gender,
            ethnicity=ethnicity,
            imd_decile=decile,
            hub=CITYWIDE if each.hub is None else hubs[each.hub],
            special_needs=special_needs,
            disadvantages=tuple(disadvantages),
            sessions=each.sessions,
            minutes=each.minutes,
        )


# --- Responses -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Answered:
    """One row of answers as it lies in the database, by root person."""

    root: UUID
    measure_id: UUID
    wave: str
    finished_at: dt.datetime
    channel: str
    assistance: str
    answers: dict[str, int]
    skipped: list[str]


def _responses(asked: Asked, who: set[UUID]) -> tuple[list[ResponseFacts], list[Definition]]:
    """Responses finished in the period, by finishing, and definitions of their instruments."""
    rows = [_Answered(*row) for row in _answered(asked) if row[0] in who]
    baselines = _baselines(rows)
    start = london_midnight(asked.first_day)
    rows = [row for row in rows if row.finished_at >= start]
    measures = {
        each.pk: each
        for each in Measure.objects.filter(programme=asked.programme).select_related("instrument")
    }
    used = {row.measure_id: definition_of(measures[row.measure_id].instrument) for row in rows}
    scores = _scores(rows, used)
    facts = [
        _response(row, measures[row.measure_id], baselines, scored)
        for row, scored in zip(rows, scores, strict=True)
    ]
    definitions = {(each.id, each.version): each for each in used.values()}
    return facts, [definitions[key] for key in sorted(definitions)]


def _answered(asked: Asked) -> QuerySet[Any, Any]:
    """Standing responses of the programme up to the period's end, the earliest first."""
    end = london_midnight(asked.last_day + dt.timedelta(days=1))
    rows = Response.objects.standing().filter(
        measure__programme=asked.programme, finished_at__lt=end
    )
    rows = rows.annotate(root=Coalesce("participant__merged_into", F("participant")))
    return rows.order_by("finished_at", "pk").values_list(*_RESPONSE)


def _baselines(rows: Sequence[_Answered]) -> dict[tuple[UUID, UUID], dt.datetime]:
    """By person and measure when their first baseline was finished."""
    first: dict[tuple[UUID, UUID], dt.datetime] = {}
    for row in rows:
        if row.wave == Wave.BASELINE:
            first.setdefault((row.root, row.measure_id), row.finished_at)
    return first


def _scores(
    rows: Sequence[_Answered], used: Mapping[UUID, Definition]
) -> list[tuple[ScoreFacts, ...]]:
    """The scores of each row, worked out for all rows of a measure at once."""
    places: dict[UUID, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.measure_id].append(place)
    out: list[tuple[ScoreFacts, ...]] = [()] * len(rows)
    for measure, those in places.items():
        definition = used[measure]
        columns = score_many(definition, [rows[place].answers for place in those])
        for number, place in enumerate(those):
            values = {name: float(column[number]) for name, column in columns.items()}
            out[place] = tuple(_score(definition, name, value) for name, value in values.items())
    return out


def _score(definition: Definition, name: str, value: float) -> ScoreFacts:
    if value != value:  # noqa: PLR0124  (not a number: too little was answered)
        return ScoreFacts(name, None, "")
    return ScoreFacts(name, value, band_of(definition.score(name), value) or "")


def _response(
    row: _Answered,
    measure: Measure,
    baselines: Mapping[tuple[UUID, UUID], dt.datetime],
    scores: tuple[ScoreFacts, ...],
) -> ResponseFacts:
    first = baselines.get((row.root, row.measure_id))
    weeks = None
    if first is not None and first <= row.finished_at:
        # By days: where the clocks change between them, an hour would cost a week.
        weeks = (_day(row.finished_at) - _day(first)).days // DAYS_A_WEEK
    return ResponseFacts(
        key=row.root,
        instrument=measure.instrument.key,
        version=measure.instrument.version,
        respondent=measure.respondent,
        wave=row.wave,
        month=f"{_day(row.finished_at):%Y-%m}",
        weeks=weeks,
        channel=row.channel,
        assistance=row.assistance,
        answers=row.answers,
        skipped=tuple(row.skipped),
        scores=scores,
    )


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(LONDON).date()


# --- Pages ---------------------------------------------------------------------------------------
def studies_for(user: User | AnonymousUser) -> QuerySet[Study]:
    """The studies that somebody may see, the newest first, each with its number of extracts."""
    studies = Study.objects.visible_to(user).select_related("programme")
    return studies.annotate(made=Count("extracts", filter=Q(extracts__made_at__isnull=False)))


def told_so_far(study: Study) -> Levels:
    """How exactly each attribute may be told: no more than in any released extract. One query."""
    released = Extract.objects.filter(study=study, released_at__isnull=False)
    levels = [each["anonymity"]["levels"] for each in released.values_list("manifest", flat=True)]
    return tuple(max(steps) for steps in zip(EXACT, *levels, strict=True))


# --- Afterwards ----------------------------------------------------------------------------------
def left_since(extracts: Sequence[Extract]) -> dict[UUID, int]:
    """By extract how many of the people in it may not be in one any more. Four queries.

    Nothing is known of extracts whose study's key was destroyed: they are left out.
    """
    known = [each for each in extracts if each.made_at and not each.study.keys_dropped_at]
    held = _held(known)
    still = agreed({root for _, root in held})
    staying = Counter(extract for extract, root in held if root in still)
    return {each.pk: each.manifest["people"] - staying[each.pk] for each in known}


def _held(extracts: Sequence[Extract]) -> list[tuple[UUID, UUID]]:
    """(extract, root person) of everybody in some extracts whose pseudonym is still here."""
    rows = Extract.held.through.objects.filter(extract__in=extracts)
    person = "pseudonym__participant"
    return list(rows.values_list("extract", Coalesce(f"{person}__merged_into", F(person))))


def extracts_of(study: Study) -> QuerySet[Extract]:
    """The extracts of a study with who asked for and released them, the newest first."""
    extracts = Extract.objects.filter(study=study)
    return extracts.select_related("study", "requested_by", "released_by").order_by("-requested_at")
