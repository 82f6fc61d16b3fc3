"""What the dashboard and the gap view are narrowed to. All of it stands in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from activities.forms import DateField
from activities.models import Programme
from evaluation.indicators import INDICATORS
from evaluation.models import Grant
from evaluation.queries.dashboard import View
from evaluation.queries.gaps import BANDS, Wanted
from evaluation.queries.periods import (
    DEFAULT_AHEAD,
    DEFAULT_BACK,
    Ahead,
    Back,
    days_ahead,
    days_back,
)
from evaluation.reports.dashboard import BY_MONTH
from hubs.models import Hub

PROGRAMME, GRANT = "programme", "grant"
BAD_PERIOD = "The last day lies before the first."
ONE_DAY = "Choose both days, or neither."


class PeriodForm(forms.Form):
    """One of the quick choices, or days of one's own, both included."""

    first_day = DateField(label="Or from")
    last_day = DateField(label="To (included)")

    def clean(self) -> dict[str, Any]:
        """Days of one's own come in pairs and in order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", BAD_PERIOD)
        if bool(first) != bool(last) and not (self.errors.keys() & {"first_day", "last_day"}):
            self.add_error("last_day" if first else "first_day", ONE_DAY)
        return cleaned

    def own_days(self) -> tuple[dt.date, dt.date] | None:
        """The days that were chosen by date; None where there are none."""
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        return (first, last) if first and last else None


class DashboardForm(PeriodForm):
    """A programme, or a grant for who reads of them; a period; and hubs, none of them for all."""

    of = forms.ChoiceField(label="Of", required=False)
    period = forms.ChoiceField(label="Period", choices=Back, required=False)
    hub = forms.ModelMultipleChoiceField(
        label="Hubs",
        queryset=Hub.objects.none(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all of them.",
    )
    by = forms.ChoiceField(
        label="By hub and month",
        choices=[(id_, INDICATORS[id_].label) for id_ in BY_MONTH],
        required=False,
    )
    field_order = ("of", "period", "first_day", "last_day", "hub", "by")

    def __init__(
        self,
        data: QueryDict,
        *,
        programmes: Iterable[Programme],
        grants: Iterable[Grant],
        hubs: Any,
    ) -> None:
        """Offer these; grants come with their programmes at hand."""
        super().__init__(data)
        self.programmes = {f"{PROGRAMME}:{each.slug}": each for each in programmes}
        self.grants = {f"{GRANT}:{each.slug}": each for each in grants}
        choices: list[tuple[str, Any]] = [("", "All programmes")]
        choices += [(key, each.name) for key, each in self.programmes.items()]
        if self.grants:
            choices.append(("Grants", [(key, each.name) for key, each in self.grants.items()]))
        self.fields["of"].choices = choices  # type: ignore[attr-defined]
        self.fields["hub"].queryset = hubs  # type: ignore[attr-defined]

    def grant(self) -> Grant | None:
        """The grant that was chosen."""
        return self.grants.get(self.cleaned_data["of"])

    def chosen_programmes(self) -> tuple[Programme, ...]:
        """Those of the grant, the one that was chosen, or all of them."""
        if grant := self.grant():
            return tuple(grant.programmes.all())
        one = self.programmes.get(self.cleaned_data["of"])
        return (one,) if one else tuple(self.programmes.values())

    def view(self, today: dt.date, *, whole: bool) -> View:
        """What is asked for. `whole`: who asks may read of all hubs, and what is citywide."""
        first, last = self.days(today)
        chosen = tuple(self.cleaned_data["hub"])
        return View(
            programmes=self.chosen_programmes(),
            grant=self.grant(),
            first_day=first,
            last_day=last,
            hubs=chosen or tuple(self.fields["hub"].queryset),  # type: ignore[attr-defined]
            is_narrowed=bool(chosen) or not whole,
        )

    def shown_grants(self, view: View) -> list[Grant]:
        """The one that was chosen, or those of the programmes that run within the period."""
        wanted = {programme.pk for programme in view.programmes}
        return [
            grant
            for grant in self.grants.values()
            if grant == view.grant
            or (
                view.grant is None
                and grant.starts_on <= view.last_day
                and grant.ends_on >= view.first_day
                and wanted & {each.pk for each in grant.programmes.all()}
            )
        ]

    def days(self, today: dt.date) -> tuple[dt.date, dt.date]:
        """From when to when, both included."""
        if own := self.own_days():
            return own
        back = Back(self.cleaned_data["period"] or DEFAULT_BACK)
        grant = self.grant()
        starts = [each.starts_on for each in self.chosen_programmes()]
        begins = grant.starts_on if grant else min(starts, default=today)
        ends = min(today, grant.ends_on) if grant else today
        return days_back(back, today, begins=begins, ends=max(begins, ends))


class GapForm(PeriodForm):
    """Ages, SEND friendly, free, and which days to come are looked at."""

    ages = forms.ChoiceField(
        label="Ages",
        choices=[("", "Every age"), *((str(low), f"{low} to {high}") for low, high in BANDS)],
        required=False,
    )
    period = forms.ChoiceField(label="Looking at", choices=Ahead, required=False)
    send = forms.BooleanField(label="SEND friendly only", required=False)
    free = forms.BooleanField(label="Free only", required=False)
    field_order = ("ages", "period", "first_day", "last_day", "send", "free")

    def wanted(self, today: dt.date) -> Wanted:
        """What is looked for, from what was filled in."""
        ahead = Ahead(self.cleaned_data["period"] or DEFAULT_AHEAD)
        first, last = self.own_days() or days_ahead(ahead, today)
        ages = self.cleaned_data["ages"]
        bands = tuple(band for band in BANDS if not ages or band[0] == int(ages))
        send, free = self.cleaned_data["send"], self.cleaned_data["free"]
        return Wanted(first, last, bands, send_friendly=send, free=free)
