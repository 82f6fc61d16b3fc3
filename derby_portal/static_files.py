"""Collected static files under hashed names."""

from __future__ import annotations

from functools import cache
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Works an address out once a process: a page names some fifteen files, the same every time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what Django's storages take."""
        super().__init__(*args, **options)
        self._address = cache(super().url)

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002  (Django's signature)
        """The address of a file, by its name in the sources."""
        return self._address(name, force)
