"""How a hub works."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from hubs.models import Hub

HOURS_OF_A_WEEK = 168
BAD_HOURS = f"Type whole hours from 1 to {HOURS_OF_A_WEEK}."


class HubSettingsForm(forms.ModelForm):
    """What a hub has promised, and whose phones it uses."""

    weekly_hours = forms.IntegerField(
        label="Hours of sessions planned for a week",
        help_text="Numbers compares it with what was held.",
        validators=[
            MinValueValidator(1, BAD_HOURS),
            MaxValueValidator(HOURS_OF_A_WEEK, BAD_HOURS),
        ],
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "required"), BAD_HOURS),
    )

    class Meta:
        model = Hub
        fields = ("weekly_hours", "shares_devices")
        labels: ClassVar = {
            "shares_devices": "Several people use the same phone or tablet here: ask for a PIN"
        }
        help_texts: ClassVar = {
            "shares_devices": "Whoever opens a register that the device keeps for when there is "
            "no signal types a PIN of their own first."
        }
