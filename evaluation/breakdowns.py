"""How figures are broken down: the rows of each table and what to say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from activities.models import Kind
from hubs.models import Hub, Ward
from participants.models import Gender

# The wards of the programme years; people of other boundaries are not mixed in.
WARD_BOUNDARIES = 2019
NOT_KNOWN = "Not known"
# The key of rows that gather what has no row of its own.
OTHER = -1
CITYWIDE = "Citywide"

_PEOPLE = ("unique_participants", "attendances", "contact_hours")


@dataclass(frozen=True)
class Row:
    """One row of a breakdown: the key that the query gives, and what is printed for it."""

    key: Any
    label: str
    known: bool = True
    reconciling: bool = False
    # Shown only where something is counted in it.
    optional: bool = False


@dataclass(frozen=True)
class Breakdown:
    """A table of figures by one thing.

    `key` is SQL over the relations of `evaluation.queries.record`. With `of_person` it says
    something about the person, who so stands in one row only; without, people may stand in
    several, and a reconciling row says by how many so that every column sums to its total.
    """

    id: str
    title: str
    key: str
    rows: Callable[[], list[Row]]
    indicators: tuple[str, ...]
    note: str = ""
    of_person: bool = False
    reconciling_label: str = ""

    def reconciling_rows(self) -> list[Row]:
        """The row, if any, that says how many people stand in more than one row."""
        label = self.reconciling_label
        return [Row(label, label, reconciling=True)] if label else []


def _hub_rows() -> list[Row]:
    hubs = [Row(hub.pk, hub.name) for hub in Hub.objects.order_by("name")]
    return [*hubs, Row(None, CITYWIDE, optional=True)]


def _ward_rows() -> list[Row]:
    wards = Ward.objects.filter(boundary_year=WARD_BOUNDARIES).order_by("name")
    return [
        *(Row(ward.pk, ward.name) for ward in wards),
        Row(OTHER, "Wards of other boundaries", optional=True),
        Row(None, NOT_KNOWN, known=False),
    ]


def _decile_rows() -> list[Row]:
    labels = {1: "1 (most deprived)", 10: "10 (least deprived)"}
    deciles = [Row(decile, labels.get(decile, str(decile))) for decile in range(1, 11)]
    return [*deciles, Row(None, NOT_KNOWN, known=False)]


_WARD_SQL = f"""
    CASE WHEN home_ward_id IN (SELECT id FROM hubs_ward WHERE boundary_year = {WARD_BOUNDARIES})
         THEN home_ward_id
         WHEN home_ward_id IS NOT NULL THEN {OTHER} END"""  # noqa: S608
AGE_BANDS = ((5, 7), (8, 12), (13, 15), (16, 18), (19, 25))
_AGE_BAND_SQL = (
    "CASE "
    + " ".join(f"WHEN first_age BETWEEN {low} AND {high} THEN {low}" for low, high in AGE_BANDS)
    + f" WHEN first_age IS NOT NULL THEN {OTHER} END"
)


def _age_band_rows() -> list[Row]:
    bands = [Row(low, f"{low} to {high}") for low, high in AGE_BANDS]
    return [*bands, Row(OTHER, "Other ages", optional=True), Row(None, NOT_KNOWN, known=False)]


def _gender_rows() -> list[Row]:
    unknown = {Gender.UNDISCLOSED, Gender.UNKNOWN}
    return [Row(gender.value, gender.label, gender not in unknown) for gender in Gender]


def _kind_rows() -> list[Row]:
    return [Row(kind.value, str(kind.label)) for kind in Kind]


BREAKDOWNS = (
    Breakdown(
        "hub",
        "By hub",
        "hub_id",
        _hub_rows,
        (*_PEOPLE, "session_hours", "sessions", "registers_missing"),
        "A young person who came to two hubs is counted at both.",
        reconciling_label="Less: counted again at another hub",
    ),
    Breakdown(
        "ward",
        "By home ward",
        _WARD_SQL,
        _ward_rows,
        _PEOPLE,
        "The ward of the home postcode when it was first recorded, with the boundaries of "
        "2013 to 2022.",
        of_person=True,
    ),
    Breakdown(
        "imd_decile",
        "By deprivation (IMD decile)",
        "imd_decile",
        _decile_rows,
        _PEOPLE,
        "Index of Multiple Deprivation of the home's small area when the postcode was first "
        "recorded. 1 is the most deprived tenth of England.",
        of_person=True,
    ),
    Breakdown(
        "age_band",
        "By age",
        _AGE_BAND_SQL,
        _age_band_rows,
        _PEOPLE,
        "Age in whole years at the first attendance in the period.",
        of_person=True,
    ),
    Breakdown(
        "gender",
        "By gender",
        "gender",
        _gender_rows,
        _PEOPLE,
        "As given by the young person or a parent.",
        of_person=True,
    ),
    Breakdown(
        "kind",
        "By kind of activity",
        "activity_kind",
        _kind_rows,
        (*_PEOPLE, "session_hours", "sessions"),
        "A young person who came to two kinds is counted at both.",
        reconciling_label="Less: counted again in another kind",
    ),
)
