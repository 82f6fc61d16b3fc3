"""Reads of spreadsheets that come in: their rows, and what of them is known already."""

from participants.queries.imports.examine import Judged, Meeting, examine
from participants.queries.imports.shown import (
    ShownFault,
    UnknownWords,
    examples_of,
    fault_counts,
    faults_page,
    known_rows,
    unknown_words,
)
from participants.queries.imports.source import looked_up, opened, table_rows

__all__ = [
    "Judged",
    "Meeting",
    "ShownFault",
    "UnknownWords",
    "examine",
    "examples_of",
    "fault_counts",
    "faults_page",
    "known_rows",
    "looked_up",
    "opened",
    "table_rows",
    "unknown_words",
]
