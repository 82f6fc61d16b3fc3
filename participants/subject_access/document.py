"""What leaves of a copy: entries in order, with everything that was decided to stay taken out.

A body, as it is kept, is `{"about", "made_at", "hidden", "entries": [entry]}`; an entry is
`{"key", "section", "title", "data": [[label, value]], "look": [why it must be looked at]}`.
Decisions are by key: a reason leaves the entry out, an empty text lets it stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Reasons why an entry must be looked at before it leaves.
OTHERS = "others"
ADDRESS = "address"
PLACE = "place"
PROMISED = "promised"
LOOKS = {
    OTHERS: "May tell of somebody else",
    ADDRESS: "Says where a child lives whose address must stay hidden",
    PLACE: "Says where a child can be found whose address must stay hidden",
    PROMISED: "Given by a young person who was told that their parents do not see it",
}
SECTIONS: dict[str, tuple[str, str]] = {
    "identity": ("Who the record is about", ""),
    "home": ("Home and going home", ""),
    "contacts": ("People to ring and people who collect", ""),
    "care": ("Care notes", "What staff must know to look after somebody."),
    "equality": ("Answers about themselves", "Nobody has to answer any of these."),
    "consents": ("Consents", "Each answer that was given, and the version of the words asked."),
    "hubs": ("Hubs", "Where the person is registered."),
    "attendance": ("Attendance", "Every session with a mark, and every mark that was made."),
    "bookings": ("Places and printed registers", ""),
    "links": ("Links sent to a parent", "The words that open a link are kept nowhere."),
    "photographs": ("Photographs", "Photographs in which the person can be recognised."),
    "record": ("The record itself", ""),
    "merges": ("Records joined", "Two records that turned out to be one person."),
    "requests": ("Requests about the data", ""),
    "told": ("Who was told", "Documents that were sent to somebody."),
    "changes": ("Changes", "What was written, and what it was changed to."),
    "reads": ("Who looked", "Staff by their role, day by day, and what they opened or did."),
}
OTHER_SECTION = ("Anything else", "")
CODES: tuple[tuple[str, str], ...] = (
    ("Not known", "Nobody answered the question."),
    ("Prefer not to say", "Somebody was asked and chose not to answer."),
    ("Codes in capitals, such as WBRI or SLCN", "The Department for Education's own lists."),
    ("E, K and N", "Support in school: a plan (E), SEN support (K) or none (N)."),
    (
        "Deprivation decile",
        "How deprived the home's neighbourhood is: 1 is the most deprived tenth of England.",
    ),
    ("Small area", "An area of about 1,500 people, of the national statistics office."),
    ("Version of the words", "The words in which consent was asked for, by number."),
    ("Times", "Year, month and day, then the time in Derby and its distance from Greenwich."),
    ("Hub staff and programme staff", "People who work at one hub, or for all of them."),
)
NOT_HERE = (
    "Safeguarding records are kept apart, under rules of their own, and are in nobody's copy.",
    "That does not say that there are any about this person. Ask the safeguarding lead.",
    "Figures in reports are about groups, and do not say who is in them.",
    "Words for collection and the secret words of links are not written here, to keep people safe.",
)


@dataclass(frozen=True)
class Entry:
    """One thing that is held. `left_out` says why nothing of it is here, or is empty."""

    key: str
    title: str
    data: Mapping[str, Any]
    left_out: str = ""


@dataclass(frozen=True)
class Part:
    """Entries under a heading."""

    section: str
    title: str
    about: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Copy:
    """Everything that leaves. `made_at` is a moment in ISO 8601."""

    about: str
    made_at: str
    parts: tuple[Part, ...]


def undecided(body: Mapping[str, Any], decisions: Mapping[str, str]) -> list[str]:
    """Keys of entries that must be looked at and that nobody has decided on."""
    entries = body.get("entries", [])
    return [each["key"] for each in entries if each["look"] and each["key"] not in decisions]


def released(body: Mapping[str, Any], decisions: Mapping[str, str]) -> Copy:
    """The copy as it leaves. What is left out is gone from it, title and all.

    Raises:
        ValueError: somebody has not looked at everything yet.
    """
    if undecided(body, decisions):
        raise ValueError("Not every entry was decided on.")
    parts = []
    for section, (title, about) in {**SECTIONS, "": OTHER_SECTION}.items():
        found = tuple(
            _entry(each, decisions)
            for each in body["entries"]
            if each["section"] == section or (not section and each["section"] not in SECTIONS)
        )
        if found:
            parts.append(Part(section or "other", title, about, found))
    return Copy(body["about"], body["made_at"], tuple(parts))


def _entry(each: Mapping[str, Any], decisions: Mapping[str, str]) -> Entry:
    why = decisions.get(each["key"], "")
    if why:
        return Entry(each["key"], "Left out", {}, why)
    return Entry(each["key"], each["title"], dict(each["data"]))
