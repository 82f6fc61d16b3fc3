"""Forms about staff: invitations, roles, hubs, checks, and the password of an invitation."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils import timezone

from accounts.access import HUB_ROLES, SAFEGUARDING_ROLES
from accounts.models import ClearanceKind, Role, User
from hubs.models import Hub
from hubs.staff_access import hubs_to_give, roles_to_give

TEXT_LENGTH = 120
# Long enough for any phrase; longer would keep the server busy.
LONGEST_PASSWORD = 256


class DayField(forms.DateField):
    """A date in the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class InviteForm(forms.Form):
    """Whom to invite, as what, to which hubs, and until when their checks are good."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    name = forms.CharField(label="Name", max_length=TEXT_LENGTH, help_text="As colleagues know it.")
    role = forms.ChoiceField(label="Role")
    hubs = forms.ModelMultipleChoiceField(
        label="Hubs",
        queryset=Hub.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For coordinators and hub leads.",
    )
    dbs = DayField(label="DBS check good until", required=False)
    training = DayField(
        label="Safeguarding training good until",
        required=False,
        help_text="Without both dates, registers stay closed to coordinators and hub leads.",
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        """Offer what whoever invites may give."""
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles_to_give(by)]  # type: ignore[attr-defined]
        self.fields["hubs"].queryset = hubs_to_give(by).order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A hub's staff needs a hub, others have none."""
        cleaned = super().clean() or {}
        role, hubs = cleaned.get("role"), cleaned.get("hubs")
        if role and bool(hubs) != (Role(role) in HUB_ROLES):
            self.add_error("hubs", "Choose a hub for a coordinator or hub lead; others have none.")
        return cleaned

    def good_through(self) -> dict[ClearanceKind, dt.date | None]:
        """The last days of the checks, by kind."""
        return {kind: self.cleaned_data.get(kind.value) for kind in ClearanceKind}


class RoleForm(forms.Form):
    """One role to give."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        """Offer what whoever gives may give."""
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles_to_give(by)]  # type: ignore[attr-defined]


class ProposalForm(forms.Form):
    """A safeguarding role to propose."""

    role = forms.ChoiceField(
        label="Role",
        choices=[(role.value, role.label) for role in Role if role in SAFEGUARDING_ROLES],
    )


class HubForm(forms.Form):
    """A hub to work at, until a day where one is given."""

    hub = forms.ModelChoiceField(label="Hub", queryset=Hub.objects.none(), empty_label="Choose")
    until = DayField(label="Last day", required=False, help_text="Leave empty where none is known.")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        """Offer the hubs that whoever gives may give."""
        super().__init__(*args, **kwargs)
        self.fields["hub"].queryset = hubs_to_give(by).order_by("name")  # type: ignore[attr-defined]

    def until_moment(self) -> dt.datetime | None:
        """The end of the last day, as a moment."""
        day: dt.date | None = self.cleaned_data["until"]
        if day is None:
            return None
        return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


class ClearanceForm(forms.Form):
    """Until when a check or training is good."""

    kind = forms.ChoiceField(label="Check", choices=ClearanceKind.choices)
    expires_on = DayField(label="Good until")


class WelcomeForm(forms.Form):
    """The password that somebody invited chooses, twice."""

    password1 = forms.CharField(
        label="Choose a password",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Three or four words that have nothing to do with each "
        "other make a good one. You may paste it.",
    )
    password2 = forms.CharField(
        label="The same again",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Know whose password it is: their own name makes a bad one."""
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Both are the same, and neither is easy to guess."""
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "The two are not the same.")
        elif first:
            try:
                password_validation.validate_password(first, self.user)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned
