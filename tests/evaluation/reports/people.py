"""Bodies of reports added up from people who were made up one by one, so that all of it fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

GENDERS = ("female", "male", "unknown")
AGES = ("5_7", "8_12", "13_15")
GROUPS = ("wbri", "apkn", "unknown")
HUBS = ("1", "2", "3")


class Someone(NamedTuple):
    """One young person: who they are, where they came and how often."""

    gender: str
    age: str
    group: str
    is_disadvantaged: bool
    hubs: tuple[str, ...]
    attended: int


someone = st.builds(
    Someone,
    st.sampled_from(GENDERS),
    st.sampled_from(AGES),
    st.sampled_from(GROUPS),
    st.booleans(),
    st.lists(st.sampled_from(HUBS), min_size=1, max_size=2, unique=True).map(tuple),
    st.integers(1, 9),
    # Nobody comes to two hubs with one attendance.
).map(lambda each: each._replace(attended=max(each.attended, len(each.hubs))))
crowds = st.lists(someone, min_size=1, max_size=60)

LABELS = {
    "unique_participants": ("Young people reached", "people"),
    "disadvantaged_people": ("Disadvantaged young people", "people"),
    "disadvantaged_share": ("Disadvantaged, of all reached", "percent"),
    "attendances": ("Attendances", "attendances"),
    "contact_hours": ("Contact hours", "hours"),
    "session_hours": ("Session hours", "hours"),
    "sessions": ("Sessions held", "sessions"),
    "hubs_active": ("Hubs with sessions", "hubs"),
    "spend": ("Spend", "pounds"),
    "cost_per_participant": ("Cost per young person", "pounds"),
}
RATIOS = {
    "disadvantaged_share": ("disadvantaged_people", "unique_participants"),
    "cost_per_participant": ("spend", "unique_participants"),
}


def body_of(people: Sequence[Someone], **about: Any) -> dict[str, Any]:
    """An exact body of these people; `about` replaces parts of what it is about."""
    shape = {"name": "Test", "sections": [_section()]}
    return {
        "schema": 2,
        "kind": "internal",
        "title": "Evaluation report: Test",
        "about": _about() | about,
        "shape": shape,
        "figures": _figures(people),
        "indicators": [
            {
                "id": id_,
                "label": label,
                "unit": unit,
                "definition": f"{label}.",
                "numerator": RATIOS.get(id_, ("", ""))[0],
                "denominator": RATIOS.get(id_, ("", ""))[1],
            }
            for id_, (label, unit) in LABELS.items()
        ],
        "tables": [
            _one_way("gender", GENDERS, people, lambda each: (each.gender,)),
            _one_way("age_band", AGES, people, lambda each: (each.age,)),
            _one_way("ethnicity", GROUPS, people, lambda each: (each.group,)),
            _one_way(
                "disadvantaged",
                ("yes", "no"),
                people,
                lambda each: ("yes" if each.is_disadvantaged else "no",),
            ),
            _one_way("hub", HUBS, people, lambda each: each.hubs),
            _two_way(people),
            _row_counts(people),
        ],
        "outcomes": [],
        "quotes": [
            {"text": "I can.", "who": "aged 8 to 12"},
            {"text": "No.", "who": "aged 5 to 7"},
        ],
        "narratives": {},
        "method": [{"heading": "Rounding", "text": "Counts are exact."}],
        "row_counts": {"sessions": 12, "marks": sum(each.attended for each in people)},
    }


def _about() -> dict[str, Any]:
    return {
        "subject": "Test",
        "grant": None,
        "programmes": [{"name": "Test", "slug": "test"}],
        "hubs": [],
        "first_day": "2018-09-25",
        "last_day": "2019-07-13",
        "cut_off": None,
        "audience": "funder",
    }


def _section() -> dict[str, Any]:
    tables = ("gender", "age_band", "ethnicity", "disadvantaged", "hub", "age_by_gender")
    parts: list[dict[str, Any]] = [{"kind": "headline", "figures": list(LABELS)}]
    parts += [{"kind": "table", "table": each} for each in tables]
    parts.append({"kind": "narrative", "box": "learning", "prompt": "What was learnt?"})
    parts.append({"kind": "quotes"})
    return {"id": "all", "heading": "All of it", "parts": parts}


def _figures(people: Sequence[Someone]) -> dict[str, Any]:
    reached, some = len(people), sum(each.is_disadvantaged for each in people)
    attended = sum(each.attended for each in people)
    return {
        "unique_participants": reached,
        "disadvantaged_people": some,
        "disadvantaged_share": f"{100 * some / reached:.1f}",
        "attendances": attended,
        "contact_hours": f"{1.5 * attended:.1f}",
        "session_hours": "18.0",
        "sessions": 12,
        "hubs_active": 3,
        "spend": "1000.00",
        "cost_per_participant": f"{1000 / reached:.2f}",
    }


def _one_way(
    id_: str,
    keys: Sequence[str],
    people: Sequence[Someone],
    key_of: Callable[[Someone], Sequence[str]],
) -> dict[str, Any]:
    heads: Counter[str] = Counter()
    attended: Counter[str] = Counter()
    for each in people:
        heads.update(key_of(each))
        attended.update(key_of(each))
        attended[key_of(each)[0]] += each.attended - len(key_of(each))
    rows = [_row(key, heads[key], attended[key]) for key in keys]
    again = len(people) - heads.total()
    if again:
        rows.append(_row("again", again, 0) | {"kind": "reconciling"})
    rows.append(_row("total", len(people), attended.total()) | {"kind": "total"})
    columns = [
        {"id": key, "label": LABELS[key][0], "unit": LABELS[key][1]}
        for key in ("unique_participants", "attendances")
    ]
    return _table(id_, columns, rows)


def _two_way(people: Sequence[Someone]) -> dict[str, Any]:
    found = Counter((each.age, each.gender) for each in people)
    rows = []
    for age in AGES:
        inner = [found[age, gender] for gender in GENDERS]
        rows.append(_row(age, *inner, sum(inner)))
    sums = [sum(column) for column in zip(*(row["values"] for row in rows), strict=True)]
    rows.append(_row("total", *sums) | {"kind": "total"})
    columns = [{"id": key, "label": key, "unit": "people"} for key in (*GENDERS, "total")]
    return _table("age_by_gender", columns, rows) | {"two_way": True}


def _row_counts(people: Sequence[Someone]) -> dict[str, Any]:
    columns = [{"id": "rows", "label": "Rows", "unit": "rows"}]
    return _table("row_counts", columns, [_row("people_marked", len(people))])


def _row(id_: str, *values: int) -> dict[str, Any]:
    return {"id": id_, "label": f"Row {id_}", "kind": "figure", "values": list(values)}


def _table(id_: str, columns: list[dict[str, str]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": id_,
        "title": f"By {id_}",
        "row_heading": id_,
        "note": "",
        "columns": columns,
        "rows": rows,
        "chart": None,
        "two_way": False,
    }
