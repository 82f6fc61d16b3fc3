"""Sealing the audit trail into a chain, and publishing its head outside the database."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.chain import FIRST, Head, digest_after, publish
from accounts.models import AuditKind, AuditSeal, User
from accounts.queries.chain import Verified, last_link, unsealed, verify
from accounts.services.audit import record_trail

# Any number that nothing else in this database locks by: "audit" on a telephone.
LOCK = 28348
BATCH = 5_000


def seal_audit(*, whole: bool = False) -> int | None:
    """Seal what was committed and is not sealed yet.

    Answers how many entries; None where another sealer is at work.

    Entries commit out of the order of their ids: a late one is sealed when it is seen, behind those
    with higher ids. `whole` looks for them in the whole trail, and not only near its end. One
    transaction and 5,000 entries in memory at a time. The head is published when all is sealed,
    and where it had been sealed but not published before.
    """
    sealed = 0
    while number := _seal_batch(whole=whole):
        sealed += number
    if number is None:
        return None
    publish_head()
    return sealed


@transaction.atomic
def _seal_batch(*, whole: bool) -> int | None:
    if not _is_only_sealer():
        return None
    last = last_link()
    position, digest = (last.position, last.digest) if last else (0, FIRST)
    links = []
    for entry in unsealed(number=BATCH, whole=whole):
        position += 1
        digest = digest_after(digest, entry)
        links.append(AuditSeal(entry_id=entry.id, position=position, digest=digest))
    AuditSeal.objects.bulk_create(links)
    return len(links)


def _is_only_sealer() -> bool:
    """One sealer at a time: the lock goes with the transaction, whatever becomes of the process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def publish_head() -> Head | None:
    """Append the chain's head to the file of heads, `AUDIT_HEADS`; None for an empty chain."""
    last = last_link()
    if last is None:
        return None
    head = Head(timezone.now().isoformat(timespec="seconds"), last.position, last.digest)
    publish(settings.AUDIT_HEADS, head)
    return head


def verify_audit(
    *, now: dt.datetime, from_head: Head | None = None, by: User | None = None
) -> Verified:
    """Verify the chain against itself, the trail and the published heads; the trail says so."""
    verified = verify(settings.AUDIT_HEADS, now=now, from_head=from_head)
    found = (
        f"{verified.problem.kind}: link {verified.problem.position}"
        if verified.problem
        else "whole"
    )
    record_trail(by=by, kind=AuditKind.AUDIT_VERIFIED, reason=f"{found}; {verified.links} links")
    return verified
