"""The header of staff pages, and the page that lists all there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from accounts.access import HUB_ROLES, holds_any
from accounts.models import Role, User

register = template.Library()

SAFEGUARDING = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})
TRUST = frozenset({Role.TRUST_STAFF})
TODAY_ROLES = HUB_ROLES | TRUST
RECORD_ROLES = TODAY_ROLES | SAFEGUARDING
STAFF = frozenset(Role)
EVERYBODY: frozenset[Role] = frozenset()

Page = tuple[str, str, frozenset[Role]]

# Label, name of the address, roles it is shown to; later apps' addresses by name only.
HEADER: tuple[Page, ...] = (
    ("Today", "evaluation:today", TODAY_ROLES),
    ("Planning", "planning:planning", TODAY_ROLES),
    ("People", "people:people", RECORD_ROLES),
    ("Reports", "evaluation:report_list", TRUST),
    ("More", "everything", EVERYBODY),
)

# Everything, in groups: heading, then label, address, roles and one line of what it is for.
GROUPS: tuple[tuple[str, tuple[tuple[Page, str], ...]], ...] = (
    (
        "Sessions",
        (
            (("Today", "evaluation:today", TODAY_ROLES), "Registers to take now, and missing ones"),
            (("Planning", "planning:planning", TODAY_ROLES), "Weekly times, terms and dates"),
            (("Numbers", "participants:numbers", TODAY_ROLES), "Who stopped coming, hours a week"),
            (("What's on", "activities:whats_on", EVERYBODY), "What everybody sees"),
        ),
    ),
    (
        "Young people",
        (
            (("People", "people:people", RECORD_ROLES), "Find somebody, and open their record"),
            (("New person", "people:new", TODAY_ROLES), "Make a record"),
        ),
    ),
    ("Safeguarding", ()),
    (
        "Figures and words",
        (
            (("Reports", "evaluation:report_list", TRUST), "For funders, with exact figures"),
            (("Editor", "evaluation:editor", TRUST), "Stories, pages, languages, figures"),
        ),
    ),
    (
        "Data protection",
        (
            (
                ("Requests about data", "rights:requests", TRUST),
                "Copies, corrections, erasure, and their clocks",
            ),
        ),
    ),
    ("Staff", ()),
    (
        "Your account",
        (
            (("Password", "account_change_password", EVERYBODY), "Choose another one"),
            (("E-mail address", "account_email", EVERYBODY), "Where we write to you"),
        ),
    ),
)


@dataclass(frozen=True)
class StaffLink:
    """One entry: `about` says what it is for, on the page that lists all there is."""

    label: str
    address: str
    is_current: bool
    about: str = ""


@dataclass(frozen=True)
class StaffGroup:
    """Entries under a heading."""

    title: str
    links: list[StaffLink]


@register.simple_tag(takes_context=True)
def staff_links(context: dict[str, Any]) -> list[StaffLink]:
    """The header's links that lead somewhere for the roles of whoever is signed in."""
    request = context["request"]
    return [_link(page, request.path) for page in HEADER if _is_for(request.user, page)]


@register.simple_tag(takes_context=True)
def staff_groups(context: dict[str, Any]) -> list[StaffGroup]:
    """Everything that the roles of whoever is signed in let them do."""
    request = context["request"]
    groups = []
    for title, pages in GROUPS:
        links = [
            _link(page, request.path, about) for page, about in pages if _is_for(request.user, page)
        ]
        if links:
            groups.append(StaffGroup(title, links))
    return groups


def _is_for(user: User, page: Page) -> bool:
    roles = page[2]
    return not roles or holds_any(user, roles)


def _link(page: Page, path: str, about: str = "") -> StaffLink:
    label, name, _ = page
    address = reverse(name)
    return StaffLink(label, address, path.startswith(address), about)
