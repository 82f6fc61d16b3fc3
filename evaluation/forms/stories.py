"""What trust staff fill in about stories, their words in other editions, and their pictures."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from activities.forms import DateField
from activities.models import LONDON
from activities.pictures import LARGEST_FILE
from evaluation.forms.pages import SeenField, TextField
from evaluation.markdown import LONGEST_TEXT
from evaluation.models import PicturePeople, Story, StoryPicture
from evaluation.services.stories import fingerprint_of_story
from hubs.models import Hub, HubKind, Ward
from hubs.reference import BOUNDARY_YEAR
from hubs.wording import Edition

PROGRAMME = "programme"
HOW_TO_WRITE = (
    "Leave a line empty between paragraphs. ## begins a heading, - a list, **two stars** make "
    "words bold, and [words](https://example.org) make a link. Never write who a child is."
)


class StoryForm(forms.ModelForm, SeenField):
    """A story in plain English and the place that it is from."""

    place = forms.ChoiceField(label="Where it happened")
    body = TextField(label="Story", rows=16, max_length=LONGEST_TEXT, help_text=HOW_TO_WRITE)

    class Meta:
        model = Story
        fields: ClassVar = ["title", "summary", "body"]
        help_texts: ClassVar = {"summary": "One or two sentences, for lists."}
        widgets: ClassVar = {"summary": forms.Textarea(attrs={"rows": 2})}

    field_order = ("place", "title", "summary", "body", "seen")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = places()  # type: ignore[attr-defined]
        self.initial["place"] = _place_of(self.instance)
        self.initial["seen"] = fingerprint_of_story(self.instance)

    def clean(self) -> dict[str, Any]:
        """Turn the place into a ward or the SEND hub."""
        cleaned: dict[str, Any] = super().clean() or {}
        kind, _, key = cleaned.get("place", PROGRAMME).partition("-")
        self.instance.ward_id = int(key) if kind == "ward" else None
        self.instance.hub_id = int(key) if kind == "hub" else None
        return cleaned


def places() -> list[tuple[str, str]]:
    """Where a story can be from: the whole programme, the SEND hub, each ward. Two queries."""
    hubs = Hub.objects.filter(kind=HubKind.SEND)
    wards = Ward.objects.filter(boundary_year=BOUNDARY_YEAR).order_by("name")
    return [
        (PROGRAMME, "The whole programme"),
        *((f"hub-{hub.pk}", f"{hub.name} hub") for hub in hubs),
        *((f"ward-{ward.pk}", ward.name) for ward in wards),
    ]


def _place_of(story: Story) -> str:
    if story.ward_id:
        return f"ward-{story.ward_id}"
    return f"hub-{story.hub_id}" if story.hub_id else PROGRAMME


class ShowForm(forms.Form):
    """From when a story is shown, in Derby's time; empty for now."""

    date = DateField(label="Shown from", help_text="Empty for now.")
    time = forms.TimeField(
        label="At",
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text="Empty for midnight at the start of the day.",
    )

    def clean(self) -> dict[str, Any]:
        """A time alone means nothing."""
        cleaned = super().clean() or {}
        if cleaned.get("time") and not cleaned.get("date") and "date" not in self.errors:
            raise ValidationError("Choose a date as well.")
        return cleaned

    def since(self, now: dt.datetime) -> dt.datetime:
        """The moment that the valid form means."""
        day = self.cleaned_data["date"]
        if day is None:
            return now
        return dt.datetime.combine(day, self.cleaned_data["time"] or dt.time(), tzinfo=LONDON)


class StoryWordsForm(SeenField):
    """A story's words in another edition; what stays empty is shown in English."""

    title = forms.CharField(max_length=120, required=False)
    summary = forms.CharField(
        max_length=240, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    body = TextField(
        label="Story", rows=16, max_length=LONGEST_TEXT, required=False, help_text=HOW_TO_WRITE
    )
    checked_by = forms.CharField(
        label="Checked by",
        max_length=120,
        required=False,
        help_text="The name of the speaker who wrote or checked these words. It stays inside.",
    )
    field_order = ("title", "summary", "body", "checked_by", "seen")

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "summary", "body"):
            self.fields[name].widget.attrs |= {"lang": edition.language, "dir": "auto"}


class PictureForm(forms.ModelForm):
    """What a picture shows and who can be recognised in it; both have to be said."""

    people = forms.ChoiceField(
        label="Who can be recognised",
        choices=PicturePeople,
        widget=forms.RadioSelect,
        help_text="Somebody can be recognised by the face, but also by a name, a uniform or a "
        "house. Other pictures may not go up.",
    )

    class Meta:
        model = StoryPicture
        fields: ClassVar = ["alt", "caption", "people"]
        help_texts: ClassVar = {
            "alt": "In one sentence, for people who cannot see it. Never a child's name.",
            "caption": "Stands under the picture.",
        }


class NewPictureForm(PictureForm):
    """The same with the picture itself."""

    file = forms.FileField(
        label="Picture",
        max_length=200,
        help_text=f"JPEG, PNG or WebP, at most {LARGEST_FILE // 1024**2} MB. Where and when it was "
        "taken is taken out of it.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    field_order = ("file", "alt", "caption", "people")
