"""What staff fill in when they worry about somebody, and what is done about it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from activities.models import LONDON
from participants.models import ConcernActionKind, ConcernRoute, Participant

MOST_LETTERS = 6000
SUBJECTS = [
    ("neither", "No"),
    ("lead", "Yes, about the lead"),
    ("deputy", "Yes, about the deputy"),
    ("both", "Yes, about both"),
]
ROUTES = {
    "neither": ConcernRoute.LEAD,
    "lead": ConcernRoute.NOT_LEAD,
    "deputy": ConcernRoute.NOT_DEPUTY,
}
NOT_WHOLE = dict.fromkeys(("required", "invalid"), "The page was not sent whole. Open it again.")
BOTH = (
    "Then nobody could read it here. Ring the council's officer for allegations against staff "
    "(the LADO) or the police. Nothing was sent."
)


def _words(
    label: str, *, required: str = "", rows: int = 4, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MOST_LETTERS,
        required=bool(required),
        help_text=help_text,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}),
    )


class ConcernForm(forms.Form):
    """A concern as somebody types it on a telephone: one field must be filled in.

    With `people`, whom a search found, it offers them to choose one.
    """

    nonce = forms.UUIDField(widget=forms.HiddenInput, error_messages=NOT_WHOLE)
    session = forms.UUIDField(required=False, widget=forms.HiddenInput)
    danger = forms.ChoiceField(
        label="Is anybody in danger now?",
        choices=[("no", "No"), ("yes", "Yes")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether anybody is in danger now."},
    )
    saw = _words(
        "What did you see or hear?",
        required="Write what you saw or heard.",
        rows=7,
        help_text="Facts first, and a child's own words as they said them.",
    )
    when = forms.DateTimeField(
        label="When was it?",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": "Choose a date and time, about is enough.",
            "invalid": "Choose a date and time, about is enough.",
        },
    )
    did = _words("What did you do?", rows=3)
    person = forms.ChoiceField(label="Who is it about?", required=False, widget=forms.RadioSelect)
    who = forms.CharField(
        label="Who is it about?",
        required=False,
        max_length=300,
        help_text="A name, or how you would know them again.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_staff = forms.BooleanField(
        label="It is about somebody who works or volunteers here", required=False
    )
    subject = forms.ChoiceField(
        label="Is it about the safeguarding lead or the deputy?",
        choices=SUBJECTS,
        initial="neither",
        widget=forms.RadioSelect,
        help_text="Whoever it is about does not get to know.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        people: list[Participant] | None = None,
        session: uuid.UUID | None = None,
        person: uuid.UUID | None = None,
    ) -> None:
        now = timezone.now().astimezone(LONDON).replace(second=0, microsecond=0, tzinfo=None)
        initial = {"nonce": uuid.uuid4(), "when": now, "session": session, "person": person}
        super().__init__(data, initial=initial)
        offered = [(str(one.pk), one.register_name) for one in people or []]
        self.fields["person"].choices = [*offered, ("", "None of these")] if offered else []  # type: ignore[attr-defined]
        if offered:
            self.fields["who"].label = "Or somebody else"
        else:
            del self.fields["person"]

    def clean_subject(self) -> ConcernRoute:
        """The route by which it goes past whom it is about."""
        if self.cleaned_data["subject"] == "both":
            raise forms.ValidationError(BOTH)
        return ROUTES[self.cleaned_data["subject"]]

    def clean_when(self) -> dt.datetime:
        """Nobody saw what has not happened yet; a clock may be a little off."""
        when: dt.datetime = self.cleaned_data["when"]
        if when > timezone.now() + dt.timedelta(hours=1):
            raise forms.ValidationError("That is in the future.")
        return when

    @property
    def words(self) -> dict[str, Any]:
        """What is sealed."""
        told = self.cleaned_data
        return {
            "saw": told["saw"],
            "when": told["when"].isoformat(),
            "did": told["did"],
            "who": told["who"],
            "is_staff": told["is_staff"],
        }


class ActionForm(forms.Form):
    """Something that was done about a concern."""

    nonce = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.TypedChoiceField(label="What is it?", coerce=ConcernActionKind)
    words = _words("What happened?", required="Write what happened.")

    def __init__(self, data: Mapping[str, Any] | None = None, *, is_closed: bool) -> None:
        super().__init__(data, initial={"nonce": uuid.uuid4()})
        reopened = ConcernActionKind.REOPENED
        kinds = (
            [reopened] if is_closed else [each for each in ConcernActionKind if each != reopened]
        )
        self.fields["kind"].choices = [(kind.value, LABELS[kind]) for kind in kinds]  # type: ignore[attr-defined]


LABELS = {
    ConcernActionKind.NOTE: "A note",
    ConcernActionKind.CALL: "I spoke to somebody",
    ConcernActionKind.REFERRAL: "I referred it to children's social care or the police",
    ConcernActionKind.SUPPORT: "I arranged support",
    ConcernActionKind.CLOSED: "Close it: nothing more is to be done",
    ConcernActionKind.REOPENED: "Open it again",
}
