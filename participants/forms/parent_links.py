"""What parents fill in behind a secret link, step by step, in the page's language.

What was filled in travels with the form from step to step, and is kept nowhere until it is sent.
Labels are translated; nothing of what the record says already stands in any of these forms.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activities.templatetags.listing import plain_date
from hubs.queries import place_of
from participants.models import (
    Answer,
    CareKind,
    Collects,
    DecidedBy,
    Ethnicity,
    Gender,
    ParentLinkPurpose,
    Purpose,
    Relationship,
)
from participants.services.completing import ContactDetails, Details
from participants.services.parent_links import Given
from participants.words_asked import Words, words_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RECEIPT = re.compile(r"[A-Za-z0-9_-]{43}")
YES, NO = "yes", "no"
OLDEST = 26
PHONE = re.compile(r"[0-9+() .-]{6,30}")
MOST_NAMES = 6
CHOOSE = ("", _("Choose"))
UNANSWERED = ("", _("No answer"))
PREFER_NOT = _("Prefer not to say")
YES_OR_NO = [(YES, _("Yes")), (NO, _("No"))]
MAYBE = [UNANSWERED, *YES_OR_NO, (Answer.UNDISCLOSED.value, PREFER_NOT)]

RELATIONSHIPS: list[tuple[str, StrOrPromise]] = [
    (Relationship.MOTHER.value, _("Mother")),
    (Relationship.FATHER.value, _("Father")),
    (Relationship.STEP_PARENT.value, _("Step-parent")),
    (Relationship.GRANDPARENT.value, _("Grandparent")),
    (Relationship.SIBLING.value, _("Grown-up brother or sister")),
    (Relationship.RELATIVE.value, _("Another relative")),
    (Relationship.FOSTER_CARER.value, _("Foster carer")),
    (Relationship.CARER.value, _("Another carer")),
    (Relationship.SOCIAL_WORKER.value, _("Social worker")),
]
FRIENDS = [(Relationship.FRIEND.value, _("Friend of the family"))]
MYSELF = [(Relationship.THEMSELVES.value, _("I am the young person"))]
DECIDED: list[tuple[str, StrOrPromise]] = [
    ("", _("Does not apply")),
    (DecidedBy.SOCIAL_WORKER.value, _("The social worker decided")),
    (DecidedBy.RESPONSIBLE.value, _("Somebody with parental responsibility decided")),
]
GENDERS: list[tuple[str, StrOrPromise]] = [
    UNANSWERED,
    (Gender.FEMALE.value, _("Girl or woman")),
    (Gender.MALE.value, _("Boy or man")),
    (Gender.OTHER.value, _("In another way")),
    (Gender.UNDISCLOSED.value, PREFER_NOT),
]
ETHNICITIES: list[tuple[str, StrOrPromise]] = [
    UNANSWERED,
    (Ethnicity.WBRI.value, _("White: British")),
    (Ethnicity.WIRI.value, _("White: Irish")),
    (Ethnicity.WIRT.value, _("White: Gypsy or Irish Traveller")),
    (Ethnicity.WROM.value, _("White: Roma")),
    (Ethnicity.WOTH.value, _("White: another background")),
    (Ethnicity.MWBC.value, _("Mixed: White and Black Caribbean")),
    (Ethnicity.MWBA.value, _("Mixed: White and Black African")),
    (Ethnicity.MWAS.value, _("Mixed: White and Asian")),
    (Ethnicity.MOTH.value, _("Mixed: another background")),
    (Ethnicity.AIND.value, _("Asian: Indian")),
    (Ethnicity.APKN.value, _("Asian: Pakistani")),
    (Ethnicity.ABAN.value, _("Asian: Bangladeshi")),
    (Ethnicity.CHNE.value, _("Asian: Chinese")),
    (Ethnicity.AOTH.value, _("Asian: another background")),
    (Ethnicity.BAFR.value, _("Black: African")),
    (Ethnicity.BCRB.value, _("Black: Caribbean")),
    (Ethnicity.BOTH.value, _("Black: another background")),
    (Ethnicity.OARA.value, _("Arab")),
    (Ethnicity.OOTH.value, _("Another ethnic group")),
    (Ethnicity.UNDISCLOSED.value, PREFER_NOT),
]


def _text(label: StrOrPromise, required: StrOrPromise = "", **options: Any) -> forms.CharField:
    attributes = {"autocomplete": options.pop("autocomplete", "off")}
    options.setdefault("max_length", 80)
    options.setdefault("widget", forms.TextInput(attrs=attributes))
    return forms.CharField(
        label=label, required=bool(required), error_messages={"required": required}, **options
    )


def _select(
    label: StrOrPromise, choices: Sequence[tuple[str, StrOrPromise]], required: StrOrPromise = ""
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=bool(required),
        error_messages={"required": required},
    )


def _radio(
    label: StrOrPromise, required: StrOrPromise, choices: Sequence[tuple[str, StrOrPromise]]
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": required},
    )


def _lines(label: StrOrPromise, *, rows: int, longest: int) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "autocomplete": "off"})
    return _text(label, max_length=longest, widget=widget)


class StepForm(forms.Form):
    """One step. `title` heads it; `lede` says what it is for."""

    title: ClassVar[StrOrPromise]
    lede: ClassVar[StrOrPromise] = ""

    def __init__(self, data: Any = None, *, language: str, **options: Any) -> None:
        super().__init__(data, **options)
        self.language = language


class ChildForm(StepForm):
    """Who the young person is."""

    title = _("About your child")
    family_name = _text(_("Last name"), _("Enter your child's last name."))
    birth_date = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages=dict.fromkeys(("required", "invalid"), _("Enter the date of birth.")),
    )
    school = _text(_("School"), max_length=120)

    def clean_birth_date(self) -> dt.date:
        """Somebody who can come here: born, and not long grown up."""
        born: dt.date = self.cleaned_data["birth_date"]
        today = dt.datetime.now(tz=dt.UTC).date()
        if not dt.date(today.year - OLDEST, 1, 1) < born < today:
            raise forms.ValidationError(gettext("Look at the date of birth again."))
        return born


class HomeForm(StepForm):
    """Where home is, and how the young person gets there."""

    title = _("Home")
    lede = _("The postcode tells us which part of Derby people come from.")
    postcode = _text(_("Postcode"), max_length=10, autocomplete="postal-code")
    may_walk_home = _radio(_("May your child walk home alone?"), _("Choose yes or no."), YES_OR_NO)

    def clean_postcode(self) -> str:
        """In its one spelling; one that is not known here is kept as it was typed."""
        typed = " ".join(self.cleaned_data["postcode"].upper().split())
        place = place_of(typed) if typed else None
        if place is None and len(typed) > 8:
            raise forms.ValidationError(gettext("Look at the postcode again."))
        return place.postcode if place else typed


class RingForm(StepForm):
    """Two people to ring, or why there is one."""

    title = _("Whom we ring in an emergency")
    lede = _("Two people, in the order we should ring them.")
    first_name = _text(_("First person: name"), _("Enter a name."), max_length=120)
    first_relationship = _select(
        _("First person: who they are to your child"),
        [CHOOSE, *RELATIONSHIPS, *FRIENDS],
        _("Choose who they are."),
    )
    first_phone = _text(_("First person: telephone"), _("Enter a telephone number."), max_length=30)
    first_responsible = _select(_("First person: has parental responsibility"), MAYBE)
    second_name = _text(_("Second person: name"), max_length=120)
    second_relationship = _select(
        _("Second person: who they are to your child"), [CHOOSE, *RELATIONSHIPS, *FRIENDS]
    )
    second_phone = _text(_("Second person: telephone"), max_length=30)
    second_responsible = _select(_("Second person: has parental responsibility"), MAYBE)
    few_contacts_why = _text(_("If there is nobody else to ring, tell us why"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """A second person whole, or a reason."""
        data = super().clean() or {}
        for name in ("first_phone", "second_phone"):
            if data.get(name) and not PHONE.fullmatch(data[name]):
                self.add_error(name, gettext("Enter a telephone number."))
        if not data.get("second_name") and not data.get("few_contacts_why"):
            self.add_error("second_name", gettext("Enter a second person, or tell us why not."))
        if data.get("second_name") and not data.get("second_phone"):
            self.add_error("second_phone", gettext("Enter a telephone number."))
        return data

    def contacts(self) -> Iterator[ContactDetails]:
        """The people to ring, in order. Whoever answers first may also collect."""
        for which in ("first", "second"):
            name = self.cleaned_data[f"{which}_name"]
            if name:
                yield ContactDetails(
                    name=name,
                    relationship=self.cleaned_data[f"{which}_relationship"]
                    or Relationship.UNKNOWN.value,
                    phone=self.cleaned_data[f"{which}_phone"],
                    responsible=self.cleaned_data[f"{which}_responsible"] or Answer.UNKNOWN.value,
                    is_emergency=True,
                    collects=Collects.YES.value,
                )


class CollectForm(StepForm):
    """Who may and who must not take the young person home."""

    title = _("Who collects your child")
    lede = _("The people to ring may collect your child, too.")
    may_collect = _lines(
        _("Other people who may collect: one name in each line"), rows=3, longest=600
    )
    must_not_collect = _lines(
        _("People who must not collect: one name in each line"), rows=2, longest=600
    )
    collection_word = _text(_("A secret word that whoever collects must say"), max_length=40)

    def clean_may_collect(self) -> str:
        return self._names("may_collect")

    def clean_must_not_collect(self) -> str:
        return self._names("must_not_collect")

    def _names(self, field: str) -> str:
        names = [line.strip() for line in self.cleaned_data[field].splitlines() if line.strip()]
        if len(names) > MOST_NAMES or any(len(name) > 120 for name in names):
            raise forms.ValidationError(gettext("Write at most six names, one in each line."))
        return "\n".join(names)

    def contacts(self) -> Iterator[ContactDetails]:
        """Whoever else may collect, then who must not."""
        for field, collects in (
            ("may_collect", Collects.YES),
            ("must_not_collect", Collects.NEVER),
        ):
            for name in self.cleaned_data[field].splitlines():
                yield ContactDetails(name=name, collects=collects.value)


class CareForm(StepForm):
    """What somebody who looks after the young person for an hour must know."""

    title = _("Keeping your child well")
    lede = _("Leave empty what does not apply. Only staff who need it read this.")
    allergy = _lines(_("Allergies"), rows=2, longest=1000)
    health = _lines(_("Health conditions and medicines"), rows=2, longest=1000)
    access = _lines(_("Help with moving, seeing, hearing or speaking"), rows=2, longest=1000)
    support = _lines(_("What helps when things get difficult"), rows=2, longest=1000)

    def notes(self) -> dict[CareKind, str]:
        """What was written, by what it is about."""
        kinds = (CareKind.ALLERGY, CareKind.HEALTH, CareKind.ACCESS, CareKind.SUPPORT)
        return {kind: text for kind in kinds if (text := self.cleaned_data[kind.value].strip())}


class EqualityForm(StepForm):
    """Questions that nobody has to answer; not answering and not wanting to say stand apart."""

    title = _("Questions you can leave out")
    lede = _("They help us to see whether we reach everybody. Nobody has to answer.")
    gender = _select(_("Gender"), GENDERS)
    ethnicity = _select(_("Ethnic background"), ETHNICITIES)
    special_needs = _select(_("Special educational needs or a disability"), MAYBE)
    free_school_meals = _select(_("Gets free school meals"), MAYBE)
    care_experienced = _select(_("In the care of a council, now or earlier"), MAYBE)
    young_carer = _select(_("Looks after somebody in the family"), MAYBE)
    alternative_provision = _select(_("Is taught outside an ordinary school"), MAYBE)
    english_additional = _select(_("English is not their first language"), MAYBE)
    languages = _text(_("Languages at home"), max_length=120)

    def answered(self) -> dict[str, str]:
        """What was answered, by field of the record; nothing of what was left out."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class AnswersForm(StepForm):
    """Consent: each purpose a yes or a no, none of them chosen beforehand, and who answers."""

    title = _("Your consent")
    lede = _("Answer each question. You can say no to any of them.")
    answered_by = _text(_("Your name"), _("Enter your name."), max_length=120, autocomplete="name")
    relationship = _select(
        _("Who you are to the child"),
        [CHOOSE, *RELATIONSHIPS, *MYSELF],
        _("Choose who you are."),
    )
    decided_by = _select(_("Photographs of a child in care: who decided?"), DECIDED)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        for purpose in Purpose:
            words = words_of(purpose, self.language)
            field = _radio(words.question, _("Choose yes or no."), YES_OR_NO)
            field.help_text = words.text
            self.fields[field_of(purpose)] = field
        self.order_fields(
            [*(field_of(purpose) for purpose in Purpose), "decided_by", "answered_by"]
        )

    def asked(self) -> list[tuple[forms.BoundField, Words, Words]]:
        """Each question's field, with its words in the page's language and in English."""
        return [
            (self[field_of(purpose)], words_of(purpose, self.language), words_of(purpose))
            for purpose in Purpose
        ]

    def given(self) -> Given:
        """The answers, once they are valid."""
        data = self.cleaned_data
        return Given(
            answers={purpose: data[field_of(purpose)] == YES for purpose in Purpose},
            answered_by=data["answered_by"],
            relationship=Relationship(data["relationship"]),
            language=self.language,
            decided_by=data["decided_by"],
        )


def field_of(purpose: Purpose) -> str:
    """The name of a purpose's field."""
    return f"consent_{purpose.value}"


STEPS: dict[ParentLinkPurpose, dict[str, type[StepForm]]] = {
    ParentLinkPurpose.CONSENT: {"answers": AnswersForm},
    ParentLinkPurpose.COMPLETE: {
        "child": ChildForm,
        "home": HomeForm,
        "ring": RingForm,
        "collect": CollectForm,
        "care": CareForm,
        "equality": EqualityForm,
        "answers": AnswersForm,
    },
}
REVIEW = "review"


@dataclass(frozen=True)
class Said:
    """One line of what is looked at before it is sent; empty where nothing was answered."""

    label: StrOrPromise
    value: StrOrPromise


class Walk:
    """A parent's way through the steps: where they are, and everything they filled in so far."""

    def __init__(self, purpose: ParentLinkPurpose, data: Mapping[str, Any], language: str) -> None:
        self.purpose, self.data, self.language = purpose, data, language
        self.steps = STEPS[purpose]
        self.keys = [*self.steps, REVIEW]
        at = data.get("at", "")
        self.at = at if at in self.keys else self.keys[0]
        self.is_refused = False
        self._bound: dict[str, StepForm] = {}

    def go(self) -> None:
        """Do what was asked: on, back, or to a step to change it. Mistakes keep the step open."""
        asked = self.data.get("go", "")
        if asked in self.steps:
            self.at = asked
        elif asked == "back":
            self.at = self.keys[max(0, self.keys.index(self.at) - 1)]
        elif asked in {"next", "send"}:
            self._on(asked)

    def _on(self, asked: str) -> None:
        is_last = self.keys.index(self.at) >= len(self.steps) - 1
        passed = list(self.steps) if asked == "send" or is_last else [self.at]
        wrong = next((key for key in passed if not self.bound(key).is_valid()), None)
        if wrong is not None:
            self.at, self.is_refused = wrong, True
        elif asked == "next" and self.at != REVIEW:
            self.at = self.keys[self.keys.index(self.at) + 1]

    @property
    def is_sent(self) -> bool:
        """Whether everything is valid and was sent from the page that shows all of it."""
        return self.data.get("go") == "send" and self.at == REVIEW and not self.is_refused

    @property
    def form(self) -> StepForm | None:
        """The form of the step that is shown; with its mistakes, where there are any."""
        if self.at == REVIEW:
            return None
        if self.is_refused:
            return self.bound(self.at)
        kind = self.steps[self.at]
        initial = {name: self.data[name] for name in self._names(self.at) if name in self.data}
        return kind(language=self.language, initial=initial)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Names and values of what other steps hold, for hidden fields."""
        return [
            (name, self.data[name])
            for key in self.steps
            if key != self.at
            for name in self._names(key)
            if name in self.data
        ]

    @property
    def number(self) -> int:
        """Which step it is, from 1."""
        return self.keys.index(self.at) + 1

    def said(self) -> list[tuple[str, StrOrPromise, list[Said]]]:
        """Everything that was filled in, by step, as it will be sent."""
        for key in self.steps:
            self.bound(key).full_clean()
        return [
            (key, form.title, [_said(field) for field in form])
            for key in self.steps
            for form in [self.bound(key)]
        ]

    def bound(self, key: str) -> StepForm:
        """A step's form with what was filled in."""
        if key not in self._bound:
            self._bound[key] = self.steps[key](self.data, language=self.language)
        return self._bound[key]

    def _names(self, key: str) -> list[str]:
        return list(self.steps[key](language=self.language).fields)

    def given(self) -> Given:
        """The answers about consent."""
        form = self.bound("answers")
        if not isinstance(form, AnswersForm) or not form.is_valid():
            raise TypeError("Answers are asked for when they are valid.")
        return form.given()

    def details(self) -> Details:
        """Everything else of a record that is completed."""
        for key in self.steps:
            self.bound(key).full_clean()
        child, home, ring = (self.bound(key).cleaned_data for key in ("child", "home", "ring"))
        collect, care, equality = (self.bound(key) for key in ("collect", "care", "equality"))
        rings = self.bound("ring")
        return Details(
            facts={
                "family_name": child["family_name"],
                "birth_date": child["birth_date"],
                "school": child["school"],
                "may_walk_home": home["may_walk_home"],
                "few_contacts_why": ring["few_contacts_why"],
                "collection_word": collect.cleaned_data["collection_word"],
            },
            postcode=home["postcode"],
            contacts=[*rings.contacts(), *collect.contacts()],  # type: ignore[attr-defined]
            care=care.notes(),  # type: ignore[attr-defined]
            equality=equality.answered(),  # type: ignore[attr-defined]
        )


def _said(field: forms.BoundField) -> Said:
    value = field.data or ""
    choices = dict(getattr(field.field, "choices", []))
    day = field.form.cleaned_data.get(field.name)
    if isinstance(day, dt.date):
        value = plain_date(day)
    return Said(field.label, choices.get(value, value) if value else "")
