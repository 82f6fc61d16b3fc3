"""What young people read about safety while they answer.

Only a person translates such words. Where nobody has yet, they stand in English and say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext_lazy

from hubs.wording import current_edition

WORDS = {
    "who_sees": pgettext_lazy(
        "safeguarding",
        "We count your answers together with those of many others. A few people of the trust work "
        "with them. We do not show them to your parents, your friends or the people who run your "
        "session.",
    ),
    "who_is_told": pgettext_lazy(
        "safeguarding",
        "If an answer shows that you may not be safe or feel very bad, we tell the safeguarding "
        "lead. That is the person whose job is to keep you safe. Then somebody may talk to you.",
    ),
    "carer_who_sees": pgettext_lazy(
        "safeguarding",
        "We count your answers together with those of many others. A few people of the trust work "
        "with them.",
    ),
    "carer_who_is_told": pgettext_lazy(
        "safeguarding",
        "If an answer shows that a child may not be safe, we tell the safeguarding lead. That is "
        "the person whose job is to keep children safe. Then somebody may talk to you.",
    ),
    "talk": pgettext_lazy("safeguarding", "You can talk to any adult who runs your session."),
    "talk_here": pgettext_lazy("safeguarding", "You can talk to the adults here about anything."),
    "not_alone": pgettext_lazy(
        "safeguarding", "You do not have to carry this alone. Talk to an adult you trust."
    ),
    "childline": pgettext_lazy(
        "safeguarding", "You can call Childline: 0800 1111. It is free, day and night."
    ),
    "danger": pgettext_lazy("safeguarding", "Are you in danger now? Call 999."),
}


@dataclass(frozen=True)
class Said:
    """Words as they stand on the page; `is_foreign` where that is English on another's page."""

    text: str
    is_foreign: bool


def said(key: str) -> Said:
    """Words of safety in the page's edition, or in English."""
    text = str(WORDS[key])
    with translation.override(settings.LANGUAGE_CODE):
        is_english = str(WORDS[key]) == text
    return Said(text, is_english and current_edition().language != settings.LANGUAGE_CODE)
