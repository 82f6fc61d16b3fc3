"""Where uploaded and built files lie: apart from the web, under names that say nothing.

A file has no address. It leaves through a view that asks who wants it, or not at all.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import IO, Any, NoReturn

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage

_UUID = r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
# A small picture beside the large one, and what the store adds where a name is taken.
_RANDOM = re.compile(rf"{_UUID}(?:-small)?(?:_[A-Za-z0-9]{{7}})?(?:\.[a-z0-9]{{1,5}})?")


class PrivateFiles(FileSystemStorage):
    """A folder that only the portal's own account may read, and that nothing serves."""

    def __init__(self, **options: Any) -> None:
        """Take the options of Django's store; nobody but the owner may read."""
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700, **options)

    def url(self, name: str | None) -> NoReturn:
        """Refuse: a view with a check of its own serves each kind of file."""
        raise NotImplementedError("Private files have no address.")

    def _save(self, name: str, content: IO[Any]) -> str:
        """Keep a file, unless its name could tell what or whose it is.

        Raises:
            SuspiciousFileOperation: the name is not a random one.
        """
        if not _RANDOM.fullmatch(PurePosixPath(name).name):
            raise SuspiciousFileOperation("A file is kept under a random name only.")
        return super()._save(name, content)  # type: ignore[misc]
