"""Imports by a real worker process that is killed on the way: nothing half done, nothing lost."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Role
from derby_portal.local.binaries import find_valkey
from derby_portal.local.valkey import Valkey
from participants.models import Contact, ImportBatch, ImportKind, ImportState, Participant
from participants.services import imports
from tests import factories, worker

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 3_000
# A worker is given up quickly here, so that the test need not wait for long.
QUICK = {
    "REPORT_HEARTBEAT_SECONDS": "0.3",
    "REPORT_STALE_SECONDS": "3",
    "REPORT_SWEEP_SECONDS": "1",
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    valkey = Valkey(tmp_path / "broker", find_valkey(os.environ))
    valkey.start()
    yield valkey
    valkey.process.stop()


@contextmanager
def contacts_locked() -> Iterator[None]:
    """Nobody can write a contact: an import stands still in the middle of its transaction."""
    parameters = connection.get_connection_params() | {
        "user": settings.DATABASE_OWNER_URL["USER"],
        "password": settings.DATABASE_OWNER_URL["PASSWORD"],
    }
    with psycopg.connect(**parameters) as owner:
        owner.execute("LOCK TABLE participants_contact IN ACCESS EXCLUSIVE MODE")
        yield


def stands(batch: ImportBatch, state: ImportState) -> bool:
    batch.refresh_from_db()
    assert not batch.problem, batch.problem
    return batch.state == state


def test_a_worker_killed_in_the_middle(broker: Valkey, tmp_path: Path) -> None:
    staff = factories.make_user(Role.TRUST_STAFF)
    hub = factories.make_hub()
    lines = [f"Comet{row},Quince,0163296{row:04}" for row in range(ROWS)]
    text = "First name,First contact: name,First contact: telephone\n" + "\n".join(lines)
    batch = imports.receive_file(
        kind=ImportKind.PEOPLE, file=io.BytesIO(text.encode()), file_name="x.csv", hub=hub,
        by=staff, now=timezone.now(),
    )  # fmt: skip
    # Asked for while the broker was away, so that only the row knows.
    long_ago = factories.london(2019, 1, 1)
    imports.match_columns(batch=batch, matched=batch.matched, options={}, by=staff, now=long_ago)
    first = worker.Worker(tmp_path / "first", REDIS_URL=broker.url, **QUICK)
    try:
        worker.until(lambda: stands(batch, ImportState.READY), "the check", words=first.words)
        with contacts_locked():
            imports.request_apply(batch=batch, by=staff, now=long_ago)
            worker.until(
                lambda: stands(batch, ImportState.APPLYING) and batch.rows_done > 0,
                "half an import",
                words=first.words,
            )
            assert not Participant.objects.exists()
            first.kill()
    finally:
        first.kill()
    assert not Participant.objects.exists()
    with worker.running(tmp_path / "second", REDIS_URL=broker.url, **QUICK) as second:
        worker.until(lambda: stands(batch, ImportState.APPLIED), "the import", words=second.words)
    assert (Participant.objects.count(), Contact.objects.count()) == (ROWS, ROWS)
    assert (batch.attempts, batch.rows_done, bool(batch.file)) == (2, ROWS, False)
    assert not any(path.is_file() for path in Path(settings.MEDIA_ROOT).rglob("*"))
    words = (tmp_path / "first" / "log").read_text() + (tmp_path / "second" / "log").read_text()
    assert "Comet" not in words
    assert "Quince" not in words
