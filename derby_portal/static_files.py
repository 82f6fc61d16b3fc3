"""Collected static files under hashed names."""

from __future__ import annotations

from functools import cache
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Our modules import each other by their names in the sources; a browser would go on with those of
# an older release for a while. Django's own patterns stumble over other people's modules.
IMPORTS = (
    (r"""(?P<matched>from "(?P<url>\.{1,2}/[^"]+)";)""", 'from "%(url)s";'),
    (r"""(?P<matched>import\("(?P<url>\.{1,2}/[^"]+)"\))""", 'import("%(url)s")'),
)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Works an address out once a process: a page names some fifteen files, the same every time."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", IMPORTS))

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what Django's storages take."""
        super().__init__(*args, **options)
        self._address = cache(super().url)

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002  (Django's signature)
        """The address of a file, by its name in the sources."""
        return self._address(name, force)
