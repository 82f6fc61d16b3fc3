"""What each kind of spreadsheet can say: its fields, what people call them, and how they read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from participants.importing import values, words
from participants.importing.reading import Cell
from participants.importing.text import key_of

PEOPLE, ATTENDANCE, HEAD_COUNTS = "people", "attendance", "head_counts"
DAYS = 10
CONSENTS: Mapping[str, str] = {
    "taking_part": "taking part",
    "emergency": "emergency treatment",
    "photos_inside": "photographs inside the hub",
    "photos_public": "photographs in public",
    "surveys": "surveys",
    "words_reports": "words in reports",
    "words_public": "words in public",
    "share_school": "sharing with the school",
    "share_univ": "sharing with the University",
    "messages": "messages",
}
PHOTOGRAPHS = ("photos_inside", "photos_public")


@dataclass(frozen=True)
class Reading:
    """What values are read with: today, how days are counted, and what each word means by field.

    `words` is {field: {word as it is compared: code}}.
    """

    today: dt.date
    is_1904: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """Something that a column can hold.

    `about` says what it is, `synonyms` are headings that mean it. `choices` are the words of a
    category by code; a category whose codes the database knows has `is_looked_up`.
    """

    key: str
    label: str
    about: str
    parse: Callable[[Cell, Reading], Any]
    group: str = ""
    synonyms: tuple[str, ...] = ()
    choices: words.Words | None = None
    is_looked_up: bool = False
    is_repeatable: bool = False

    @property
    def is_category(self) -> bool:
        """Whether its words are matched, rather than read."""
        return self.choices is not None or self.is_looked_up

    def names(self) -> frozenset[str]:
        """What its column may be called, as it is compared."""
        return frozenset(map(key_of, (self.label, self.key, *self.synonyms)))


def _text(most: int) -> Callable[[Cell, Reading], str]:
    return lambda cell, _: values.words(cell, most=most)


def _past(cell: Cell, reading: Reading) -> dt.date:
    return values.past_date(cell, today=reading.today, is_1904=reading.is_1904)


def _plain(parse: Callable[[Cell], Any]) -> Callable[[Cell, Reading], Any]:
    return lambda cell, _: parse(cell)


def _category(
    key: str, label: str, about: str, group: str, choices: words.Words, *synonyms: str
) -> Field:
    def parse(cell: Cell, reading: Reading) -> str:
        return values.code(cell, reading.words[key])

    return Field(key, label, about, parse, group, synonyms, choices)


def _named(key: str, label: str, about: str, group: str, *synonyms: str) -> Field:
    """A category whose words are names that stand in the database, such as hubs."""

    def parse(cell: Cell, reading: Reading) -> str:
        return values.code(cell, reading.words[key])

    return Field(key, label, about, parse, group, synonyms, is_looked_up=True)


def _needs(cell: Cell, reading: Reading) -> list[str]:
    return values.codes(cell, reading.words["sen_needs"])


_WHO, _HOME, _EQUAL, _AGREED = "Who they are", "Home and hub", "Equality monitoring", "Consent"
_YES_NO = "Yes, no, prefer not to say, or not known."

_NAMES = (
    Field(
        "given_name", "First name", "As it is on their record.", _text(80), _WHO,
        ("forename", "given name", "firstname", "christian name", "first names", "fname",
         "child first name", "participant first name", "young persons first name"),
    ),
    Field(
        "family_name", "Last name", "May be empty.", _text(80), _WHO,
        ("surname", "family name", "lastname", "second name", "child surname", "lname",
         "participant last name", "child last name"),
    ),
    Field(
        "full_name", "Full name", "In place of first and last name: “Comet Quince” or “Quince, "
        "Comet”.", _text(160), _WHO,
        ("name", "participant name", "child name", "childs name", "participant", "young person",
         "name of child", "name of young person", "student name", "pupil name", "full names"),
    ),
    Field(
        "birth_date", "Date of birth", "Day first, as 13/07/2009.", _past, _WHO,
        ("dob", "d o b", "birth date", "birthdate", "date of birth dd mm yyyy", "born",
         "birthday", "childs date of birth"),
    ),
)  # fmt: skip


def _contact(number: int, ordinal: str, *before: str) -> tuple[Field, ...]:
    group = f"{ordinal} contact"
    key = f"contact_{number}_"

    def named(*ends: str) -> tuple[str, ...]:
        return tuple(f"{start} {end}".strip() for start in before for end in ends)

    return (
        Field(
            key + "name", f"{ordinal} contact: name", "Whom to ring in an emergency.",
            _text(120), group, named("name", ""),
        ),
        _category(
            key + "relationship", f"{ordinal} contact: relationship", "Mother, carer and so on.",
            group, words.RELATIONSHIP, *named("relationship", "relation"),
        ),
        Field(
            key + "phone", f"{ordinal} contact: telephone", "Digits, blanks and + only.",
            _plain(values.phone), group,
            named("phone", "telephone", "mobile", "number", "tel", "phone number", "contact number",
                  "mobile number"),
        ),
        Field(
            key + "email", f"{ordinal} contact: e-mail", "", _plain(values.email), group,
            named("email", "e mail", "email address"),
        ),
        _category(
            key + "collects", f"{ordinal} contact: may collect", "Yes, no, or must not collect.",
            group, words.COLLECTS, *named("collects", "can collect", "may collect", "collection"),
        ),
        _category(
            key + "responsible", f"{ordinal} contact: parental responsibility", _YES_NO, group,
            words.ANSWER, *named("parental responsibility", "pr"),
        ),
    )  # fmt: skip


_PEOPLE = (
    *_NAMES,
    Field(
        "known_as", "Known as", "What they are called, where it differs.", _text(80), _WHO,
        ("preferred name", "nickname", "likes to be called", "chosen name"),
    ),
    Field(
        "year_group", "School year", "Reception, or 1 to 14, as “Year 7”.",
        _plain(values.year_group), _WHO,
        ("year", "year group", "yr", "school year group", "nc year", "national curriculum year"),
    ),
    Field(
        "school", "School", "", _text(120), _WHO,
        ("school name", "name of school", "school attended", "school college"),
    ),
    _category(
        "takes_part_as", "Takes part as", "Participant, volunteer or both.", _WHO,
        words.TAKES_PART_AS, "type", "role", "participant type", "participant or volunteer",
    ),
    _named(
        "hub", "Hub", "The hub's name. Not needed where one hub is chosen for the whole file.",
        _HOME, "hub name", "community hub", "community", "site", "centre",
    ),
    Field(
        "registered_on", "Registered on", "The day they joined the hub.", _past, _HOME,
        ("registration date", "date registered", "joined", "date joined", "start date",
         "timestamp", "created"),
    ),
    Field(
        "address", "Address", "Without the postcode.", _text(300), _HOME,
        ("home address", "address line 1", "street"),
    ),
    Field(
        "home_postcode", "Postcode", "Of the home.", _plain(values.postcode), _HOME,
        ("post code", "home postcode", "postal code", "p code"),
    ),
    _category(
        "is_address_hidden", "Address must stay hidden", "Yes or no.", _HOME, words.YES_NO,
        "hidden address", "address hidden", "confidential address",
    ),
    _category(
        "may_walk_home", "May walk home alone", _YES_NO, _HOME, words.ANSWER,
        "walk home", "walk home alone", "can walk home", "permission to walk home",
    ),
    Field(
        "collection_word", "Collection word", "Said by whoever collects.", _text(40), _HOME,
        ("password", "collection password", "pick up word"),
    ),
    _category(
        "gender", "Gender", "As they say it themselves.", _EQUAL, words.GENDER, "sex",
        "gender identity",
    ),
    _category(
        "ethnicity", "Ethnicity", "The school census's code or words.", _EQUAL, words.ETHNICITY,
        "ethnic group", "ethnic origin", "ethnic background", "ethnicity code",
    ),
    _category(
        "special_needs", "Special needs or disability", _YES_NO, _EQUAL, words.ANSWER,
        "send", "special needs", "disability", "disabled", "sen", "additional needs",
    ),
    _category(
        "sen_provision", "Support in school", "E, K or N, or their words.", _EQUAL,
        words.SEN_PROVISION, "sen provision", "sen status", "sen support", "ehcp",
    ),
    Field(
        "sen_needs", "Kinds of need", "Codes or words, several between semicolons.", _needs,
        _EQUAL, ("sen needs", "sen need", "sen primary need", "primary need", "type of need"),
        words.SEN_NEED,
    ),
    _category(
        "care_experienced", "Looked after or care leaver", _YES_NO, _EQUAL, words.ANSWER,
        "looked after", "looked after child", "lac", "cla", "in care", "care leaver",
        "care experienced",
    ),
    _category(
        "free_school_meals", "Free school meals", _YES_NO, _EQUAL, words.ANSWER, "fsm",
        "free school meal", "eligible for free school meals", "fsm eligible",
    ),
    _category(
        "alternative_provision", "Alternative provision", _YES_NO, _EQUAL, words.ANSWER, "ap",
        "pru", "pupil referral unit",
    ),
    _category(
        "young_carer", "Young carer", _YES_NO, _EQUAL, words.ANSWER, "carer", "is young carer",
    ),
    _category(
        "english_additional", "English as an additional language", _YES_NO, _EQUAL, words.ANSWER,
        "eal",
    ),
    Field(
        "languages", "Languages at home", "", _text(120), _EQUAL,
        ("language", "home language", "first language", "languages spoken"),
    ),
    *_contact(
        1, "First", "contact 1", "emergency contact 1", "emergency contact", "parent 1", "parent",
        "parent carer", "guardian", "next of kin", "parent guardian",
    ),
    *_contact(2, "Second", "contact 2", "emergency contact 2", "parent 2", "second contact"),
    *(
        _category(
            f"consent_{purpose}", f"Consent: {label}",
            "Yes or no, as an earlier system kept it.", _AGREED, words.YES_NO,
            f"consent {label}", f"consent to {label}", f"{label} consent",
            *(("photo consent", "photo permission") if purpose == "photos_inside" else ()),
        )
        for purpose, label in CONSENTS.items()
    ),
    Field(
        "consent_on", "Day of consent", "When the answers were given; else the day of the import.",
        _past, _AGREED, ("consent date", "date of consent", "consented on"),
    ),
)  # fmt: skip

_SESSION, _MARK = "Which session", "How they came"
_WHEN = (
    Field(
        "on", "Date", "Of the session, day first.", _past, _SESSION,
        ("session date", "day", "date of session", "attendance date", "date attended"),
    ),
    Field(
        "starts", "Start time", "As 16:30. Empty where there is one session that day.",
        _plain(values.time), _SESSION, ("time", "start", "from", "session time"),
    ),
    _named(
        "activity", "Activity", "Its title. Not needed where one is chosen for the whole file.",
        _SESSION, "activity name", "session", "session name", "class", "event",
    ),
)  # fmt: skip
_ATTENDANCE = (
    Field(
        "person", "Id of the person", "As the portal shows it; names are not needed then.",
        _plain(values.person_id), _WHO, ("id", "participant id", "person id", "uuid"),
    ),
    *_NAMES,
    *_WHEN,
    _category(
        "status", "Mark", "Present, late, left early, absent or excused. Without this column "
        "everybody in the file was present.", _MARK, words.STATUS, "status", "attendance",
        "attended", "present", "register",
    ),
    _category(
        "role", "Role", "Participant, volunteer, artist or coach, family.", _MARK, words.ROLE,
        "attended as", "type",
    ),
)  # fmt: skip
_COUNT = "How many"
_COUNTS = (
    Field(
        "occasion", "Name or key of the occasion", "A day inside it, as in “2015-08-20-msu”, is "
        "read as its date.", _text(200), _SESSION, ("slug", "key", "reference", "event id"),
    ),
    *_WHEN,
    Field(
        "people", "People counted", "One count for the row's date.", _plain(values.count), _COUNT,
        ("people", "count", "attendance", "number", "headcount", "total", "numbers", "attendees",
         "head count", "number attending", "number of people"),
    ),
    *(
        Field(
            f"day_{number}", f"Day {number}: people counted",
            "On the row's date." if number == 1 else f"{number - 1} days after the row's date.",
            _plain(values.count), _COUNT, (f"day{number}", f"day {number}", f"d{number}"),
        )
        for number in range(1, DAYS + 1)
    ),
    Field(
        "on_heading", "People counted on the day in the heading", "For tables with a column for "
        "each date.", _plain(values.count), _COUNT, is_repeatable=True,
    ),
    _category(
        "group", "Who was counted", "Young people, audience, visitors or artists.", _COUNT,
        words.COUNTED_GROUP, "who", "group",
    ),
    _category(
        "method", "Counted or estimated", "", _COUNT, words.METHOD, "how", "method",
        "counted or estimated",
    ),
)  # fmt: skip

FIELDS: Mapping[str, Mapping[str, Field]] = {
    kind: {each.key: each for each in fields}
    for kind, fields in ((PEOPLE, _PEOPLE), (ATTENDANCE, _ATTENDANCE), (HEAD_COUNTS, _COUNTS))
}


def known_words(
    kind: str,
    looked_up: Mapping[str, Mapping[str, str]],
    said: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, str]]:
    """What every word means, by field: ours, names from the database, and what somebody said."""
    found = {}
    for key, each in FIELDS[kind].items():
        if each.is_category:
            own = words.by_key(each.choices) if each.choices else dict(looked_up.get(key, {}))
            codes = set(own.values())
            more = {word: code for word, code in said.get(key, {}).items() if code in codes}
            found[key] = own | more
    return found
