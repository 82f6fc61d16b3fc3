"""The header of staff pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from accounts.access import HUB_ROLES, holds_any
from accounts.models import Role

register = template.Library()

TODAY_ROLES = HUB_ROLES | {Role.TRUST_STAFF}
REPORT_ROLES = frozenset({Role.TRUST_STAFF})
EVERYBODY: frozenset[Role] = frozenset()

# Label, name of the address, roles it is shown to; later apps' addresses by name only.
STAFF_PAGES = (
    ("Today", "evaluation:today", TODAY_ROLES),
    ("Planning", "planning:planning", TODAY_ROLES),
    ("Numbers", "participants:numbers", TODAY_ROLES),
    ("What's on", "activities:whats_on", EVERYBODY),
    ("Reports", "evaluation:report_list", REPORT_ROLES),
    ("Editor", "evaluation:editor", REPORT_ROLES),
)


@dataclass(frozen=True)
class StaffLink:
    """One entry of the header."""

    label: str
    address: str
    is_current: bool


@register.simple_tag(takes_context=True)
def staff_links(context: dict[str, Any]) -> list[StaffLink]:
    """The header's links that lead somewhere for the roles of whoever is signed in."""
    request = context["request"]
    links = []
    for label, name, roles in STAFF_PAGES:
        if roles and not holds_any(request.user, roles):
            continue
        address = reverse(name)
        links.append(StaffLink(label, address, request.path.startswith(address)))
    return links
