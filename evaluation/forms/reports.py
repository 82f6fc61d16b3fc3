"""What trust staff choose when they ask for a report."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from activities.forms import DateField
from evaluation.models import Grant


class ReportForm(forms.Form):
    """Grant and period of a report, both dates included."""

    grant = forms.ModelChoiceField(queryset=Grant.objects.none(), empty_label=None)
    first_day = DateField(label="From", required=True)
    last_day = DateField(label="To (included)", required=True)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grants = Grant.objects.visible_to(user)
        self.fields["grant"].queryset = grants  # type: ignore[attr-defined]
        first = grants.first()
        if first and not self.is_bound:
            self.initial = {
                "grant": first.pk,
                "first_day": first.starts_on,
                "last_day": first.ends_on,
            }

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or before the programme began."""
        cleaned = super().clean() or {}
        first, last, grant = (cleaned.get(key) for key in ("first_day", "last_day", "grant"))
        if first and last and last < first:
            self.add_error("last_day", "The last day lies before the first.")
            return cleaned
        began = (
            min((each.starts_on for each in grant.programmes.all()), default=None)
            if grant
            else None
        )
        if last and began and last < began:
            self.add_error(
                "last_day",
                f"The programme began on {began:%-d %B %Y}: there is nothing to report before it.",
            )
        return cleaned
