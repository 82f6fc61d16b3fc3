"""A programme, as trust staff fill it in."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from activities.forms import DateField
from activities.models import Programme
from hubs.models import Organisation, OrganisationKind

LEADS = (OrganisationKind.LEAD, OrganisationKind.DELIVERY)


class ProgrammeForm(forms.ModelForm):
    """Name, who leads it, whom it is for, and when."""

    starts_on = DateField(required=True, label="First day")
    ends_on = DateField(label="Last day", help_text="Empty while no end is planned.")

    class Meta:
        model = Programme
        fields = (
            *("name", "lead", "summary", "min_age", "max_age", "max_age_extended"),
            *("starts_on", "ends_on"),
        )
        labels: ClassVar = {
            "lead": "Who leads it",
            "summary": "What it is, in a sentence or two",
            "min_age": "Youngest, in whole years",
            "max_age": "Oldest",
            "max_age_extended": "Oldest with special needs or as a care leaver",
        }
        help_texts: ClassVar = {
            "name": "Everybody sees it. Its address stays as it is when it is first saved.",
            "max_age_extended": "Ages decide who is counted as a young person reached. Other ages "
            "change every figure that is asked for from now on, of the past too.",
        }
        error_messages: ClassVar = {"lead": {"required": "Choose who leads it."}}
        widgets: ClassVar = {"summary": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leads = Organisation.objects.filter(kind__in=LEADS)
        self.fields["lead"].queryset = leads  # type: ignore[attr-defined]
        self.fields["lead"].empty_label = "Choose"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ages and days in order."""
        cleaned = super().clean() or self.cleaned_data
        names = ("min_age", "max_age", "max_age_extended")
        ages = [age for name in names if (age := cleaned.get(name)) is not None]
        if ages != sorted(ages):
            self.add_error("max_age_extended", "Write the ages from the youngest to the oldest.")
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "The last day lies before the first.")
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field."""
        return {name: self.cleaned_data[name] for name in self.fields}
