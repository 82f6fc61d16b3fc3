"""The header of staff pages, and the page that lists all there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.urls import reverse

from accounts.access import HUB_ROLES, holds_any
from accounts.models import Role, User

register = template.Library()

RESEARCH = frozenset({Role.TRUST_STAFF, Role.EVALUATOR})
SAFEGUARDING = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})
TRUST = frozenset({Role.TRUST_STAFF})
TODAY_ROLES = HUB_ROLES | TRUST
RECORD_ROLES = TODAY_ROLES | SAFEGUARDING
AUDITOR = frozenset({Role.AUDITOR})
SIGN_IN_ROLES = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
STAFF_KEEPERS = frozenset({Role.ADMINISTRATOR, Role.HUB_LEAD})
STAFF_READERS = STAFF_KEEPERS | {Role.AUDITOR, Role.SAFEGUARDING_LEAD}
ROLE_DECIDERS = TRUST | {Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD}
STAFF = frozenset(Role)
EVALUATOR = frozenset({Role.EVALUATOR})
# Totals of outcomes: a hub's staff read their own.
OUTCOME_READERS = TODAY_ROLES | EVALUATOR
# The dashboard is one press away for who steers by it; a coordinator's day begins with Today.
DASHBOARD_IN_HEADER = TRUST | EVALUATOR | {Role.HUB_LEAD}
EVERYBODY: frozenset[Role] = frozenset()

Page = tuple[str, str, frozenset[Role]]

# Label, name of the address, roles it is shown to; later apps' addresses by name only.
HEADER: tuple[Page, ...] = (
    ("Today", "evaluation:today", TODAY_ROLES),
    ("Planning", "planning:planning", TODAY_ROLES),
    ("People", "people:people", RECORD_ROLES),
    ("Dashboard", "dashboard:dashboard", DASHBOARD_IN_HEADER),
    ("Reports", "evaluation:report_list", RESEARCH),
    ("Outcomes", "outcomes:list", EVALUATOR),
    ("Concerns", "concerns:list", SAFEGUARDING),
    ("Staff", "staff:staff", frozenset({Role.ADMINISTRATOR})),
    ("Audit trail", "audit:trail", AUDITOR),
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
            (
                ("Photographs to take down", "consents:to_take_down", TODAY_ROLES),
                "Where somebody took consent back",
            ),
            (
                ("Paper to key in once more", "surveys:second_list", TODAY_ROLES),
                "One survey in ten, by somebody who did not key it in first",
            ),
            (
                ("Take a tablet back", "surveys:take_back", TODAY_ROLES),
                "That was handed over for answering",
            ),
            (("Possible duplicates", "merging:pairs", TRUST), "One person written down twice"),
            (("Imports", "imports:list", TRUST), "People and attendance from spreadsheets"),
        ),
    ),
    (
        "Safeguarding",
        (
            (
                ("Write a concern", "concerns:write", STAFF),
                "In two minutes; only two people read it",
            ),
            (("Concerns", "concerns:list", SAFEGUARDING), "Read them, and say what was done"),
            (
                ("Worrying answers", "surveys:worry_list", SAFEGUARDING),
                "Which answers to surveys point to help, or raise a concern",
            ),
            (
                ("Who read concerns", "audit:concerns", SAFEGUARDING),
                "Who wrote, opened and acted on those that you may read",
            ),
        ),
    ),
    (
        "Outcomes",
        (
            (
                ("Outcomes", "outcomes:list", OUTCOME_READERS),
                "What changed from before to after, and for whom it is known",
            ),
            (
                ("How far surveys reach", "surveys:coverage", TODAY_ROLES),
                "By hub: who agreed, answered, and whom to ask today",
            ),
            (
                ("What is measured", "surveys:measures", TRUST),
                "What each programme asks, and its primary outcome",
            ),
            (
                ("Instruments", "instruments:list", TRUST),
                "What can be measured by: terms, words, in use or not",
            ),
        ),
    ),
    (
        "Figures and words",
        (
            (
                ("Dashboard", "dashboard:dashboard", OUTCOME_READERS),
                "Targets, hours, hubs and reach, counted now",
            ),
            (
                ("Where there is nothing on", "dashboard:gaps", TODAY_ROLES),
                "Hubs by weekday and age, against who lives there",
            ),
            (
                ("Feedback", "feedback:overview", TODAY_ROLES),
                "How sessions were, and what next, in two taps",
            ),
            (
                ("Suggestions", "feedback:suggestions", TODAY_ROLES),
                "Ideas without a name: read them, and answer",
            ),
            (
                ("You said, we did", "feedback:said_did_list", TODAY_ROLES),
                "What hubs did because young people asked",
            ),
            (
                ("Reports", "evaluation:report_list", OUTCOME_READERS),
                "Exact figures of a grant, a programme or a hub",
            ),
            (
                ("Quarterly reports", "evaluation:report_schedules", TRUST),
                "Asked for by themselves after each quarter",
            ),
            (("Grants", "grants:list", TRUST), "Who pays: targets, budget and spend"),
            (("Programmes", "grants:programmes", TRUST), "Whom each is for, and who leads it"),
            (("Shapes of reports", "report_templates:list", TRUST), "What a report holds"),
            (
                ("Releases", "releases:list", TRUST),
                "What leaves of a report: written by one, signed off by another",
            ),
            (
                ("All that was told", "releases:register", TRUST),
                "Every table that ever left, and data for research",
            ),
            (("Editor", "evaluation:editor", TRUST), "Stories, pages, languages, figures"),
            (
                ("Quotes and case studies", "quotes:quotes", TODAY_ROLES),
                "What young people say, with consent for each use",
            ),
            (
                ("Research", "research:studies", RESEARCH),
                "Studies, and pseudonymised data for the University",
            ),
        ),
    ),
    (
        "Data protection",
        (
            (
                ("Requests about data", "rights:requests", TRUST),
                "Copies, corrections, erasure, and their clocks",
            ),
            (("Complaints", "complaints:list", TRUST), "About data: acknowledge within 30 days"),
            (
                ("Breaches", "breaches:list", TRUST),
                "Data lost or stolen: 72 hours, and whom to tell",
            ),
            (
                ("Deleting on time", "retention:runs", TRUST),
                "What is due; two people approve it",
            ),
            (("Legal holds", "retention:holds", TRUST), "Whose data must be kept for now"),
            (("Audit trail", "audit:trail", AUDITOR), "Who read, changed or sent what, and when"),
            (("Who looked at a child", "audit:people", AUDITOR), "By the number of a record"),
            (("What staff looked at", "audit:staff", AUDITOR), "By account and date"),
            (("Alerts", "audit:alerts", AUDITOR), "Many records opened, exports taken"),
            (("Sign-ins", "audit:sign_ins", SIGN_IN_ROLES), "Who signed in, or tried to"),
            (("Seals", "audit:seals", AUDITOR), "They show that nobody has rewritten the trail"),
        ),
    ),
    (
        "Staff",
        (
            (("Staff", "staff:staff", STAFF_READERS), "Who works here: roles, hubs, checks"),
            (("Invite somebody", "staff:invite", STAFF_KEEPERS), "By a link that works once"),
            (
                ("Safeguarding roles", "staff:proposals", ROLE_DECIDERS),
                "Two people decide who reads concerns",
            ),
        ),
    ),
    (
        "Your account",
        (
            (("Password", "account_change_password", EVERYBODY), "Choose another one"),
            (
                ("Second step of signing in", "mfa_index", EVERYBODY),
                "Passkeys, app, recovery codes",
            ),
            (("Where you are signed in", "sign_ins", EVERYBODY), "End what is not you"),
            (("E-mail address", "account_email", EVERYBODY), "Where we write to you"),
            (
                ("What you looked at", "audit:mine", EVERYBODY),
                "What the portal wrote down about you",
            ),
        ),
    ),
)


# How much waits for somebody on a page, by the name of its address; later apps add theirs.
WAITING: dict[str, Callable[[User], int]] = {}


@dataclass(frozen=True)
class StaffLink:
    """One entry. On the page of everything `about` says what for, `waiting` how much waits."""

    label: str
    address: str
    is_current: bool
    about: str = ""
    waiting: int = 0


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
            replace(_link(page, request.path, about), waiting=_waiting(request.user, page))
            for page, about in pages
            if _is_for(request.user, page)
        ]
        if links:
            groups.append(StaffGroup(title, links))
    return groups


def _is_for(user: User, page: Page) -> bool:
    roles = page[2]
    return not roles or holds_any(user, roles)


def _waiting(user: User, page: Page) -> int:
    count = WAITING.get(page[1])
    return count(user) if count else 0


def _link(page: Page, path: str, about: str = "") -> StaffLink:
    label, name, _ = page
    address = reverse(name)
    return StaffLink(label, address, path.startswith(address), about)
