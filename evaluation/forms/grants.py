"""What trust staff fill in about grants, targets, budgets and spend."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from activities.forms import DateField
from activities.models import Programme
from evaluation.indicators import INDICATORS, Indicator, Relation, Unit
from evaluation.models import CostKind, Grant, Spend, Target
from evaluation.queries.spend import budget
from hubs.models import Hub, Organisation, OrganisationKind

# A share of everything cannot be more; every other figure but hours and pounds counts whole things.
BROKEN_UNITS = frozenset({Unit.PERCENT, Unit.HOURS, Unit.POUNDS})
# Where everybody has a row of their own, so that ages and characteristics can be asked for.
OF_YOUNG_PEOPLE = frozenset({Relation.MARKS, Relation.PEOPLE, Relation.FOLLOWED})
EVERY_HUB, EVERYBODY, NO_PROGRAMME = "Every hub", "Everybody", "No one programme"


class TypedNumberField(forms.DecimalField):
    """A number as people type it: with or without commas, a pound sign or a true minus."""

    def __init__(self, **options: Any) -> None:
        """Take the options of Django's field; the widget is given."""
        super().__init__(
            max_digits=12,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Leave out what people write round a number."""
        text = str(value or "")
        for sign in ("£", ",", " ", "\N{NO-BREAK SPACE}"):
            text = text.replace(sign, "")
        return super().to_python(text.replace("\N{MINUS SIGN}", "-"))


class PoundsField(TypedNumberField):
    """An amount of money, to the penny."""

    def __init__(self, **options: Any) -> None:
        """Take the options of Django's field; digits and widget are given."""
        super().__init__(
            decimal_places=2,
            error_messages={
                "required": "Write an amount in pounds.",
                "invalid": "Write an amount in pounds, such as 1,250.50.",
            },
            **options,
        )


class GrantForm(forms.ModelForm):
    """A grant's facts and the programmes that it pays for."""

    amount = PoundsField(label="Amount in pounds", min_value=0)
    awarded_on = DateField(label="Awarded on", help_text="Empty where it is not known.")
    starts_on = DateField(required=True, label="First day")
    ends_on = DateField(required=True, label="Last day")
    programmes = forms.ModelMultipleChoiceField(
        queryset=Programme.objects.none(),
        label="Programmes that it pays for",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one programme that it pays for."},
    )

    class Meta:
        model = Grant
        fields = (
            *("name", "funder", "reference", "programmes"),
            *("amount", "awarded_on", "starts_on", "ends_on"),
        )
        help_texts: ClassVar = {
            "name": "As reports call it. Its address stays as it is when it is first saved.",
            "reference": "As the funder's letters have it.",
        }
        error_messages: ClassVar = {"funder": {"required": "Choose who gives the money."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        funders = Organisation.objects.filter(kind=OrganisationKind.FUNDER)
        self.fields["funder"].queryset = funders  # type: ignore[attr-defined]
        self.fields["funder"].empty_label = "Choose"  # type: ignore[attr-defined]
        self.fields["programmes"].queryset = Programme.objects.all()  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["amount"] = f"{self.instance.amount:,.2f}"

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "The last day lies before the first.")
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field, without the programmes."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "programmes"}


class FunderForm(forms.Form):
    """Who gives money: a name."""

    name = forms.CharField(
        label="Name of the funder",
        max_length=110,
        help_text="As the public page of partners shows it, under “Who pays for it”.",
    )


class TargetForm(forms.ModelForm):
    """What a grant promises of one figure: how much, of which days and of whom."""

    indicator = forms.ChoiceField(label="Figure")
    value = TypedNumberField(
        label="How much",
        decimal_places=1,
        min_value=0,
        help_text="In the unit shown in brackets after the figure.",
        error_messages={"required": "Write how much is promised."},
    )
    first_day = DateField(label="From", help_text="Both days empty: of the whole grant.")
    last_day = DateField(label="To, included")

    class Meta:
        model = Target
        fields = (
            *("indicator", "value", "first_day", "last_day"),
            *("hub", "min_age", "max_age", "characteristic"),
        )
        labels: ClassVar = {"characteristic": "Who", "hub": "Hub"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"),
            *((each.id, f"{each.label} ({each.unit})") for each in INDICATORS.values()),
        ]
        self.fields["hub"].queryset = Hub.objects.all()  # type: ignore[attr-defined]
        self.fields["hub"].empty_label = EVERY_HUB  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["value"] = f"{self.instance.value:,.1f}".removesuffix(".0")
        who = self.fields["characteristic"]
        who.choices = [("", EVERYBODY), *_choices_of(who)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What fits together: value and unit, days, ages, and whom the figure can be asked of."""
        cleaned = super().clean() or self.cleaned_data
        indicator = INDICATORS.get(cleaned.get("indicator", ""))
        if indicator:
            self._check_value(indicator, cleaned.get("value"))
            self._check_people(indicator, cleaned)
        self._check_days(cleaned)
        return cleaned

    def _check_value(self, indicator: Indicator, value: Decimal | None) -> None:
        if value is None:
            return
        if indicator.unit is Unit.PERCENT and value > 100:
            self.add_error("value", "This is a share: at most 100.")
        if indicator.unit not in BROKEN_UNITS and value % 1:
            self.add_error("value", f"Write a whole number: it counts {indicator.unit}.")

    def _check_people(self, indicator: Indicator, cleaned: dict[str, Any]) -> None:
        narrowed = [
            name
            for name in ("characteristic", "min_age", "max_age")
            if cleaned.get(name) not in (None, "")
        ]
        if narrowed and not _is_of_young_people(indicator):
            self.add_error(
                narrowed[0],
                f"“{indicator.label}” is not counted person by person, so it cannot be asked of "
                "some young people only.",
            )
        ages = [age for name in ("min_age", "max_age") if (age := cleaned.get(name)) is not None]
        if ages != sorted(ages):
            self.add_error("max_age", "The oldest are younger than the youngest.")

    def _check_days(self, cleaned: dict[str, Any]) -> None:
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if (first is None) != (last is None) and not {"first_day", "last_day"} & set(self.errors):
            missing = "first_day" if first is None else "last_day"
            self.add_error(missing, "Choose both days, or none for the whole grant.")
        if first and last and last < first:
            self.add_error("last_day", "The last day lies before the first.")

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field."""
        return {name: self.cleaned_data[name] for name in self.fields}


class BudgetForm(forms.Form):
    """An amount for each kind of cost; an empty one is none."""

    def __init__(self, *args: Any, grant: Grant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = budget(grant)
        for kind in CostKind:
            pounds = standing.get(kind)
            self.fields[kind.value] = PoundsField(
                label=kind.label,
                min_value=0,
                required=False,
                initial=f"{pounds:,.2f}" if pounds is not None else "",
            )

    def amounts(self) -> dict[str, Decimal | None]:
        """Pounds by kind."""
        return {kind.value: self.cleaned_data[kind.value] for kind in CostKind}


class SpendForm(forms.ModelForm):
    """One line of money spent."""

    # Made with the empty form: sending it twice records one line.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    amount = PoundsField(
        label="Amount in pounds", help_text="With a minus where money came back: -120.00."
    )
    spent_on = DateField(required=True, label="Spent on")

    class Meta:
        model = Spend
        fields = ("what", "amount", "kind", "spent_on", "programme", "hub")
        help_texts: ClassVar = {
            "what": "Such as: Circus skills, spring term, invoice 214. Never the name of a child.",
            "programme": "Where it was for one programme alone.",
            "hub": "Where it was for one hub alone.",
        }
        labels: ClassVar = {"kind": "Kind of cost"}

    def __init__(self, *args: Any, grant: Grant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = grant.programmes.all()
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        self.fields["programme"].empty_label = NO_PROGRAMME  # type: ignore[attr-defined]
        self.fields["hub"].queryset = Hub.objects.all()  # type: ignore[attr-defined]
        self.fields["hub"].empty_label = "No one hub"  # type: ignore[attr-defined]
        kind = self.fields["kind"]
        kind.choices = [("", "Choose"), *_choices_of(kind)]  # type: ignore[attr-defined]

    def clean_amount(self) -> Decimal:
        """Something was spent, or came back."""
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError("Write an amount; a refund with a minus.")
        return amount

    def facts(self) -> dict[str, Any]:
        """What was filled in, by field, without the key."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "key"}


class StrikeOutForm(forms.Form):
    """Why a line does not count."""

    why = forms.CharField(
        label="What was wrong with it",
        max_length=160,
        help_text="Such as: recorded twice. Never the name of a child.",
        error_messages={"required": "Say what was wrong with it."},
    )


def _is_of_young_people(indicator: Indicator) -> bool:
    parts = [indicator]
    if indicator.is_ratio:
        parts = [
            INDICATORS[id_]
            for id_ in (indicator.numerator, indicator.denominator)
            if id_ in INDICATORS
        ]
    return all(part.relation in OF_YOUNG_PEOPLE for part in parts)


def _choices_of(field: forms.Field) -> list[tuple[Any, Any]]:
    choices = field.choices  # type: ignore[attr-defined]
    return [(value, label) for value, label in choices if value]
