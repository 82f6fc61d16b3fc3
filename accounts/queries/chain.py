"""The chain over the audit trail: its end, what is not sealed yet, and whether it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from accounts.chain import FIRST, Head, HeadsError, Sealable, digest_after, published
from accounts.models import AuditEntry, AuditKind, AuditSeal

# How far behind the end of the chain, in links, late entries are looked for every minute. The rest
# of the trail is looked through at night.
LOOK_BACK = 100_000
CHUNK = 5_000
# Links behind a broken one among which the entry that belongs there is looked for.
NEARBY = 500
# A sealer that runs publishes every minute: links much younger than the last head are none of its.
HEADS_LATE = dt.timedelta(hours=1)


class Link(NamedTuple):
    """One row of the chain."""

    position: int
    digest: str
    entry_id: int
    sealed_at: dt.datetime


class Break(StrEnum):
    """What can be wrong with a chain."""

    CONTENT = "content changed"
    ORDER = "order changed"
    ENTRY_MISSING = "entry missing"
    LINK_MISSING = "link missing"
    TAIL_CUT = "tail cut off"
    REWRITTEN = "not what was published"
    HEADS_UNREADABLE = "published heads unreadable"
    HEADS_MISSING = "published heads missing"
    NO_SUCH_HEAD = "no such head"


@dataclass(frozen=True)
class Problem:
    """The first thing that does not hold: where, and in words for people."""

    kind: Break
    position: int
    entry_id: int | None
    words: str


@dataclass(frozen=True)
class Unsealed:
    """How many entries no link holds yet, and since when the oldest waits."""

    number: int
    oldest_at: dt.datetime | None


@dataclass(frozen=True)
class Verified:
    """What a walk along the chain found."""

    links: int
    heads: int
    problem: Problem | None
    unsealed: Unsealed


def last_link() -> Link | None:
    """The end of the chain."""
    return next(iter(_links(AuditSeal.objects.order_by("-position")[:1])), None)


def last_verification() -> AuditEntry | None:
    """What the trail says of the walk along the chain that was taken last."""
    return AuditEntry.objects.filter(kind=AuditKind.AUDIT_VERIFIED).order_by("-at", "-pk").first()


def unsealed(*, number: int, whole: bool = False) -> list[Sealable]:
    """The first so many entries that no link holds, by id."""
    rows = (
        _not_sealed(0 if whole else _floor()).order_by("pk").values_list(*Sealable._fields)[:number]
    )
    return [Sealable(*row) for row in rows]


def waiting(*, whole: bool = False) -> Unsealed:
    """How much is not sealed, near the end of the trail or in the whole of it."""
    found = _not_sealed(0 if whole else _floor()).aggregate(number=Count("pk"), oldest=Min("at"))
    return Unsealed(found["number"], found["oldest"])


def _not_sealed(floor: int) -> QuerySet[AuditEntry]:
    """Entries with higher ids that no link holds; both sides narrowed, so neither is scanned."""
    seals = AuditSeal.objects.filter(entry=OuterRef("pk"), pk__gt=floor)
    return AuditEntry.objects.filter(~Exists(seals), pk__gt=floor)


def _floor() -> int:
    """Entries up to this id are sealed, but for those whose transaction took far too long."""
    ends = AuditSeal.objects.order_by("-position").values_list("entry_id", flat=True)
    return next(iter(ends[LOOK_BACK : LOOK_BACK + 1]), 0)


def verify(heads: Path, *, now: dt.datetime, from_head: Head | None = None) -> Verified:
    """Walk the chain from its beginning, or from a head that is trusted, in constant memory.

    Names the first link that does not follow from the one before and its entry, or that is not what
    was published. `now` dates how late the heads may be.
    """
    walk = _Walk(heads, now, from_head)
    problem = walk.problem()
    return Verified(walk.links, walk.heads, problem, waiting(whole=True))


class _Walk:
    """One walk: where it stands, and the next published head to meet."""

    def __init__(self, heads: Path, now: dt.datetime, start: Head | None) -> None:
        self.now = now
        self.position = start.position if start else 0
        self.digest = start.digest if start else FIRST
        self.start = start
        self.links = self.heads = 0
        self.agreed = self.position
        self._published = published(heads)
        self._next: Head | None = None

    def problem(self) -> Problem | None:
        try:
            return self._start() or self._along() or self._beyond() or self._late()
        except HeadsError as error:
            words = f"Line {error} of the published heads is none; links agree up to {self.agreed}."
            return Problem(Break.HEADS_UNREADABLE, self.position, None, words)

    def _start(self) -> Problem | None:
        """A head that is trusted stands in the chain, and heads up to it are passed over."""
        self._advance()
        if self.start is None:
            return None
        while self._next and self._next.position <= self.start.position:
            self._advance()
        link = next(iter(_links(AuditSeal.objects.filter(position=self.start.position))), None)
        if link and link.digest == self.start.digest:
            return None
        words = f"The link at {self.start.position} is not the head to begin from."
        entry = link.entry_id if link else None
        return Problem(Break.NO_SUCH_HEAD, self.start.position, entry, words)

    def _along(self) -> Problem | None:
        while chunk := list(_links(_after(self.position))):
            entries = _entries_of(chunk)
            for link in chunk:
                if problem := self._step(link, entries.get(link.entry_id)):
                    return problem
        return None

    def _step(self, link: Link, entry: Sealable | None) -> Problem | None:
        if link.position != self.position + 1:
            return self._gap(link)
        if entry is None:
            words = f"Link {link.position} holds entry {link.entry_id}, which is not in the trail."
            return Problem(Break.ENTRY_MISSING, link.position, link.entry_id, words)
        if digest_after(self.digest, entry) != link.digest:
            return _why(self.digest, link)
        self.position, self.digest = link.position, link.digest
        self.links += 1
        return self._meet(link)

    def _gap(self, link: Link) -> Problem:
        missing = self.position + 1
        words = (
            f"Link {missing} is missing, and its entry with it: the next one is {link.position}."
        )
        return Problem(Break.LINK_MISSING, missing, None, words)

    def _meet(self, link: Link) -> Problem | None:
        """Compare with every head that was published at this link."""
        while self._next and self._next.position <= link.position:
            head = self._next
            if (head.position, head.digest) != (link.position, link.digest):
                return self._differs(head, link)
            self.heads += 1
            self.agreed = link.position
            self._advance()
        return None

    def _differs(self, head: Head, link: Link) -> Problem:
        words = (
            f"The head published at {head.at} for link {head.position} (line {head.line}) is "
            f"another: links {self.agreed + 1} to {link.position} were written anew, or the heads "
            "were edited."
        )
        return Problem(Break.REWRITTEN, link.position, link.entry_id, words)

    def _beyond(self) -> Problem | None:
        """A head further on than the chain goes."""
        if self._next is None:
            return None
        head = self._next
        words = (
            f"The chain ends at link {self.position}, but link {head.position} was published at "
            f"{head.at} (line {head.line}): links {self.position + 1} to {head.position} are gone."
        )
        return Problem(Break.TAIL_CUT, self.position + 1, None, words)

    def _late(self) -> Problem | None:
        """Links that a sealer would have published long ago and nobody did."""
        first = next(iter(_links(_after(self.agreed)[:1])), None)
        if first is None or self.now - first.sealed_at < HEADS_LATE:
            return None
        words = (
            f"No head is published beyond link {self.agreed}, though link {first.position} was "
            f"sealed at {first.sealed_at:%Y-%m-%d %H:%M} UTC: the heads were cut, or are not kept."
        )
        return Problem(Break.HEADS_MISSING, first.position, first.entry_id, words)

    def _advance(self) -> None:
        self._next = next(self._published, None)


def _why(previous: str, link: Link) -> Problem:
    """An entry that does not give its link's digest: moved about, or changed."""
    chunk = list(_links(_after(link.position)[:NEARBY]))
    entries = _entries_of(chunk)
    here = f"Link {link.position} holds entry {link.entry_id}"
    for other in chunk:
        found = entries.get(other.entry_id)
        if found and digest_after(previous, found) in {link.digest, other.digest}:
            words = f"{here}, but entry {other.entry_id} of link {other.position} belongs there."
            return Problem(Break.ORDER, link.position, link.entry_id, words)
    words = f"{here}, whose content is not what was sealed, or a link before it was taken out."
    return Problem(Break.CONTENT, link.position, link.entry_id, words)


def _after(position: int) -> QuerySet[AuditSeal]:
    return AuditSeal.objects.filter(position__gt=position).order_by("position")[:CHUNK]


def _links(seals: QuerySet[AuditSeal]) -> Iterator[Link]:
    columns = seals.values_list("position", "digest", "entry_id", "sealed_at")
    return (Link(*row) for row in columns)


def _entries_of(links: list[Link]) -> dict[int, Sealable]:
    ids = [link.entry_id for link in links]
    rows = AuditEntry.objects.filter(pk__in=ids).values_list(*Sealable._fields)
    return {row[0]: Sealable(*row) for row in rows}
