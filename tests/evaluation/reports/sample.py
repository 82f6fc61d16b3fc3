"""Full, realistic report bodies, and strategies for arbitrary valid ones. Nobody here is real."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

ENVELOPE = {
    "run_id": "0b6f2c1e-8a53-4a1c-9a55-3f1f7f0f2d11",
    "requested_at": "2019-07-20T09:00:00+00:00",
    "finished_at": "2019-07-20T09:00:12.345678+00:00",
    "code_version": "0.1.0",
    "sha256": "3f1f7f0f2d110b6f2c1e8a534a1c9a553f1f7f0f2d110b6f2c1e8a534a1c9a55",
}
RELEASED_ENVELOPE = ENVELOPE | {
    "release": "5d0d5a39-4e12-4d6c-8a10-7c54f3d0a8b2",
    "released_at": "2019-08-01T11:30:00+00:00",
}

Figure = int | str | None

# id: label, unit, value, numerator, denominator
_INDICATORS: dict[str, tuple[str, str, Figure, str, str]] = {
    "unique_participants": ("Young people reached", "people", 2148, "", ""),
    "volunteers": ("Young volunteers", "people", 86, "", ""),
    "new_people": ("New in the period", "people", 1904, "", ""),
    "attendances": ("Attendances", "attendances", 24_831, "", ""),
    "contact_hours": ("Contact hours", "hours", "41234.5", "", ""),
    "session_hours": ("Session hours", "hours", "4812.0", "", ""),
    "sessions": ("Sessions held", "sessions", 2406, "", ""),
    "sessions_cancelled": ("Sessions cancelled", "sessions", 61, "", ""),
    "registers_missing": ("Sessions with no register", "registers", 37, "", ""),
    "attendance_rate": ("Attendance rate", "percent", "87.3", "attendances", "sessions"),
    "hours_a_week": ("Session hours a week", "hours", "117.4", "session_hours", ""),
    "hubs_active": ("Hubs with sessions", "hubs", 10, "", ""),
    "roadshows": ("Roadshows held", "sessions", 5, "", ""),
    "people_counted": ("Head-count, counted", "people", 1500, "", ""),
    "people_estimated": ("Head-count, estimated", "people", 240, "", ""),
    "retention_90": ("Still coming after 90 days", "percent", "61.8", "", "unique_participants"),
    "spend": ("Spent", "pounds", "803604.17", "", ""),
    "budget": ("Budget", "pounds", "1000000.00", "", ""),
    "cost_per_session_hour": ("Cost of a session hour", "pounds", "167.00", "spend", ""),
    "cost_per_retained": ("Cost of a young person retained", "pounds", None, "spend", ""),
}
_HUBS = "Abbey,Alvaston,Arboretum,Boulton,Chaddesden,Derwent,Mackworth,Normanton,Sinfin,SEND hub"
_WARDS = (
    "Abbey,Allestree,Alvaston,Arboretum,Blagreaves,Boulton,Chaddesden,Chellaston,Darley,Derwent,"
    "Littleover,Mackworth,Mickleover,Normanton,Oakwood,Sinfin,Spondon"
)
_MONTHS = (
    "September 2018,October 2018,November 2018,December 2018,January 2019,February 2019,"
    "March 2019,April 2019,May 2019,June 2019,July 2019"
)
_AGES = "5 to 7,8 to 12,13 to 15,16 to 18,19 to 25,Other ages,Not known"
_GENDERS = ("Female", "Male", "Non-binary", "Not known")
_PEOPLE = ("unique_participants", "attendances", "contact_hours")
_NOT_KNOWN = frozenset({"Not known", "Prefer not to say"})


def sample_body() -> dict[str, Any]:
    """The programme of 2018-19 as an internal report would have it, with every kind of table."""
    return {
        "schema": 2,
        "kind": "internal",
        "title": "Evaluation report: Essential Life Skills, #ThisIsDerby",
        "about": _about("internal"),
        "shape": _shape(),
        "figures": {id_: value for id_, (_, _, value, _, _) in _INDICATORS.items()},
        "indicators": [_indicator(id_) for id_ in _INDICATORS],
        "tables": _tables(),
        "outcomes": [_outcome("Confidence"), _outcome("Working together")],
        "quotes": [
            {"text": "I can talk in front of people now.", "who": "Young person, 14"},
            {"text": "She sleeps better on Thursdays.", "who": "Parent"},
        ],
        "narratives": {},
        "method": [
            {
                "heading": "Where the figures come from",
                "text": "Every figure is added up from the registers that coordinators took.\n\n"
                "All were read at one moment, so they agree with each other.",
            },
            {"heading": "Rounding", "text": "Counts are exact. Hours are shown to one decimal."},
        ],
        "row_counts": {"sessions": 2504, "attendances": 28_443, "participants": 2391},
    }


def released_body() -> dict[str, Any]:
    """The same period as it left the house: rounded, small cells hidden, narratives written."""
    body = sample_body()
    figures = {id_: _rounded(value) for id_, value in body["figures"].items()}
    return body | {
        "kind": "released",
        "about": _about("funder"),
        "figures": figures | {"retention_90": None},
        "tables": [released_table(table) for table in body["tables"] if table["id"] in _LEAVING],
        "narratives": {
            "summary": "Ten hubs were open all year.\n\nMost young people came back.",
        },
    }


# Missing registers and what changed since are for staff.
_LEAVING = frozenset(
    {
        "targets",
        "hub",
        "month",
        "ward",
        "imd_decile",
        "age_band",
        "gender",
        "age_by_gender",
        "spend",
    }
)


def released_table(table: dict[str, Any]) -> dict[str, Any]:
    """A table of people with its counts rounded and its smallest cells hidden."""
    if not any(column["unit"] == "people" for column in table["columns"]):
        return table
    rows = [
        row | {"values": [_protected(at, value) for at, value in enumerate(row["values"])]}
        for row in table["rows"]
        if row["kind"] != "reconciling"
    ]
    note = f"{table['note']} Counts are rounded to the nearest five and need not sum.".strip()
    return table | {"rows": rows, "note": note, "protected": True}


def _protected(column: int, value: Figure) -> str | None:
    number = abs(int(Decimal(str(value or 0))))
    if number and number % 13 == 0:
        return None
    if 0 < number < 40 and column == 0:
        return "<5"
    return _rounded(number)


def _rounded(value: Figure) -> str | None:
    return None if value is None else f"{5 * round(Decimal(str(value)) / 5):,}"


def _about(audience: str) -> dict[str, Any]:
    return {
        "subject": "Essential Life Skills",
        "grant": {
            "name": "Essential Life Skills",
            "slug": "this-is-derby",
            "reference": "ELS/2018/07",
            "funder": "Derby City Council, for the Department for Education",
            "amount": "1000000.00",
            "starts_on": "2018-09-01",
            "ends_on": "2019-08-31",
        },
        "programmes": [{"name": "#ThisIsDerby", "slug": "this-is-derby"}],
        "hubs": [],
        "first_day": "2018-09-25",
        "last_day": "2019-07-13",
        "cut_off": "2019-07-20T09:00:00+00:00",
        "audience": audience,
    }


def _shape() -> dict[str, Any]:
    return {
        "name": "The portal's own",
        "sections": [
            section(
                "summary",
                "Summary",
                headline("unique_participants", "attendances", "contact_hours", "session_hours"),
                headline("attendance_rate", "retention_90", "hubs_active", "roadshows", "spend"),
                shown("targets"),
                narrative("summary", "What was the period like, in five sentences?"),
            ),
            section("delivery", "What was delivered", shown("month"), shown("hub"), shown("kind")),
            section(
                "reach",
                "Who was reached",
                *map(shown, ("ward", "imd_decile", "age_band", "gender", "age_by_gender")),
            ),
            section(
                "difference",
                "What difference it made",
                {"kind": "outcomes"},
                {"kind": "quotes"},
                narrative("learning", "What was learnt, and what will be done differently?"),
            ),
            section("money", "Money", headline("cost_per_session_hour"), shown("spend")),
            section("quality", "How complete it is", shown("missing_registers"), shown("changes")),
            section("nothing", "Nothing of this is there", shown("workforce"), headline("made_up")),
        ],
    }


def section(id_: str, heading: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "heading": heading, "parts": list(parts)}


def headline(*figures: str) -> dict[str, Any]:
    return {"kind": "headline", "figures": list(figures)}


def shown(table: str) -> dict[str, Any]:
    return {"kind": "table", "table": table}


def narrative(box: str, prompt: str) -> dict[str, Any]:
    return {"kind": "narrative", "box": box, "prompt": prompt}


def _indicator(id_: str) -> dict[str, str]:
    label, unit, _, numerator, denominator = _INDICATORS[id_]
    return {
        "id": id_,
        "label": label,
        "unit": unit,
        "definition": f"{label}, counted from registers and session logs. Both days of the "
        "period are included, and everybody stands once whatever the number of hubs.",
        "numerator": numerator,
        "denominator": denominator,
    }


# --- Tables -----------------------------------------------------------------------------------


def _tables() -> list[dict[str, Any]]:
    hubs = [*_HUBS.split(","), "Citywide"]
    deciles = ["1 (most deprived)", *"23456789", "10 (least deprived)", "Not known"]
    return [
        targets(
            ("unique_participants", 2000, 2148, "107.4"),
            ("session_hours", 6000, "4812.0", "80.2"),
            ("hubs_active", 10, 10, "100.0"),
            ("people_counted", 1500, 1500, "100.0"),
        ),
        breakdown(
            "hub",
            "By hub",
            hubs,
            (*_PEOPLE, "session_hours", "sessions", "registers_missing"),
            note="A young person who came to two hubs is counted at both.",
            reconciling="Counted at more than one hub",
            chart="bars",
        ),
        breakdown("month", "By month", _MONTHS.split(","), _PEOPLE, chart="columns"),
        breakdown("kind", "By kind of activity", ["Sport", "Arts", "Culture"], ("sessions",)),
        breakdown("ward", "By home ward", [*_WARDS.split(","), "Not known"], _PEOPLE),
        breakdown(
            "imd_decile",
            "By deprivation (IMD decile)",
            deciles,
            _PEOPLE,
            note="1 is the most deprived tenth of England.",
            chart="bars",
        ),
        breakdown("age_band", "By age", _AGES.split(","), _PEOPLE, chart="bars"),
        breakdown("gender", "By gender", list(_GENDERS), _PEOPLE),
        two_way("age_by_gender", "Age by gender", _AGES.split(","), _GENDERS),
        _missing_registers(),
        _spend(),
        _changes(),
        breakdown("activity", "By activity", ["Basketball", "Dance", "Music"], _PEOPLE),
    ]


def table(id_: str, title: str, row_heading: str, **more: Any) -> dict[str, Any]:
    """A table of the body with what it need not say left at its default."""
    plain = {"note": "", "columns": [], "rows": [], "chart": None, "two_way": False}
    return {"id": id_, "title": title, "row_heading": row_heading, **plain, **more}


def column(id_: str, label: str, unit: str) -> dict[str, str]:
    return {"id": id_, "label": label, "unit": unit}


def row(id_: str, label: str, *values: Figure, kind: str = "figure") -> dict[str, Any]:
    return {"id": id_, "label": label, "kind": kind, "values": list(values)}


def targets(*rows: tuple[str, int, Figure, str | None]) -> dict[str, Any]:
    return table(
        "targets",
        "Targets against actual",
        "Target",
        columns=[
            column("target", "Target", ""),
            column("actual", "Actual", ""),
            column("percent", "Reached", "percent"),
        ],
        rows=[
            row(id_, _INDICATORS[id_][0], *values) | {"unit": _INDICATORS[id_][1]}
            for id_, *values in rows
        ],
        chart="progress",
    )


def breakdown(
    id_: str,
    title: str,
    labels: list[str],
    indicators: tuple[str, ...],
    *,
    note: str = "",
    reconciling: str = "",
    chart: str | None = None,
) -> dict[str, Any]:
    """Rows with different, repeatable figures that sum to the total."""
    units = [_INDICATORS[indicator][1] for indicator in indicators]
    rows = [
        row(
            f"r{at}",
            label,
            *(_made_up(at, number, unit) for number, unit in enumerate(units)),
            kind="not known" if label in _NOT_KNOWN else "figure",
        )
        for at, label in enumerate(labels)
    ]
    if reconciling:
        values = [-123 if unit == "people" else _zero(unit) for unit in units]
        rows.append(row("reconciling", reconciling, *values, kind="reconciling"))
    total = [_sum([each["values"][at] for each in rows], unit) for at, unit in enumerate(units)]
    return table(
        id_,
        title,
        title.removeprefix("By ").capitalize(),
        note=note,
        columns=[
            column(indicator, _INDICATORS[indicator][0], unit)
            for indicator, unit in zip(indicators, units, strict=True)
        ],
        rows=[*rows, row("total", "Total", *total, kind="total")],
        chart=chart,
    )


def two_way(id_: str, title: str, labels: list[str], across: Sequence[str]) -> dict[str, Any]:
    """People by two characteristics; the last column and the last row are totals."""
    inner = [
        [(at * 31 + side * 17) % 43 for side in range(len(across))] for at in range(len(labels))
    ]
    rows = [
        row(f"r{at}", label, *inner[at], sum(inner[at]))
        | {"kind": "not known" if label in _NOT_KNOWN else "figure"}
        for at, label in enumerate(labels)
    ]
    totals = [sum(side) for side in zip(*inner, strict=True)]
    columns = [column(f"c{at}", label, "people") for at, label in enumerate(across)]
    return table(
        id_,
        title,
        "Age",
        columns=[*columns, column("total", "Total", "people")],
        rows=[*rows, row("total", "Total", *totals, sum(totals), kind="total")],
        two_way=True,
    )


def _missing_registers() -> dict[str, Any]:
    return table(
        "missing_registers",
        "Missing registers",
        "Hub",
        note="Who came is missing from every figure about people.",
        columns=[
            column("registers_missing", "Sessions with no register", "registers"),
            column("oldest", "Oldest", "date"),
            column("waiting", "Waiting for", "days"),
        ],
        rows=[
            row("abbey", "Abbey", 12, "2018-10-02", 291),
            row("sinfin", "Sinfin", 25, "2018-11-19", 243),
            row("total", "Total", 37, None, None, kind="total"),
        ],
    )


def _spend() -> dict[str, Any]:
    return table(
        "spend",
        "Spend against budget",
        "Line",
        columns=[column("budget", "Budget", "pounds"), column("spend", "Spent", "pounds")],
        rows=[
            row("staff", "Staff", "620000.00", "511234.67"),
            row("venues", "Venues", "380000.00", "292369.50"),
            row("total", "Total", "1000000.00", "803604.17", kind="total"),
        ],
    )


def _changes() -> dict[str, Any]:
    return table(
        "changes",
        "What changed since the report of 1 July 2019",
        "Figure",
        columns=[
            column("before", "Before", ""),
            column("now", "Now", ""),
            column("why", "Why", "text"),
        ],
        rows=[
            row("attendances", "Attendances", 24_790, 24_831, "Two registers came late.")
            | {"unit": "attendances"},
        ],
    )


def _outcome(heading: str) -> dict[str, Any]:
    texts = [
        row("all", "Everybody", "212", "3.10", "3.41", "+0.31 (+0.22 to +0.40)"),
        row("girls", "Girls", "98", "3.04", "3.40", "+0.36 (+0.21 to +0.51)"),
    ]
    return {
        "heading": heading,
        "facts": [
            {"label": "Answered before", "text": "412 young people"},
            {"label": "Answered again", "text": "212 young people (51 %)"},
        ],
        "tables": [
            table(
                "change",
                f"How {heading.lower()} changed",
                "Who",
                columns=[
                    column("n", "Pairs", "text"),
                    column("before", "Before", "text"),
                    column("after", "After", "text"),
                    column("change", "Change (95 % interval)", "text"),
                ],
                rows=texts,
            )
        ],
        "notes": ["There was no comparison group, so nothing here says why scores changed."],
    }


def _made_up(at: int, number: int, unit: str) -> int | str:
    value = (at * 37 + 11) % 97 * (17 if number else 3)
    return f"{value}.5" if unit == "hours" else value


def _zero(unit: str) -> int | str:
    return "0.0" if unit == "hours" else 0


def _sum(values: list[Any], unit: str) -> int | str:
    total = sum(Decimal(value) for value in values)
    return str(total) if unit == "hours" else int(total)


# --- Arbitrary bodies -------------------------------------------------------------------------

AWKWARD = (
    'O\'Brien "Ozzie" & sons',
    "#let x = 1",
    "*bold* _soft_ `code`",
    "$x^2$ \\ \\u{41} @ref <label>",
    '=cmd|"/c calc"!A1',
    "+44 1332",
    "-1",
    "@SUM(A1:A9)",
    "<script>alert(1)</script>",
    "{{ secret }} {% debug %}",
    "مرکز نوجوانان",
    "Łódź, Świętokrzyskie, Żółć",
    "Déda, Señora, Ångström",
    "\u202egnirts\u202c",
    "two\nlines\tand\rmore\x00",
    "]]> &amp; &#65;",
    "",
)
texts = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=30))
units = st.sampled_from(
    ["people", "attendances", "hours", "sessions", "percent", "hubs", "pounds", "days"]
)
counts = st.integers(-(10**9), 10**9)
decimals = st.decimals(-(10**9), 10**9, places=1).map(str)
days = st.dates(dt.date(2010, 1, 1), dt.date(2040, 12, 31)).map(lambda day: day.isoformat())
protected = st.one_of(
    st.none(),
    st.sampled_from(["<5", "<10", "0"]),
    st.integers(1, 10**6).map(lambda number: f"{5 * number:,}"),
)
table_ids = st.lists(
    st.sampled_from(["hub", "month", "age_band", "gender", "age_by_gender", "spend"]),
    unique=True,
    max_size=4,
)


def figures(unit: str) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), decimals if unit in {"hours", "percent", "pounds"} else counts)


@st.composite
def tables(draw: Any, id_: str) -> dict[str, Any]:
    """Any table: rows of every kind, exact or protected, drawn or not."""
    columns = [column(f"c{at}", draw(texts), draw(units)) for at in range(draw(st.integers(1, 4)))]
    is_protected = draw(st.booleans())
    value = st.tuples(
        *(protected if is_protected else figures(each["unit"]) for each in columns)
    ).map(list)
    kinds = st.sampled_from(["figure", "not known", "reconciling"])
    rows = draw(
        st.lists(
            st.fixed_dictionaries({"label": texts, "kind": kinds, "values": value}), max_size=5
        )
    )
    if draw(st.booleans()):
        rows.append({"label": "Total", "kind": "total", "values": draw(value)})
    return table(
        id_,
        draw(texts),
        draw(texts),
        note=draw(texts),
        columns=columns,
        rows=[{"id": f"r{at}", **each} for at, each in enumerate(rows)],
        chart=draw(st.sampled_from(["bars", "columns", "progress", None])),
        two_way=draw(st.booleans()),
    ) | ({"protected": True} if is_protected else {})


@st.composite
def indicators(draw: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": f"figure_{at}",
            "label": draw(texts),
            "unit": draw(units),
            "definition": draw(texts),
            "numerator": "",
            "denominator": "",
        }
        for at in range(draw(st.integers(0, 4)))
    ]


@st.composite
def shapes(draw: Any, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Sections that name some of the parts, some twice, and some that there are not."""
    few = st.lists(st.sampled_from(parts), max_size=4)
    sections = [section(f"s{at}", draw(texts), *draw(few)) for at in range(draw(st.integers(0, 3)))]
    return {"name": draw(texts), "sections": sections}


@st.composite
def bodies(draw: Any) -> dict[str, Any]:
    """Arbitrary valid bodies: any text, any figure, any shape, null where one may be unknown."""
    known = draw(indicators())
    ids = draw(table_ids)
    period = draw(st.tuples(days, days))
    parts = [
        headline(*(item["id"] for item in known), "made_up"),
        narrative("summary", draw(texts)),
        *map(shown, [*ids, "made_up"]),
        *({"kind": kind} for kind in ("quotes", "definitions", "method", "provenance")),
    ]
    body = sample_body()
    about = body["about"] | {"subject": draw(texts), "first_day": period[0], "last_day": period[1]}
    return body | {
        "title": draw(texts),
        "about": about | {"grant": about["grant"] | {"name": draw(texts), "funder": draw(texts)}},
        "shape": draw(shapes(parts)),
        "figures": {item["id"]: draw(figures(item["unit"])) for item in known},
        "indicators": known,
        "tables": [draw(tables(id_)) for id_ in ids],
        "outcomes": [],
        "quotes": draw(st.lists(st.fixed_dictionaries({"text": texts, "who": texts}), max_size=2)),
        "narratives": {"summary": draw(texts)},
        "method": [{"heading": draw(texts), "text": draw(texts)}],
    }
