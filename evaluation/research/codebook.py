"""What a reader of an extract must know: every column and code, every score, and how to use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from evaluation.instruments.definition import Definition, Item, Method, Score
from evaluation.research.anonymity import Report
from evaluation.research.coarsening import WITHHELD_WORDS
from evaluation.research.tables import Column, Table

LICENCE = (
    "Restricted: for the named study only, by the people named in its ethics approval. Not to be "
    "passed on, published row by row, joined with other data about people, or used to find out "
    "who somebody is."
)
DESIGN = (
    "Before and after in one group, without a comparison group: level 1 on the Maryland "
    "Scientific Methods Scale. Scores may be said to have changed by so much; never that the "
    "programme caused it."
)
WHO = (
    "People who attended in the period, with consent to surveys and to sharing with the University "
    "in force, and who did not ask to be left out. So they are no sample of everybody who attended."
)
LEAVING = (
    "When somebody takes consent back, the trust says so: delete this file then, and fetch a new "
    "one."
)
LEFT_OUT = (
    "Names, dates of birth, addresses, wards and the portal's own ids are not in it, and dates are "
    "months. Attendance by month does not say at which hub."
)
BEYOND = (
    "k says nothing of attendance by month or of answers: whoever knows exactly when somebody came "
    "may still know them. Keep the data apart from anything that says so. Later files of this "
    "study tell nothing more exactly than this one."
)
METHODS = {
    Method.ITEM: "The item by itself",
    Method.SUM: "Sum of the items",
    Method.MEAN: "Mean of the items answered",
    Method.TABLE: "Sum of the items, converted by the owner's table",
}

CODEBOOK = (
    Column("table", "string", "The table, or “instrument” for what an instrument's ids mean."),
    Column("field", "string", "The column; of an instrument, whether it is an item or a score."),
    Column("code", "string", "A value of the column, where they are listed.", required=False),
    Column("type", "string", "Type of the column, as in Table Schema.", required=False),
    Column("meaning", "string", "What it is."),
    Column("line", "integer", "Number of the line."),
)


@dataclass(frozen=True)
class Origin:
    """Which study an extract is for, and of which programme and period."""

    study: str
    purpose: str
    ethics_reference: str
    programme: str
    first_day: str
    last_day: str
    publisher: str = "Derby County Community Trust"

    @property
    def citation(self) -> str:
        """How to cite the data."""
        return (
            f"{self.publisher}: {self.programme}, {self.first_day} to {self.last_day}. "
            f"Pseudonymised extract for “{self.study}” (ethics approval {self.ethics_reference})."
        )


def codebook_table(tables: Sequence[Table], definitions: Sequence[Definition]) -> Table:
    """Every column, code, item and score, one a line."""
    lines = [*_columns(tables), *_instruments(definitions)]
    rows = tuple((*line, number) for number, line in enumerate(lines, start=1))
    return Table("codebook", "Codebook", CODEBOOK, ("line",), rows, {})


Line = tuple[str, str, str | None, str | None, str]


def _columns(tables: Sequence[Table]) -> Iterator[Line]:
    for table in tables:
        for column in table.columns:
            yield table.name, column.name, None, column.type, column.description
            for code, meaning in (column.codes or {}).items():
                yield table.name, column.name, code, None, meaning


def _instruments(definitions: Sequence[Definition]) -> Iterator[Line]:
    for definition in definitions:
        name = f"{definition.id} {definition.version}"
        yield "instrument", name, None, None, _instrument(definition)
        for item in definition.items:
            yield "instrument", f"{name}, item", item.id, "integer", _item(item)
        for score in definition.scores:
            yield "instrument", f"{name}, score", score.id, "number", _score(score)
            for band in score.bands:
                meaning = f"{band.label}: {band.low} to {band.high}"
                yield "instrument", f"{name}, band of {score.id}", band.id, None, meaning


def _instrument(definition: Definition) -> str:
    made = " Programme-made, not validated." if definition.is_programme_made else ""
    return (
        f"{definition.name}. {definition.citation} Licence: {definition.licence}. At least "
        f"{definition.weeks} weeks between baseline and follow-up.{made}"
    )


def _item(item: Item) -> str:
    turned = ", reversed when scored" if item.reverse else ""
    return f"{item.low} to {item.high}{turned}"


def _score(score: Score) -> str:
    reliability = (
        f" Reliability {score.reliability} ({score.reliability_source})."
        if (score.reliability)
        else ""
    )
    return (
        f"{score.label}. {METHODS[score.method]}: {', '.join(score.items)}. At least "
        f"{score.minimum_answered} answered. {score.low} to {score.high}, "
        f"{score.direction.value} is better.{reliability}"
    )


def codebook_words(table: Table) -> str:
    """The codebook as Markdown, for people."""
    lines = ["# Codebook", "", "| Table | Field | Code | Type | Meaning |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(_cell(each) for each in row[:-1]) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"


def _cell(value: str | int | None) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def readme(origin: Origin, tables: Sequence[Table], report: Report) -> str:
    """What this is, whom it is for, and how it may be used."""
    files = [
        f"- `data/{table.name}.csv`: {table.title}, {len(table.rows):,} rows" for table in tables
    ]
    parts = (
        (origin.study, "\n\n".join([_about(origin), "\n".join(files)])),
        ("What it is for", f"{origin.purpose}\n\nEthics approval: {origin.ethics_reference}"),
        ("Who is in it", WHO),
        ("What may be said", DESIGN),
        ("How people are protected", "\n".join(f"- {line}" for line in protection(report))),
        ("Licence", f"{LICENCE}\n\n{LEAVING}"),
        ("How to cite it", origin.citation),
    )
    body = "\n\n".join(f"## {title}\n\n{words}" for title, words in parts)
    return f"{body.removeprefix('#')}\n"


def _about(origin: Origin) -> str:
    return (
        f"Pseudonymised data of {origin.programme}, {origin.first_day} to {origin.last_day}, "
        "both included. A Frictionless Data Package: `datapackage.json` describes every "
        "file, `codebook.md` every column, code and score."
    )


def protection(report: Report) -> list[str]:
    """What was done so that nobody stands out, one sentence or two an entry."""
    return [LEFT_OUT, *_smallest_group(report), *_coarsened(report), BEYOND]


def _smallest_group(report: Report) -> Iterator[str]:
    yield (
        f"k = {report.k}: everybody shares age band, gender, ethnic group, deprivation fifth, "
        f"main hub and SEND with at least {report.k - 1} others, as told here. "
        f"{report.people:,} people in {_many(report.groups, 'group')}."
    )
    yield (
        f"Before this, the smallest group had {report.k_before:,}, and {report.small_before:,} "
        f"people stood in groups below {report.threshold}; now {report.small} do."
    )


def _coarsened(report: Report) -> Iterator[str]:
    hidden = [name for name, words in report.steps.items() if words == WITHHELD_WORDS]
    if hidden:
        yield f"Withheld of everybody: {', '.join(map(_spoken, hidden))}."
    for attribute, words in report.steps.items():
        if attribute not in hidden:
            yield f"Told less exactly: {_spoken(attribute)}, as “{words}”."
    for attribute, number in report.merged.items():
        if attribute not in hidden:
            yield (
                f"{_many(number, 'value')} of {_spoken(attribute)} that few people had: put under "
                "“other or not known”."
            )
    if report.withheld:
        yield f"Of {report.withheld:,} people all six are withheld."


def _spoken(attribute: str) -> str:
    names = {"imd_quintile": "deprivation fifth", "send": "SEND", "hub": "main hub"}
    return names.get(attribute, attribute.replace("_", " "))


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def manifest_of(report: Report) -> dict[str, object]:
    """The report as plain values."""
    return asdict(report)
