"""The command on a published data set, as text and JSON, and what it says of bad files."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from evaluation.pairs_file import Columns, PairsFileError, read_pairs

# Student (1908), Biometrika 6, 20, as R's `sleep` has it.
SLEEP = """id,first,second
1,0.7,1.9
2,-1.6,0.8
3,-0.2,1.1
4,-1.2,0.1
5,-0.1,-0.1
6,3.4,4.4
7,3.7,5.5
8,0.8,1.6
9,0.0,4.6
10,2.0,3.4
"""


@pytest.fixture
def file_of(tmp_path):
    def write(content, name="scores.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def run(path, *args, before="first", after="second"):
    out = StringIO()
    call_command(
        "outcome_statistics", str(path), "--before", before, "--after", after, *args, stdout=out
    )
    return out.getvalue()


def as_json(path, *args, **columns):
    return json.loads(
        run(path, "--format", "json", *args, **columns),
        parse_constant=lambda name: pytest.fail(f"{name} is not JSON"),
    )


def grouped(sizes, *, hours=True):
    """A file of groups of these sizes with changes that differ."""
    lines = ["before,after,hub,hours"]
    for name, size in sizes.items():
        lines += [
            f"{10 + i % 5},{12 + (i * 3) % 7},{name},{i if hours else ''}" for i in range(size)
        ]
    return "\n".join(lines) + "\n"


def test_a_published_data_set_as_r_prints_it(file_of):
    # R, ?t.test: t = 4.0621, df = 9, p-value = 0.002833, interval 0.7001142 2.4598858.
    table = as_json(file_of(SLEEP))
    change = table["paired_change"]
    assert (table["lines"], table["pairs"], table["left_out"]) == (10, 10, {})
    assert (round(change["t"], 4), change["df"], round(change["p"], 6)) == (4.0621, 9, 0.002833)
    assert [round(change[name], 7) for name in ("ci_low", "ci_high")] == [0.7001142, 2.4598858]
    assert change["reason"] is None
    assert (table["reliable_change"], table["groups"], table["dose"]) == (None, None, None)


def test_as_text(file_of):
    text = run(file_of(SLEEP))
    assert text.startswith("scores.csv: first to second\n\n  lines  10\n  pairs  10\n")
    assert "\n  t                   4.06213\n" in text
    assert (
        "The mean score changed by 1.58 (95 % interval 0.700114 to 2.45989); "
        "9 up, 1 the same, 0 down." in text
    )
    assert "There is no comparison group" in text
    assert "improved" not in text


def test_without_a_database(file_of, settings):
    # No mark for a database: any query would fail. Nor are its checks asked for.
    from evaluation.management.commands.outcome_statistics import Command

    assert Command.requires_system_checks == ()
    assert "changed by 1.58" in run(file_of(SLEEP))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + SLEEP.encode(),
        SLEEP.replace("\n", "\r\n").encode(),
        SLEEP.replace(",", ";").encode(),
        SLEEP.replace(",", "\t").encode(),
        SLEEP.replace("first", '"first"').encode() + b"\n\n",
    ],
    ids=["byte-order-mark", "windows", "semicolons", "tabs", "quoted-and-blank-lines"],
)
def test_files_as_people_have_them(file_of, content):
    assert as_json(file_of(content))["paired_change"]["mean_change"] == pytest.approx(1.58)


def test_what_is_blank_is_left_out_and_said(file_of):
    path = file_of(SLEEP + "11,,3\n12,4,NA\n13,,\n14,.,5\n")
    table = as_json(path)
    assert (table["lines"], table["pairs"]) == (14, 10)
    assert table["left_out"] == {
        "first and second are blank": 1,
        "first is blank": 2,
        "second is blank": 1,
    }
    assert "left out: first is blank" in run(path)


def test_groups_from_ten_pairs_and_indicative_under_thirty(file_of):
    path = file_of(grouped({"Abbey": 9, "Derwent": 10, "Sinfin": 30}) + "12,13,,4\n")
    table = as_json(path, "--group", "hub", before="before", after="after")
    groups = table["groups"]
    assert [(g["group"], g["n"], g["rule"]) for g in groups["groups"]] == [
        ("Abbey", 9, "too few to show"),
        ("Derwent", 10, "indicative"),
        ("Sinfin", 30, "shown"),
    ]
    assert groups["groups"][0]["paired_change"] is None
    assert groups["pairs_without_group"] == 1
    raw = sorted(g["paired_change"]["p"] for g in groups["groups"][1:])
    adjusted = sorted(g["p_holm"] for g in groups["groups"][1:])
    assert adjusted == pytest.approx([2 * raw[0], max(2 * raw[0], raw[1])])
    assert groups["groups"][0]["p_holm"] is None
    clusters = table["clusters"]
    assert clusters["intraclass_correlation"]["groups"] == 3
    assert clusters["design_effect"]["n"] == 49
    assert clusters["t_of_group_means"]["df"] == 2
    text = run(path, "--group", "hub", before="before", after="after")
    assert "too few to show" in text
    assert "pairs without a group: 1" in text


def test_hours(file_of):
    path = file_of(grouped({"Abbey": 12, "Sinfin": 15}) + "12,13,Abbey,\n")
    table = as_json(path, "--group", "hub", "--hours", "hours", before="before", after="after")
    dose = table["dose"]
    assert (dose["left_out"], dose["rank_correlation"]["n"]) == (1, 27)
    assert (dose["adjusted"]["n"], dose["adjusted"]["groups"]) == (27, 2)
    alone = as_json(path, "--hours", "hours", before="before", after="after")
    assert (alone["dose"]["adjusted"]["groups"], alone["clusters"]) == (1, None)
    assert "Hours and change" in run(path, "--hours", "hours", before="before", after="after")


def test_reliable_change(file_of):
    path = file_of(SLEEP)
    how = ("--reliability", "0.9", "--functional-mean", "3", "--functional-sd", "1")
    found = as_json(path, *how)["reliable_change"]
    assert found["cutoff"] == pytest.approx((1.78901 * 3 + 1 * 0.75) / 2.78901, abs=1e-5)
    kinds = [found[name] for name in ("recovered", "improved", "unchanged", "deteriorated")]
    assert sum(kinds) == 10
    text = run(path, *how)
    assert "deteriorated" in text
    turned = as_json(path, *how, "--direction", "lower")["reliable_change"]
    assert turned["deteriorated"] == kinds[0] + kinds[1]


def test_too_little_is_said_and_never_breaks(file_of):
    path = file_of("first,second\n1,2\n")
    table = as_json(path)
    assert table["paired_change"]["reason"] == "One pair is too few."
    assert "The mean score changed by 1; 1 up, 0 the same, 0 down." in run(path)
    nobody = run(file_of("first,second,hub,h\n,2,a,1\n"), "--group", "hub", "--hours", "h")
    assert "Nothing can be said of the change. There are no pairs." in nobody


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "scores.csv: there is nothing in it."),
        ("first,last\n1,2\n", 'line 1: there is no column "second". Its columns: first, last.'),
        ("first,second,second\n1,2,3\n", 'line 1: there is more than one column "second".'),
        ("first,second\n1,2\n1,lots\n", 'line 3, column "second": "lots" is not a number.'),
        ("first,second\n1,inf\n", 'line 2, column "second": "inf" is not a number.'),
        ("first,second\n1,1e999\n", 'line 2, column "second": "1e999" is not a number.'),
        ("first;second\n1;2,5\n", 'line 2, column "second": "2,5" is not a number.'),
        ("first,second\n1,2\n1,2,3\n", "line 3: 3 cells, but there are 2 headings."),
        (b"first,second\n1,2\n\xff,3\n", "line 3: it is not in UTF-8."),
        ('first,second\n1,"2\n', "line 2: unexpected end of data."),
    ],
    ids=[
        "empty", "no-column", "twice", "word", "infinite", "enormous", "comma", "cells", "bytes",
        "quote",
    ],
)  # fmt: skip
def test_errors_name_file_line_and_column(file_of, content, message):
    with pytest.raises(CommandError) as error:
        run(file_of(content))
    assert str(error.value).startswith("scores.csv: ")
    assert message in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    "args",
    [
        ("--functional-mean", "3"),
        ("--functional-mean", "3", "--functional-sd", "1"),
    ],
    ids=["half", "without-reliability"],
)
def test_half_of_a_functional_population(file_of, args):
    with pytest.raises(CommandError):
        run(file_of(SLEEP), *args)


def test_the_delimiter_may_be_said(file_of):
    path = file_of("first;second,x,y,z\n1;2,5,6,7\n".replace(",", "|"))
    with pytest.raises(CommandError):
        run(path, "--delimiter", "comma")
    found = read_pairs(b"first;second\n1;2\n", Columns("first", "second"), ";")
    assert [(row.line, row.before, row.after) for row in found.rows] == [(2, 1.0, 2.0)]
    with pytest.raises(PairsFileError):
        read_pairs(b"first;second\n1;2\n", Columns("first", "second"), ",")


def test_json_is_asked_for_in_short_too(file_of):
    path = file_of(SLEEP)
    assert run(path, "--json") == run(path, "--format", "json")
    assert json.loads(run(path, "--json"))
