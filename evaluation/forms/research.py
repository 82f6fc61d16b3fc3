"""What trust staff fill in about studies and their extracts."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms

from activities.forms import DateField
from evaluation.models import Study


class StudyForm(forms.ModelForm):
    """A piece of research, before anything is given to it."""

    class Meta:
        model = Study
        fields = ("title", "purpose", "programme", "ethics_reference")
        labels: ClassVar = {
            "title": "What the study is called",
            "purpose": "What it is for",
            "ethics_reference": "Ethics approval",
        }
        help_texts: ClassVar = {
            "title": "As it stands on the ethics approval.",
            "purpose": "The question that it asks. It is printed in every file.",
            "ethics_reference": "Committee and number.",
        }
        widgets: ClassVar = {"purpose": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].empty_label = None  # type: ignore[attr-defined]


class ExtractForm(forms.Form):
    """The period of an extract, both dates included."""

    first_day = DateField(label="From", required=True)
    last_day = DateField(label="To (included)", required=True)

    def __init__(self, *args: Any, study: Study, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.study, self.today = study, today
        self.initial = {"first_day": study.programme.starts_on, "last_day": today}

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or lies outside of what is known."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day lies before the first.")
        elif last and last < self.study.programme.starts_on:
            began = f"{self.study.programme.starts_on:%-d %B %Y}"
            self.add_error("last_day", f"The programme began on {began}.")
        elif last and last > self.today:
            self.add_error("last_day", "Choose a day that has come.")
        return cleaned


class DropKeysForm(forms.Form):
    """Before a study's key is destroyed."""

    sure = forms.BooleanField(
        label="I understand that this cannot be undone.",
        error_messages={"required": "Tick the box if you are sure."},
    )
