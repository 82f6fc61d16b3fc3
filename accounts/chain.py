"""The arithmetic of the chain over the audit trail, and its heads: no database.

One link's digest is the SHA-256, in hexadecimal, over the digest before it (the first: 64 zeros)
and the entry's columns as canonical JSON: keys in order, no spaces, times in UTC with microseconds.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

FIRST = "0" * 64
DIGITS = frozenset("0123456789abcdef")


class Sealable(NamedTuple):
    """Every column of an entry. A new column needs a new kind of link: old digests lack it."""

    id: int
    at: dt.datetime
    actor_id: UUID | None
    kind: str
    object_type: str
    object_id: UUID | None
    reason: str


@dataclass(frozen=True)
class Head:
    """The last link at a moment, as published: `line` is where in the file, from 1."""

    at: str
    position: int
    digest: str
    line: int = 0


class HeadsError(Exception):
    """A line of the published heads is none."""


def digest_after(previous: str, entry: Sealable) -> str:
    """Digest of the link that follows `previous` and holds the entry."""
    return hashlib.sha256(previous.encode() + canonical(entry)).hexdigest()


def canonical(entry: Sealable) -> bytes:
    """One spelling of an entry, the same on every machine."""
    columns = {
        "actor_id": entry.actor_id and str(entry.actor_id),
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "id": entry.id,
        "kind": entry.kind,
        "object_id": entry.object_id and str(entry.object_id),
        "object_type": entry.object_type,
        "reason": entry.reason,
    }
    return json.dumps(columns, sort_keys=True, separators=(",", ":")).encode()


def publish(path: Path, head: Head) -> bool:
    """Append a head to the file, on the disk before this returns; False where it stands already.

    Heads only ever go up: where a later one stands, another sealer was quicker.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = last_head(path)
        if last and last.position >= head.position:
            return False
        told = {"at": head.at, "position": head.position, "digest": head.digest}
        # A line that was cut off by a lost machine stays by itself.
        start = b"" if _ends_a_line(file) else b"\n"
        file.write(start + json.dumps(told).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _ends_a_line(file: BinaryIO) -> bool:
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def published(path: Path) -> Iterator[Head]:
    """Every head of the file in its order, one line in memory at a time; no file, no head.

    Raises:
        HeadsError: a line is no head.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            yield _head_of(line, number)


def last_head(path: Path) -> Head | None:
    """The head that was published last; a line that was cut off in the middle is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
        lines = file.read().decode(errors="replace").splitlines()
    for line in reversed(lines):
        try:
            return _head_of(line, 0)
        except HeadsError:
            continue
    return None


def _head_of(line: str, number: int) -> Head:
    try:
        told = json.loads(line)
        head = Head(str(told["at"]), int(told["position"]), str(told["digest"]), number)
    except (ValueError, TypeError, KeyError) as error:
        raise HeadsError(number) from error
    if head.position < 1 or len(head.digest) != len(FIRST) or set(head.digest) - DIGITS:
        raise HeadsError(number)
    return head
