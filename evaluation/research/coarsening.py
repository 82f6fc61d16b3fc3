"""What makes somebody recognisable, and how each such answer is told less exactly.

An attribute has a ladder: its first step tells most, its last nothing. Every person's value is
told on the same step, so a column means one thing throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WITHHELD = ""
WITHHELD_WORDS = "withheld"
NOT_KNOWN = "not known"
OTHER = "other or not known"

Step = Callable[[str], str]


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: what it is called in words, and what it makes of a value."""

    words: str
    tell: Step


@dataclass(frozen=True)
class Ladder:
    """An attribute by which somebody might be recognised, from exact to withheld.

    `weight` says how much an analysis loses without it, beside the others' 1.
    """

    attribute: str
    rungs: tuple[Rung, ...]
    weight: float = 1

    @property
    def top(self) -> int:
        """The number of the last step, which tells nothing."""
        return len(self.rungs) - 1


def _same(value: str) -> str:
    return value


def _withheld(value: str) -> str:
    return WITHHELD


def _by(table: Mapping[str, str], otherwise: str = OTHER) -> Step:
    return lambda value: table.get(value, otherwise)


def _or(known: str) -> Step:
    """One value by itself, all that is known besides together."""
    return lambda value: value if value in {known, OTHER} else f"not {known}"


_WITHHELD = Rung(WITHHELD_WORDS, _withheld)

AGE_BANDS = ("5 to 7", "8 to 12", "13 to 15", "16 to 18", "19 to 25")
_TWO_AGES = dict.fromkeys(AGE_BANDS[:2], "12 or under") | dict.fromkeys(AGE_BANDS[2:], "13 or over")
_TWO_FIFTHS = dict.fromkeys(("1", "2"), "most deprived 40 %") | dict.fromkeys(
    ("3", "4", "5"), "other 60 %"
)

LADDERS = (
    Ladder(
        "age_band",
        (Rung("five bands", _same), Rung("two bands", _by(_TWO_AGES)), _WITHHELD),
        # Forms are for ages, and so is what a change means.
        weight=1.5,
    ),
    Ladder("gender", (Rung("as given", _same), _WITHHELD)),
    Ladder(
        "ethnic_group",
        (Rung("broad groups", _same), Rung("White or not", _or("White")), _WITHHELD),
    ),
    Ladder(
        "imd_quintile",
        (Rung("quintiles", _same), Rung("most deprived 40 % or not", _by(_TWO_FIFTHS)), _WITHHELD),
    ),
    # Without it nobody can take account of how alike the young people of one hub are.
    Ladder("hub", (Rung("main hub", _same), _WITHHELD), weight=3),
    Ladder("send", (Rung("yes, no, or not known", _same), _WITHHELD)),
)
ATTRIBUTES = tuple(ladder.attribute for ladder in LADDERS)

# First letters of the school census's codes, by the broad group that they stand in.
_GROUPS = {"W": "White", "M": "Mixed", "A": "Asian", "C": "Asian", "B": "Black", "O": "Other"}


def age_band(age: int | None) -> str:
    """The band of an age in whole years."""
    for band in AGE_BANDS:
        low, high = (int(end) for end in band.split(" to "))
        if age is not None and low <= age <= high:
            return band
    return NOT_KNOWN


def ethnic_group(code: str) -> str:
    """The broad group of a school-census code; Chinese stands with Asian, as in the census."""
    return _GROUPS.get(code[:1], NOT_KNOWN) if code.isupper() else NOT_KNOWN


def imd_quintile(decile: int | None) -> str:
    """The fifth of a tenth: 1, the most deprived, to 5."""
    return str((decile + 1) // 2) if decile else NOT_KNOWN


def yes_or_no(answers: Sequence[str]) -> str:
    """Yes where one answer is yes, no where all are no, and not known otherwise."""
    if "yes" in answers:
        return "yes"
    return "no" if set(answers) == {"no"} else NOT_KNOWN


def dose_band(sessions: int) -> str:
    """How often somebody came in the period, in the programme's bands."""
    for low, high in ((1, 1), (2, 4), (5, 9), (10, 19)):
        if low <= sessions <= high:
            return str(low) if low == high else f"{low} to {high}"
    return "20 or more" if sessions else "0"


def rounded(amount: float, to: int) -> int:
    """The nearest multiple, halves up."""
    return int((amount + to / 2) // to) * to
