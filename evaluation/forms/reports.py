"""What people choose when they ask for a report: what, when, where, and for whom in which shape."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from accounts.access import holds_any
from accounts.models import User
from activities.forms import DateField
from activities.models import Programme
from evaluation.models import (
    REPORT_ROLES,
    WHOLE_REPORT_ROLES,
    Audience,
    Grant,
    ReportTemplate,
    RunStatus,
)
from evaluation.queries.periods import Back, days_back
from evaluation.reports.asked import Asked
from hubs.models import Hub

OWN_DATES = "own"
EVERY_PART = "Every part there is"
PERIODS = (
    (Back.WHOLE.value, "The whole grant or programme"),
    (Back.QUARTER.value, "This quarter so far"),
    (Back.LAST_QUARTER.value, "Last quarter"),
    (Back.SCHOOL_YEAR.value, "School year so far"),
    (OWN_DATES, "Dates of your own"),
)
# A choice of two kinds is told apart by what stands before the colon.
GRANT, PROGRAMME = "grant", "programme"


class ReportForm(forms.Form):
    """Four choices. `asked` is what they come to, and `asked` alone is checked for rights."""

    what = forms.ChoiceField(label="What is it about?")
    period = forms.ChoiceField(label="Which period?", choices=PERIODS)
    first_day = DateField(label="From", required=False)
    last_day = DateField(label="To (included)", required=False)
    hubs = forms.ModelMultipleChoiceField(
        queryset=Hub.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    audience = forms.ChoiceField(label="Who is it for?", widget=forms.RadioSelect)
    template = forms.ModelChoiceField(
        label="In which shape?",
        queryset=ReportTemplate.objects.none(),
        required=False,
        empty_label=EVERY_PART,
    )
    wants_mail = forms.BooleanField(
        label="E-mail me when it is ready", required=False, initial=True
    )

    def __init__(self, *args: Any, user: User, today: dt.date | None = None, **kwargs: Any) -> None:
        """Offer what the user may have built."""
        super().__init__(*args, **kwargs)
        self.today = today or timezone.localdate()
        self.sees_whole = holds_any(user, WHOLE_REPORT_ROLES)
        self.grants = {grant.pk: grant for grant in _grants(user)}
        self.programmes = {each.pk: each for each in Programme.objects.all()}
        _choose(self, "what", self._subjects())
        _choose(self, "audience", _audiences(user))
        self._offer_hubs(user)
        shapes: Any = self.fields["template"]
        shapes.queryset = ReportTemplate.objects.filter(retired_at=None)

    def _subjects(self) -> list[Any]:
        grants = [(f"{GRANT}:{pk}", str(each)) for pk, each in self.grants.items()]
        programmes = [(f"{PROGRAMME}:{pk}", str(each)) for pk, each in self.programmes.items()]
        groups = [("Grants, with targets and money", grants), ("Programmes", programmes)]
        return [group for group in groups if group[1]]

    def _offer_hubs(self, user: User) -> None:
        hubs: Any = self.fields["hubs"]
        if self.sees_whole:
            hubs.queryset = Hub.objects.all()
            hubs.label, hubs.help_text = "Which hubs?", "Tick none for all of them."
        else:
            hubs.queryset = Hub.objects.visible_to(user)
            hubs.label, hubs.required = "Which of your hubs?", True
            hubs.initial = list(hubs.queryset)

    def clean(self) -> dict[str, Any]:
        """Work the period out, and refuse one in which there cannot be anything."""
        cleaned = super().clean() or {}
        kind, _, pk = cleaned.get("what", "").partition(":")
        if not pk or self.errors:
            return cleaned
        self.grant = self.grants[int(pk)] if kind == GRANT else None
        self.chosen = (
            tuple(self.grant.programmes.all()) if self.grant else (self.programmes[int(pk)],)
        )
        self.days = self._days(cleaned)
        return cleaned

    def _days(self, cleaned: dict[str, Any]) -> tuple[dt.date, dt.date] | None:
        began = min(each.starts_on for each in self.chosen)
        if cleaned["period"] == OWN_DATES:
            days = (cleaned.get("first_day"), cleaned.get("last_day"))
        else:
            whole = self._whole(began)
            days = days_back(Back(cleaned["period"]), self.today, begins=whole[0], ends=max(whole))
        first, last = days
        if first is None or last is None:
            self.add_error("last_day" if first else "first_day", "Give both dates.")
        elif last < first:
            self.add_error("last_day", "The last day lies before the first.")
        elif last < began:
            # Said where it can be put right: dates of one's own, or another period.
            self.add_error(
                "last_day" if cleaned["period"] == OWN_DATES else "period",
                f"The programme began on {began:%-d %B %Y}: there is nothing to report before it.",
            )
        else:
            return (first, last)
        return None

    def _whole(self, began: dt.date) -> tuple[dt.date, dt.date]:
        if self.grant:
            return (self.grant.starts_on, self.grant.ends_on)
        ends = self.chosen[0].ends_on
        return (began, min(ends, self.today) if ends else self.today)

    @property
    def asked(self) -> Asked:
        """What the form comes to, once it is valid."""
        if self.days is None:
            raise ValueError("The form is not valid.")
        return Asked(
            self.grant,
            self.chosen,
            *self.days,
            tuple(self.cleaned_data["hubs"]),
            self.cleaned_data["audience"],
            self.cleaned_data["template"],
        )


def _grants(user: User) -> Any:
    return Grant.objects.visible_to(user).prefetch_related("programmes")


def _audiences(user: User) -> list[tuple[str, str]]:
    if holds_any(user, REPORT_ROLES):
        return list(Audience.choices)
    if holds_any(user, WHOLE_REPORT_ROLES):
        return [(Audience.INTERNAL.value, Audience.INTERNAL.label)]
    return [(Audience.HUB.value, Audience.HUB.label)]


def _choose(form: forms.Form, name: str, choices: list[Any]) -> None:
    field: Any = form.fields[name]
    field.choices = choices
    if choices and not isinstance(choices[0][1], list):
        field.initial = choices[0][0]


class RunFilter(forms.Form):
    """Which of the reports so far to list: by where they stand and by who asked."""

    status = forms.ChoiceField(
        label="State", required=False, choices=[("", "Every state"), *RunStatus.choices]
    )
    by = forms.ModelChoiceField(
        label="Asked for by", required=False, queryset=User.objects.none(), empty_label="Anybody"
    )

    def __init__(self, *args: Any, runs: Any, **kwargs: Any) -> None:
        """Offer those who asked for one of the runs that may be seen."""
        super().__init__(*args, **kwargs)
        by: Any = self.fields["by"]
        by.queryset = User.objects.filter(pk__in=runs.values("requested_by")).order_by("name")
        self.runs = runs

    def found(self) -> Any:
        """The runs that are left."""
        runs = self.runs
        if not self.is_valid():
            return runs
        if status := self.cleaned_data["status"]:
            runs = runs.filter(status=status)
        if by := self.cleaned_data["by"]:
            runs = runs.filter(requested_by=by)
        return runs


class ScheduleForm(forms.Form):
    """What is asked for by itself after each quarter."""

    grant = forms.ModelChoiceField(
        queryset=Grant.objects.none(),
        empty_label=None,
        help_text="Grants that are over are not offered.",
    )
    audience = forms.ChoiceField(
        label="Who is it for?",
        choices=[(each.value, each.label) for each in Audience if each != Audience.HUB],
        initial=Audience.INTERNAL,
    )
    template = forms.ModelChoiceField(
        label="In which shape?",
        queryset=ReportTemplate.objects.none(),
        required=False,
        empty_label=EVERY_PART,
    )
    days_after = forms.IntegerField(
        label="Days after the quarter's end",
        help_text="Late registers come in meanwhile.",
        min_value=1,
        max_value=60,
        initial=7,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Offer the grants that the user sees and that go on, and the shapes that are in use."""
        super().__init__(*args, **kwargs)
        grants: Any = self.fields["grant"]
        going_on = Grant.objects.visible_to(user).filter(ends_on__gte=timezone.localdate())
        grants.queryset = going_on
        shapes: Any = self.fields["template"]
        shapes.queryset = ReportTemplate.objects.filter(retired_at=None)
