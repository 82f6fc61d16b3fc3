"""What a page gives its script about passkeys."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from accounts import sign_in
from accounts.access import PASSKEY_ROLES, holds_any

register = template.Library()


@register.filter
def as_json(options: Any) -> str:
    """Options of the browser's own passkey window, for a data attribute."""
    return json.dumps(options, cls=DjangoJSONEncoder)


@register.simple_tag(takes_context=True)
def passkey_asked_for(context: dict[str, Any]) -> str:
    """Whether the roles of whoever is signed in take a passkey that this session has not seen.

    "now" where nothing opens without, "live" in the demo, "" otherwise.
    """
    request = context["request"]
    if sign_in.PASSKEY in sign_in.factors(request):
        return ""
    if not holds_any(request.user, PASSKEY_ROLES):
        return ""
    return "now" if settings.PASSKEY_REQUIRED else "live"
