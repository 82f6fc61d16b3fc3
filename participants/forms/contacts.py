"""Whom to ring, who collects and where home is, as staff fill it in."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from activities.forms import BAD_POSTCODE, POSTCODE
from hubs.models import normal_postcode
from participants.forms.records import VersionedForm, words
from participants.models import Answer, Collects, Contact, Participant, Relationship

PHONE = re.compile(r"\+?[0-9 ()-]+")
FEWEST_DIGITS, MOST_DIGITS = 6, 15
BAD_PHONE = "Type a telephone number: digits, spaces and perhaps a + in front."
CONTACT_FIELDS = (
    *("name", "relationship", "phone", "email", "has_parental_responsibility"),
    *("is_emergency", "collects"),
)
HOME_FIELDS = ("address", "home_postcode", "is_address_hidden")
COLLECTION_FIELDS = ("may_walk_home", "collection_word", "few_contacts_why")


class _ContactFields(forms.Form):
    """One grown-up."""

    name = words("Name", 120, error_messages={"required": "Enter a name."})
    relationship = forms.ChoiceField(
        label="What they are to the young person",
        choices=Relationship.choices,
        initial=Relationship.UNKNOWN,
    )
    phone = words("Telephone", 30, required=False, attrs={"inputmode": "tel"})
    email = forms.EmailField(
        label="E-mail", max_length=254, required=False, widget=forms.EmailInput
    )
    is_emergency = forms.BooleanField(label="Ring in an emergency", required=False)
    has_parental_responsibility = forms.ChoiceField(
        label="Has parental responsibility", choices=Answer.choices, initial=Answer.UNKNOWN
    )
    collects = forms.ChoiceField(
        label="Collecting from sessions",
        choices=Collects.choices,
        initial=Collects.NO,
        widget=forms.RadioSelect,
    )

    def clean_phone(self) -> str:
        """A number as people write it, without what a telephone cannot dial."""
        phone = " ".join(self.cleaned_data["phone"].split())
        digits = sum(each.isdigit() for each in phone)
        fits = PHONE.fullmatch(phone) and FEWEST_DIGITS <= digits <= MOST_DIGITS
        if phone and not fits:
            raise ValidationError(BAD_PHONE)
        return phone

    def clean(self) -> dict[str, Any]:
        """Whoever is rung in an emergency has a number."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_emergency") and "phone" in cleaned and not cleaned["phone"]:
            self.add_error("phone", "Somebody to ring in an emergency needs a number.")
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """The values by the contact's fields."""
        return {name: self.cleaned_data[name] for name in CONTACT_FIELDS}


class NewContactForm(_ContactFields):
    """A contact to add. The page makes the id: sent twice is once."""

    contact_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ContactForm(_ContactFields, VersionedForm):
    """A contact, changed."""

    @classmethod
    def of(cls, contact: Contact, version: int) -> ContactForm:
        """The form as the contact stands."""
        initial = {name: getattr(contact, name) for name in CONTACT_FIELDS}
        return cls(initial={**initial, "version": version})


class RemoveContactForm(forms.Form):
    """Removing a contact; the reason is asked for where few are left to ring."""

    why_few = words("Why fewer than two contacts are enough", 200, required=False)


class HomeForm(VersionedForm):
    """Where somebody lives."""

    address = forms.CharField(
        label="Address",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    home_postcode = words("Postcode", 10, required=False)
    is_address_hidden = forms.BooleanField(
        label="This address must stay hidden",
        required=False,
        help_text="For families who may not be found. No document that leaves says where.",
    )

    def clean_home_postcode(self) -> str:
        """A whole postcode in its one spelling, or nothing."""
        postcode = normal_postcode(self.cleaned_data["home_postcode"])
        if postcode and not POSTCODE.fullmatch(postcode):
            raise ValidationError(str(BAD_POSTCODE))
        return postcode

    @classmethod
    def of(cls, person: Participant, version: int) -> HomeForm:
        """The form as the record stands."""
        initial = {name: getattr(person, name) for name in HOME_FIELDS}
        return cls(initial={**initial, "version": version})


class CollectionForm(VersionedForm):
    """How somebody gets home."""

    may_walk_home = forms.ChoiceField(
        label="May walk home alone", choices=Answer.choices, widget=forms.RadioSelect
    )
    collection_word = words(
        "Collection word",
        40,
        required=False,
        help_text="Whoever collects says it, if nobody here knows them.",
    )
    few_contacts_why = words(
        "Why there are fewer than two people to ring",
        200,
        required=False,
        help_text="Leave it empty where two or more can be rung in an emergency.",
    )

    @classmethod
    def of(cls, person: Participant, version: int) -> CollectionForm:
        """The form as the record stands."""
        initial = {name: getattr(person, name) for name in COLLECTION_FIELDS}
        return cls(initial={**initial, "version": version})
