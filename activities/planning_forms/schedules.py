"""Weekly schedules, single dates and new activities, as coordinators type them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from accounts.models import User
from activities.forms import DateField
from activities.models import (
    LONDON,
    Activity,
    Programme,
    Schedule,
    Session,
    SessionKind,
    london_today,
)
from activities.planning_forms.cancelling import NO_NAMES
from activities.planning_forms.describing import FactsForm, Groups
from activities.queries.planning import CITYWIDE, Place
from activities.queries.schedules import leaders_for
from activities.schedule_dates import DAY, EARLIEST, LATEST, moment, monday_of
from hubs.models import Hub, Organisation, OrganisationKind

WEEKDAYS = tuple(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)
LONGEST = 80 * 7 * DAY
BAD_TIME = "Type a time such as 16:30."
BAD_HOURS = "Choose a time between 6am and 11pm."
BAD_PLACES = "Type a whole number from 1 to 2000, or leave it empty."
PLACES_HELP = "Leave it empty where nobody has to book, as for most."
NOT_PARTNERS = (OrganisationKind.FUNDER, OrganisationKind.EVALUATOR)


class TimeField(forms.TimeField):
    """A time of day, of Europe/London, in the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        """Take the options of Django's field; the widget and the words are given."""
        super().__init__(
            widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            error_messages={"invalid": BAD_TIME, "required": BAD_TIME},
            **options,
        )

    def validate(self, value: dt.time | None) -> None:
        """No sessions at night, where clocks change."""
        super().validate(value)
        if value is not None and not EARLIEST <= value <= LATEST:
            raise ValidationError(BAD_HOURS)


class DatesField(forms.CharField):
    """Dates, one a line or with commas between: 25/12/2026 or 2026-12-25."""

    def __init__(self, **options: Any) -> None:
        """Take the options of Django's field; it is never required."""
        widget = forms.Textarea(attrs={"rows": 2})
        super().__init__(required=False, widget=widget, max_length=2000, **options)

    def prepare_value(self, value: Any) -> Any:
        """Dates as they are typed."""
        if isinstance(value, list):
            return "\n".join(f"{day:%d/%m/%Y}" for day in value)
        return value

    def clean(self, value: Any) -> Any:
        """Read dates, in order, each once."""
        words = [word for word in re.split(r"[\s,;]+", super().clean(value)) if word]
        one = forms.DateField()
        try:
            return sorted({one.clean(word) for word in words})
        except ValidationError as error:
            raise ValidationError("Type dates such as 25/12/2026, one a line.") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other dates were typed."""
        return super().has_changed(self.prepare_value(initial), data)


class LeaderField(forms.ModelChoiceField):
    """Who leads it: one of the people who work at its hub."""

    def __init__(self, hub: Hub | None, current: User | None) -> None:
        """`current` stays a choice, whoever has left since."""
        super().__init__(
            leaders_for(hub, current),
            required=False,
            label="Who leads it",
            empty_label="Nobody in particular",
            help_text="Not shown to visitors. We say so when they would be in two places at once.",
        )


class PlacesField(forms.IntegerField):
    """How many can come, empty where nobody has to book."""

    def __init__(self) -> None:
        """It takes no options."""
        words = dict.fromkeys(("invalid", "min_value", "max_value"), BAD_PLACES)
        super().__init__(
            min_value=1,
            max_value=2000,
            required=False,
            label="How many places",
            help_text=PLACES_HELP,
            error_messages=words,
        )


class TimesMixin:
    """Ends after it starts."""

    def check_times(self, cleaned: dict[str, Any]) -> None:
        """Add an error to `ends` where it is not after `starts`."""
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and starts >= ends:
            self.add_error("ends", "Choose a time after the start.")  # type: ignore[attr-defined]


class ScheduleForm(TimesMixin, forms.ModelForm):
    """A weekly rule."""

    weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int, label="Day of the week")
    starts = TimeField(label="From")
    ends = TimeField(label="To")
    starts_on = DateField(required=True, label="First day")
    ends_on = DateField(required=True, label="Last day")
    every_weeks = forms.TypedChoiceField(
        choices=((1, "Every week"), *((n, f"Every {n} weeks") for n in range(2, 9))),
        coerce=int,
        label="How often",
    )
    left_out = DatesField(
        label="Dates to leave out", help_text="Such as 25/12/2026, one a line. Most need none."
    )

    GROUPS: ClassVar = (
        ("When", ("weekday", "starts", "ends", "every_weeks")),
        (
            "From when until when",
            ("starts_on", "ends_on", "term_time_only", "on_bank_holidays", "left_out"),
        ),
        ("Who and how many", ("led_by", "places")),
    )

    class Meta:
        model = Schedule
        fields = (
            *("weekday", "starts", "ends", "every_weeks", "starts_on", "ends_on"),
            *("term_time_only", "on_bank_holidays", "left_out", "led_by", "places"),
        )
        labels: ClassVar = {
            "term_time_only": "In term time only",
            "on_bank_holidays": "On bank holidays too",
        }
        help_texts: ClassVar = {
            "term_time_only": "Stops in school holidays and on INSET days.",
        }

    def __init__(self, *args: Any, now: dt.datetime, **options: Any) -> None:
        """`now` decides what is over."""
        super().__init__(*args, **options)
        self.now = now
        instance: Schedule = self.instance
        self.fields["led_by"] = LeaderField(instance.activity.hub, instance.led_by)
        self.fields["places"] = PlacesField()

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def clean(self) -> dict[str, Any]:
        """Dates and times in order, and not all of them over."""
        cleaned = super().clean() or self.cleaned_data
        self.check_times(cleaned)
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last:
            self._check_dates(first, last)
        return cleaned

    def _check_dates(self, first: dt.date, last: dt.date) -> None:
        if last < first:
            self.add_error("ends_on", "Choose a day that is not before the first one.")
        elif last < london_today(self.now):
            self.add_error("ends_on", "Choose a day that is not over yet.")
        elif last - first > LONGEST and "ends_on" in self.changed_data:
            self.add_error("ends_on", "Choose a day within a year and a half of the first one.")

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class ReasonForm(forms.Form):
    """What everybody reads of dates that are cancelled."""

    reason = forms.CharField(
        max_length=200,
        label="What everybody reads of the cancelled dates",
        help_text=f"One short sentence: why, or when it is instead. {NO_NAMES}",
        error_messages={"required": "Write in a few words why, or when it is instead."},
    )


class Scope(models.TextChoices):
    """How far a change of one date of a series reaches."""

    ONE = "one", "Only this date"
    FOLLOWING = "following", "This date and all after it"
    ALL = "all", "Every date to come"


class DateForm(TimesMixin, forms.Form):
    """One date: when it is, who leads it, how many can come."""

    day = DateField(required=True, label="Date")
    starts = TimeField(label="From")
    ends = TimeField(label="To")

    def __init__(
        self, *args: Any, activity: Activity, current: Session | None = None, **options: Any
    ) -> None:
        """`current` is the date as it is, where it is there already."""
        super().__init__(*args, **(options | {"initial": _initial(current)}))
        self.current = current
        self.fields["led_by"] = LeaderField(activity.hub, current.led_by if current else None)
        self.fields["places"] = PlacesField()
        if current is None or current.schedule_id is None:
            kinds = forms.ChoiceField(choices=SessionKind, label="What sort of date")
            self.fields = {"kind": kinds, **self.fields}
        elif _is_in_series(current):
            self.fields["scope"] = forms.ChoiceField(
                choices=Scope, widget=forms.RadioSelect, label="Which dates do you mean?"
            )

    @property
    def scope(self) -> Scope:
        """How far the change reaches; a date in no series stands for itself."""
        return Scope(self.cleaned_data.get("scope") or Scope.ONE)

    def clean(self) -> dict[str, Any]:
        """Times in order; the day of a whole series moves within its week."""
        cleaned = super().clean() or self.cleaned_data
        self.check_times(cleaned)
        day, current = cleaned.get("day"), self.current
        if day and current and cleaned.get("scope") in {Scope.FOLLOWING, Scope.ALL}:
            slot = current.slot_on or current.local_date
            if monday_of(day) != monday_of(slot):
                words = "To move the whole series, choose another day of the same week."
                self.add_error("day", words)
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field of a session."""
        filled = self.cleaned_data
        facts: dict[str, Any] = {
            name: filled[name] for name in ("kind", "led_by", "places") if name in filled
        }
        facts["starts_at"] = moment(filled["day"], filled["starts"])
        facts["ends_at"] = moment(filled["day"], filled["ends"])
        return facts

    def series_facts(self) -> dict[str, Any]:
        """What was filled in, by field of the schedule."""
        names = ("starts", "ends", "led_by", "places")
        facts = {name: self.cleaned_data[name] for name in names}
        return facts | {"weekday": self.cleaned_data["day"].weekday()}


def _is_in_series(session: Session) -> bool:
    """Whether the series still runs on its date: it may have been ended or split before it."""
    schedule, slot = session.schedule, session.slot_on
    return bool(schedule and slot and schedule.starts_on <= slot <= schedule.ends_on)


def _initial(session: Session | None) -> dict[str, Any]:
    if session is None:
        return {}
    return {
        "kind": session.kind,
        "day": session.local_date,
        "starts": session.local_start.time(),
        "ends": session.ends_at.astimezone(LONDON).time(),
        "led_by": session.led_by_id,
        "places": session.places,
        "scope": Scope.ONE,
    }


class ActivityForm(FactsForm):
    """A new activity: the facts of a first visit, whose it is and where."""

    GROUPS: ClassVar[Groups] = (
        ("Whose it is", ("place", "programme", "partner")),
        *FactsForm.GROUPS,
    )

    class Meta(FactsForm.Meta):
        fields: ClassVar[tuple[str, ...]] = ("programme", "partner", *FactsForm.Meta.fields)

    def __init__(self, *args: Any, places: list[Place], **options: Any) -> None:
        """`places` are those that the user plans for."""
        super().__init__(*args, **options)
        self.places = {place.slug: place for place in places}
        self.fields["place"] = forms.ChoiceField(
            choices=[(place.slug, place.name) for place in places], label="Hub"
        )
        newest_first = Programme.objects.order_by("-starts_on", "pk")
        self.fields["programme"] = forms.ModelChoiceField(newest_first, empty_label=None)
        partners = Organisation.objects.exclude(kind__in=NOT_PARTNERS)
        self.fields["partner"].queryset = partners  # type: ignore[attr-defined]
        self.fields["partner"].label = "Who runs it"

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field of an activity."""
        facts = super().facts()
        place = self.places[facts.pop("place")]
        return facts | {"hub": None if place.slug == CITYWIDE else place.hub}
