"""The log of a session: what became of it, in under a minute."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.boundfield import BoundWidget

from accounts.access import EVERY_HUB, holds_any
from accounts.models import User
from activities.models import Session, SessionLog, Skill
from activities.planning_forms.cancelling import NO_NAMES
from activities.planning_forms.describing import Saved
from activities.queries.log import Happened, LogFacts, facts_of
from hubs.models import Organisation

# The longest day out; more is a slip of the finger.
LONGEST = 720
BAD_MINUTES = f"Type whole minutes from 1 to {LONGEST}."


class LogForm(forms.Form):
    """What became of a session. `near` and `others` are the partners usual there and the rest."""

    happened = forms.ChoiceField(
        choices=Happened, widget=forms.RadioSelect, label="What became of it?"
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST,
        label="Minutes it lasted",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BAD_MINUTES),
    )
    why = forms.CharField(
        required=False,
        max_length=200,
        label="Why?",
        help_text=f"Everybody can read why something did not take place. {NO_NAMES}",
    )
    skills = forms.MultipleChoiceField(
        required=False,
        choices=Skill,
        widget=forms.CheckboxSelectMultiple,
        label="Skills it worked on",
    )
    note = forms.CharField(
        required=False,
        max_length=2000,
        label="A note",
        help_text="No names of children. A worry about a child does not belong here: "
        "tell the safeguarding lead today.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    staff = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Staff who were there",
    )
    partners = forms.ModelMultipleChoiceField(
        queryset=Organisation.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Partners who were there",
    )

    def __init__(
        self,
        *args: Any,
        session: Session,
        staff: QuerySet[User],
        partners: QuerySet[Organisation],
        **options: Any,
    ) -> None:
        """Offer these people and organisations; each is read once."""
        super().__init__(*args, **options)
        self.planned = int((session.ends_at - session.starts_at).total_seconds() // 60)
        self.near_ids = {each.pk for each in partners if each.is_near}  # type: ignore[attr-defined]
        self.fields["staff"].queryset = staff  # type: ignore[attr-defined]
        self.fields["partners"].queryset = partners  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What was cut short or did not take place says why; what took place, how long."""
        cleaned = super().clean() or self.cleaned_data
        happened, minutes = cleaned.get("happened"), cleaned.get("minutes")
        if happened and happened != Happened.DELIVERED and not cleaned.get("why"):
            self.add_error("why", "Write in a few words why.")
        if happened == Happened.NOT or "minutes" in self.errors:
            return cleaned
        if minutes is None:
            self.add_error("minutes", BAD_MINUTES)
        elif happened == Happened.CUT_SHORT and minutes >= self.planned:
            error = f"It was planned for {self.planned} minutes. Type fewer, or choose Delivered."
            self.add_error("minutes", ValidationError(error))
        return cleaned

    def facts(self) -> LogFacts:
        """What was filled in, without what does not belong to what became of it."""
        cleaned = self.cleaned_data
        happened = Happened(cleaned["happened"])
        return LogFacts(
            happened=happened,
            minutes=None if happened == Happened.NOT else cleaned["minutes"],
            why="" if happened == Happened.DELIVERED else cleaned["why"],
            skills=frozenset(cleaned["skills"]),
            note=cleaned["note"].replace("\r\n", "\n"),
            staff=frozenset(each.pk for each in cleaned["staff"]),
            partners=frozenset(each.pk for each in cleaned["partners"]),
        )

    @property
    def near(self) -> list[BoundWidget]:
        """The boxes of partners that are usual there."""
        return [box for box in self["partners"] if key_of(box) in self.near_ids]

    @property
    def others(self) -> list[BoundWidget]:
        """The boxes of all other partners."""
        return [box for box in self["partners"] if key_of(box) not in self.near_ids]


def key_of(box: BoundWidget) -> Any:
    """The primary key that a box of a list of rows stands for."""
    value = box.data["value"]
    return getattr(value, "value", value)


def initial_of(session: Session, log: SessionLog | None, user: User) -> dict[str, Any]:
    """What stands of a session; where nobody has written a log, what is most likely."""
    facts = facts_of(session, log)
    is_likely = log is None and not session.is_cancelled
    return {
        "happened": facts.happened or Happened.DELIVERED,
        "minutes": facts.minutes or session.minutes,
        "why": facts.why,
        "skills": sorted(facts.skills),
        "note": facts.note,
        "staff": _likely_staff(session, user) if is_likely else facts.staff,
        "partners": {session.activity.partner_id} if is_likely else facts.partners,
    }


def _likely_staff(session: Session, user: User) -> set[UUID]:
    """Whoever leads it and the user; somebody of the office was rather not there."""
    was_there = session.activity.hub_id is None or not holds_any(user, EVERY_HUB)
    likely = {session.led_by_id, user.pk if was_there else None}
    return {each for each in likely if each is not None}


def saved_otherwise(form: LogForm, stored: LogFacts) -> list[Saved]:
    """What is saved of a log, as far as it is not what was typed."""
    typed = form.facts()
    return [
        Saved(str(field.label), _in_words(form, field.name, getattr(stored, field.name)))
        for field in form
        if getattr(typed, field.name) != getattr(stored, field.name)
    ]


def _in_words(form: LogForm, name: str, value: Any) -> str:
    if isinstance(value, frozenset):
        field: Any = form.fields[name]
        labels = {getattr(key, "value", key): str(label) for key, label in field.choices}
        return ", ".join(sorted(labels.get(each, str(each)) for each in value))
    return str(getattr(value, "label", value) or "")
