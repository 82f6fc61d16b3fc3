"""What somebody who complains fills in, and who answers."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_LETTERS = 4000


class ComplaintForm(forms.Form):
    """A complaint about how data is used. Nobody has to say who they are."""

    words = forms.CharField(
        label=_("What went wrong?"),
        max_length=MOST_LETTERS,
        help_text=_("Say it in your own words, in any language."),
        error_messages={
            "required": _("Write what went wrong."),
            "max_length": _("That is too long. Write at most 4,000 letters."),
        },
        widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off"}),
    )
    reply_to = forms.CharField(
        label=_("How can we answer you? (you can leave this empty)"),
        max_length=254,
        required=False,
        help_text=_("An e-mail address or a telephone number. Without one we cannot answer you."),
        error_messages={"max_length": _("That is too long.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AnswerForm(forms.Form):
    """What was answered, by e-mail, telephone or letter."""

    words = forms.CharField(
        label="What did you answer?",
        max_length=MOST_LETTERS,
        help_text="The portal sends nothing. Answer by e-mail, telephone or letter, then keep it.",
        error_messages={"required": "Write what you answered."},
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
    )
