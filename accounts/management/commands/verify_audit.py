import datetime as dt
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.chain import DIGITS, FIRST, Head, HeadsError, published
from accounts.queries.chain import Unsealed, Verified
from accounts.services.sealing import verify_audit


class Command(BaseCommand):
    help = (
        "Verify the chain over the audit trail: every entry, every link, every published head. "
        "Ends with 1 and names the first that does not hold, or with 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from-head",
            metavar="POSITION[:DIGEST]",
            help="begin after a head that you trust; without a digest, the one that was published",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        told = options["from_head"]
        verified = verify_audit(now=now, from_head=_head(told) if told else None)
        self.stdout.write(_found(verified))
        self.stdout.write(_waiting(verified.unsealed, now))
        if verified.problem:
            self.stderr.write(self.style.ERROR(_problem(verified)))
            sys.exit(1)


def _found(verified: Verified) -> str:
    return f"Walked {verified.links:,} links; {verified.heads:,} published heads agree."


def _problem(verified: Verified) -> str:
    problem = verified.problem
    assert problem  # noqa: S101 - asked for before
    entry = f", entry {problem.entry_id}" if problem.entry_id else ""
    return f"BROKEN at link {problem.position}{entry}: {problem.kind}. {problem.words}"


def _waiting(unsealed: Unsealed, now: dt.datetime) -> str:
    if unsealed.oldest_at is None:
        return "Every entry is sealed."
    age = int((now - unsealed.oldest_at).total_seconds())
    return f"{unsealed.number:,} entries are not sealed yet; the oldest waits for {age:,} seconds."


def _head(told: str) -> Head:
    """A head as typed, or as published at that position."""
    position, _, digest = told.partition(":")
    if not position.isdigit() or (digest and not _is_digest(digest)):
        raise CommandError("A head is a number, or a number, a colon and 64 hexadecimal digits.")
    if digest:
        return Head("", int(position), digest)
    try:
        return next(
            each for each in published(settings.AUDIT_HEADS) if each.position == int(position)
        )
    except StopIteration:
        raise CommandError(f"No head was published at {position}.") from None
    except HeadsError as error:
        raise CommandError(f"Line {error} of the published heads is none.") from None


def _is_digest(text: str) -> bool:
    return len(text) == len(FIRST) and not set(text) - DIGITS
