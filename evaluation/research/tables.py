"""The tables of an extract, every column described, and its rows by pseudonym."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from evaluation.research.anonymity import EXACT, Levels, Report, protect
from evaluation.research.coarsening import (
    age_band,
    dose_band,
    ethnic_group,
    imd_quintile,
    rounded,
    yes_or_no,
)
from evaluation.research.facts import Facts, PersonFacts, ResponseFacts

Cell = str | int | None
Row = tuple[Cell, ...]
References = Mapping[tuple[str, ...], str]

GENDERS = {"female": "girl or woman", "male": "boy or man", "other": "in another way"}
ANSWERS = ("yes", "no")
MINUTES_TO = 15
DECIMALS = 4


@dataclass(frozen=True)
class Column:
    """One column: its type is one of Table Schema's, `codes` are the values that it can have."""

    name: str
    type: str
    description: str
    required: bool = True
    codes: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """One table: `key` are the columns that name a row, `refers` {columns: table with that key}."""

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: tuple[Row, ...]
    refers: References


_PSEUDONYM = Column("pseudonym", "string", "A random word for a person, the same in this study.")
_NUMBER = Column("number", "integer", "Which of the person's responses, the earliest first.")
_MAYBE = "Empty where it is withheld."

PEOPLE = (
    _PSEUDONYM,
    Column(
        "age_band", "string", f"Age at the first attendance, in years. {_MAYBE}", required=False
    ),
    Column("gender", "string", f"As given. {_MAYBE}", required=False),
    Column("ethnic_group", "string", f"Broad group of the school census. {_MAYBE}", required=False),
    Column(
        "imd_quintile",
        "string",
        "Fifth of the Index of Multiple Deprivation of the home's small area, 1 the most "
        f"deprived. {_MAYBE}",
        required=False,
    ),
    Column("hub", "string", f"The hub where they attended most. {_MAYBE}", required=False),
    Column("send", "string", f"Special educational needs or disability. {_MAYBE}", required=False),
    Column(
        "disadvantaged",
        "string",
        "Free school meals, looked-after or care leaver, alternative provision, SEND or young "
        "carer. Empty where SEND is withheld.",
        required=False,
    ),
    Column("dose_band", "string", "Sessions attended in the period, in bands."),
    Column("sessions", "integer", "Sessions attended in the period."),
    Column("contact_hours", "integer", "Time attended, to the nearest hour."),
)
ATTENDANCE = (
    _PSEUDONYM,
    Column("month", "yearmonth", "Calendar month, Europe/London."),
    Column("sessions", "integer", "Sessions attended in the month."),
    Column("minutes", "integer", f"Minutes attended, to the nearest {MINUTES_TO}."),
)
RESPONSES = (
    _PSEUDONYM,
    _NUMBER,
    Column("instrument", "string", "Id of the instrument: see the codebook."),
    Column("version", "integer", "Version of the instrument."),
    Column(
        "respondent",
        "string",
        "Who answered.",
        codes={
            "self": "The young person",
            "staff": "A member of staff",
            "carer": "A parent or carer",
        },
    ),
    Column(
        "wave",
        "string",
        "When in their time with the programme.",
        codes={"baseline": "Baseline", "follow_up": "Follow-up"},
    ),
    Column("month", "yearmonth", "Month in which it was finished."),
    Column(
        "weeks_since_baseline",
        "integer",
        "Whole weeks since their first baseline of this instrument; empty where there is none.",
        required=False,
    ),
    Column(
        "channel",
        "string",
        "By which way.",
        codes={
            "kiosk": "On the hub's tablet",
            "link": "On their own phone",
            "paper": "On paper, keyed in",
            "staff": "Observed by staff",
        },
    ),
    Column(
        "assistance",
        "string",
        "How it was answered.",
        codes={
            "alone": "Alone",
            "helped": "With somebody's help",
            "by_staff": "Staff filled it in",
            "unknown": "Not known",
        },
    ),
)
ITEMS = (
    _PSEUDONYM,
    _NUMBER,
    Column("item", "string", "Id of the item: see the codebook."),
    Column(
        "value",
        "integer",
        "The answer as given, before any reversing; empty if none.",
        required=False,
    ),
    Column(
        "state",
        "string",
        "Whether it was answered.",
        codes={"answered": "Answered", "skipped": "Passed over by the respondent"},
    ),
)
SCORES = (
    _PSEUDONYM,
    _NUMBER,
    Column("score", "string", "Id of the score: see the codebook."),
    Column("value", "number", "Empty where too little was answered for a score.", required=False),
    Column("band", "string", "Band of the instrument's owner, where there is one.", required=False),
)
_OF_PERSON: References = {("pseudonym",): "people"}
_OF_RESPONSE: References = {("pseudonym", "number"): "responses"}


def build(
    facts: Facts, words: Mapping[UUID, str], *, floor: Levels = EXACT
) -> tuple[list[Table], Report]:
    """The tables of an extract, and how small its smallest group is. One row a person stays.

    `floor` is how exactly released extracts of the study told each attribute at best.

    Raises:
        TooFewError: there are too few people for nobody to stand out.
    """
    people = sorted(facts.people, key=lambda each: words[each.key])
    told, report = protect([_recognisable(each) for each in people], floor=floor)
    rows = tuple(
        _person(each, words[each.key], values) for each, values in zip(people, told, strict=True)
    )
    numbered = _numbered(facts.responses, words)
    tables = [
        Table("people", "People", PEOPLE, ("pseudonym",), rows, {}),
        Table(
            "attendance",
            "Attendance by month",
            ATTENDANCE,
            ("pseudonym", "month"),
            _months(facts, words),
            _OF_PERSON,
        ),
        Table(
            "responses",
            "Responses",
            RESPONSES,
            ("pseudonym", "number"),
            tuple(_response(*each) for each in numbered),
            _OF_PERSON,
        ),
        Table(
            "items",
            "Answers to items",
            ITEMS,
            ("pseudonym", "number", "item"),
            tuple(row for each in numbered for row in _items(*each)),
            _OF_RESPONSE,
        ),
        Table(
            "scores",
            "Scores",
            SCORES,
            ("pseudonym", "number", "score"),
            tuple(row for each in numbered for row in _scores(*each)),
            _OF_RESPONSE,
        ),
    ]
    return tables, report


def _recognisable(person: PersonFacts) -> tuple[str, ...]:
    """The values by which somebody might be recognised, in the order of the ladders."""
    return (
        age_band(person.age),
        GENDERS.get(person.gender, "not known"),
        ethnic_group(person.ethnicity),
        imd_quintile(person.imd_decile),
        person.hub,
        yes_or_no((person.special_needs,)),
    )


def _person(person: PersonFacts, word: str, told: tuple[str, ...]) -> Row:
    send = told[-1]
    # "Disadvantaged: no" would say what a withheld answer on SEND does not.
    disadvantaged = yes_or_no((person.special_needs, *person.disadvantages)) if send else None
    return (
        word,
        *(value or None for value in told),
        disadvantaged,
        dose_band(person.sessions),
        person.sessions,
        rounded(person.minutes, 60) // 60,
    )


def _months(facts: Facts, words: Mapping[UUID, str]) -> tuple[Row, ...]:
    return tuple(
        sorted(
            (words[each.key], each.month, each.sessions, rounded(each.minutes, MINUTES_TO))
            for each in facts.months
        )
    )


Numbered = tuple[str, int, ResponseFacts]


def _numbered(responses: tuple[ResponseFacts, ...], words: Mapping[UUID, str]) -> list[Numbered]:
    """Responses with their person's word and their number, by both."""
    so_far: Counter[UUID] = Counter()
    out: list[Numbered] = []
    for each in responses:
        so_far[each.key] += 1
        out.append((words[each.key], so_far[each.key], each))
    return sorted(out, key=lambda row: row[:2])


def _response(word: str, number: int, each: ResponseFacts) -> Row:
    return (
        word,
        number,
        each.instrument,
        each.version,
        each.respondent,
        each.wave,
        each.month,
        each.weeks,
        each.channel,
        each.assistance,
    )


def _items(word: str, number: int, each: ResponseFacts) -> Iterator[Row]:
    for item in sorted({*each.answers, *each.skipped}):
        value = each.answers.get(item)
        yield word, number, item, value, "skipped" if value is None else "answered"


def _scores(word: str, number: int, each: ResponseFacts) -> Iterator[Row]:
    for score in sorted(each.scores, key=lambda found: found.score):
        value = (
            None if score.value is None else f"{score.value:.{DECIMALS}f}".rstrip("0").rstrip(".")
        )
        yield word, number, score.score, value, score.band or None
