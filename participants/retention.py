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
REASON = Rule(7, Event.SESSION, Action.ERASE, "To explain why a register was changed.")
SEALED = Rule(1, Event.SESSION, Action.ERASE, "To add the person once it can be opened.")
PAPER = Rule(1, Event.SESSION, Action.ERASE, "To key a sheet of paper back.")
BOOKING = Rule(1, Event.SESSION, Action.ERASE, "To run the session, and see who did not come.")
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
    "participants.MarkOperation.person_id": MARK,
    "participants.MarkOperation.role": MARK,
    "participants.MarkOperation.status": MARK,
    "participants.MarkOperation.marked_at": MARK,
    "participants.MarkOperation.arrived_at": MARK,
    "participants.MarkOperation.left_at": MARK,
    "participants.MarkOperation.clock_offset": WHO_MARKED,
    "participants.MarkOperation.device": WHO_MARKED,
    "participants.MarkOperation.marked_by": WHO_MARKED,
    "participants.MarkOperation.sent_by": WHO_MARKED,
    "participants.MarkOperation.settled_at": MARK,
    "participants.MarkOperation.settled_by": WHO_MARKED,
    "participants.MarkOperation.received_at": MARK,
    "participants.Attendance.session": MARK,
    "participants.Attendance.participant": MARK,
    "participants.Attendance.role": MARK,
    "participants.Attendance.status": MARK,
    "participants.Attendance.marked_at": MARK,
    "participants.Attendance.operation": MARK,
    "participants.Attendance.arrived_at": MARK,
    "participants.Attendance.left_at": MARK,
    "participants.RegisterEvent.reason": REASON,
    "participants.RegisterEvent.at": MARK,
    "participants.RegisterEvent.device": WHO_MARKED,
    "participants.RegisterEvent.done_by": WHO_MARKED,
    "participants.RegisterEvent.sent_by": WHO_MARKED,
    "participants.RegisterEvent.received_at": MARK,
    "participants.SealedWalkIn.session": SEALED,
    "participants.SealedWalkIn.sealed": SEALED,
    "participants.SealedWalkIn.problem": SEALED,
    "participants.SealedWalkIn.marked_at": SEALED,
    "participants.SealedWalkIn.device": SEALED,
    "participants.SealedWalkIn.taken_by": SEALED,
    "participants.SealedWalkIn.sent_by": SEALED,
    "participants.SealedWalkIn.received_at": SEALED,
    "participants.PrintedRegister.printed_by": PAPER,
    "participants.PrintedRegister.printed_at": PAPER,
    "participants.PrintedRow.sheet": PAPER,
    "participants.PrintedRow.number": PAPER,
    "participants.PrintedRow.participant": PAPER,
    "participants.BookingLink.made_by": BOOKING,
    "participants.BookingLink.made_at": BOOKING,
    "participants.Booking.session": BOOKING,
    "participants.Booking.participant": BOOKING,
    "participants.Booking.has_place": BOOKING,
    "participants.Booking.written_name": BOOKING,
    "participants.Booking.booked_at": BOOKING,
    "participants.Booking.moved_up_at": BOOKING,
    "participants.Booking.booked_by": BOOKING,
    "participants.Booking.link": BOOKING,
    "participants.Booking.token_hash": BOOKING,
    "participants.Booking.cancelled_at": BOOKING,
    "participants.Booking.cancelled_by": BOOKING,
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
    "participants.MarkOperation.held_for": "A reason that is the same for many.",
    "participants.Attendance.id": _KEY,
    "participants.RegisterEvent.id": _KEY,
    "participants.RegisterEvent.session": "A session is not a person.",
    "participants.RegisterEvent.action": "What was done with the register as a whole.",
    "participants.SealedWalkIn.id": _KEY,
    "participants.PrintedRegister.id": _KEY,
    "participants.PrintedRegister.session": "A session is not a person.",
    "participants.PrintedRegister.code": "Names a sheet of paper.",
    "participants.PrintedRegister.is_large": "How large the print is.",
    "participants.PrintedRow.id": _KEY,
    "participants.BookingLink.id": _KEY,
    "participants.BookingLink.session": "A session is not a person.",
    "participants.BookingLink.token_hash": "The hash of a random word.",
    "participants.BookingLink.expires_at": "When an address stops working.",
    "participants.BookingLink.closed_at": "When an address stops working.",
    "participants.Booking.id": _KEY,
    "accounts.User.id": _KEY,
    "accounts.User.is_active": "Whether the account may sign in.",
}
