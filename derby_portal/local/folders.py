"""Folders, locks and secret files below `.local/`, with a sentence where the machine refuses."""

import base64
import fcntl
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from .errors import BusyError, LocalError

# The kernel's limit for the address of a unix socket: 108 bytes on Linux, 104 on macOS and BSD.
LONGEST_SOCKET = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
# Everything else would need escaping that the libraries which read the address do differently.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


def make(folder: Path, mode: int = 0o755) -> Path:
    """Make `folder` and its parents if need be and return it. LocalError if it is not ours."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LocalError(
            f"{folder} cannot be written: it belongs to somebody else or is read-only. "
            "Use a folder of your own, or remove this one."
        )
    return folder


def refused(path: Path, error: OSError) -> LocalError:
    """The sentence for a file or folder that the machine does not let us write."""
    return LocalError(
        f"{path} cannot be written ({error.strerror or error}). "
        "Work in a folder that you may write to."
    )


class Lock:
    """A lock that vanishes with its holder, however the holder ends. BusyError if it is taken."""

    def __init__(self, path: Path) -> None:
        make(path.parent)
        try:
            # Not inherited by children: a killed demo must not stay locked by what it started.
            self._file: IO[str] = path.open("a+")
        except OSError as error:
            raise refused(path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise BusyError(f"{path.parent} is in use by process {holder}.") from error
        self.note(str(os.getpid()))

    def note(self, text: str) -> None:
        """Write down who holds the lock, for the sentence that others get."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text)
        self._file.flush()

    def release(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def socket_folder(state: Path) -> Path:
    """Where the sockets of `state` go: inside it, or elsewhere if its path is long or peculiar."""
    inside = state / "sockets"
    length = len(os.fsencode(inside / LONGEST_SOCKET_NAME))
    if length <= LONGEST_SOCKET and PLAIN_PATH.fullmatch(str(inside)):
        return inside
    digest = hashlib.sha256(os.fsencode(state) + b"\0%d" % os.geteuid()).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"derby-portal-{digest}"
    length = len(os.fsencode(short / LONGEST_SOCKET_NAME))
    if length <= LONGEST_SOCKET and PLAIN_PATH.fullmatch(str(short)):
        return short
    return Path("/tmp") / short.name  # noqa: S108 - the name is ours and the owner is checked


def make_private(folder: Path, owner: tuple[int, int] | None = None) -> Path:
    """Make `folder` for one user alone, (uid, gid) if given. LocalError if a stranger made it."""
    make(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise refused(folder, error) from error
    # In a shared temporary folder a stranger may have made it first, or put a link there.
    uids = {os.geteuid()} | ({owner[0]} if owner else set())
    if folder.is_symlink() or found.st_uid not in uids:
        raise LocalError(f"{folder} belongs to somebody else; remove it and start again.")
    folder.chmod(0o700)
    if owner:
        os.chown(folder, *owner)
    return folder


def random_text() -> str:
    """A secret that nobody guesses."""
    return secrets.token_urlsafe(48)


def random_key() -> str:
    """A random Fernet key: 32 bytes as URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def secret_file(path: Path, make_secret: Callable[[], str] = random_text) -> str:
    """The secret kept in `path`, made at first use and readable by its owner alone."""
    try:
        return path.read_text().strip() or write_secret(path, make_secret())
    except FileNotFoundError:
        return write_secret(path, make_secret())
    except OSError as error:
        raise refused(path, error) from error


def write_secret(path: Path, text: str) -> str:
    """Write `text` to `path` with mode 0600, all or nothing, and return it."""
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)
    return text
