"""The shapes of reports that ship: our own TOML files in `evaluation/report_shapes/`. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.reports.templates import Section, ShapeError, parse

FOLDER = Path(__file__).resolve().parents[1] / "report_shapes"
FACTS = frozenset({"slug", "name", "summary", "position", "sections"})


@dataclass(frozen=True)
class Shape:
    """A shape as its file has it; `position` orders the list."""

    slug: str
    name: str
    summary: str
    position: int
    sections: tuple[Section, ...]


def shipped_shapes() -> list[Shape]:
    """Those that ship, in their order.

    Raises:
        ShapeError: a file is not right; says which and why.
    """
    shapes = [read_shape(path) for path in sorted(FOLDER.glob("*.toml"))]
    return sorted(shapes, key=lambda shape: shape.position)


def read_shape(path: Path) -> Shape:
    """Read one file, which is named for its slug.

    Raises:
        ShapeError: it is not right; says the file and why.
    """
    try:
        return _shape(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ShapeError) as error:
        raise ShapeError(f"{path.name}: {error}") from error


def _shape(data: dict[str, Any], stem: str) -> Shape:
    if set(data) != FACTS:
        raise ShapeError(f"it holds {', '.join(sorted(FACTS))} and nothing else.")
    if data["slug"] != stem:
        raise ShapeError("its slug is not its name.")
    return Shape(**(data | {"sections": parse(data["sections"])}))
