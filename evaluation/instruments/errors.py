"""What is wrong with a definition file, so that whoever wrote it can put it right."""

from __future__ import annotations


class DefinitionError(Exception):
    """A definition cannot be used. `file` is empty where the data came from elsewhere.

    `key` is the way to what is wrong, like "scores[2].bands[1].low"; empty for the whole file.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(": ".join(part for part in (file, key, reason) if part))
        self.file = file
        self.key = key
        self.reason = reason
