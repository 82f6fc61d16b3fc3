"""What is wrong with a file, and where in it."""

from __future__ import annotations

from pathlib import Path


class SourceFileError(ValueError):
    """A file cannot be used. Names the file, the line or place, the column and the problem."""

    def __init__(
        self,
        path: Path,
        problem: str,
        *,
        line: int | None = None,
        column: str | None = None,
        place: str | None = None,
    ) -> None:
        self.path, self.line, self.column, self.place = path, line, column, place
        where = [
            str(path),
            *([f"line {line}"] if line else []),
            *([f'column "{column}"'] if column else []),
            *([place] if place else []),
        ]
        super().__init__(f"{', '.join(where)}: {problem}")
