"""What people type from a sheet of paper."""

from __future__ import annotations

from typing import Any

from django import forms

from activities.models import CountMethod, Session
from activities.models.clock import LONDON
from participants.models import ATTENDED, MarkStatus, PrintedRegister
from participants.paper.codes import row_code
from participants.paper.sheet import WALK_IN_LINES
from participants.paper.typed import Reader, Times, Typed, TypedSheet, TypedWalkIn
from participants.school_years import YEAR_GROUPS

PRESENT = "present"
ONLY_TYPED = "typed"
# In the order in which they are read: most sheets have people who were late or absent.
CODE_FIELDS: dict[str, MarkStatus] = {
    "late": MarkStatus.LATE,
    "left_early": MarkStatus.LEFT_EARLY,
    "absent": MarkStatus.ABSENT,
    "excused": MarkStatus.EXCUSED,
    "present": MarkStatus.PRESENT,
}


def _codes(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=4000,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class SheetCodeForm(forms.Form):
    """Find a sheet by the code in its corner."""

    code = forms.CharField(
        label="Code of the sheet",
        help_text="Six letters and digits, top right on the paper.",
        max_length=20,
        error_messages={"required": "Type the code of the sheet."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class KeyBackForm(forms.Form):
    """A sheet's exceptions by code, and what else stands on it. Gives `typed`, a TypedSheet."""

    late = _codes("Late")
    left_early = _codes("Left early")
    absent = _codes("Absent")
    excused = _codes("Excused")
    rest = forms.ChoiceField(
        label="Everybody else on the sheet",
        choices=[
            (PRESENT, "was present"),
            (ONLY_TYPED, "is left alone: only the codes I type count"),
        ],
        initial=PRESENT,
        widget=forms.RadioSelect,
    )
    present = _codes("Present", "Only needed where the others are left alone.")
    times = _codes("In and out times", "After each code: 7K 16:20-17:45, 12P 16:30-, 9E -17:15")
    people = forms.IntegerField(
        label="How many young people were here",
        min_value=0,
        max_value=100_000,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    method = forms.ChoiceField(
        label="How sure",
        choices=CountMethod,
        initial=CountMethod.COUNTED,
        required=False,
        widget=forms.RadioSelect,
    )
    is_whole = forms.BooleanField(
        label="This sheet is the whole register: it is taken", initial=True, required=False
    )

    def __init__(self, *args: Any, sheet: PrintedRegister, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for number in range(1, WALK_IN_LINES + 1):
            self.fields[f"walk_in_{number}"] = forms.CharField(
                label=f"First name {number}",
                max_length=80,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"year_{number}"] = forms.ChoiceField(
                label=f"School year {number}",
                choices=[("", "Choose a year"), *YEAR_GROUPS, ("unknown", "Not known")],
                required=False,
            )

    @property
    def code_fields(self) -> list[forms.BoundField]:
        """What most sheets need."""
        return [self[name] for name in CODE_FIELDS if name != "present"]

    @property
    def walk_in_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """First name and school year of each blank line."""
        return [
            (self[f"walk_in_{number}"], self[f"year_{number}"])
            for number in range(1, WALK_IN_LINES + 1)
        ]

    @property
    def has_more(self) -> bool:
        """Whether anything stands in the fields that most sheets do not need."""
        names = [
            "present",
            "times",
            "people",
            *(field.name for pair in self.walk_in_fields for field in pair),
        ]
        return any(self[name].errors or (self.is_bound and self[name].value()) for name in names)

    @property
    def as_typed(self) -> list[tuple[str, str]]:
        """Every field as it was sent, to be sent again from the next page."""
        return [(name, value) for name in self.fields if (value := self.data.get(name))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        reader = self._reader()
        read = {name: self._read(name, reader) for name in (*CODE_FIELDS, "times")}
        statuses = self._statuses(read)
        times = self._times(read, statuses)
        walk_ins = self._walk_ins()
        if not self.errors:
            cleaned["typed"] = TypedSheet(
                statuses=statuses,
                times=times,
                rest_is_present=cleaned["rest"] == PRESENT,
                walk_ins=walk_ins,
                people=cleaned["people"],
                method=cleaned["method"] or CountMethod.COUNTED.value,
                is_whole=cleaned["is_whole"],
            )
        return cleaned

    def _reader(self) -> Reader:
        session: Session = self.sheet.session
        return Reader(
            sheet_code=self.sheet.code,
            lines=self.sheet.rows.count(),
            starts_at=session.starts_at.astimezone(LONDON),
            ends_at=session.ends_at.astimezone(LONDON),
        )

    def _read(self, name: str, reader: Reader) -> Typed:
        typed = reader.read(self.cleaned_data.get(name, ""), single_is_out=name == "left_early")
        for problem in typed.problems:
            self.add_error(name, problem)
        return typed

    def _statuses(self, read: dict[str, Typed]) -> dict[int, str]:
        """By line the box that was ticked; a line under two boxes is said beside the second."""
        statuses: dict[int, str] = {}
        for name, status in CODE_FIELDS.items():
            for number in read[name].lines:
                if number in statuses:
                    other = MarkStatus(statuses[number]).label
                    self.add_error(name, f"{self._code(number)} stands under “{other}” too.")
                statuses.setdefault(number, status.value)
        return statuses

    def _code(self, number: int) -> str:
        return f"“{row_code(self.sheet.code, number)}”"

    def _times(self, read: dict[str, Typed], statuses: dict[int, str]) -> dict[int, Times]:
        """By line when somebody came and went, wherever that was typed."""
        times: dict[int, Times] = {}
        for name, typed in read.items():
            given = {number: each for number, each in typed.lines.items() if each != Times()}
            for number, each in given.items():
                if statuses.get(number, MarkStatus.PRESENT) not in ATTENDED:
                    self.add_error(name, f"{self._code(number)} has a time, but was not there.")
                if number in times:
                    self.add_error(name, f"{self._code(number)} has other times further up.")
                times.setdefault(number, each)
        return times

    def _walk_ins(self) -> tuple[TypedWalkIn, ...]:
        found = []
        for number in range(1, WALK_IN_LINES + 1):
            name = self.cleaned_data.get(f"walk_in_{number}", "")
            year = self.cleaned_data.get(f"year_{number}", "")
            if name and not year:
                self.add_error(f"year_{number}", "Choose a school year, or “Not known”.")
            if year and not name:
                self.add_error(f"walk_in_{number}", "Enter a first name.")
            if name and year:
                found.append(TypedWalkIn(number, name, None if year == "unknown" else int(year)))
        return tuple(found)
