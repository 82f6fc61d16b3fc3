"""Definition files: what ships, and what is said of a damaged one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activities.models import Skill
from evaluation.instruments import DefinitionError, fingerprint, parse, read_file, shipped
from evaluation.instruments.reading import FILES, read_data, shipped_files
from evaluation.instruments.words import own_words

Data = dict[str, Any]


def whole() -> Data:
    """A sound definition with everything that there can be."""
    return {
        "id": "mood",
        "version": 1,
        "name": "Mood",
        "owner": "Us",
        "citation": "Us (2019).",
        "licence": "CC0",
        "source": "Ours",
        "min_age": 8,
        "max_age": 15,
        "weeks": 12,
        "items": [
            {"id": "glad", "low": 1, "high": 3},
            {"id": "sad", "low": 1, "high": 3, "reverse": True, "min_age": 10},
        ],
        "scores": [
            {
                "id": "mood",
                "label": "Mood",
                "items": ["glad", "sad"],
                "method": "table",
                "low": "0.5",
                "high": "4.5",
                "decimals": 1,
                "table": {"2": "0.5", "3": "1.5", "4": "2.5", "5": "3.5", "6": "4.5"},
                "bands": [
                    {"id": "low", "label": "Low", "low": "0.5", "high": "2.4"},
                    {"id": "high", "label": "High", "low": "2.5", "high": "4.5"},
                ],
                "norms": [{"population": "All", "mean": 3, "sd": 1, "source": "Us"}],
                "reliability": "0.8",
                "reliability_source": "Us",
            }
        ],
        "forms": [{"id": "self", "min_age": 8, "max_age": 15}],
    }


def put(*way: str | int, value: Any) -> Callable[[Data], None]:
    """Sets what stands at the end of a way."""

    def damage(data: Data) -> None:
        inner: Any = data
        for step in way[:-1]:
            inner = inner[step]
        inner[way[-1]] = value

    return damage


def drop(*way: str | int) -> Callable[[Data], None]:
    def damage(data: Data) -> None:
        inner: Any = data
        for step in way[:-1]:
            inner = inner[step]
        del inner[way[-1]]

    return damage


S = ("scores", 0)
DAMAGED: list[tuple[str, Callable[[Data], None], str]] = [
    ("unknown key", put("colour", value="red"), "colour: is not a known key"),
    ("unknown item key", put("items", 0, "mni", value=1), "items[1].mni: is not a known key"),
    ("missing owner", drop("owner"), "owner: is missing"),
    ("missing items", drop("items"), "items: is missing"),
    ("missing high", drop("items", 1, "high"), "items[2].high: is missing"),
    ("no items", put("items", value=[]), "items: is empty"),
    ("items are a table", put("items", value={}), "items: is not a list"),
    ("item is text", put("items", 0, value="glad"), "items[1]: is not a table"),
    ("empty name", put("name", value=" "), "name: is empty"),
    ("name is a number", put("name", value=3), "name: is not text"),
    (
        "id with a space",
        put("items", 0, "id", value="So glad"),
        "items[1].id: is not an id (a-z, 0-9, - and _, at most 60)",
    ),
    ("version is text", put("version", value="1"), "version: is not a whole number"),
    ("version is true", put("version", value=True), "version: is not a whole number"),
    ("version 0", put("version", value=0), "version: is below 1"),
    ("weeks 0", put("weeks", value=0), "weeks: is below 1"),
    ("ages", put("max_age", value=7), "max_age: is below min_age"),
    ("reverse", put("items", 0, "reverse", value="yes"), "items[1].reverse: is not true or false"),
    ("twice the same item", put("items", 1, "id", value="glad"), "items[2].id: 'glad' is there already"),
    ("no range", put("items", 0, "high", value=1), "items[1].high: is not above low"),
    ("ranges differ", put("items", 0, "high", value=4), "scores[1].items: have different ranges"),
    (
        "score of no item",
        put(*S, "items", value=["glad", "mad"]),
        "scores[1].items: names 'mad', which is no item",
    ),
    ("item twice in a score", put(*S, "items", value=["glad", "glad"]), "scores[1].items: has 'glad' twice"),
    ("items of numbers", put(*S, "items", value=[1, 2]), "scores[1].items: is not a list of ids"),
    ("score without items", put(*S, "items", value=[]), "scores[1].items: is empty"),
    (
        "unknown method",
        put(*S, "method", value="median"),
        "scores[1].method: is none of item, sum, mean, table",
    ),
    (
        "unknown direction",
        put(*S, "direction", value="up"),
        "scores[1].direction: is none of higher, lower",
    ),
    ("item of two", put(*S, "method", value="item"), "scores[1].items: is not one item, as method item needs"),
    ("table without need", put(*S, "method", value="sum"), "scores[1].table: is there though the method is not table"),
    ("too many needed", put(*S, "minimum_answered", value=3), "scores[1].minimum_answered: is not from 1 to 2"),
    (
        "gaps under a table",
        put(*S, "minimum_answered", value=1),
        "scores[1].minimum_answered: is not every item, as a table needs",
    ),
    ("hole in the table", drop(*S, "table", "4"), "scores[1].table.4: is missing"),
    ("too long a table", put(*S, "table", "7", value=5), "scores[1].table.7: is no raw sum of these items"),
    ("table by name", put(*S, "table", "low", value=5), "scores[1].table.low: is not a raw sum"),
    ("table of words", put(*S, "table", "4", value="much"), "scores[1].table.4: is not a number"),
    ("table of nothing", put(*S, "table", "4", value="NaN"), "scores[1].table.4: is not a number"),
    ("table falls", put(*S, "table", "4", value="1.0"), "scores[1].table: does not rise with the raw sum"),
    ("table is a list", put(*S, "table", value=[1]), "scores[1].table: is not a table"),
    ("wrong low", put(*S, "low", value=0), "scores[1].low: is not 0.5, the lowest score there can be"),
    ("wrong high", put(*S, "high", value=5), "scores[1].high: is not 4.5, the highest score there can be"),
    ("decimals", put(*S, "decimals", value=7), "scores[1].decimals: is not from 0 to 4"),
    (
        "bands start late",
        put(*S, "bands", 0, "low", value=1),
        "scores[1].bands[1].low: leaves a gap: 0.5 was expected",
    ),
    (
        "gap between bands",
        put(*S, "bands", 1, "low", value="2.6"),
        "scores[1].bands[2].low: leaves a gap: 2.5 was expected",
    ),
    (
        "bands overlap",
        put(*S, "bands", 1, "low", value="2.4"),
        "scores[1].bands[2].low: overlaps: 2.5 was expected",
    ),
    ("band upside down", put(*S, "bands", 0, "high", value="0.2"), "scores[1].bands[1].high: is below low"),
    (
        "bands end early",
        put(*S, "bands", 1, "high", value=4),
        "scores[1].bands[2].high: is not 4.5, the highest score",
    ),
    ("twice the same band", put(*S, "bands", 1, "id", value="low"), "scores[1].bands[2].id: 'low' is there already"),
    ("reliability above 1", put(*S, "reliability", value="1.2"), "scores[1].reliability: is not between 0 and 1"),
    ("reliability of nowhere", drop(*S, "reliability_source"), "scores[1].reliability_source: is missing"),
    ("norm without a spread", put(*S, "norms", 0, "sd", value=0), "scores[1].norms[1].sd: is not above 0"),
    (
        "two functional norms",
        put(*S, "norms", value=[{"population": "All", "mean": 3, "sd": 1, "source": "Us", "functional": True}] * 2),
        "scores[1].norms: has more than one functional population",
    ),
    ("norm without source", drop(*S, "norms", 0, "source"), "scores[1].norms[1].source: is missing"),
    ("item that never counts", put("items", value=[*whole()["items"], {"id": "dull", "low": 1, "high": 3}]), "items[3].id: is in no score"),
    ("terms that nobody finds", put("needs_terms", value=True), "terms: is missing"),
    ("form for others", put("forms", 0, "max_age", value=18), "forms[1].min_age: or max_age is outside the instrument's ages"),
    ("form for nobody", put("forms", 0, "min_age", value=16), "forms[1].max_age: is below min_age"),
    ("scale", put("forms", 0, "scale", value="stars"), "forms[1].scale: is none of faces, words, numbers"),
    ("respondent", put("forms", 0, "respondent", value="dog"), "forms[1].respondent: is none of self, staff, carer"),
    ("twice the same form", put("forms", value=whole()["forms"] * 2), "forms[2].id: 'self' is there already"),
    ("twice the same score", put("scores", value=whole()["scores"] * 2), "scores[2].id: 'mood' is there already"),
]  # fmt: skip


def test_a_sound_definition_is_read() -> None:
    definition = parse(whole())
    assert definition.item("sad").reverse
    assert definition.item("sad").min_age == 10
    assert definition.score("mood").minimum_answered == 2
    assert str(definition.score("mood").bands[1].low) == "2.5"
    assert definition.score("mood").table[6] == definition.score("mood").high
    with pytest.raises(KeyError):
        definition.item("mad")


@pytest.mark.parametrize(
    ("damage", "message"), [case[1:] for case in DAMAGED], ids=[case[0] for case in DAMAGED]
)
def test_a_damaged_definition_says_where_and_why(
    damage: Callable[[Data], None], message: str
) -> None:
    data = copy.deepcopy(whole())
    damage(data)
    with pytest.raises(DefinitionError) as refused:
        parse(data)
    assert str(refused.value) == message


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mood.1.toml"
    path.write_text((FILES / "ons4.1.toml").read_text().replace("weeks = 12", 'weeks = "12"'))
    with pytest.raises(DefinitionError) as refused:
        read_file(path)
    assert str(refused.value) == "mood.1.toml: weeks: is not a whole number"
    assert (refused.value.file, refused.value.key) == ("mood.1.toml", "weeks")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id = ", "bad.toml: is not TOML: Invalid value (at end of document)"),
        (b"name = '\xff'", "bad.toml: is not UTF-8"),
        (None, "bad.toml: cannot be read (No such file or directory)"),
    ],
    ids=["not TOML", "not UTF-8", "not there"],
)
def test_what_is_no_file_of_ours_is_said(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(DefinitionError) as refused:
        read_file(tmp_path / "bad.toml")
    assert str(refused.value) == message


def test_what_ships() -> None:
    assert sorted(key for key, _ in shipped()) == [
        *("brief-resilience", "derby-life-skills", "gse", "loneliness", "ons4", "rosenberg"),
        *("short-grit", "stirling", "student-resilience", "swemwbs", "wemwbs"),
    ]
    assert [key for (key, _), each in shipped().items() if each.has_wording] == [
        "derby-life-skills"
    ]
    terms = {key for (key, _), each in shipped().items() if each.needs_terms}
    assert terms == {
        *("swemwbs", "wemwbs", "gse", "brief-resilience", "short-grit", "stirling"),
        "student-resilience",
    }
    assert shipped()["rosenberg", 1].is_off
    assert shipped()["ons4", 1].item("anxious").min_age == 16


def test_no_words_but_ours_ship() -> None:
    assert [path.name for path in FILES.glob("*.words.toml")] == ["derby-life-skills.1.words.toml"]


def test_the_derby_reflection_is_six_headings_of_three_in_five_forms() -> None:
    definition = shipped()["derby-life-skills", 1]
    assert [one.id for one in definition.scores] == Skill.values
    assert [one.label for one in definition.scores] == Skill.labels
    assert all(len(one.items) == 3 for one in definition.scores)
    assert {(form.id, form.min_age, form.max_age) for form in definition.forms} == {
        *(("5-7", 5, 7), ("8-12", 8, 12), ("13-18", 13, 25), ("easy", 8, 25), ("staff", 5, 25)),
    }
    words = own_words(FILES / "derby-life-skills.1.toml", definition)
    assert {each.form: each.language for each in words} == {
        "5-7": "en-gb",
        "8-12": "en-gb",
        "13-18": "en-gb",
        "staff": "en-gb",
        "easy": "en-easy",
    }
    for each in words:
        assert len(set(each.items.values())) == 18
        assert all(len(labels) == 5 for labels in each.labels.values())


def test_children_read_short_sentences() -> None:
    definition = shipped()["derby-life-skills", 1]
    longest = {
        each.form: max(len(text.split()) for text in each.items.values())
        for each in own_words(FILES / "derby-life-skills.1.toml", definition)
    }
    assert longest["5-7"] <= 8
    assert longest["easy"] <= 10
    assert longest["8-12"] <= 13


def test_the_fingerprint_follows_the_content_and_nothing_else() -> None:
    data = whole()
    assert fingerprint(data) == fingerprint(dict(reversed(data.items())))
    assert fingerprint(data) != fingerprint(data | {"weeks": 13})
    assert len({fingerprint(read_data(path)) for path in shipped_files()}) == 11


def test_figures_that_were_checked_have_their_source_and_others_are_left_out() -> None:
    found = {
        (key, one.id): str(one.reliability)
        for (key, _), each in shipped().items()
        for one in each.scores
        if one.reliability is not None
    }
    assert found == {
        ("wemwbs", "wemwbs"): "0.87",
        ("swemwbs", "swemwbs"): "0.88",
        ("rosenberg", "rosenberg"): "0.77",
        ("gse", "gse"): "0.80",
        ("brief-resilience", "brief_resilience"): "0.80",
        ("stirling", "stirling"): "0.82",
    }
    (norm,) = shipped()["wemwbs", 1].score("wemwbs").norms
    assert (str(norm.mean), str(norm.sd), norm.functional) == ("48.8", "6.8", True)
