"""How long personal data stays: one rule for every personal field, policy as code.

`tests/structure/test_retention.py` fails for a field of this app, or of a user's account, that
has neither a rule nor a word on why it is not personal. The years are the programme's proposal;
its data-protection officer confirms or changes them here. The job that applies them, with its
dry run, approvals and legal holds, reads this table and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """From when the years count."""

    LAST_ATTENDANCE = "the last session that the person attended"
    SESSION = "the session"
    LEAVING = "the day the account was closed"


class Action(StrEnum):
    """What happens then."""

    ERASE = "emptied or replaced by a word that names nobody"
    ANONYMISE = "the row stays for counting, and nothing in it leads to a person"


@dataclass(frozen=True)
class Rule:
    """Keep a field for so many years after an event, for a reason; then act."""

    years: int
    after: Event
    action: Action
    why: str


# Names and addresses serve the running of sessions, and questions soon after them.
IDENTITY = Rule(3, Event.LAST_ATTENDANCE, Action.ERASE, "To run sessions and answer for them.")
# Figures by age, gender, need and place are owed to funders until a grant's accounts are closed.
FIGURES = Rule(
    7, Event.LAST_ATTENDANCE, Action.ANONYMISE, "To recompute what was reported to funders."
)
MARK = Rule(7, Event.SESSION, Action.ANONYMISE, "To prove attendance that was reported to funders.")
WHO_MARKED = Rule(7, Event.SESSION, Action.ERASE, "To ask who took a register.")
ACCOUNT = Rule(1, Event.LEAVING, Action.ERASE, "To hand over work; the audit trail keeps the id.")

RULES: dict[str, Rule] = {
    "participants.Participant.given_name": IDENTITY,
    "participants.Participant.family_name": IDENTITY,
    "participants.Participant.birth_date": IDENTITY,
    "participants.Participant.home_postcode": IDENTITY,
    "participants.Participant.year_group": FIGURES,
    "participants.Participant.gender": FIGURES,
    "participants.Participant.special_needs": FIGURES,
    "participants.Participant.care_experienced": FIGURES,
    "participants.Participant.home_lsoa": FIGURES,
    "participants.Participant.home_ward": FIGURES,
    "participants.Participant.imd_decile": FIGURES,
    "participants.Participant.merged_into": FIGURES,
    "participants.Participant.created_at": FIGURES,
    "participants.Registration.participant": FIGURES,
    "participants.Registration.hub": FIGURES,
    "participants.Registration.registered_at": FIGURES,
    "participants.MarkOperation.session": MARK,
    "participants.MarkOperation.participant": MARK,
    "participants.MarkOperation.role": MARK,
    "participants.MarkOperation.status": MARK,
    "participants.MarkOperation.marked_at": MARK,
    "participants.MarkOperation.device": WHO_MARKED,
    "participants.MarkOperation.marked_by": WHO_MARKED,
    "participants.MarkOperation.received_at": MARK,
    "participants.Attendance.session": MARK,
    "participants.Attendance.participant": MARK,
    "participants.Attendance.role": MARK,
    "participants.Attendance.status": MARK,
    "participants.Attendance.marked_at": MARK,
    "participants.Attendance.operation": MARK,
    "participants.Attendance.arrived_at": MARK,
    "participants.Attendance.left_at": MARK,
    "accounts.User.email": ACCOUNT,
    "accounts.User.name": ACCOUNT,
    "accounts.User.password": ACCOUNT,
    "accounts.User.last_login": ACCOUNT,
    "accounts.User.joined_at": ACCOUNT,
}

_KEY = "An id that means nothing outside this database."
NOT_PERSONAL: dict[str, str] = {
    "participants.Participant.id": _KEY,
    "participants.Participant.imd_edition": "Which edition of the national index was used.",
    "participants.Participant.is_complete": "Whether the record needs filling in.",
    "participants.Registration.id": _KEY,
    "participants.MarkOperation.id": _KEY,
    "participants.Attendance.id": _KEY,
    "accounts.User.id": _KEY,
    "accounts.User.is_active": "Whether the account may sign in.",
}
