"""The shape of a report: that of its template, or the standard one as it ships."""

from __future__ import annotations

from functools import cache
from typing import Any

from evaluation.reports.asked import Asked
from evaluation.reports.shipped_shapes import FOLDER, read_shape
from evaluation.reports.templates import dump

STANDARD = "standard"


def shape_of(asked: Asked) -> dict[str, Any]:
    """Name and sections, as they stand in a body."""
    if asked.template:
        return {"name": asked.template.name, "sections": asked.template.sections}
    shape = standard()
    return {"name": shape["name"], "sections": shape["sections"]}


@cache
def standard() -> dict[str, Any]:
    """The shape of whoever asks for none: everything there is."""
    shape = read_shape(FOLDER / f"{STANDARD}.toml")
    return {"name": shape.name, "sections": dump(shape.sections)}
