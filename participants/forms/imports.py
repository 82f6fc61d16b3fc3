"""What trust staff fill in to bring a spreadsheet in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html_join

from activities.models import Activity, CountMethod, HeadCountGroup
from hubs.models import Hub
from participants.importing.fields import ATTENDANCE, FIELDS, HEAD_COUNTS, PEOPLE, Field
from participants.models import ImportBatch, ImportKind
from participants.queries.imports import UnknownWords

NOT_IN = "Leave this column out"
KNOWN = [
    ("skip", "Leave them as they are"),
    ("link", "Leave them as they are, and register them at the hub of the row"),
    ("add", "Make a second record, to be compared later under Duplicates"),
]
REPEATS = [("skip", "Count it once"), ("keep", "They are two occasions")]


class UploadForm(forms.Form):
    """Which file, and what is in it."""

    kind = forms.ChoiceField(
        label="What is in it?", choices=ImportKind.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        label="Spreadsheet",
        help_text="An Excel workbook (.xlsx) or a CSV file, up to 20 MB.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )
    hub = forms.ModelChoiceField(
        Hub.objects.none(),
        label="All of one hub?",
        required=False,
        empty_label="No: a column says which",
        help_text="For people: where they are registered. For attendance: where names are looked "
        "for that have no date of birth.",
    )

    def __init__(self, *args: Any, hubs: Any, **kwargs: Any) -> None:
        """Offer these hubs."""
        super().__init__(*args, **kwargs)
        self.fields["hub"].queryset = hubs  # type: ignore[attr-defined]


class SheetForm(forms.Form):
    """Which sheet of a workbook, and which row holds the headings."""

    sheet = forms.ChoiceField(label="Sheet", required=False)
    heading_row = forms.IntegerField(
        label="Row of the headings", min_value=1, max_value=10_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        """Offer the sheets that the file has."""
        super().__init__(*args, **kwargs)
        sheets = batch.options.get("shape", {}).get("sheets", [])
        self.fields["sheet"].choices = [(name, name) for name in sheets]  # type: ignore[attr-defined]
        self.initial = {
            "sheet": batch.sheet or (sheets[0] if sheets else ""),
            "heading_row": batch.options.get("heading_row", 1),
        }
        if len(sheets) < 2:
            del self.fields["sheet"]


class MatchForm(forms.Form):
    """Which column is which field, and what is said of the file as a whole."""

    def __init__(
        self, *args: Any, batch: ImportBatch, activities: Any, examples: list[list[str]],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """A choice for each column, with examples of what it holds."""
        super().__init__(*args, **kwargs)
        self.batch = batch
        choices = _grouped(FIELDS[batch.kind].values())
        for index, column in enumerate(batch.columns):
            said = [text for text in examples[index] if text] if index < len(examples) else []
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=column,
                choices=choices,
                required=False,
                initial=batch.matched.get(str(index), ""),
                help_text=_examples(said),
            )
        self.fields |= _options(batch, activities)

    def matched(self) -> dict[str, str]:
        """{number of the column as text: field}, of the columns that are not left out."""
        said = {
            str(index): self.cleaned_data.get(f"column_{index}", "")
            for index in range(len(self.batch.columns))
        }
        return {index: field for index, field in said.items() if field}

    def options(self) -> dict[str, Any]:
        """What is said of the whole file, as it is kept."""
        names = [name for name in self.fields if not name.startswith("column_")]
        said = {name: self.cleaned_data.get(name) for name in names}
        if "activity" in said:
            said["activity"] = said["activity"].pk if said["activity"] else None
        if "starts" in said:
            said["starts"] = f"{said['starts']:%H:%M}"
        said["is_1904"] = said.pop("epoch") == "1904"
        return said

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("column_")]

    @property
    def whole_file(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith("column_")]

    def clean(self) -> dict[str, Any]:
        """Refuse a field that two columns are matched to, beside the second one."""
        cleaned = super().clean() or {}
        fields = FIELDS[self.batch.kind]
        seen: dict[str, str] = {}
        for index, column in enumerate(self.batch.columns):
            key = cleaned.get(f"column_{index}")
            if not key or fields[key].is_repeatable:
                continue
            if key in seen:
                words = f"“{seen[key]}” is matched to this already. Leave one of the two out."
                self.add_error(f"column_{index}", words)
            seen.setdefault(key, column)
        if not any(cleaned.get(f"column_{i}") for i in range(len(self.batch.columns))):
            self.add_error(None, "Say of at least one column what it is.")
        return cleaned


class WordsForm(forms.Form):
    """What words mean that are not known yet: one choice each."""

    def __init__(self, *args: Any, unknown: list[UnknownWords], **kwargs: Any) -> None:
        """A choice for each word."""
        super().__init__(*args, **kwargs)
        self.asked: dict[str, tuple[str, str]] = {}
        for each in unknown:
            for index, word in enumerate(each.words):
                name = f"{each.field}-{index}"
                self.asked[name] = (each.field, word)
                self.fields[name] = forms.ChoiceField(
                    label=f"{each.label}: “{word}”",
                    choices=[("", "It is a mistake in the file"), *each.choices],
                    required=False,
                )

    def words(self) -> dict[str, dict[str, str]]:
        """{field: {word: code}} of the words that were explained."""
        said: dict[str, dict[str, str]] = {}
        for name, (key, word) in self.asked.items():
            if code := self.cleaned_data.get(name):
                said.setdefault(key, {})[word] = code
        return said


def _grouped(fields: Any) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in fields:
        groups.setdefault(each.group, []).append((each.key, _said(each)))
    return [("", NOT_IN), *groups.items()]


def _said(each: Field) -> str:
    return each.label


def _examples(said: list[str]) -> str:
    return format_html_join(", ", "“{}”", ((text,) for text in said)) or "Empty in the first rows"


def _options(batch: ImportBatch, activities: Any) -> dict[str, forms.Field]:
    said = batch.options
    fields: dict[str, forms.Field] = {}
    if batch.kind == PEOPLE:
        fields["known"] = forms.ChoiceField(
            label="People who are known already, by name and date of birth",
            choices=KNOWN, initial=said.get("known", "skip"), widget=forms.RadioSelect,
        )  # fmt: skip
    if batch.kind in {ATTENDANCE, HEAD_COUNTS}:
        fields |= _of_sessions(said, activities)
    if batch.kind == HEAD_COUNTS:
        fields |= _of_counts(said)
    fields["epoch"] = forms.ChoiceField(
        label="Dates that the file shows as numbers, such as 43659",
        choices=[("1900", "Count from 1900, as nearly always"), ("1904", "Count from 1904")],
        initial="1904" if said.get("is_1904") else "1900",
        help_text="Only old spreadsheets from a Mac count from 1904.",
    )
    return fields


def _of_sessions(said: dict[str, Any], activities: Any) -> dict[str, forms.Field]:
    return {
        "activity": forms.ModelChoiceField(
            activities, label="All of one activity?", required=False,
            empty_label="No: a column says which", initial=said.get("activity"),
        ),
        "starts": forms.TimeField(
            label="Start time where the file says none", initial=said.get("starts", "16:00"),
            input_formats=["%H:%M", "%I:%M%p", "%I%p"],
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        ),
        "minutes": forms.IntegerField(
            label="Length in minutes of sessions that are not in the portal yet",
            min_value=5, max_value=1_440, initial=said.get("minutes", 90),
        ),
    }  # fmt: skip


def _of_counts(said: dict[str, Any]) -> dict[str, forms.Field]:
    return {
        "group": forms.ChoiceField(
            label="Who was counted", choices=HeadCountGroup.choices,
            initial=said.get("group", HeadCountGroup.YOUNG_PEOPLE),
        ),
        "method": forms.ChoiceField(
            label="Counted or estimated", choices=CountMethod.choices,
            initial=said.get("method", CountMethod.COUNTED),
        ),
        "repeats": forms.ChoiceField(
            label="Where two rows say the same", choices=REPEATS,
            initial=said.get("repeats", "skip"), widget=forms.RadioSelect,
        ),
    }  # fmt: skip


def activities_for(user: Any) -> Any:
    """Activities that a user may choose, with what says which is meant."""
    return Activity.objects.visible_to(user).select_related("hub").order_by("title", "pk")
