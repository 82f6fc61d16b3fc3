"""A full, realistic report body, and strategies for arbitrary valid ones. Nobody here is real."""

from __future__ import annotations

import datetime as dt
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

_INDICATORS = (
    ("unique_participants", "Young people reached", "people", 2148),
    ("attendances", "Attendances", "attendances", 24_831),
    ("contact_hours", "Contact hours", "hours", "41234.5"),
    ("session_hours", "Session hours", "hours", "4812.0"),
    ("sessions", "Sessions held", "sessions", 2406),
    ("sessions_cancelled", "Sessions cancelled", "sessions", 61),
    ("registers_missing", "Sessions with no register", "sessions", 37),
    ("attendance_rate", "Attendance rate", "percent", "87.3"),
    ("hubs_active", "Hubs with sessions", "hubs", 10),
    ("roadshows", "Roadshows held", "sessions", 5),
    ("people_counted", "Head-count, counted", "people", 1500),
    ("people_estimated", "Head-count, estimated", "people", 240),
)
_LABELS = {id_: (label, unit) for id_, label, unit, _ in _INDICATORS}
_HUBS = "Abbey,Alvaston,Arboretum,Boulton,Chaddesden,Derwent,Mackworth,Normanton,Sinfin,SEND hub"
_WARDS = (
    "Abbey,Allestree,Alvaston,Arboretum,Blagreaves,Boulton,Chaddesden,Chellaston,Darley,Derwent,"
    "Littleover,Mackworth,Mickleover,Normanton,Oakwood,Sinfin,Spondon"
)
_PEOPLE = ("unique_participants", "attendances", "contact_hours")


def sample_body() -> dict[str, Any]:
    """The programme of 2018-19 as a report would have it."""
    hubs = [*_HUBS.split(","), "Citywide"]
    return {
        "schema": 1,
        "kind": "internal",
        "title": "Evaluation report: Essential Life Skills, #ThisIsDerby",
        "grant": {
            "name": "Essential Life Skills",
            "slug": "this-is-derby",
            "funder": "Derby City Council, for the Department for Education",
            "amount": "1000000.00",
            "programme": "#ThisIsDerby",
            "starts_on": "2018-09-01",
            "ends_on": "2019-08-31",
        },
        "period": {
            "first_day": "2018-09-25",
            "last_day": "2019-07-13",
            "cut_off": "2019-07-20T09:00:00+00:00",
        },
        "headline": {id_: value for id_, _, _, value in _INDICATORS},
        "indicators": [
            {
                "id": id_,
                "label": label,
                "unit": unit,
                "definition": f"{label}, counted from registers and session logs. Both days of "
                "the period are included, and everybody stands once whatever the number of hubs.",
            }
            for id_, label, unit, _ in _INDICATORS
        ],
        "targets": [
            target("unique_participants", 2000, 2148, "107.4"),
            target("session_hours", 6000, "4812.0", "80.2"),
            target("hubs_active", 10, 10, "100.0"),
            target("roadshows", 5, 5, "100.0"),
            target("people_counted", 1500, 1500, "100.0"),
        ],
        "breakdowns": [
            breakdown(
                "hub",
                "By hub",
                hubs,
                (*_PEOPLE, "session_hours", "sessions", "registers_missing"),
                note="A young person who came to two hubs is counted at both.",
                reconciling="Counted at more than one hub",
            ),
            breakdown("ward", "By home ward", [*_WARDS.split(","), "Not known"], _PEOPLE),
            breakdown(
                "imd_decile",
                "By deprivation (IMD decile)",
                ["1 (most deprived)", *"23456789", "10 (least deprived)", "Not known"],
                _PEOPLE,
                note="1 is the most deprived tenth of England.",
            ),
            breakdown(
                "age_band",
                "By age",
                [
                    "5 to 7",
                    "8 to 12",
                    "13 to 15",
                    "16 to 18",
                    "19 to 25",
                    "Other ages",
                    "Not known",
                ],
                _PEOPLE,
            ),
            breakdown(
                "gender",
                "By gender",
                ["Female", "Male", "Non-binary", "Prefer not to say", "Not known"],
                _PEOPLE,
            ),
        ],
        "missing_registers": {
            "count": 37,
            "by_hub": [
                {"label": "Abbey", "count": 12, "oldest": "2018-10-02"},
                {"label": "Sinfin", "count": 25, "oldest": "2018-11-19"},
            ],
        },
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


def target(indicator: str, value: int, actual: int | str, percent: str | None) -> dict[str, Any]:
    label, unit = _LABELS[indicator]
    return {
        "indicator": indicator,
        "label": label,
        "unit": unit,
        "target": value,
        "actual": actual,
        "percent": percent,
    }


def breakdown(
    id_: str,
    title: str,
    labels: list[str],
    indicators: tuple[str, ...],
    *,
    note: str = "",
    reconciling: str = "",
) -> dict[str, Any]:
    """Rows with different, repeatable figures that sum to the total."""
    units = [_LABELS[indicator][1] for indicator in indicators]
    rows = [
        {
            "label": label,
            "known": label not in {"Not known", "Prefer not to say"},
            "reconciling": False,
            "values": [_made_up(at, column, unit) for column, unit in enumerate(units)],
        }
        for at, label in enumerate(labels)
    ]
    if reconciling:
        values = [-123 if unit == "people" else _zero(unit) for unit in units]
        rows.append({"label": reconciling, "known": True, "reconciling": True, "values": values})
    return {
        "id": id_,
        "title": title,
        "note": note,
        "columns": [
            {"id": indicator, "label": _LABELS[indicator][0], "unit": unit}
            for indicator, unit in zip(indicators, units, strict=True)
        ],
        "rows": rows,
        "total": [_sum([row["values"][at] for row in rows], unit) for at, unit in enumerate(units)],
    }


def _made_up(row: int, column: int, unit: str) -> int | str:
    value = (row * 37 + 11) % 97 * (17 if column else 3)
    return f"{value}.5" if unit == "hours" else value


def _zero(unit: str) -> int | str:
    return "0.0" if unit == "hours" else 0


def _sum(values: list[int | str], unit: str) -> int | str:
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
units = st.sampled_from(["people", "attendances", "hours", "sessions", "percent", "hubs"])
counts = st.integers(-(10**9), 10**9)
decimals = st.decimals(-(10**9), 10**9, places=1).map(str)
days = st.dates(dt.date(2010, 1, 1), dt.date(2040, 12, 31)).map(lambda day: day.isoformat())


def figures(unit: str) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), decimals if unit in {"hours", "percent"} else counts)


@st.composite
def breakdowns(draw: Any, id_: str) -> dict[str, Any]:
    columns = [
        {"id": f"c{at}", "label": draw(texts), "unit": draw(units)}
        for at in range(draw(st.integers(1, 4)))
    ]
    values = st.tuples(*(figures(column["unit"]) for column in columns)).map(list)
    rows = st.fixed_dictionaries(
        {"label": texts, "known": st.booleans(), "reconciling": st.booleans(), "values": values}
    )
    return {
        "id": id_,
        "title": draw(texts),
        "note": draw(texts),
        "columns": columns,
        "rows": draw(st.lists(rows, max_size=5)),
        "total": draw(values),
    }


@st.composite
def bodies(draw: Any) -> dict[str, Any]:
    """Arbitrary valid bodies: any text, any figure, null where a figure may be unknown."""
    indicators = [
        {"id": f"figure_{at}", "label": draw(texts), "unit": draw(units), "definition": draw(texts)}
        for at in range(draw(st.integers(0, 4)))
    ]
    ids = draw(st.lists(st.sampled_from(["hub", "age_band", "gender"]), unique=True, max_size=3))
    day_pair = st.tuples(days, days)
    grant_days, period = draw(day_pair), draw(day_pair)
    missing = st.fixed_dictionaries({"label": texts, "count": st.integers(0, 99), "oldest": days})
    body = sample_body()
    return body | {
        "title": draw(texts),
        "grant": body["grant"]
        | {"name": draw(texts), "funder": draw(texts), "programme": draw(texts)}
        | {"starts_on": grant_days[0], "ends_on": grant_days[1]},
        "period": {"first_day": period[0], "last_day": period[1]},
        "headline": {item["id"]: draw(figures(item["unit"])) for item in indicators},
        "indicators": indicators,
        "targets": [
            {
                "indicator": item["id"],
                "label": item["label"],
                "unit": item["unit"],
                "target": draw(st.integers(0, 10**6)),
                "actual": draw(figures(item["unit"])),
                "percent": draw(figures("percent")),
            }
            for item in indicators
        ],
        "breakdowns": [draw(breakdowns(id_)) for id_ in ids],
        "missing_registers": {
            "count": draw(st.integers(0, 999)),
            "by_hub": draw(st.lists(missing, max_size=3)),
        },
        "method": [{"heading": draw(texts), "text": draw(texts)}],
    }
