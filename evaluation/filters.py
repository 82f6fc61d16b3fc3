"""What staff lists of evidence can be narrowed by. Never by name: an address holds none."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models
from django.http import QueryDict

from activities.models import Activity, Skill
from evaluation.models import Quote, QuoteKind, QuoteQuerySet, QuoteUse
from evaluation.queries.quotes import activities_of, without_consent
from hubs.models import Hub


class QuoteState(models.TextChoices):
    """What stands about a quote."""

    TO_CHECK = "to-check", "To check"
    CHECKED = "checked", "Checked"
    NO_CONSENT = "no-consent", "No consent now"
    TAKEN_OUT = "taken-out", "Taken out"


class QuoteFilter(django_filters.FilterSet):
    """Hub, activity, skill, kind, use that was wanted, and state."""

    hub = django_filters.ModelChoiceFilter(
        queryset=Hub.objects.none(), to_field_name="slug", label="Hub", empty_label="Any hub"
    )
    activity = django_filters.ModelChoiceFilter(
        queryset=Activity.objects.none(), label="Activity", empty_label="Any activity"
    )
    skill = django_filters.ChoiceFilter(
        choices=Skill.choices, method="of_skill", label="Life skill", empty_label="Any skill"
    )
    kind = django_filters.ChoiceFilter(choices=QuoteKind.choices, label="Kind", empty_label="Any")
    use = django_filters.ChoiceFilter(
        choices=QuoteUse.choices, method="for_use", label="Use", empty_label="Any use"
    )
    state = django_filters.ChoiceFilter(
        choices=QuoteState.choices, method="in_state", label="State", empty_label="Any state"
    )

    class Meta:
        model = Quote
        fields = ("hub", "activity", "skill", "kind", "use", "state")

    def __init__(self, data: QueryDict, queryset: QuoteQuerySet, *, hubs: Any) -> None:
        """Offer these hubs and what they offer."""
        super().__init__(data, queryset)
        self.filters["hub"].queryset = hubs.order_by("name")
        self.filters["activity"].queryset = activities_of(hubs)

    def of_skill(self, quotes: QuoteQuerySet, name: str, value: str) -> QuoteQuerySet:
        """Linked to a skill."""
        return quotes.filter(skills__contains=[value])

    def for_use(self, quotes: QuoteQuerySet, name: str, value: str) -> QuoteQuerySet:
        """Wanted for a use, whether consent covers it now or not."""
        return quotes.filter(uses__contains=[value])

    def in_state(self, quotes: QuoteQuerySet, name: str, value: str) -> QuoteQuerySet:
        """To check, checked, without any consent now, or taken out."""
        if value == QuoteState.TAKEN_OUT:
            return quotes.filter(taken_out_at__isnull=False)
        if value == QuoteState.NO_CONSENT:
            return quotes.filter(pk__in=without_consent(quotes))
        return quotes.to_check() if value == QuoteState.TO_CHECK else quotes.checked()

    @property
    def in_force(self) -> list[str]:
        """The names of the filters that are set: of which kind, never what was chosen."""
        return [name for name in self.base_filters if self.data.get(name)]
