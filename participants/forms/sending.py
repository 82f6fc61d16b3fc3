"""To whom a document goes: filled in, then looked at once more."""

from __future__ import annotations

from django import forms


class SendingForm(forms.Form):
    """Who gets a document about somebody, where it goes, and why."""

    recipient = forms.CharField(
        label="Who gets it",
        max_length=120,
        help_text="A person by name, or an office.",
        error_messages={"required": "Say who gets it."},
    )
    address = forms.CharField(
        label="Where it goes",
        max_length=254,
        help_text="The whole e-mail or postal address, or “handed over” and the place.",
        error_messages={"required": "Say where it goes."},
    )
    why = forms.CharField(
        label="Why it goes there",
        max_length=200,
        error_messages={"required": "Say why."},
    )


class LookedForm(SendingForm):
    """The same, looked at a second time. The page shows the words and hides the fields."""

    looked = forms.BooleanField(
        label="I have read the recipient and the address again, letter by letter. Both are right.",
        error_messages={"required": "Read both again, then tick the box."},
    )
    hidden = forms.BooleanField(
        label="I have read the warning about the hidden address above.",
        error_messages={"required": "Read the warning, then tick the box."},
    )

    def __init__(self, *args: object, is_hidden: bool, **kwargs: object) -> None:
        """`is_hidden` asks for a second tick: somebody in the document must not be found."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not is_hidden:
            del self.fields["hidden"]
        for name in ("recipient", "address", "why"):
            self.fields[name].widget = forms.HiddenInput()
