"""Making an extract, once, whatever dies on the way.

The row is the truth: a worker claims it, and writes only while the claim is its own.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

import jobs
from evaluation import access
from evaluation.models import Extract, ExtractStatus, Pseudonym, Study
from evaluation.queries.record import one_moment
from evaluation.queries.research import Asked, agreed, facts_of, records_of_each, told_so_far
from evaluation.research.anonymity import K, Report, TooFewError
from evaluation.research.codebook import Origin, manifest_of, protection
from evaluation.research.facts import Facts
from evaluation.research.package import Package, write
from evaluation.research.tables import build
from evaluation.services.studies import KEYS_GONE, names_for
from participants.services.errors import RecordError

logger = logging.getLogger(__name__)

KEPT_FOR = dt.timedelta(days=14)
TOO_FEW = (
    f"Fewer than {K} people gave both consents and came in this period, so somebody would stand "
    "out. A longer period may have more."
)
NOT_ALLOWED = "Whoever asked for it may not have extracts made any more."
GIVEN_UP = "It was given up: the workers that made it stopped before the end."
WORK = jobs.Work(
    name="extract",
    rows=lambda: Extract.objects.select_related("study__programme", "requested_by"),
    waiting=Q(status=ExtractStatus.QUEUED),
    running=Q(status=ExtractStatus.RUNNING),
    waits_since="queued_at",
    most_attempts=5,
    taken={"status": ExtractStatus.RUNNING},
    freed={"status": ExtractStatus.QUEUED},
)


def make_extract(extract_id: uuid.UUID) -> bool:
    """Make an extract unless another worker has it or it is finished; say whether it was made.

    Safe to call any number of times, from any number of workers, with any of them dying.

    Raises:
        Exception: what stopped it, where that is nobody's doing; it is then marked as failed.
            Where the database itself is gone it stays as it is, and the sweeper queues it again.
    """
    extract = jobs.claim(WORK, extract_id)
    if extract is None:
        return False
    try:
        with jobs.heartbeat(WORK, extract):
            _make(extract)
    except jobs.ClaimLostError:
        logger.warning("Extract %s was taken over by another worker.", extract_id)
        return False
    except (InterfaceError, OperationalError):
        raise
    except RecordError as error:
        _fail(extract, str(error))
        return False
    except Exception as error:
        # The kind of error only: its words may hold what must not stand on a page.
        _fail(extract, f"It could not be made ({type(error).__name__}). The worker's log says why.")
        raise
    return True


def queue_forsaken_extracts(*, now: jobs.Moment = jobs.NOW) -> list[uuid.UUID]:
    """Put unfinished extracts that nobody works on back into the queue; return their ids.

    Those that have been tried too often are marked as failed.
    """
    jobs.worn_out(WORK, now=now).update(
        status=ExtractStatus.FAILED, claim=None, failed_why=GIVEN_UP
    )
    return jobs.free_forsaken(WORK, now=now)


# --- One extract ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Named:
    """Facts about those who may still be in it, and what each of them is called."""

    facts: Facts
    names: dict[uuid.UUID, Pseudonym]


def _make(extract: Extract) -> None:
    study = extract.study
    if not access.can_run_studies(extract.requested_by):
        raise RecordError(NOT_ALLOWED)
    asked = Asked(study.programme, extract.first_day, extract.last_day)
    with one_moment():
        facts = facts_of(asked)
        records = records_of_each([each.key for each in facts.people])
    named = _name(study, facts, records, now=timezone.now())
    words = {root: name.word for root, name in named.names.items()}
    try:
        tables, report = build(named.facts, words, floor=told_so_far(study))
    except TooFewError:
        raise RecordError(TOO_FEW) from None
    package = write(_origin(extract), tables, facts.definitions, report)
    _publish(extract, package, report, named, now=timezone.now())


@transaction.atomic
def _name(
    study: Study, facts: Facts, records: dict[uuid.UUID, list[uuid.UUID]], *, now: dt.datetime
) -> _Named:
    """Call everybody by their word, and leave out whose consent ended while it was read."""
    held = Study.objects.select_for_update().get(pk=study.pk)
    if held.keys_dropped_at:
        raise RecordError(KEYS_GONE)
    still = agreed(records)
    if len(still) < K:
        # Nobody is given a word for nothing.
        raise RecordError(TOO_FEW)
    kept = {root: theirs for root, theirs in records.items() if root in still}
    return _Named(facts.of(still), names_for(study=held, records=kept, now=now))


def _origin(extract: Extract) -> Origin:
    return Origin(
        study=extract.study.title,
        purpose=extract.study.purpose,
        ethics_reference=extract.study.ethics_reference,
        programme=extract.study.programme.name,
        first_day=extract.first_day.isoformat(),
        last_day=extract.last_day.isoformat(),
    )


def _publish(
    extract: Extract, package: Package, report: Report, named: _Named, *, now: dt.datetime
) -> None:
    """Put file and figures on the row in one transaction, if it is still this worker's."""
    extract.file.save(f"{uuid.uuid4()}.zip", ContentFile(package.content), save=False)
    try:
        with transaction.atomic():
            mine = jobs.mine(WORK, extract).update(
                status=ExtractStatus.DONE,
                claim=None,
                made_at=now,
                expires_at=now + KEPT_FOR,
                manifest=_manifest(package, report),
                sha256=package.sha256,
                file=extract.file.name,
                failed_why="",
            )
            if not mine:
                raise jobs.ClaimLostError
            extract.held.set(named.names.values())
    except BaseException:
        # Files do not roll back with the database.
        extract.file.delete(save=False)
        raise


def _manifest(package: Package, report: Report) -> dict[str, object]:
    return {
        "people": report.people,
        "rows": package.rows,
        "bytes": len(package.content),
        "anonymity": manifest_of(report),
        "protection": protection(report),
    }


def _fail(extract: Extract, why: str) -> None:
    logger.warning("Extract %s failed.", extract.pk)
    jobs.mine(WORK, extract).update(status=ExtractStatus.FAILED, claim=None, failed_why=why[:200])
