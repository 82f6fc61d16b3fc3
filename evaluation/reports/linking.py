"""Which counts of a report hang together: its tables and figures as one system, to be protected.

Pure. Every table of young people reached has the same total; tables by two things have the rows of
those by one; and a figure such as volunteers is a part of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluation.disclosure import Linked

REACHED = "unique_participants"
# Of what is told of few children at a time, ten are few.
DELICATE = frozenset({"ethnicity", "special_needs", "care_experienced"})
DELICATE_THRESHOLD = 10
# A figure, and the figure that it is a part of.
PARTS = {
    "volunteers": REACHED,
    "new_people": REACHED,
    "returning_people": REACHED,
    "disadvantaged_people": REACHED,
    "regulars": REACHED,
    "followed_28": "new_people",
    "retained_28": "followed_28",
    "followed_90": "new_people",
    "retained_90": "followed_90",
}
# A part of two figures: whose 90 days have passed, their 28 have as well.
MORE_PARTS = {"followed_90": "followed_28"}
# Who has no known age has no known school year either: the two rows are one number.
AGE_NOT_KNOWN = "age_not_known"
# Rows that are a figure: table and row.
ROWS_THAT_ARE_FIGURES = {
    ("disadvantaged", "yes"): "disadvantaged_people",
    ("roles", "volunteers"): "volunteers",
    ("newcomers", "new"): "new_people",
    ("newcomers", "returning"): "returning_people",
    ("age_band", "none"): AGE_NOT_KNOWN,
    ("key_stage", "none"): AGE_NOT_KNOWN,
}
# Columns whose figure each row names the rest of: table and column.
_BEGINNINGS = {
    ("retention", "followed"): "followed_",
    ("retention", "back"): "retained_",
    ("retention", "share"): "retention_",
}
_WORKFORCE = {"practitioners": "practitioners", "family": "family_members"}
# What people are counted in.
COUNTED = frozenset({"people", "answers"})
# By what a table by two things is: the tables by one that it shares rows and columns with.
ACROSS = {"age_by_gender": ("age_band", "gender"), "age_by_hub": ("main_hub", "age_band")}
INNER = frozenset({"figure", "not known"})

Body = Mapping[str, Any]
Key = tuple[str, str]


def linked_counts(body: Body) -> dict[Key, Linked]:
    """Every count of people of a body, ready to be protected together.

    Keys are (table id, column id), the column empty for a table by two things; ("", figure id) for
    figures, and ("part", figure id) for what is left of the whole beside a part.
    """
    found: dict[Key, Linked] = {}
    people = _people_figures(body)
    for id_, count in people.items():
        found["", id_] = Linked([[count]], measure=id_, same_as={(0, 0): id_})
    found.update(_parts(people))
    named = people | _ages_not_known(body)
    for table in body["tables"]:
        found.update(_of_table(table, named, body))
    return found


def _ages_not_known(body: Body) -> dict[str, int]:
    """How many people's age is not known, which is no figure of its own; empty without ages."""
    found = [
        row["values"][0]
        for table in body["tables"]
        for row in table["rows"]
        if (table["id"], row["id"]) == ("age_band", "none")
    ]
    return {AGE_NOT_KNOWN: found[0]} if found else {}


def _people_figures(body: Body) -> dict[str, int]:
    units = {each["id"]: each["unit"] for each in body["indicators"]}
    return {
        id_: value
        for id_, value in body["figures"].items()
        if units.get(id_) == "people" and isinstance(value, int)
    }


def _parts(people: Mapping[str, int]) -> Iterator[tuple[Key, Linked]]:
    """What is left beside a part, as nobody prints it but everybody can work it out."""
    for part, whole in PARTS.items():
        if part in people and whole in people:
            counts = [[people[part]], [people[whole] - people[part]]]
            names = {(0, 0): part, (2, 0): whole}
            if part == "new_people" and people.get("returning_people") == counts[1][0]:
                names[1, 0] = "returning_people"
            yield ("part", part), Linked(counts, same_as=names)
    for part, whole in MORE_PARTS.items():
        if part in people and people[part] <= people.get(whole, -1):
            counts = [[people[part]], [people[whole] - people[part]]]
            same_as = {(0, 0): part, (2, 0): whole}
            yield ("part", f"{part}_of_{whole}"), Linked(counts, same_as=same_as)


def _of_table(table: Body, people: Mapping[str, int], body: Body) -> Iterator[tuple[Key, Linked]]:
    if table["two_way"]:
        yield (table["id"], ""), _two_way(table, people)
        return
    for at, column in enumerate(table["columns"]):
        is_figure = any(
            figure_at(table["id"], row["id"], column["id"], body) for row in table["rows"]
        )
        if is_figure or column["unit"] not in COUNTED:
            continue
        if linked := _one_way(table, at, people):
            yield (table["id"], column["id"]), linked


def figure_at(table: str, row: str, column: str, body: Body) -> str:
    """The id of the figure that a cell repeats; empty where it repeats none."""
    found = ""
    if (table, column) in _BEGINNINGS:
        found = _BEGINNINGS[table, column] + row
    elif table == "attendance_rates":
        found = column if row == "total" else f"{column}_{row}"
    elif table == "workforce":
        found = _WORKFORCE.get(row, "")
    elif table == "training":
        found = column
    elif table == "costs":
        found = _of_cost(row, column, body)
    return found if found in body["figures"] else ""


def _of_cost(row: str, column: str, body: Body) -> str:
    if column == "number":
        definitions = {each["id"]: each for each in body["indicators"]}
        return str(definitions.get(row, {}).get("denominator", ""))
    return row if column == "cost" else column


def inner_rows(table: Body) -> list[Body]:
    """The rows of a table that are counted, without its total and what brings it about."""
    return [row for row in table["rows"] if row["kind"] in INNER]


def total_row(table: Body) -> Body | None:
    """The row of totals, where there is one."""
    return next((row for row in table["rows"] if row["kind"] == "total"), None)


def threshold_of(table_id: str) -> int | None:
    """From how many on a count of this table is not small, where that is not as usual."""
    return DELICATE_THRESHOLD if table_id in DELICATE else None


def _one_way(table: Body, at: int, people: Mapping[str, int]) -> Linked | None:
    id_, measure = table["id"], table["columns"][at]["id"]
    rows = inner_rows(table)
    values = [row["values"][at] for row in rows]
    if not rows or not all(isinstance(value, int) for value in values):
        return None
    total = total_row(table)
    whole = total["values"][at] if total else None
    is_additive = whole is None or whole == sum(values)
    shared = measure if whole is not None and whole == people.get(measure) else ""
    return Linked(
        [[value] for value in values],
        measure=shared,
        row_key=id_ if shared and is_additive else "",
        rows=[row["id"] for row in rows],
        threshold=threshold_of(id_),
        is_additive=is_additive,
        total=None if is_additive else whole,
        same_as={
            (at_row, 0): figure
            for at_row, row in enumerate(rows)
            if (figure := ROWS_THAT_ARE_FIGURES.get((id_, row["id"])))
            and measure == REACHED
            and people.get(figure) == row["values"][at]
        },
    )


def _two_way(table: Body, people: Mapping[str, int]) -> Linked:
    rows, columns = inner_rows(table), table["columns"][:-1]
    counts = [list(row["values"][:-1]) for row in rows]
    row_key, column_key = ACROSS.get(table["id"], ("", ""))
    is_shared = sum(map(sum, counts)) == people.get(REACHED)
    return Linked(
        counts,
        measure=REACHED if is_shared else "",
        row_key=row_key if is_shared else "",
        column_key=column_key if is_shared else "",
        rows=[row["id"] for row in rows],
        columns=[column["id"] for column in columns],
        threshold=threshold_of(table["id"]),
    )
