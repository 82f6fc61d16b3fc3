"""What trust staff fill in about pages, recordings and translations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from evaluation.markdown import LONGEST_TEXT
from evaluation.models import PageTopic
from evaluation.recordings import LARGEST_FILE, Audio, NotAudioError, read_audio
from evaluation.services.pages import Check
from evaluation.shipped_pages import Words
from evaluation.typesetting import unknown_pictures
from hubs.wording import SOURCE, Edition

LONGEST_TRANSCRIPT = 20_000


class TextField(forms.CharField):
    """A long text, with the line ends of the portal and not those of the browser."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        """Take the options of Django's field, and how many lines the box shows."""
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        """Read the text with plain line ends."""
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class SeenField(forms.Form):
    """The fingerprint of the words that the editor began from; empty where there were none."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def begin_again_from(self, seen: str) -> None:
        """Keep what was typed: sending it again replaces the words of this fingerprint."""
        self.data = {**self.data.dict(), "seen": seen}  # type: ignore[attr-defined]


class CheckFields(forms.Form):
    """Who checked words and when: both or neither, and not in the future."""

    checked_by = forms.CharField(
        label="Checked by",
        max_length=120,
        required=False,
        help_text="The name of the speaker who wrote or checked these words. It stays inside.",
    )
    checked_on = forms.DateField(
        label="Checked on",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Empty for today.",
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_checked_on(self) -> dt.date | None:
        """Refuse a day that has not come yet."""
        day: dt.date | None = self.cleaned_data["checked_on"]
        if day and day > self.today:
            raise forms.ValidationError("This day has not come yet.")
        return day

    def clean(self) -> dict[str, Any]:
        """Refuse a day without a name."""
        cleaned = super().clean() or {}
        if cleaned.get("checked_on") and not cleaned.get("checked_by"):
            self.add_error("checked_by", "Write who checked the words on that day.")
        return cleaned

    @property
    def check_made(self) -> Check | None:
        """The check that the valid form tells of."""
        if not (name := self.cleaned_data.get("checked_by")):
            return None
        return Check(by=name, on=self.cleaned_data["checked_on"] or self.today)


class PageForm(SeenField, CheckFields):
    """A page's words in one edition. English of any kind is not a translation: nobody checks it."""

    title = forms.CharField(max_length=120)
    summary = forms.CharField(
        max_length=300, help_text="One or two sentences: they stand on top of the page."
    )
    body = TextField(
        label="Text",
        rows=24,
        max_length=LONGEST_TEXT,
        help_text="Leave a line empty between paragraphs. ## begins a heading, - a list, **two "
        "stars** make words bold, [words](/whats-on/) make a link, and > puts lines in a box.",
    )
    field_order = ("title", "summary", "body", "checked_by", "checked_on", "seen")

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        if edition.language == SOURCE.language:
            del self.fields["checked_by"], self.fields["checked_on"]
            return
        for name in ("title", "summary", "body"):
            self.fields[name].widget.attrs |= {"lang": edition.language, "dir": "auto"}

    def clean_checked_on(self) -> dt.date | None:
        """Refuse a day that has not come yet."""
        return super().clean_checked_on() if "checked_on" in self.fields else None

    def clean_body(self) -> str:
        """Refuse names of pictures that there are none of."""
        body: str = self.cleaned_data["body"]
        if self.edition.is_easy_read and (unknown := unknown_pictures(body)):
            raise forms.ValidationError(f"There is no picture called {', '.join(unknown)}.")
        return body

    @property
    def words(self) -> Words:
        """The words that the valid form holds."""
        data = self.cleaned_data
        return Words(data["title"], data["summary"], data["body"])


class RecordingForm(CheckFields):
    """What stands beside a recording, and who approved it."""

    title = forms.CharField(
        max_length=120, help_text="In Romani, if you can: it stands above the player."
    )
    transcript = TextField(
        label="Transcript",
        rows=14,
        max_length=LONGEST_TRANSCRIPT,
        help_text="Every word that is said, for those who cannot hear it.",
    )
    field_order = ("title", "transcript", "checked_by", "checked_on")


class NewRecordingForm(forms.Form):
    """A recording that somebody made, before a speaker has approved it."""

    topic = forms.ChoiceField(label="Which page it is about", choices=PageTopic)
    title = RecordingForm.base_fields["title"]
    transcript = RecordingForm.base_fields["transcript"]
    audio = forms.FileField(
        label="Sound file",
        max_length=200,
        help_text="MP3, M4A, AAC, Ogg or WAV, at most 15 MB. Names and places that a phone wrote "
        "into the file are taken out.",
        widget=forms.ClearableFileInput(attrs={"accept": "audio/*,.m4a,.ogg,.opus"}),
    )

    def clean_audio(self) -> Audio:
        """Refuse what is too large or is no sound that browsers play."""
        upload: UploadedFile = self.cleaned_data["audio"]
        if (upload.size or 0) > LARGEST_FILE:
            raise forms.ValidationError("The file is larger than 15 MB. Choose a shorter one.")
        try:
            return read_audio(upload.read())
        except NotAudioError:
            raise forms.ValidationError(
                "This is not an MP3, M4A, AAC, Ogg or WAV recording. Save it as one of these."
            ) from None


class InterfaceCheckForm(CheckFields):
    """A speaker approved the interface in a language, as it read in a catalogue."""

    catalogue = forms.CharField(widget=forms.HiddenInput, max_length=64)
    field_order = ("checked_by", "checked_on", "catalogue")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checked_by"].required = True
        self.fields["checked_by"].help_text = "The speaker's name. It stays inside."
