"""How figures are broken down: the rows of each table and what to say about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from activities.models import Activity, Kind
from evaluation.queries.record import Grouping, Scope
from hubs.models import Hub, Ward
from participants.models import Answer, Ethnicity, Gender

# The wards of the programme years; people of other boundaries are not mixed in.
WARD_BOUNDARIES = 2019
NOT_KNOWN = "Not known"
# The key of rows that gather what has no row of its own.
OTHER = "other"
CITYWIDE = "Citywide"

PEOPLE = ("unique_participants", "attendances", "contact_hours")


@dataclass(frozen=True)
class Row:
    """One row of a breakdown: the key that the query gives, and what is printed for it."""

    key: str | None
    label: str
    known: bool = True
    # Shown only where something is counted in it.
    optional: bool = False

    @property
    def id(self) -> str:
        """The key as it stands in a snapshot."""
        return "none" if self.key is None else self.key


Found = Collection[str | None]


@dataclass(frozen=True)
class Breakdown:
    """A table of figures by one thing, or of people by two where there are columns.

    `key` is SQL `over` a relation (see `queries.record.Grouping`), `session_key` the same over
    SESSIONS for figures of sessions. `rows` is told the keys that were found. Over people everybody
    stands in one row; otherwise people may stand in several, and a reconciling row says by how
    many, so that every column sums to its total.
    """

    id: str
    title: str
    row_heading: str
    key: str
    rows: Callable[[Scope, Found], list[Row]]
    note: str = ""
    over: str = "people"
    session_key: str = ""
    session_indicators: tuple[str, ...] = ()
    reconciling_label: str = ""
    chart: str | None = "bars"

    @property
    def indicators(self) -> tuple[str, ...]:
        """The figures of its columns."""
        return (*PEOPLE, *self.session_indicators)

    @property
    def grouping(self) -> Grouping:
        """What is asked of people."""
        return Grouping(self.id, self.key, self.over)

    @property
    def of_person(self) -> bool:
        """Whether it is by something that a person is, so that everybody stands in one row."""
        return self.over == "people"


@dataclass(frozen=True)
class CrossTable:
    """Young people reached by two breakdowns at once, each of the person."""

    id: str
    title: str
    row_heading: str
    down: Breakdown
    across: Breakdown
    note: str = ""

    @property
    def is_of_equality(self) -> bool:
        """Whether it tells answers of equality monitoring."""
        return bool({self.down.id, self.across.id} & OF_EQUALITY)

    @property
    def grouping(self) -> Grouping:
        """Both keys, with a line feed between them; what is not known is empty."""
        keys = (f"coalesce(({each.key})::text, '')" for each in (self.down, self.across))
        return Grouping(self.id, " || E'\\n' || ".join(keys))


# --- Rows -----------------------------------------------------------------------------------------
def _fixed(*rows: Row) -> Callable[[Scope, Found], list[Row]]:
    return lambda _scope, _found: list(rows)


def _hub_rows(scope: Scope, _found: Found) -> list[Row]:
    hubs: Iterable[Hub] = scope.hubs or Hub.objects.order_by("name")
    return [
        *(Row(str(hub.pk), hub.name) for hub in hubs),
        Row(None, CITYWIDE, optional=True),
    ]


def _ward_rows(_scope: Scope, _found: Found) -> list[Row]:
    wards = Ward.objects.filter(boundary_year=WARD_BOUNDARIES).order_by("name")
    return [
        *(Row(str(ward.pk), ward.name) for ward in wards),
        Row(OTHER, "Wards of other boundaries", optional=True),
        Row(None, NOT_KNOWN, known=False),
    ]


def _decile_rows(_scope: Scope, found: Found) -> list[Row]:
    """Ten rows for each edition that was used; the edition is named where there are several."""
    editions = sorted({key.partition(":")[0] for key in found if key}) or [""]
    return [
        *(
            Row(f"{edition}:{decile}", _decile_label(decile, edition))
            for edition in editions
            for decile in range(1, 11)
        ),
        Row(None, NOT_KNOWN, known=False),
    ]


def _decile_label(decile: int, edition: str) -> str:
    ends = {1: "1 (most deprived)", 10: "10 (least deprived)"}
    label = ends.get(decile, str(decile))
    return f"{label}, {edition} index" if edition else label


AGE_BANDS = ((5, 7), (8, 12), (13, 15), (16, 18), (19, 25))


def _banded(column: str, bands: Iterable[tuple[str, int, int]]) -> str:
    """SQL that names the band that a number lies in, `OTHER` where it lies in none."""
    cases = " ".join(
        f"WHEN {column} BETWEEN {low} AND {high} THEN '{id_}'" for id_, low, high in bands
    )
    return f"CASE {cases} WHEN {column} IS NOT NULL THEN '{OTHER}' END"


_AGE_SQL = _banded("first_age", ((f"{low}_{high}", low, high) for low, high in AGE_BANDS))
_AGE_ROWS = (
    *(Row(f"{low}_{high}", f"{low} to {high}") for low, high in AGE_BANDS),
    Row(OTHER, "Other ages", optional=True),
    Row(None, NOT_KNOWN, known=False),
)
# School years of England; Reception is 0.
KEY_STAGES = (
    ("early", "Reception and before", -5, 0),
    ("ks1", "Key stage 1 (Years 1 and 2)", 1, 2),
    ("ks2", "Key stage 2 (Years 3 to 6)", 3, 6),
    ("ks3", "Key stage 3 (Years 7 to 9)", 7, 9),
    ("ks4", "Key stage 4 (Years 10 and 11)", 10, 11),
    ("after", "After Year 11", 12, 25),
)
_KEY_STAGE_SQL = _banded(
    "first_school_year", ((id_, low, high) for id_, _, low, high in KEY_STAGES)
)
_KEY_STAGE_ROWS = (
    *(Row(id_, label) for id_, label, _, _ in KEY_STAGES),
    Row(OTHER, "Other ages", optional=True),
    Row(None, NOT_KNOWN, known=False),
)
DOSE_BANDS = (("1", 1, 1), ("2_4", 2, 4), ("5_9", 5, 9), ("10_19", 10, 19), ("20", 20, 100_000))
_DOSE_ROWS = (
    Row("1", "1 session"),
    Row("2_4", "2 to 4 sessions"),
    Row("5_9", "5 to 9 sessions"),
    Row("10_19", "10 to 19 sessions"),
    Row("20", "20 sessions or more"),
    # Marked absent only: they reached nobody, and their row is never shown.
    Row("0", "None", optional=True),
)
# Any yes counts. Without one, an answer that is not known leaves all of it not known, and one that
# was not given is "prefer not to say"; only five noes are a no.
_DISADVANTAGES = (
    "free_school_meals, care_experienced, alternative_provision, special_needs, young_carer"
)
_DISADVANTAGED_SQL = f"""
    CASE WHEN disadvantaged THEN '{Answer.YES}'
         WHEN '{Answer.UNKNOWN}' IN ({_DISADVANTAGES}) THEN '{Answer.UNKNOWN}'
         WHEN '{Answer.UNDISCLOSED}' IN ({_DISADVANTAGES}) THEN '{Answer.UNDISCLOSED}'
         ELSE '{Answer.NO}' END"""
_DISADVANTAGED_ROWS = (
    Row(Answer.YES.value, "Known to be disadvantaged"),
    Row(Answer.NO.value, "Not disadvantaged"),
    Row(Answer.UNDISCLOSED.value, str(Answer.UNDISCLOSED.label), known=False),
    Row(Answer.UNKNOWN.value, str(Answer.UNKNOWN.label), known=False),
)
_WARD_SQL = f"""
    CASE WHEN home_ward_id IN (SELECT id FROM hubs_ward WHERE boundary_year = {WARD_BOUNDARIES})
         THEN home_ward_id::text
         WHEN home_ward_id IS NOT NULL THEN '{OTHER}' END"""  # noqa: S608


def _choices(choices: type[Gender | Ethnicity | Answer]) -> Callable[[Scope, Found], list[Row]]:
    unknown = {"unknown", "undisclosed"}
    return _fixed(
        *(Row(each.value, str(each.label), each.value not in unknown) for each in choices)
    )


def _kind_rows(_scope: Scope, _found: Found) -> list[Row]:
    return [Row(kind.value, str(kind.label)) for kind in Kind]


def _activity_rows(_scope: Scope, found: Found) -> list[Row]:
    # What an address asks for comes here as well.
    activities = Activity.objects.filter(pk__in=[key for key in found if key and key.isdecimal()])
    titles = activities.select_related("hub").order_by("title", "hub__name", "pk")
    return [
        Row(str(each.pk), f"{each.title} ({each.hub.name if each.hub else CITYWIDE})")
        for each in titles
    ]


def _month_rows(scope: Scope, _found: Found) -> list[Row]:
    months, day = [], scope.first_day.replace(day=1)
    while day <= scope.last_day:
        months.append(Row(day.isoformat(), f"{day:%B %Y}"))
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return months


# --- Tables ---------------------------------------------------------------------------------------
def _answered(column: str, title: str, row_heading: str, note: str = "") -> Breakdown:
    """A breakdown by a yes-or-no question."""
    said = "As given by the young person, a parent or a school; nobody has to answer."
    return Breakdown(column, title, row_heading, column, _choices(Answer), note or said)


AGE = Breakdown(
    "age_band",
    "By age",
    "Age",
    _AGE_SQL,
    _fixed(*_AGE_ROWS),
    "Age in whole years at the first attendance in the period.",
)
GENDER = Breakdown(
    "gender",
    "By gender",
    "Gender",
    "gender",
    _choices(Gender),
    "As given by the young person or a parent.",
)
_MAIN_HUB = Breakdown("main_hub", "By main hub", "Main hub", "main_hub", _hub_rows)

BREAKDOWNS = (
    Breakdown(
        "hub",
        "By hub",
        "Hub",
        "hub_id",
        _hub_rows,
        "A young person who came to two hubs is counted at both.",
        over="stays",
        session_key="hub_id::text",
        session_indicators=("session_hours", "sessions", "registers_missing"),
        reconciling_label="Less: counted again at another hub",
    ),
    Breakdown(
        "month",
        "By month",
        "Month",
        "month",
        _month_rows,
        "A young person who came in two months is counted in both.",
        over="cells",
        session_key="month::text",
        session_indicators=("session_hours", "sessions"),
        reconciling_label="Less: counted again in another month",
        chart="columns",
    ),
    Breakdown(
        "ward",
        "By home ward",
        "Ward",
        _WARD_SQL,
        _ward_rows,
        "The ward of the home postcode when it was first recorded, with the boundaries of "
        "2013 to 2022.",
    ),
    Breakdown(
        "imd_decile",
        "By deprivation (IMD decile)",
        "IMD decile",
        "imd_edition || ':' || imd_decile",
        _decile_rows,
        "Index of Multiple Deprivation of the home's small area when the postcode was first "
        "recorded. 1 is the most deprived tenth of England. The edition of the index is that "
        "of the record.",
    ),
    AGE,
    Breakdown(
        "key_stage",
        "By key stage",
        "Key stage",
        _KEY_STAGE_SQL,
        _fixed(*_KEY_STAGE_ROWS),
        "The school year that somebody of that age is usually in, at the first attendance in "
        "the period. Whoever stayed down or went ahead is in another.",
    ),
    GENDER,
    Breakdown(
        "ethnicity",
        "By ethnic group",
        "Ethnic group",
        "ethnicity",
        _choices(Ethnicity),
        "By the groups of the school census, as given by the young person or a parent.",
    ),
    _answered("special_needs", "By special educational needs or disability", "Special needs"),
    _answered("free_school_meals", "By free school meals", "Free school meals"),
    _answered("care_experienced", "By being looked after or a care leaver", "Looked after"),
    _answered("alternative_provision", "By alternative provision", "Alternative provision"),
    _answered("young_carer", "By being a young carer", "Young carer"),
    _answered("english_additional", "By English as an additional language", "Additional language"),
    Breakdown(
        "disadvantaged",
        "By disadvantage",
        "Disadvantaged",
        _DISADVANTAGED_SQL,
        _fixed(*_DISADVANTAGED_ROWS),
        "At least one of: free school meals, looked after or care leaver, alternative provision, "
        "special educational needs or disability, young carer. Not disadvantaged is who answered "
        "no to all five. Without a yes, one answer that is not known makes it not known, and one "
        "that somebody prefers not to give makes it prefer not to say.",
    ),
    Breakdown(
        "dose",
        "By sessions attended",
        "Sessions attended",
        _banded("attended", (("0", 0, 0), *DOSE_BANDS)),
        _fixed(*_DOSE_ROWS),
        "How many sessions each young person attended in the period.",
    ),
    Breakdown(
        "kind",
        "By kind of activity",
        "Kind",
        "kind",
        _kind_rows,
        "A young person who came to two kinds is counted at both.",
        over="stays",
        session_key="activity_kind",
        session_indicators=("session_hours", "sessions"),
        reconciling_label="Less: counted again in another kind",
    ),
    Breakdown(
        "activity",
        "By activity",
        "Activity",
        "activity_id",
        _activity_rows,
        "A young person who came to two activities is counted at both.",
        over="stays",
        session_key="activity_id::text",
        session_indicators=("session_hours", "sessions"),
        reconciling_label="Less: counted again in another activity",
        chart=None,
    ),
)
# Answers of equality monitoring, which a hub's own staff write and do not read: one day with one
# young person would tell them that one's.
OF_EQUALITY = frozenset(
    {
        *("gender", "ethnicity", "special_needs", "free_school_meals", "care_experienced"),
        *("alternative_provision", "young_carer", "english_additional", "disadvantaged"),
    }
)
CROSS_TABLES = (
    CrossTable(
        "age_by_gender",
        "Age by gender",
        "Age",
        AGE,
        GENDER,
        "Age in whole years at the first attendance in the period.",
    ),
    CrossTable(
        "age_by_hub",
        "Main hub by age",
        "Main hub",
        _MAIN_HUB,
        AGE,
        "Everybody is counted once, at the hub where they went most often in the period.",
    ),
)
