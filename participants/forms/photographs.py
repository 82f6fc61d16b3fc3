"""What staff fill in to keep a photograph of a session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile

from activities.pictures import LARGEST_FILE, DrawnPicture, PictureError, redraw
from participants.models import PhotographUse
from participants.queries.photographs import Pictured


class PhotographForm(forms.Form):
    """A file, what is seen on it, where it may be shown, and everybody who can be recognised."""

    file = forms.FileField(
        label="Photograph",
        help_text=f"JPEG, PNG or WebP, at most {LARGEST_FILE // 1024**2} MB. "
        "Place, time and camera are taken out of it.",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={
            "required": "Choose a photograph.",
            "empty": "This file is empty. Choose another one.",
        },
    )
    description = forms.CharField(
        label="What is seen",
        help_text="Without names, for whoever cannot see it: “Two children juggle three balls.”",
        max_length=200,
        error_messages={"required": "Say what is seen."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    uses = forms.MultipleChoiceField(
        label="Where it may be shown",
        choices=PhotographUse.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose where it may be shown."},
    )
    people = forms.TypedMultipleChoiceField(
        label="Everybody who can be recognised",
        coerce=UUID,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_nobody = forms.BooleanField(
        label="Nobody can be recognised: only hands, backs or things", required=False
    )

    def __init__(self, *args: Any, pictured: list[Pictured], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pictured = pictured
        choices = [(str(each.person.pk), _label(each)) for each in pictured]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]

    def clean_file(self) -> DrawnPicture:
        """The picture drawn anew, whatever its name says it is."""
        upload: UploadedFile = self.cleaned_data["file"]
        try:
            return redraw(upload).large
        except PictureError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Everybody who is seen, or a word that nobody is."""
        data = super().clean() or {}
        if "people" in data and bool(data["people"]) == bool(data.get("is_nobody")):
            self.add_error(
                "people", "Choose everybody in it, or say that nobody can be recognised."
            )
        return data


def _label(each: Pictured) -> str:
    uses = [
        word
        for word, is_covered in (("hub", each.may_inside), ("public", each.may_public))
        if is_covered
    ]
    return (
        f"{each.person.register_name} ({'may: ' + ', '.join(uses) if uses else 'no photographs'})"
    )
