"""Answers that people give about themselves; nobody has to answer any of them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db import models

from participants.forms.records import VersionedForm, words
from participants.models import Participant, SenNeed

CHOSEN = (
    *("gender", "ethnicity", "special_needs", "sen_provision", "care_experienced"),
    *("free_school_meals", "alternative_provision", "young_carer", "english_additional"),
)
EQUALITY_FIELDS = (*CHOSEN, "sen_needs", "languages")
AS_IT_IS = [("", "Leave as it is")]
EMPTY: tuple[object, ...] = ("", [], None)


def _field(name: str) -> models.CharField[str, str]:
    return cast("models.CharField[str, str]", Participant._meta.get_field(name))


def _choice(name: str) -> forms.ChoiceField:
    label = str(_field(name).verbose_name)
    choices = _field(name).choices or ()
    return forms.ChoiceField(
        label=label[:1].upper() + label[1:], choices=list(cast("Any", choices))
    )


class EqualityForm(VersionedForm):
    """Every answer as it stands, for whoever may read them."""

    gender = _choice("gender")
    ethnicity = _choice("ethnicity")
    special_needs = _choice("special_needs")
    sen_provision = _choice("sen_provision")
    sen_needs = forms.MultipleChoiceField(
        label="Kinds of need",
        choices=SenNeed.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    care_experienced = _choice("care_experienced")
    free_school_meals = _choice("free_school_meals")
    alternative_provision = _choice("alternative_provision")
    young_carer = _choice("young_carer")
    english_additional = _choice("english_additional")
    languages = words("Languages at home", 120, required=False)

    @classmethod
    def of(cls, person: Participant, version: int) -> EqualityForm:
        """The form as the record stands."""
        initial = {name: getattr(person, name) for name in EQUALITY_FIELDS}
        return cls(initial={**initial, "version": version})

    @property
    def values(self) -> dict[str, Any]:
        """The values by the record's fields."""
        return {name: self.cleaned_data[name] for name in EQUALITY_FIELDS}


class WriteOnlyEqualityForm(EqualityForm):
    """For whoever may write and not read: shows no answer, and blank leaves each as it is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer to leave every answer as it is."""
        super().__init__(*args, **options)
        for name in CHOSEN:
            field = cast("forms.ChoiceField", self.fields[name])
            field.required = False
            field.choices = [*AS_IT_IS, *cast("Any", field.choices)]
        self.fields["sen_needs"].help_text = "Tick none to leave them as they are."
        self.fields["languages"].help_text = "Leave it empty to keep what is there."

    @property
    def values(self) -> dict[str, Any]:
        """What was answered, and nothing of what was left."""
        return {name: value for name, value in super().values.items() if value not in EMPTY}
