"""What leaves of a report: every printed figure is the rounding of its true one, and few are few."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings

from evaluation.disclosure import Protected, Published, attacker_intervals
from evaluation.reports.linking import DELICATE
from evaluation.reports.register import findings, hidden_cells
from evaluation.reports.release import Leaving, Words, boxes_of, make_release
from evaluation.reports.release_outcomes import outcome_of, without_counts
from evaluation.reports.snapshot import freeze
from tests.evaluation.reports.people import LABELS, Someone, body_of, crowds

MANY = [
    Someone(gender, age, group, is_disadvantaged, (hub,), 3)
    for gender in ("female", "male")
    for age in ("5_7", "8_12", "13_15")
    for group in ("wbri", "apkn")
    for is_disadvantaged in (True, False)
    for hub in ("1", "2", "3")
    for _ in range(2)
]

# Nobody of 5 to 7 has no known gender: that cell is hidden beside others, and is 0 to 2.
NOBODY_HIDDEN = [
    Someone(gender, age, "wbri", False, ("1",), 1)
    for gender, age in [
        *[("female", "5_7")] * 6,
        *[("female", "8_12"), ("female", "13_15")],
        *[("unknown", "13_15")] * 2,
    ]
]


def released(people: list[Someone], method: str = "rounded", **more: Any) -> Leaving:
    return make_release(body_of(people), method=method, words=Words(), **more)


def is_rounding(printed: Any, true: int, threshold: int) -> bool:
    """Whether a text is what a true count is printed as."""
    if 0 < true < threshold:
        return bool(printed == f"<{threshold}")
    return bool(printed == f"{5 * ((true + 2) // 5):,}")


def pairs(people: list[Someone], method: str) -> list[tuple[str, str, Any, Any]]:
    """Table, column, exact and printed value of every cell that leaves."""
    exact = {each["id"]: each for each in body_of(people)["tables"]}
    found = []
    for table in released(people, method).body["tables"]:
        rows = [row for row in exact[table["id"]]["rows"] if row["kind"] != "reconciling"]
        assert [row["id"] for row in rows] == [row["id"] for row in table["rows"]]
        for before, after in zip(rows, table["rows"], strict=True):
            for at, column in enumerate(table["columns"]):
                cell = before["values"][at], after["values"][at]
                found.append((table["id"], column["id"], *cell))
    return found


@given(crowds)
@settings(max_examples=40, deadline=None)
def test_every_rounded_count_is_the_rounding_of_its_true_one(people: list[Someone]) -> None:
    for table, column, exact, printed in pairs(people, "rounded"):
        allowed = {10} if table in DELICATE else {5, 10}
        if printed is not None and column != "attendances":
            assert any(is_rounding(printed, exact, each) for each in allowed)
        if printed is not None and column == "attendances":
            assert is_rounding(printed, exact, 5)


@given(crowds)
@settings(max_examples=30, deadline=None)
def test_every_exact_count_is_true_or_hidden_and_none_is_small(people: list[Someone]) -> None:
    for table, column, exact, printed in pairs(people, "exact"):
        if column == "attendances" or printed is None:
            continue
        assert printed == f"{exact:,}"
        assert exact == 0 or exact >= (10 if table in DELICATE else 5)


def true_counts(exact: dict[str, Any], told: Published) -> list[list[int]]:
    """The counts behind the cells of a told table."""
    if told.key == "figures":
        return [[exact["figures"][told.measure]] * 2] * 2
    table = next(each for each in exact["tables"] if each["id"] == told.key)
    rows = [row["values"] for row in table["rows"] if row["kind"] != "reconciling"]
    return rows if table["two_way"] else [[row[0]] * 2 for row in rows]


@pytest.mark.parametrize("method", ["rounded", "exact"])
@given(crowds)
@example(NOBODY_HIDDEN)
@settings(max_examples=25, deadline=None)
def test_nobody_can_narrow_a_small_count(method: str, people: list[Someone]) -> None:
    exact = body_of(people)
    for table in released(people, method).tables:
        counts = Protected(table.cells, table.method, table.threshold, table.is_additive)
        true = true_counts(exact, table)
        for (row, column), (low, high) in attacker_intervals(counts).items():
            cell = table.cells[row][column]
            if isinstance(cell, str) and cell.startswith("<"):
                assert (low, high) == (1, int(cell[1:]) - 1)
            # Nobody, or many, may be hidden beside others, and need not be open then.
            if cell is None and 0 < true[row][column] < 5:
                assert high - low >= 5


@pytest.mark.parametrize("method", ["rounded", "exact"])
@given(crowds)
@settings(max_examples=25, deadline=None)
def test_a_figure_is_printed_alike_wherever_it_stands(method: str, people: list[Someone]) -> None:
    body = released(people, method).body
    for table in body["tables"]:
        total = table["rows"][-1]["values"]
        assert total[-1 if table["two_way"] else 0] == body["figures"]["unique_participants"]
    yes = next(each for each in body["tables"] if each["id"] == "disadvantaged")["rows"][0]
    assert yes["values"][0] == body["figures"]["disadvantaged_people"]


@given(crowds)
@settings(max_examples=25, deadline=None)
def test_what_few_people_did_is_hidden_with_them(people: list[Someone]) -> None:
    for table in released(people).body["tables"]:
        if table["two_way"]:
            continue
        for row in table["rows"]:
            heads, attended = row["values"]
            if heads is None or heads.startswith("<"):
                assert attended is None


@given(crowds)
@settings(max_examples=15, deadline=None)
def test_it_can_be_frozen_and_holds_no_row_that_brings_a_total_about(people: list[Someone]) -> None:
    body = released(people).body
    assert freeze(body).sha256
    assert body["kind"] == "released"
    kinds = {row["kind"] for table in body["tables"] for row in table["rows"]}
    assert kinds == {"figure", "total"}


def test_a_table_says_what_its_small_counts_mean() -> None:
    few = [Someone("female", "5_7", "apkn", False, ("1",), 3) for _ in range(3)]
    notes = {}
    for table in released([*(each for each in MANY if each.group != "apkn"), *few]).body["tables"]:
        notes[table["id"]] = table["note"]
    assert notes["ethnicity"].endswith("so rows need not add up. <10 is 1 to 9.")
    assert notes["gender"].endswith("so rows need not add up.")


def test_shares_and_costs_are_worked_out_of_what_is_printed() -> None:
    figures = released(MANY[:43]).body["figures"]
    assert figures["unique_participants"] == "45"
    share = 100 * Decimal(figures["disadvantaged_people"]) / 45
    assert figures["disadvantaged_share"] == str(share.quantize(Decimal(1)))
    assert figures["cost_per_participant"] == "22.22"


def test_a_share_needs_twenty_and_a_cost_somebody() -> None:
    figures = released(MANY[:4]).body["figures"]
    assert figures["unique_participants"] == "<10"
    assert figures["disadvantaged_share"] is None
    assert figures["cost_per_participant"] is None
    assert figures["attendances"] is None


def test_sessions_and_money_stay_as_they_are() -> None:
    figures = released(MANY).body["figures"]
    assert (figures["sessions"], figures["session_hours"]) == (12, "18.0")
    assert figures["spend"] == "1000.00"


def promised(label: str, unit: str, *values: Any) -> dict[str, Any]:
    row = {"id": label, "label": label, "kind": "figure", "unit": unit, "values": list(values)}
    columns = [{"id": id_, "label": id_, "unit": ""} for id_ in ("target", "actual", "percent")]
    heads = {"id": "targets", "title": "Targets", "row_heading": "Target", "note": ""}
    return heads | {"columns": columns, "rows": [row], "chart": None, "two_way": False}


@pytest.mark.parametrize(
    ("label", "narrowed"), [("Cost each", ""), ("Cost each", ": Abbey"), ("Unknown figure: x", "")]
)
def test_a_promised_cost_does_not_tell_how_many_it_is_divided_by(label: str, narrowed: str) -> None:
    body = body_of(MANY[:43])
    label = LABELS["cost_per_participant"][0] if label == "Cost each" else label
    body["tables"] = [promised(label + narrowed, "pounds", 20, "23.26", "116.3")]
    body["shape"]["sections"] = []
    table = make_release(body, method="rounded", words=Words()).body["tables"][0]
    is_figure = label == LABELS["cost_per_participant"][0] and not narrowed
    assert table["rows"][0]["values"] == [20, *(("22.22", "111") if is_figure else (None, None))]


def people_by(id_: str, **counts: int) -> dict[str, Any]:
    rows = [
        {"id": key, "label": key, "kind": "figure", "values": [count]}
        for key, count in counts.items()
    ]
    total = {"id": "total", "label": "Total", "kind": "total", "values": [sum(counts.values())]}
    columns = [{"id": "unique_participants", "label": "People", "unit": "people"}]
    heads = {"id": id_, "title": id_, "row_heading": id_, "note": "", "chart": None}
    return heads | {"columns": columns, "rows": [*rows, total], "two_way": False}


def test_who_has_no_known_age_has_no_known_school_year() -> None:
    body = body_of(MANY)
    body["shape"]["sections"] = []
    body["tables"] = [
        people_by("age_band", **{"5_7": 70, "8_12": 53, "none": 21}),
        people_by("key_stage", early=4, ks1=66, ks2=53, none=21),
    ]
    ages, stages = make_release(body, method="exact", words=Words()).body["tables"]
    unknown = ages["rows"][2]["values"][0]
    printed = {row["id"]: row["values"][0] for row in stages["rows"]}
    assert printed["none"] == unknown
    assert printed["early"] is None
    assert [printed["ks1"], printed["ks2"], unknown].count(None) == 1


def test_those_between_two_followed_figures_are_not_told_either() -> None:
    body = body_of(MANY)
    body["shape"]["sections"], body["tables"] = [], []
    known = {"unit": "people", "definition": "", "numerator": "", "denominator": ""}
    counts = {"new_people": 140, "followed_28": 120, "followed_90": 117}
    body["indicators"] += [{"id": id_, "label": id_, **known} for id_ in counts]
    body["figures"] |= counts
    figures = make_release(body, method="exact", words=Words()).body["figures"]
    assert None in {figures["followed_28"], figures["followed_90"]}


def test_no_more_leaves_than_the_shape_names() -> None:
    body = body_of(MANY)
    parts = [{"kind": "table", "table": "gender"}, {"kind": "table", "table": "row_counts"}]
    body["shape"]["sections"] = [{"id": "a", "heading": "A", "parts": parts}]
    leaving = make_release(body, method="rounded", words=Words())
    assert [table["id"] for table in leaving.body["tables"]] == ["gender"]
    assert leaving.body["row_counts"] == {"sessions": 12}


def test_words_go_in_and_quotes_only_where_they_may_still_be_used() -> None:
    words = Words({"learning": "Much."}, frozenset({("I can.", "aged 8 to 12")}))
    body = make_release(body_of(MANY), method="rounded", words=words).body
    assert body["narratives"] == {"learning": "Much."}
    assert body["quotes"] == [{"text": "I can.", "who": "aged 8 to 12"}]
    assert [box.slug for box in boxes_of(body)] == ["learning"]


def test_what_changed_is_said_in_printed_figures_alone() -> None:
    before = released(MANY).body
    after = released([*MANY, *MANY[:7]], before=before).body
    changes = after["tables"][-1]
    assert changes["id"] == "changes"
    said = {row["id"]: row["values"] for row in changes["rows"]}
    assert said["unique_participants"] == ["145", "150"]
    assert "sessions" not in said
    assert said["gender/female/unique_participants"] == ["70", "80"]
    assert "Registers that came late" in changes["note"]
    why = released([*MANY, *MANY[:7]], before=before, reasons=["Records merged since"]).body
    assert why["tables"][-1]["note"] == "What happened meanwhile: Records merged since."
    same = released(MANY, before=before).body["tables"][-1]
    assert same["rows"] == []
    assert "No printed figure changed" in same["note"]


def test_a_table_that_is_another_though_its_total_is_the_same_is_said() -> None:
    before = released(MANY).body
    moved = [each._replace(gender="male") if at < 20 else each for at, each in enumerate(MANY)]
    rows = released(moved, before=before).body["tables"][-1]["rows"]
    said = {row["id"]: row["values"] for row in rows}
    assert said["gender/female/unique_participants"] == ["70", "50"]
    assert "unique_participants" not in said


def test_the_same_again_may_be_told_and_three_more_may_not() -> None:
    told = released(MANY).tables
    assert findings(released(MANY).tables, told, {}) == []


def test_why_a_cell_is_hidden_can_be_seen() -> None:
    counts = Protected((("<5", "<5"), ("20", "20"), (None, None)), "rounded")
    first, last = hidden_cells(counts, ["A", "B"], ["People"])
    assert (first.row, first.column, first.printed, first.low, first.high) == (
        *("A", "People", "<5"),
        *("1", "4"),
    )
    assert (last.row, last.printed, last.low, last.high) == ("Total", "hidden", "19", "26")


# --- Outcomes ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The earliest one counts.", "The earliest one counts."),
        ("5 to 25. Age not known: 121.", ""),
        ("A valid pair. 3 young people were early.", "A valid pair."),
        ("A difference beyond 0.25 standard deviations.",) * 2,
        ("of 1,297 and 57 % (54 % to 60 %)", ""),
        ("57 % (54 % to 60 %)",) * 2,
        ("+0.14 (+0.08 to +0.20)",) * 2,
    ],
    ids=["words", "ages", "sentence", "decimal", "count", "shares", "estimate"],
)
def test_sentences_with_counts_stay_inside(text: str, left: str) -> None:
    assert without_counts(text) == left


def test_statistics_need_ten_and_counts_are_rounded() -> None:
    def row(*values: str) -> dict[str, Any]:
        return {"id": "a", "label": "A", "kind": "figure", "values": list(values)}

    columns = [{"id": "c", "label": label, "unit": "text"} for label in ("Pairs", "Went up", "d")]
    rows = [row("212", "107 (50 %)", "+0.31"), row("9", "2 (22 %)", "+0.10")]
    outcome = {
        "heading": "H",
        "facts": [{"label": "Answered again", "text": "212 young people"}],
        "tables": [{"id": "t", "title": "T", "columns": columns, "rows": rows}],
        "notes": ["2 of 9 went up.", "There was no comparison group."],
    }
    found = outcome_of(outcome)
    assert found["facts"] == []
    assert found["notes"] == ["There was no comparison group."]
    assert [each["values"] for each in found["tables"][0]["rows"]] == [
        ["210", "105", "+0.31"],
        [None, None, None],
    ]
