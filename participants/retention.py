"""How long personal data stays: the policy, one file against every field of every app.

`RULED` names every field that tells of a person, grouped by its rule; `IMPERSONAL` says of every
other one why it tells of nobody. `*` stands for whatever field of a model is not named elsewhere:
under a rule, the row goes as a whole. A system check (`participants.checks`) fails for a field in
neither, so nothing starts with one. Models of higher apps and of other people's libraries are
named by their labels only.

The years are the programme's proposal; its data-protection officer confirms or changes them here.
`participants.queries.retention` works out what each rule reaches, and reads nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """From when the time counts."""

    LAST_ATTENDANCE = "the last session that the person attended, or was registered after"
    SESSION = "the session"
    LEAVING = "the day the account was closed"
    TWENTY_FIFTH_BIRTHDAY = "the person's twenty-fifth birthday"
    ANSWER = "the day it was answered, or ended"
    EXPIRY = "the day it stopped working"
    MERGE = "the day two records were merged"
    TAKEN_DOWN = "the day it was taken down"
    REPLACED = "the day the words are replaced, or the speaker asks"
    REMADE = "the night it was made"


class Action(StrEnum):
    """What happens then."""

    ERASE = "emptied, deleted or replaced by a word that names nobody"
    ANONYMISE = "the row stays for counting, and nothing in it leads to a person"


@dataclass(frozen=True)
class Rule:
    """Keep a field for so long after an event, for a reason; then act."""

    key: str
    years: int
    after: Event
    action: Action
    why: str
    days: int = 0

    @property
    def stays(self) -> str:
        """How long, in words: "3 years", "30 days", "no longer"."""
        if not self.years and not self.days:
            return "no longer"
        number, unit = (self.years, "year") if self.years else (self.days, "day")
        return f"{number} {unit}{'' if number == 1 else 's'}"


# Names and addresses serve the running of sessions, and questions soon after them.
IDENTITY = Rule(
    "identity", 3, Event.LAST_ATTENDANCE, Action.ERASE, "To run sessions and answer for them."
)
# Figures by age, gender, need and place are owed to funders until a grant's accounts are closed.
FIGURES = Rule(
    "figures", 7, Event.LAST_ATTENDANCE, Action.ERASE, "To recompute what was reported to funders."
)
# Says that somebody came. Once name and answers are gone, it leads to nobody, and still counts.
MARK = Rule(
    "mark",
    7,
    Event.LAST_ATTENDANCE,
    Action.ANONYMISE,
    "To prove attendance that was reported to funders.",
)
CONSENT = Rule(
    "consent",
    7,
    Event.LAST_ATTENDANCE,
    Action.ERASE,
    "To prove that what was done with data was agreed to.",
)
# An answer leads to nobody once name and record are emptied, and still counts.
ANSWER = Rule(
    "answer",
    7,
    Event.LAST_ATTENDANCE,
    Action.ANONYMISE,
    "To recompute what changed for whom, as it was reported to funders.",
)
PASS = Rule("pass", 1, Event.EXPIRY, Action.ERASE, "To say who was asked, and by whom.")
WORDS = Rule(
    "words", 3, Event.LAST_ATTENDANCE, Action.ERASE, "To show the programme while consent stands."
)
STUDY_KEY = Rule(
    "study_key",
    3,
    Event.LAST_ATTENDANCE,
    Action.ERASE,
    "To say the same of the same person in one study, until its key is destroyed.",
)
EXTRACT_FILE = Rule(
    "extract_file", 0, Event.EXPIRY, Action.ERASE, "To be fetched by the University.", days=1
)
SUGGESTION = Rule("suggestion", 1, Event.SESSION, Action.ERASE, "To answer what was asked for.")
REASON = Rule(
    "reason", 7, Event.SESSION, Action.ERASE, "To explain why a register was changed, or a session."
)
SEALED = Rule("sealed", 1, Event.SESSION, Action.ERASE, "To add the person once it can be opened.")
PAPER = Rule("paper", 1, Event.SESSION, Action.ERASE, "To key a sheet of paper back.")
BOOKING = Rule(
    "booking", 1, Event.SESSION, Action.ERASE, "To run the session, and see who did not come."
)
PHOTOGRAPH = Rule(
    "photograph", 3, Event.SESSION, Action.ERASE, "To show the programme while consent stands."
)
LINK = Rule("link", 1, Event.EXPIRY, Action.ERASE, "To say when a parent was asked.")
BUNDLE = Rule(
    "bundle", 0, Event.EXPIRY, Action.ERASE, "To hand over what was asked for, once.", days=30
)
IMPORT = Rule("import", 1, Event.ANSWER, Action.ERASE, "To say what a spreadsheet brought in.")
REQUEST = Rule(
    "request", 3, Event.ANSWER, Action.ERASE, "To prove that a right was answered in time."
)
BREACH = Rule("breach", 7, Event.ANSWER, Action.ERASE, "To answer the regulator's questions.")
PROOF = Rule(
    "proof", 7, Event.ANSWER, Action.ANONYMISE, "To prove that somebody was deleted; names nobody."
)
UNDOING = Rule(
    "undoing", 0, Event.MERGE, Action.ERASE, "To undo a merge within its thirty days.", days=30
)
LIKENESS = Rule("likeness", 0, Event.REMADE, Action.ERASE, "To find records made twice.", days=1)
# Children's social care may ask until somebody is grown up, and longer.
CONCERN = Rule(
    "concern",
    7,
    Event.TWENTY_FIFTH_BIRTHDAY,
    Action.ERASE,
    "To protect a child, and to answer for it.",
)
ACCOUNT = Rule(
    "account", 1, Event.LEAVING, Action.ERASE, "To hand over work; the audit trail keeps the id."
)
# Who did something, by account: it leads to nobody once the account says no longer whose it was.
STAFF = Rule(
    "staff", 1, Event.LEAVING, Action.ANONYMISE, "To ask who did it while they are here to ask."
)
SIGN_IN = Rule(
    "sign_in", 0, Event.EXPIRY, Action.ERASE, "To see and end sign-ins of lost devices.", days=30
)
# The trail outlives records and accounts on purpose; what it says of them is an id and a kind.
TRAIL = Rule(
    "trail",
    7,
    Event.LEAVING,
    Action.ANONYMISE,
    "To answer who looked at a record; ids lead to nobody once record and account are gone.",
)
STORY = Rule("story", 1, Event.TAKEN_DOWN, Action.ERASE, "To put it up again.")
SPEAKER = Rule("speaker", 0, Event.REPLACED, Action.ERASE, "To know who answers for a translation.")

# By rule: by model the names of its fields.
RULED: dict[Rule, dict[str, str]] = {
    IDENTITY: {
        "participants.Participant": "given_name family_name known_as search_name birth_date school"
        " address home_postcode is_address_hidden may_walk_home collection_word few_contacts_why"
        " languages complete_by restricted_at year_group home_lsoa",
        "participants.Contact": "*",
        "participants.CareNote": "*",
    },
    FIGURES: {
        "participants.Participant": "takes_part_as gender ethnicity special_needs"
        " sen_provision sen_needs care_experienced free_school_meals alternative_provision"
        " young_carer english_additional home_ward imd_decile",
    },
    MARK: {
        "participants.Participant": "merged_into created_at objected_at birth_key",
        "participants.AgeThen": "*",
        "participants.Registration": "participant hub registered_at",
        "participants.Attendance": "session participant role status marked_at operation arrived_at"
        " left_at",
        "participants.MarkOperation": "session participant person_id role status marked_at"
        " arrived_at left_at received_at settled_at",
        "participants.RegisterEvent": "at received_at",
        "participants.Merge": "record root merged_at undone_at",
        "participants.NotTheSame": "first second decided_at",
    },
    CONSENT: {"participants.Consent": "*"},
    ANSWER: {
        "evaluation.Response": "*",
        "evaluation.SecondKeying": "response answers differs keyed_at settled_at",
        "evaluation.ExternalScore": "participant programme tool scale value scored_on recorded_at",
    },
    PASS: {
        "evaluation.SurveyPass": "*",
        "evaluation.Kiosk": "*",
        "participants.OwnRecordLink": "*",
    },
    WORDS: {"evaluation.Quote": "*"},
    STUDY_KEY: {"evaluation.Pseudonym": "*", "evaluation.Extract_held": "*"},
    EXTRACT_FILE: {"evaluation.Extract": "file"},
    SUGGESTION: {"activities.Suggestion": "words"},
    REASON: {
        "participants.RegisterEvent": "reason",
        "activities.SessionLog": "why note",
    },
    SEALED: {"participants.SealedWalkIn": "*"},
    PAPER: {
        "participants.PrintedRegister": "*",
        "participants.PrintedRow": "*",
    },
    BOOKING: {
        "participants.Booking": "*",
        "participants.BookingLink": "*",
    },
    PHOTOGRAPH: {
        "participants.Photograph": "*",
        "participants.Photograph_people": "*",
    },
    LINK: {"participants.ParentLink": "*"},
    BUNDLE: {"participants.SubjectBundle": "*"},
    IMPORT: {"participants.ImportBatch": "*"},
    REQUEST: {
        "participants.RightsRequest": "*",
        "participants.Disclosure": "*",
        "participants.LegalHold": "*",
        "participants.Complaint": "*",
    },
    BREACH: {
        "participants.Breach": "what suspect_id since until likely_harm done_about_it not_told_why"
    },
    PROOF: {"participants.Removal": "person_id"},
    UNDOING: {"participants.Merge": "before after"},
    LIKENESS: {"participants.LikelyPair": "*"},
    CONCERN: {
        "participants.Concern": "*",
        "participants.ConcernAction": "*",
    },
    ACCOUNT: {
        "accounts.User": "email name password last_login",
        "accounts.Invitation": "*",
        "accounts.Clearance": "*",
        "account.EmailAddress": "*",
        "mfa.Authenticator": "*",
    },
    STAFF: {
        "accounts.User": "joined_at left_at",
        "accounts.RoleGrant": "user role granted_at granted_by ended_at",
        "accounts.RoleProposal": "user role proposed_by proposed_at second_by decided_at is_agreed",
        "hubs.HubMembership": "user hub started_at ended_at",
        "activities.HeadCount": "counted_by counted_at",
        "activities.Schedule": "led_by",
        "activities.Session": "led_by",
        "activities.SessionLog": "logged_by logged_at",
        "activities.SessionLog_staff": "sessionlog user",
        "participants.MarkOperation": "clock_offset device marked_by sent_by settled_by",
        "participants.RegisterEvent": "device done_by sent_by",
        "participants.Merge": "merged_by undone_by",
        "participants.NotTheSame": "decided_by",
        "participants.ImportMatch": "used_by used_at",
        "participants.Breach": "recorded_by recorded_at",
        "participants.RetentionRun": "planned_by first_approved_by second_approved_by",
        "participants.Removal": "done_by",
        "evaluation.ReportRun": "requested_by requested_at",
        "evaluation.ReportRequest": "asked_by asked_at told_at",
        "evaluation.ReportSchedule": "started_by started_at",
        "evaluation.ReportTemplate": "changed_by changed_at",
        "evaluation.Release": "made_by made_at checked_by submitted_at",
        "evaluation.Release_writers": "release user",
        "evaluation.Narrative": "written_by written_at",
        "evaluation.Spend": "recorded_by recorded_at",
        "evaluation.Response": "entered_by set_aside_by set_aside_why",
        "evaluation.SecondKeying": "keyed_by settled_by",
        "evaluation.ExternalScore": "recorded_by",
        "evaluation.Instrument": "terms_accepted_by terms_accepted_at published_by",
        "evaluation.InstrumentWording": "imported_by imported_at",
        "evaluation.WorryRule": "set_by set_at",
        "evaluation.Measure": "started_by",
        "evaluation.Study": "started_by",
        "evaluation.Extract": "requested_by released_by",
        "activities.Suggestion": "decided_by decided_at",
        "activities.SaidDid": "written_by written_at",
        "evaluation.Page": "changed_by changed_at",
        "evaluation.PageText": "changed_by changed_at",
        "evaluation.ReleasedFigure": "published_by published_at",
        "evaluation.InterfaceCheck": "recorded_by",
    },
    SIGN_IN: {
        "account.EmailConfirmation": "*",
        "usersessions.UserSession": "*",
        "sessions.Session": "session_key session_data expire_date",
    },
    TRAIL: {
        "accounts.AuditEntry": "at actor_id kind object_type object_id reason",
        "accounts.AccessAlert": "actor_id raised_at seen_at seen_by words",
    },
    STORY: {
        "evaluation.Story": "*",
        "evaluation.StoryText": "*",
        "evaluation.StoryPicture": "*",
    },
    SPEAKER: {
        "activities.ActivityText": "checked_by checked_on",
        "hubs.HubText": "checked_by checked_on",
        "activities.SaidDidText": "checked_by checked_on",
        "evaluation.PageText": "checked_by checked_on",
        "evaluation.PageRecording": "*",
        "evaluation.InterfaceCheck": "checked_by checked_on",
    },
}

# Models whose changes are kept in a history table, `<Model>Event`, by triggers: what they kept of
# a field falls under the field's rule.
TRACKED = ("participants.Participant", "participants.Registration", "participants.Contact")

PUBLIC = "Published, or about a place, a day or an organisation."
KEY = "An id that means nothing outside this database."
# By reason: by model the names of its fields. Keys called `id` need no word.
IMPERSONAL: dict[str, dict[str, str]] = {
    PUBLIC: {
        "hubs.Organisation": "*",
        "hubs.Ward": "*",
        "hubs.WardBoundary": "*",
        "hubs.Lsoa": "*",
        "hubs.Deprivation": "*",
        "hubs.Postcode": "*",
        "hubs.Hub": "*",
        "hubs.HubText": "*",
        "activities.Programme": "*",
        "activities.Activity": "*",
        "activities.ActivityText": "*",
        "activities.Schedule": "*",
        "activities.Session": "*",
        "activities.Term": "*",
        "activities.Closure": "*",
        "activities.SessionLog": "session skills",
        "activities.SessionLog_partners": "*",
        "evaluation.Grant": "*",
        "evaluation.Grant_programmes": "*",
        "evaluation.Target": "*",
        "evaluation.BudgetLine": "*",
        "evaluation.Spend": "*",
        "evaluation.ReportTemplate": "*",
        "evaluation.ReportSchedule": "*",
        "evaluation.Page": "*",
        "evaluation.PageText": "*",
        "evaluation.ReleasedFigure": "*",
        "evaluation.Instrument": "*",
        "evaluation.InstrumentWording": "*",
        "evaluation.WorryRule": "instrument item at_least at_most raises_concern is_urgent"
        " ended_at",
        "evaluation.Measure": "*",
        "evaluation.Study": "*",
        "activities.SaidDid": "hub said did published_at withdrawn_at",
        "activities.SaidDidText": "said_did language variant changed_at said did",
    },
    "Counts people without naming any; who sees exact ones is narrowed.": {
        "activities.HeadCount": "session group people method",
        "activities.FirstVisitCount": "*",
        "evaluation.Snapshot": "*",
        "evaluation.ReportRun": "*",
        "evaluation.ReportRun_programmes": "*",
        "evaluation.ReportRun_hubs": "*",
        "evaluation.ReportRequest": "run wants_mail",
        "evaluation.ReportFile": "*",
        "evaluation.Release": "*",
        "evaluation.Narrative": "*",
        "evaluation.ReleasedTable": "*",
        "evaluation.ReleaseFile": "*",
        "evaluation.HubMonth": "*",
        "evaluation.StaleMonth": "*",
        "evaluation.Extract": "*",
        "activities.Feedback": "*",
        "activities.Suggestion": "hub session sent_at state answer",
        "participants.RetentionRun": "*",
        "participants.Removal": "is_erasure run counts kept done_at",
        "accounts.AccessAlert": "kind number mailed_at",
    },
    "Which edition of the national index was used.": {"participants.Participant": "imd_edition"},
    "How far a record, a mark or a register is; the same for many.": {
        "participants.Participant": "is_complete anonymised_at",
        "participants.MarkOperation": "held_for",
        "participants.RegisterEvent": "session action",
        "participants.Breach": "known_at regulator_told_at people_told_at closed_at",
        "accounts.User": "is_active",
    },
    "Headings of spreadsheets, and what they mean.": {
        "participants.ImportMatch": "kind fingerprint matched options",
    },
    "Hashes over the audit trail.": {"accounts.AuditSeal": "*"},
    "The catalogue of translations that was checked.": {
        "evaluation.InterfaceCheck": "language catalogue"
    },
    "Tables of libraries that the portal leaves empty, or that list its own models.": {
        "pghistory.Context": "*",
        "auth.Permission": "*",
        "auth.Group": "*",
        "auth.Group_permissions": "*",
        "contenttypes.ContentType": "*",
    },
}

# Tables that belong to no model.
OTHER_TABLES = {
    "derby_portal_cache": "Limits by keyed hashes; each entry says when it ends, a day at most.",
    "django_migrations": "Which changes of the tables were made.",
}

_CONTEXT = ("pgh_context", "pgh_context_id")
_MOMENT = "When a row was kept, and whether it was new, changed or gone."


def _named(groups: dict[str, str]) -> Iterator[str]:
    for model, fields in groups.items():
        yield from (f"{model}.{field}" for field in fields.split())


# Flat, by label: "participants.Contact.*" stands for the fields that no other line names.
RULES: dict[str, Rule] = {field: rule for rule, groups in RULED.items() for field in _named(groups)}
NOT_PERSONAL: dict[str, str] = {
    field: why for why, groups in IMPERSONAL.items() for field in _named(groups)
}


def _cover_history(tracked: str) -> None:
    """What triggers kept of a change falls under the rule of the field it was a value of."""
    event = f"{tracked}Event"
    for said in (RULES, NOT_PERSONAL):
        for field, what in list(said.items()):
            name = field.removeprefix(f"{tracked}.")
            if name not in (field, "search_name"):
                said[f"{event}.{name}"] = what  # type: ignore[assignment]
    RULES.update(dict.fromkeys((f"{event}.{field}" for field in _CONTEXT), IDENTITY))
    NOT_PERSONAL.update(dict.fromkeys((f"{event}.{name}" for name in ("id", "pgh_id")), KEY))
    NOT_PERSONAL[f"{event}.pgh_obj"] = KEY
    NOT_PERSONAL[f"{event}.pgh_created_at"] = NOT_PERSONAL[f"{event}.pgh_label"] = _MOMENT


for _tracked in TRACKED:
    _cover_history(_tracked)


def rule_for(label: str, name: str) -> Rule | None:
    """The rule of a field, by its model's label and its name; None where there is none."""
    return RULES.get(f"{label}.{name}") or (
        None if f"{label}.{name}" in NOT_PERSONAL else RULES.get(f"{label}.*")
    )


def is_impersonal(label: str, name: str, *, leads_to_somebody: bool) -> bool:
    """Whether the policy says that a field tells of nobody.

    A key called `id` does not. What leads to somebody's record or account must be named itself:
    a star does not speak for it.
    """
    if name == "id" or f"{label}.{name}" in NOT_PERSONAL:
        return True
    return f"{label}.*" in NOT_PERSONAL and not leads_to_somebody
