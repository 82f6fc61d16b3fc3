"""What each role may do with each section of a person's record: the one table of it.

Rows are narrowed first, by `visible_to`: a coordinator's rights are over people of their own hubs.
`tests/structure/` holds this table against the programme's rules, and walks every address with it.
"""

from __future__ import annotations

from enum import StrEnum

from accounts.models import Role


class Section(StrEnum):
    """A part of a person's record that has rights of its own."""

    IDENTITY = "identity"
    CONTACTS = "contacts"
    CARE = "care"
    EQUALITY = "equality"
    CONSENTS = "consents"
    ATTENDANCE = "attendance"
    OUTCOMES = "outcomes"
    HISTORY = "history"


class Act(StrEnum):
    """What is done with a section. Care notes are read for a reason that is written down."""

    READ = "read"
    READ_FOR_A_REASON = "read for a reason"
    WRITE = "write"


# Roles that may open somebody's record whatever the hub.
EVERY_RECORD = frozenset({Role.TRUST_STAFF, Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})

_BOTH = frozenset({Act.READ, Act.WRITE})
_READ = frozenset({Act.READ})
_WRITE = frozenset({Act.WRITE})
_REASON = frozenset({Act.READ_FOR_A_REASON})
_NOTHING: frozenset[Act] = frozenset()

_AT_HUBS = {
    Section.IDENTITY: _BOTH,
    Section.CONTACTS: _BOTH,
    Section.CARE: _REASON | _WRITE,
    Section.EQUALITY: _WRITE,
    Section.CONSENTS: _BOTH,
    Section.ATTENDANCE: _BOTH,
    # Answers are entered; what somebody answered before is not shown at the hub.
    Section.OUTCOMES: _WRITE,
    Section.HISTORY: _NOTHING,
}
_SAFEGUARDING = {
    Section.IDENTITY: _READ,
    Section.CONTACTS: _READ,
    Section.CARE: _REASON,
    Section.EQUALITY: _NOTHING,
    Section.CONSENTS: _READ,
    Section.ATTENDANCE: _READ,
    Section.OUTCOMES: _NOTHING,
    Section.HISTORY: _NOTHING,
}
# Evaluators see pseudonyms in extracts, never a record; administrators and auditors none at all.
MATRIX: dict[Role, dict[Section, frozenset[Act]]] = {
    Role.COORDINATOR: _AT_HUBS,
    Role.HUB_LEAD: _AT_HUBS,
    Role.TRUST_STAFF: {
        Section.IDENTITY: _BOTH,
        Section.CONTACTS: _READ,
        Section.CARE: _REASON,
        Section.EQUALITY: _BOTH,
        Section.CONSENTS: _BOTH,
        Section.ATTENDANCE: _BOTH,
        Section.OUTCOMES: _READ,
        # What was changed, of the sections that they may read.
        Section.HISTORY: _READ,
    },
    Role.SAFEGUARDING_LEAD: _SAFEGUARDING,
    Role.SAFEGUARDING_DEPUTY: _SAFEGUARDING,
    Role.EVALUATOR: dict.fromkeys(Section, _NOTHING),
    Role.ADMINISTRATOR: dict.fromkeys(Section, _NOTHING),
    Role.AUDITOR: dict.fromkeys(Section, _NOTHING),
}


def rights_of(roles: frozenset[Role], section: Section) -> frozenset[Act]:
    """Everything that any of the roles may do with a section of a record that they may see."""
    return frozenset().union(*(MATRIX[role][section] for role in roles))
