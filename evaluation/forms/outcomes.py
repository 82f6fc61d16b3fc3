"""What outcomes are narrowed to: a hub and a period."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.access import holds_any
from accounts.models import Role, User
from activities.forms import DateField
from hubs.models import Hub

# Totals of all hubs together are theirs alone.
WHOLE_ROLES = frozenset({Role.TRUST_STAFF, Role.EVALUATOR})


def reads_all(user: User) -> bool:
    """Whether somebody reads totals of all hubs, parts of them, and any period.

    A hub's staff know its young people: by moving a day, or by taking a group from the whole, they
    could work out what one of them answered.
    """
    return holds_any(user, WHOLE_ROLES)


def hubs_of(user: User) -> Any:
    """The hubs whose totals somebody reads."""
    return Hub.objects.all() if reads_all(user) else Hub.objects.visible_to(user)


class OutcomeFilter(forms.Form):
    """A hub; for who reads all, all of them too, and days, both included."""

    hub = forms.ModelChoiceField(
        queryset=Hub.objects.none(), to_field_name="slug", required=False, empty_label="All hubs"
    )
    first_day = DateField(label="From")
    last_day = DateField(label="To (included)")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hubs = hubs_of(user).order_by("name")
        self.fields["hub"].queryset = hubs  # type: ignore[attr-defined]
        if not reads_all(user):
            self.fields["hub"].empty_label = None  # type: ignore[attr-defined]
            del self.fields["first_day"], self.fields["last_day"]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day lies before the first.")
        return cleaned
