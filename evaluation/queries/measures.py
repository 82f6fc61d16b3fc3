"""What programmes measure, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from activities.models import Programme
from evaluation.models import Measure, Wave
from evaluation.models.instruments import MeasureQuerySet
from evaluation.queries.instruments import definition_of

STANDING = Q(responses__finished_at__isnull=False, responses__set_aside_at__isnull=True)


@dataclass(frozen=True)
class Shown:
    """A measure in words: what the primary score is called, every how many weeks it is asked."""

    measure: Measure
    weeks: int
    ages: tuple[int, int]
    primary: str
    is_programme_made: bool


@dataclass(frozen=True)
class Measured:
    """A programme with what it measures, those that ended last."""

    programme: Programme
    measures: list[Shown]

    @property
    def has_primary(self) -> bool:
        """Whether its primary outcome is named."""
        return any(each.measure.is_primary for each in self.measures)


def measured(measures: MeasureQuerySet) -> list[Measured]:
    """Every programme with its measures, each with `baselines` and `follow_ups`. Two queries."""
    counted = measures.select_related("instrument").annotate(
        baselines=Count("responses", filter=STANDING & Q(responses__wave=Wave.BASELINE)),
        follow_ups=Count("responses", filter=STANDING & Q(responses__wave=Wave.FOLLOW_UP)),
    )
    in_order = sorted(
        counted,
        key=lambda each: (
            each.ended_at is not None,
            not each.is_primary,
            each.instrument.name,
            each.respondent,
        ),
    )
    return [
        Measured(
            programme,
            [shown(each) for each in in_order if each.programme_id == programme.pk],
        )
        for programme in Programme.objects.order_by("name")
    ]


def shown(measure: Measure) -> Shown:
    """One measure in words, without a query where its instrument is there."""
    definition = definition_of(measure.instrument)
    forms = [form for form in definition.forms if form.respondent == measure.respondent]
    labels = {score.id: score.label for score in definition.scores}
    return Shown(
        measure=measure,
        weeks=definition.weeks,
        ages=(
            min((form.min_age for form in forms), default=definition.min_age),
            max((form.max_age for form in forms), default=definition.max_age),
        ),
        primary=labels.get(measure.primary_score, ""),
        is_programme_made=definition.is_programme_made,
    )
