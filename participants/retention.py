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
    TWENTY_FIFTH_BIRTHDAY = "the person's twenty-fifth birthday"
    ANSWER = "the day it was answered"


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
CONSENT = Rule(
    7, Event.LAST_ATTENDANCE, Action.ERASE, "To prove that what was done with data was agreed to."
)
LINK = Rule(1, Event.SESSION, Action.ERASE, "To say when a parent was asked.")
PHOTOGRAPH = Rule(3, Event.SESSION, Action.ERASE, "To show the programme while consent stands.")
IMPORT = Rule(1, Event.ANSWER, Action.ERASE, "To say what a spreadsheet brought in.")
REQUEST = Rule(3, Event.ANSWER, Action.ERASE, "To prove that a right was answered in time.")
BUNDLE = Rule(1, Event.ANSWER, Action.ERASE, "To hand over what was asked for, once.")
PROOF = Rule(7, Event.ANSWER, Action.ANONYMISE, "To prove what was deleted, or what got out.")
# Children's social care may ask until somebody is grown up, and longer.
CONCERN = Rule(
    7, Event.TWENTY_FIFTH_BIRTHDAY, Action.ERASE, "To protect a child, and to answer for it."
)
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
    "participants.Participant.known_as": IDENTITY,
    "participants.Participant.school": IDENTITY,
    "participants.Participant.takes_part_as": FIGURES,
    "participants.Participant.address": IDENTITY,
    "participants.Participant.is_address_hidden": IDENTITY,
    "participants.Participant.may_walk_home": IDENTITY,
    "participants.Participant.collection_word": IDENTITY,
    "participants.Participant.few_contacts_why": IDENTITY,
    "participants.Participant.ethnicity": FIGURES,
    "participants.Participant.sen_provision": FIGURES,
    "participants.Participant.sen_needs": FIGURES,
    "participants.Participant.free_school_meals": FIGURES,
    "participants.Participant.alternative_provision": FIGURES,
    "participants.Participant.young_carer": FIGURES,
    "participants.Participant.english_additional": FIGURES,
    "participants.Participant.languages": IDENTITY,
    "participants.Participant.complete_by": IDENTITY,
    "participants.Participant.restricted_at": IDENTITY,
    "participants.Participant.objected_at": FIGURES,
    "participants.Participant.search_name": IDENTITY,
    "participants.CareNote.participant": IDENTITY,
    "participants.CareNote.kind": IDENTITY,
    "participants.CareNote.text": IDENTITY,
    "participants.CareNote.written_by": IDENTITY,
    "participants.CareNote.written_at": IDENTITY,
    "participants.CareNote.ended_by": IDENTITY,
    "participants.CareNote.ended_at": IDENTITY,
    "participants.Concern.receipt": CONCERN,
    "participants.Concern.route": CONCERN,
    "participants.Concern.participant": CONCERN,
    "participants.Concern.session": CONCERN,
    "participants.Concern.is_urgent": CONCERN,
    "participants.Concern.sealed": CONCERN,
    "participants.Concern.written_by": CONCERN,
    "participants.Concern.written_at": CONCERN,
    "participants.Concern.first_read_at": CONCERN,
    "participants.Concern.closed_at": CONCERN,
    "participants.ConcernAction.concern": CONCERN,
    "participants.ConcernAction.kind": CONCERN,
    "participants.ConcernAction.sealed": CONCERN,
    "participants.ConcernAction.done_by": CONCERN,
    "participants.ConcernAction.done_at": CONCERN,
    "participants.Complaint.receipt": REQUEST,
    "participants.Complaint.words": REQUEST,
    "participants.Complaint.reply_to": REQUEST,
    "participants.Complaint.received_at": REQUEST,
    "participants.Complaint.due_on": REQUEST,
    "participants.Complaint.acknowledged_at": REQUEST,
    "participants.Complaint.acknowledged_by": REQUEST,
    "participants.Complaint.answer": REQUEST,
    "participants.Complaint.answered_at": REQUEST,
    "participants.Complaint.answered_by": REQUEST,
    "participants.Breach.what": PROOF,
    "participants.Breach.known_at": PROOF,
    "participants.Breach.suspect_id": PROOF,
    "participants.Breach.since": PROOF,
    "participants.Breach.until": PROOF,
    "participants.Breach.likely_harm": PROOF,
    "participants.Breach.done_about_it": PROOF,
    "participants.Breach.regulator_told_at": PROOF,
    "participants.Breach.not_told_why": PROOF,
    "participants.Breach.people_told_at": PROOF,
    "participants.Breach.recorded_by": PROOF,
    "participants.Breach.recorded_at": PROOF,
    "participants.Breach.closed_at": PROOF,
    "participants.Contact.participant": IDENTITY,
    "participants.Contact.name": IDENTITY,
    "participants.Contact.relationship": IDENTITY,
    "participants.Contact.phone": IDENTITY,
    "participants.Contact.email": IDENTITY,
    "participants.Contact.has_parental_responsibility": IDENTITY,
    "participants.Contact.is_emergency": IDENTITY,
    "participants.Contact.collects": IDENTITY,
    "participants.Contact.position": IDENTITY,
    "participants.Contact.created_at": IDENTITY,
    "participants.ParentLink.participant": LINK,
    "participants.ParentLink.purpose": LINK,
    "participants.ParentLink.token_hash": LINK,
    "participants.ParentLink.made_by": LINK,
    "participants.ParentLink.made_at": LINK,
    "participants.ParentLink.expires_at": LINK,
    "participants.ParentLink.used_at": LINK,
    "participants.ParentLink.closed_at": LINK,
    "participants.Consent.participant": CONSENT,
    "participants.Consent.purpose": CONSENT,
    "participants.Consent.is_given": CONSENT,
    "participants.Consent.wording": CONSENT,
    "participants.Consent.language": CONSENT,
    "participants.Consent.answered_by": CONSENT,
    "participants.Consent.relationship": CONSENT,
    "participants.Consent.decided_by": CONSENT,
    "participants.Consent.how": CONSENT,
    "participants.Consent.at": CONSENT,
    "participants.Consent.recorded_by": CONSENT,
    "participants.Consent.link": CONSENT,
    "participants.Photograph.session": PHOTOGRAPH,
    "participants.Photograph.file": PHOTOGRAPH,
    "participants.Photograph.description": PHOTOGRAPH,
    "participants.Photograph.uses": PHOTOGRAPH,
    "participants.Photograph.added_by": PHOTOGRAPH,
    "participants.Photograph.added_at": PHOTOGRAPH,
    "participants.Photograph.taken_down_at": PHOTOGRAPH,
    "participants.Photograph.taken_down_by": PHOTOGRAPH,
    "participants.ImportBatch.kind": IMPORT,
    "participants.ImportBatch.state": IMPORT,
    "participants.ImportBatch.file": IMPORT,
    "participants.ImportBatch.file_name": IMPORT,
    "participants.ImportBatch.sheet": IMPORT,
    "participants.ImportBatch.columns": IMPORT,
    "participants.ImportBatch.matched": IMPORT,
    "participants.ImportBatch.options": IMPORT,
    "participants.ImportBatch.hub": IMPORT,
    "participants.ImportBatch.rows_total": IMPORT,
    "participants.ImportBatch.rows_done": IMPORT,
    "participants.ImportBatch.faults": IMPORT,
    "participants.ImportBatch.faults_total": IMPORT,
    "participants.ImportBatch.summary": IMPORT,
    "participants.ImportBatch.problem": IMPORT,
    "participants.ImportBatch.asked_by": IMPORT,
    "participants.ImportBatch.asked_at": IMPORT,
    "participants.ImportBatch.heartbeat_at": IMPORT,
    "participants.ImportBatch.applied_at": IMPORT,
    "participants.ImportBatch.undone_at": IMPORT,
    "participants.ImportBatch.undone_by": IMPORT,
    "participants.ImportMatch.kind": IMPORT,
    "participants.ImportMatch.fingerprint": IMPORT,
    "participants.ImportMatch.matched": IMPORT,
    "participants.ImportMatch.options": IMPORT,
    "participants.ImportMatch.used_at": IMPORT,
    "participants.ImportMatch.used_by": IMPORT,
    "participants.Merge.record": IDENTITY,
    "participants.Merge.root": IDENTITY,
    "participants.Merge.before": IDENTITY,
    "participants.Merge.after": IDENTITY,
    "participants.Merge.merged_at": IDENTITY,
    "participants.Merge.merged_by": IDENTITY,
    "participants.Merge.undone_at": IDENTITY,
    "participants.Merge.undone_by": IDENTITY,
    "participants.NotTheSame.first": IDENTITY,
    "participants.NotTheSame.second": IDENTITY,
    "participants.NotTheSame.decided_by": IDENTITY,
    "participants.NotTheSame.decided_at": IDENTITY,
    "participants.RightsRequest.participant": REQUEST,
    "participants.RightsRequest.right": REQUEST,
    "participants.RightsRequest.asked_by": REQUEST,
    "participants.RightsRequest.relationship": REQUEST,
    "participants.RightsRequest.words": REQUEST,
    "participants.RightsRequest.identity_checked": REQUEST,
    "participants.RightsRequest.received_on": REQUEST,
    "participants.RightsRequest.due_on": REQUEST,
    "participants.RightsRequest.extended_why": REQUEST,
    "participants.RightsRequest.outcome": REQUEST,
    "participants.RightsRequest.answer": REQUEST,
    "participants.RightsRequest.recorded_by": REQUEST,
    "participants.RightsRequest.recorded_at": REQUEST,
    "participants.RightsRequest.answered_by": REQUEST,
    "participants.RightsRequest.answered_at": REQUEST,
    "participants.SubjectBundle.request": BUNDLE,
    "participants.SubjectBundle.body": BUNDLE,
    "participants.SubjectBundle.redactions": BUNDLE,
    "participants.SubjectBundle.made_at": BUNDLE,
    "participants.SubjectBundle.made_by": BUNDLE,
    "participants.SubjectBundle.reviewed_at": BUNDLE,
    "participants.SubjectBundle.reviewed_by": BUNDLE,
    "participants.SubjectBundle.expires_at": BUNDLE,
    "participants.Disclosure.participant": REQUEST,
    "participants.Disclosure.document": REQUEST,
    "participants.Disclosure.document_id": REQUEST,
    "participants.Disclosure.recipient": REQUEST,
    "participants.Disclosure.address": REQUEST,
    "participants.Disclosure.why": REQUEST,
    "participants.Disclosure.had_hidden_address": REQUEST,
    "participants.Disclosure.confirmed_by": REQUEST,
    "participants.Disclosure.confirmed_at": REQUEST,
    "participants.LegalHold.participant": REQUEST,
    "participants.LegalHold.why": REQUEST,
    "participants.LegalHold.placed_by": REQUEST,
    "participants.LegalHold.placed_at": REQUEST,
    "participants.LegalHold.ended_by": REQUEST,
    "participants.LegalHold.ended_at": REQUEST,
    "participants.RetentionRun.as_of": PROOF,
    "participants.RetentionRun.state": PROOF,
    "participants.RetentionRun.plan": PROOF,
    "participants.RetentionRun.certificate": PROOF,
    "participants.RetentionRun.planned_by": PROOF,
    "participants.RetentionRun.planned_at": PROOF,
    "participants.RetentionRun.first_approved_by": PROOF,
    "participants.RetentionRun.first_approved_at": PROOF,
    "participants.RetentionRun.second_approved_by": PROOF,
    "participants.RetentionRun.second_approved_at": PROOF,
    "participants.RetentionRun.done_at": PROOF,
    "participants.Removal.person_id": PROOF,
    "participants.Removal.is_erasure": PROOF,
    "participants.Removal.run": PROOF,
    "participants.Removal.counts": PROOF,
    "participants.Removal.kept": PROOF,
    "participants.Removal.done_by": PROOF,
    "participants.Removal.done_at": PROOF,
    "accounts.User.left_at": ACCOUNT,
    "accounts.User.email": ACCOUNT,
    "accounts.User.name": ACCOUNT,
    "accounts.User.password": ACCOUNT,
    "accounts.User.last_login": ACCOUNT,
    "accounts.User.joined_at": ACCOUNT,
}

# Models whose changes are kept in a history table.
TRACKED = ("participants.Participant", "participants.Registration", "participants.Contact")

_KEY = "An id that means nothing outside this database."
NOT_PERSONAL: dict[str, str] = {
    "participants.Participant.id": _KEY,
    "participants.Participant.imd_edition": "Which edition of the national index was used.",
    "participants.Participant.is_complete": "Whether the record needs filling in.",
    "participants.Participant.anonymised_at": "When a record stopped saying who it is.",
    "participants.CareNote.id": _KEY,
    "participants.Concern.id": _KEY,
    "participants.ConcernAction.id": _KEY,
    "participants.Complaint.id": _KEY,
    "participants.Breach.id": _KEY,
    "participants.Contact.id": _KEY,
    "participants.ParentLink.id": _KEY,
    "participants.Consent.id": _KEY,
    "participants.Photograph.id": _KEY,
    "participants.ImportBatch.id": _KEY,
    "participants.ImportMatch.id": _KEY,
    "participants.Merge.id": _KEY,
    "participants.NotTheSame.id": _KEY,
    "participants.RightsRequest.id": _KEY,
    "participants.SubjectBundle.id": _KEY,
    "participants.Disclosure.id": _KEY,
    "participants.LegalHold.id": _KEY,
    "participants.RetentionRun.id": _KEY,
    "participants.Removal.id": _KEY,
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

# What triggers kept of a change falls under the rule of the field that it was a value of.
_CONTEXT = ("pgh_context", "pgh_context_id")
_MOMENT = "When a row was kept, and whether it was new, changed or gone."


def _cover_history(tracked: str) -> None:
    model, name = tracked.split(".")
    event = f"{model}.{name}Event"
    for field, rule in list(RULES.items()):
        if field.startswith(f"{tracked}.") and not field.endswith(".search_name"):
            RULES[f"{event}.{field.removeprefix(f'{tracked}.')}"] = rule
    for field, why in list(NOT_PERSONAL.items()):
        if field.startswith(f"{tracked}."):
            NOT_PERSONAL[f"{event}.{field.removeprefix(f'{tracked}.')}"] = why
    RULES.update(dict.fromkeys((f"{event}.{field}" for field in _CONTEXT), IDENTITY))
    NOT_PERSONAL[f"{event}.pgh_id"] = NOT_PERSONAL[f"{event}.pgh_obj"] = _KEY
    NOT_PERSONAL[f"{event}.pgh_created_at"] = NOT_PERSONAL[f"{event}.pgh_label"] = _MOMENT


for _tracked in TRACKED:
    _cover_history(_tracked)
