"""Instruments as data: what a definition file says, and the files that ship. Knows no database."""

from evaluation.instruments.definition import Definition
from evaluation.instruments.errors import DefinitionError
from evaluation.instruments.reading import fingerprint, parse, read_file, shipped

__all__ = ["Definition", "DefinitionError", "fingerprint", "parse", "read_file", "shipped"]
