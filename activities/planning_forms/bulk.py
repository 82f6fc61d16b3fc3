"""What is filled in to change many sessions at once."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import User
from activities.planning_forms.cancelling import CancelForm
from activities.queries.session_table import hubs_led_by
from activities.services.bulk import MOST, Cancel, Change, Confirm, Move, SetLeader, SetPlaces

FURTHEST = 600
MOST_PLACES = 2000
BAD_MINUTES = f"Type whole minutes, at most {FURTHEST}."
BAD_PLACES = f"Type a whole number from 1 to {MOST_PLACES}, or leave it empty."


class Act(StrEnum):
    """What can be done with many sessions."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    MOVE = "move"
    PLACES = "places"
    LEADER = "leader"


class PickForm(forms.Form):
    """Which sessions: those ticked, or every one that the filter finds."""

    act = forms.ChoiceField(choices=[(each.value, each.value) for each in Act])
    every = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=2000)

    def __init__(self, data: Any) -> None:
        """`pick` comes once for each box, `ids` all in one field once they are fixed."""
        super().__init__(data)
        self.typed = [*data.getlist("pick"), *data.get("ids", "").split()]

    def clean(self) -> dict[str, Any]:
        """Ids are ids, and not too many."""
        cleaned = super().clean() or self.cleaned_data
        if len(self.typed) > MOST:
            raise ValidationError(f"Pick {MOST} sessions at the most.")
        try:
            cleaned["ids"] = {UUID(each) for each in self.typed}
        except ValueError as error:
            raise ValidationError("That is no session.") from error
        return cleaned


class ActForm(forms.Form):
    """Base of what is asked for an act."""

    def change(self) -> Change:
        """What was filled in, as it is done to each session."""
        raise NotImplementedError


class CancelManyForm(CancelForm, ActForm):
    """Why they are cancelled."""

    def change(self) -> Change:
        """The reason that everybody reads."""
        return Cancel(self.says)


class MoveForm(ActForm):
    """Another time on the same day."""

    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=FURTHEST,
        label="By how many minutes?",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BAD_MINUTES),
    )
    direction = forms.ChoiceField(
        required=False,
        choices=[("later", "Later"), ("earlier", "Earlier")],
        initial="later",
        widget=forms.RadioSelect,
        label="Which way?",
    )
    to = forms.TimeField(
        required=False,
        label="Or all of them start at",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": "Type a time such as 16:30."},
    )

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if bool(cleaned["minutes"]) == (cleaned["to"] is not None):
            self.add_error("minutes", "Type minutes, or a time below: one of the two.")
        return cleaned

    def change(self) -> Change:
        """Later or earlier by minutes, or to a time of day in Derby."""
        if self.cleaned_data["to"] is not None:
            return Move(to=self.cleaned_data["to"])
        sign = -1 if self.cleaned_data["direction"] == "earlier" else 1
        return Move(minutes=sign * self.cleaned_data["minutes"])


class PlacesForm(ActForm):
    """How many can come."""

    places = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PLACES,
        label="How many can come to each?",
        help_text="Leave it empty where nobody has to book.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BAD_PLACES),
    )

    def change(self) -> Change:
        """The number of places."""
        return SetPlaces(self.cleaned_data["places"])


class LeaderForm(ActForm):
    """Who leads them."""

    leader = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody yet",
        label="Who leads them?",
        help_text="For planning only. It is never shown to visitors.",
    )

    def change(self) -> Change:
        """Who leads them, at the hubs where they work."""
        leader = self.cleaned_data["leader"]
        return SetLeader(leader, hubs_led_by(leader) if leader else frozenset())


class ConfirmForm(ActForm):
    """Nothing has to be asked."""

    def change(self) -> Change:
        """What is listed is right."""
        return Confirm()


FORMS: dict[Act, type[ActForm]] = {
    Act.CONFIRM: ConfirmForm,
    Act.CANCEL: CancelManyForm,
    Act.MOVE: MoveForm,
    Act.PLACES: PlacesForm,
    Act.LEADER: LeaderForm,
}


def form_for(act: Act, data: Any, leaders: QuerySet[User]) -> ActForm:
    """The form of an act; `leaders` are those who can be said to lead."""
    form = FORMS[act](data)
    if isinstance(form, LeaderForm):
        form.fields["leader"].queryset = leaders  # type: ignore[attr-defined]
    return form
