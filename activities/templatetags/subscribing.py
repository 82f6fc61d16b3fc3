"""Calendars that somebody subscribes to."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()
# What says where in the list somebody is, and nothing about what is in it.
PLACE_IN_LIST = "page"


@register.inclusion_tag("activities/_subscribe.html", takes_context=True)
def subscribe(context: dict[str, Any], address: str, *, narrowed: bool = False) -> dict[str, str]:
    """How to follow the calendar at an address; `narrowed` as the page itself is.

    The address of a subscription names the host, and `webcal:` tells a device that it is one.
    """
    request = context["request"]
    query = request.GET.copy()
    query.pop(PLACE_IN_LIST, None)
    whole = request.build_absolute_uri(address)
    if narrowed and query:
        whole = f"{whole}?{query.urlencode()}"
    return {"address": whole, "subscription": f"webcal:{whole.partition(':')[2]}"}
