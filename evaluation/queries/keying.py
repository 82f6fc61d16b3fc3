"""Forms on paper: which are keyed in once more by somebody else, and how well both agree."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import CharField, F, Q, QuerySet, Window
from django.db.models.functions import MD5, Cast, RowNumber

from accounts.access import holds_any
from accounts.models import User
from activities.models import Programme
from evaluation.models import Channel, InstrumentWording, Response, SecondKeying
from evaluation.models.instruments import ASKING_ROLES
from evaluation.queries.instruments import Question, definition_of, questionnaire_of
from hubs.models import Hub

# About one form in ten: ids whose MD5 begins below this, which is 26 of 256.
SAMPLE_BELOW = "1a"
# The first forms that somebody keys in are always checked.
FIRST_ALWAYS = 3
# Of whose answers nothing is done any more: kept and not used, or of nobody who is named.
_NOT_IN_USE = Q(participant__restricted_at__isnull=False) | Q(
    participant__anonymised_at__isnull=False
)
# No question is kept from somebody of this age.
OLDER_THAN_ANY = 200


@dataclass(frozen=True)
class Agreement:
    """How well two keyings of a hub's paper agree: items that agreed of those compared."""

    hub: str
    forms: int
    items: int
    agreed: int

    @property
    def share(self) -> float | None:
        """Of the items compared those that agreed, from 0 to 1; None where none were."""
        return self.agreed / self.items if self.items else None


def papers_for(user: User) -> QuerySet[Response]:
    """Forms that this user may key in once more: of their hubs, in the sample, not their own.

    The sample is the same for everybody: each person's first forms, and about one in ten.
    """
    if not holds_any(user, ASKING_ROLES):
        return Response.objects.none()
    numbered = Response.objects.filter(channel=Channel.PAPER).annotate(
        number=Window(RowNumber(), partition_by=["entered_by"], order_by=["changed_at", "pk"]),
        chance=MD5(Cast("pk", CharField())),
    )
    sample = numbered.filter(Q(number__lte=FIRST_ALWAYS) | Q(chance__lt=SAMPLE_BELOW))
    waiting = Response.objects.standing().filter(
        ~_NOT_IN_USE, second_keying=None, hub__in=Hub.objects.visible_to(user)
    )
    return _shown(waiting.filter(pk__in=sample.values("pk")).exclude(entered_by=user))


def unsettled_for(user: User) -> QuerySet[SecondKeying]:
    """Second keyings of a user's hubs with differences that nobody has settled."""
    if not holds_any(user, ASKING_ROLES):
        return SecondKeying.objects.none()
    in_use = Response.objects.filter(
        ~_NOT_IN_USE, set_aside_at=None, hub__in=Hub.objects.visible_to(user)
    )
    return (
        SecondKeying.objects.filter(settled_at=None, response__in=in_use)
        .exclude(differs=[])
        .select_related("response__participant", "response__measure__instrument", "response__hub")
        .order_by("keyed_at", "pk")
    )


def keying_agreement(programme: Programme) -> list[Agreement]:
    """How well two keyings agree at each hub of a programme, by the hub's name. One query."""
    rows = (
        SecondKeying.objects.filter(
            response__measure__programme=programme, response__set_aside_at=None
        )
        .order_by("response__hub__name", "response__hub")
        .values_list(F("response__hub__name"), "response__answers", "response__skipped", "differs")
    )
    by_hub: dict[str, list[tuple[int, int]]] = {}
    for hub, answers, skipped, differs in rows:
        items = len(answers) + len(skipped)
        by_hub.setdefault(hub or "Citywide", []).append((items, items - len(differs)))
    return [
        Agreement(hub, len(forms), sum(items for items, _ in forms), sum(same for _, same in forms))
        for hub, forms in by_hub.items()
    ]


def _shown(responses: QuerySet[Response]) -> QuerySet[Response]:
    related = responses.select_related("participant", "measure__instrument", "hub")
    return related.order_by("changed_at", "pk")


def questions_of(response: Response) -> tuple[Question, ...]:
    """The questions of the form that was keyed in, as they were asked. One query."""
    instrument = response.measure.instrument
    definition = definition_of(instrument)
    wording = InstrumentWording.objects.get(
        instrument=instrument, form=response.form, language=response.language
    )
    form = next(each for each in definition.forms if each.id == response.form)
    asked = {*response.answers, *response.skipped}
    every = questionnaire_of(definition, form, wording, OLDER_THAN_ANY).questions
    return tuple(question for question in every if question.id in asked)
