"""What young people say after a session, and what staff answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.forms import DateField
from activities.models import Mood, NextWish, SaidDid, SaidDidText, SuggestionState
from activities.planning_forms.cancelling import NO_NAMES
from hubs.models import Hub
from hubs.wording import Edition

LONGEST_IDEA = 280
# What the staff pages look at where nobody says otherwise.
USUAL_PERIOD = dt.timedelta(days=27)


class MoodForm(forms.Form):
    """The first tap."""

    mood = forms.TypedChoiceField(choices=Mood.choices, coerce=int)

    @property
    def chosen(self) -> Mood:
        """Which face it was, of a valid form."""
        return Mood(self.cleaned_data["mood"])


class WishForm(forms.Form):
    """The second tap, with the secret that its page carries; an empty wish is nothing more."""

    secret = forms.CharField(max_length=200)
    wish = forms.ChoiceField(choices=NextWish.choices, required=False)

    @property
    def chosen(self) -> NextWish | None:
        """What it was, of a valid form."""
        wish = self.cleaned_data["wish"]
        return NextWish(wish) if wish else None


class IdeaForm(forms.Form):
    """An idea for the hub, without a name."""

    words = forms.CharField(
        label=_("Have an idea for the hub?"),
        max_length=LONGEST_IDEA,
        help_text=_("280 letters at most. Do not write names: not yours, not anybody's."),
        error_messages={
            "required": _("Write your idea first."),
            "max_length": _("That is too long. Use at most 280 letters."),
        },
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class FeedbackFilter(forms.Form):
    """Which hub and which dates; the last four weeks at every hub where nothing is chosen."""

    hub = forms.ModelChoiceField(
        Hub.objects.none(), required=False, empty_label="Every hub", to_field_name="slug"
    )
    first = DateField(label="From")
    last = DateField(label="To")

    def __init__(self, data: Any, *, user: User, today: dt.date) -> None:
        """Offer the hubs that the user works with."""
        asked = data.copy()
        asked.setdefault("first", (today - USUAL_PERIOD).isoformat())
        asked.setdefault("last", today.isoformat())
        super().__init__(asked)
        _hubs_of(self, user)
        self.today = today

    def clean_first(self) -> dt.date:
        """The first of four weeks where it was left empty."""
        return self.cleaned_data["first"] or self.today - USUAL_PERIOD

    def clean_last(self) -> dt.date:
        """Today where it was left empty, and never before the first."""
        last: dt.date = self.cleaned_data["last"] or self.today
        first: dt.date | None = self.cleaned_data.get("first")
        if first and first > last:
            raise ValidationError("Choose a date that is not before the first.")
        return last


class SuggestionFilter(forms.Form):
    """Which hub's suggestions, and those that wait, were kept or put away."""

    hub = forms.ModelChoiceField(
        Hub.objects.none(), required=False, empty_label="Every hub", to_field_name="slug"
    )
    state = forms.ChoiceField(choices=SuggestionState.choices, required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        """Offer the hubs that the user works with."""
        super().__init__(data)
        _hubs_of(self, user)

    @property
    def state_chosen(self) -> SuggestionState:
        """Those that wait where nothing, or nothing that there is, was chosen."""
        return SuggestionState(self.cleaned_data.get("state") or SuggestionState.WAITING)


def _hubs_of(form: forms.BaseForm, user: User) -> None:
    hubs: QuerySet[Hub] = Hub.objects.visible_to(user).order_by("name")
    form.fields["hub"].queryset = hubs  # type: ignore[attr-defined]


class SaidDidForm(forms.ModelForm):
    """What young people said and what was done, in plain English."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = SaidDid
        fields = ("said", "did")
        widgets = {  # noqa: RUF012 - Django reads it so
            "said": forms.Textarea(attrs={"rows": 3}),
            "did": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"said": "You said", "did": "We did"}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "said": f"In your words, not in theirs: nobody must be known by them. {NO_NAMES}",
            "did": "What is different now, or why not. Short words; one thing.",
        }
        error_messages = {  # noqa: RUF012
            "said": {"required": "Say what young people asked for."},
            "did": {"required": "Say what came of it."},
        }


class NewSaidDidForm(SaidDidForm):
    """The same of a hub that is chosen."""

    hub = forms.ModelChoiceField(
        Hub.objects.none(),
        to_field_name="slug",
        empty_label="Choose a hub",
        error_messages={"required": "Choose the hub that did it."},
    )
    field_order = ("hub", "said", "did")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        """Offer the hubs that the user works with."""
        super().__init__(*args, **options)
        _hubs_of(self, user)


class ShowForm(forms.Form):
    """The promise of whoever lets everybody read it."""

    has_read = forms.BooleanField(
        required=False,
        label="I have read both sentences: no name, nobody can be known by them, and it is true.",
    )
    seen = forms.CharField(widget=forms.HiddenInput)


class SaidDidWordsForm(forms.ModelForm):
    """The same in an edition; what is left empty stays English."""

    class Meta:
        model = SaidDidText
        fields = SaidDidText.WORDS
        widgets = dict.fromkeys(SaidDidText.WORDS, forms.Textarea)
        labels = {"said": "You said", "did": "We did"}  # noqa: RUF012

    def __init__(self, *args: Any, edition: Edition, said_did: SaidDid, **options: Any) -> None:
        """Show the English beside each field, and write in the edition's direction."""
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs |= {"lang": edition.language, "dir": "auto", "rows": 3}
            field.help_text = getattr(said_did, name)
