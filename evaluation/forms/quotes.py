"""What staff fill in about a young person's words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from activities.models import Skill
from evaluation.models import Quote, QuoteKind, QuoteUse
from evaluation.queries.quotes import activities_of
from evaluation.services.quotes import Said
from hubs.models import Hub


class QuoteForm(forms.Form):
    """The words as they were said, what they are about, and the uses that consent covers.

    `version` is what whoever changes it has read. `names_are_fine` is asked once a name is found.
    """

    kind = forms.ChoiceField(label="What it is", choices=QuoteKind, widget=forms.RadioSelect)
    words = forms.CharField(
        label="The words",
        help_text="As they were said, mistakes and all. No names: “my friend”, “my coach”.",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={"required": "Write down what was said."},
    )
    names_are_fine = forms.BooleanField(
        label="I have looked: none of these is a person's name", required=False
    )
    attribution = forms.CharField(
        label="Signed as",
        help_text="An age band and an area, never a name and never an exact age.",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say how it is signed."},
    )
    uses = forms.MultipleChoiceField(
        label="Where it may be used",
        help_text="Only what somebody has agreed to stands here.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose where it may be used."},
    )
    said_on = forms.DateField(
        label="When it was said",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=dict.fromkeys(("required", "invalid"), "Enter a date."),
    )
    hub = forms.ModelChoiceField(Hub.objects.none(), label="Hub", empty_label=None)
    activity = forms.ChoiceField(label="Activity, if it is about one", required=False)
    skills = forms.MultipleChoiceField(
        label="Life skills it speaks of, if any",
        choices=Skill,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, hubs: list[Hub], uses: list[QuoteUse], today: dt.date, **kwargs: Any
    ) -> None:
        """Offer these hubs with their activities, and these uses. Two queries."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.activities = {str(each.pk): each for each in activities_of(hubs)}
        self._choose("uses", [(use.value, use.label) for use in uses])
        self._choose(
            "activity", [("", "None"), *((pk, each.title) for pk, each in self.activities.items())]
        )
        hub: Any = self.fields["hub"]
        hub.queryset = Hub.objects.filter(pk__in=[each.pk for each in hubs]).order_by("name")
        if len(hubs) == 1:
            hub.initial, hub.widget = hubs[0], forms.HiddenInput()
        if not self._asks_about_names:
            self.fields["names_are_fine"].widget = forms.HiddenInput()

    @property
    def _asks_about_names(self) -> bool:
        return self.is_bound and bool(self.data.get("names_are_fine"))

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def ask_about_names(self, message: str) -> None:
        """Say which names were found, and ask whether they are any."""
        self.fields["names_are_fine"].widget = forms.CheckboxInput()
        self.add_error("words", message)

    def clean_said_on(self) -> dt.date:
        """A day that has come."""
        day: dt.date = self.cleaned_data["said_on"]
        if day > self.today:
            raise forms.ValidationError("Enter a day that has come.")
        return day

    def clean(self) -> dict[str, Any]:
        """An activity of the hub that was chosen."""
        data = super().clean() or {}
        activity, hub = self.activities.get(data.get("activity", "")), data.get("hub")
        if activity and hub and activity.hub_id != hub.pk:
            self.add_error("activity", "This activity is at another hub.")
        return data

    @property
    def said(self) -> Said:
        """What was filled in."""
        data = self.cleaned_data
        return Said(
            kind=QuoteKind(data["kind"]),
            words=data["words"],
            attribution=data["attribution"],
            hub=data["hub"],
            uses=tuple(QuoteUse(use) for use in data["uses"]),
            said_on=data["said_on"],
            skills=tuple(Skill(skill) for skill in data["skills"]),
            activity=self.activities.get(data["activity"]),
        )


def initial_of(quote: Quote) -> dict[str, Any]:
    """A form's first values: the quote as it stands."""
    return {
        "kind": quote.kind,
        "words": quote.words,
        "attribution": quote.attribution,
        "uses": quote.uses,
        "said_on": quote.said_on,
        "hub": quote.hub_id,
        "activity": str(quote.activity_id or ""),
        "skills": quote.skills,
        "version": quote.version,
    }


class CheckForm(forms.Form):
    """What the second person says, having read it."""

    looked = forms.BooleanField(
        label="I have read it. Nothing in the words or under them tells who it is, and it is kind "
        "to whoever said it.",
        error_messages={"required": "Tick this once you have read it."},
    )
    version = forms.CharField(widget=forms.HiddenInput)


class TakeOutForm(forms.Form):
    """Why it is used nowhere any more."""

    why = forms.CharField(
        label="Why it is taken out",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why it is taken out."},
    )
