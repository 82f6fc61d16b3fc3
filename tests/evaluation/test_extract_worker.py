"""A research extract by a real worker process, from nothing but its row."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from derby_portal.local.binaries import find_valkey
from derby_portal.local.valkey import Valkey
from evaluation.models import Extract, ExtractStatus
from tests import worker
from tests.evaluation.research.cohort import ask, content_of, make_cohort, words_of

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = {"REPORT_SWEEP_SECONDS": "1", "REPORT_STALE_SECONDS": "3"}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    valkey = Valkey(tmp_path / "broker", find_valkey(os.environ))
    valkey.start()
    yield valkey
    valkey.process.stop()


def is_done(extract: Extract) -> bool:
    extract.refresh_from_db()
    assert extract.status != ExtractStatus.FAILED, extract.failed_why
    return extract.status == ExtractStatus.DONE


def test_a_forgotten_extract_is_found_and_made(broker: Valkey, tmp_path: Path) -> None:
    """Asked for while the broker was away; the web's and worker's role may do all that it takes."""
    study, *_ = make_cohort(6)
    extract = ask(study)
    with worker.running(tmp_path / "worker", REDIS_URL=broker.url, **QUICK) as process:
        worker.until(lambda: is_done(extract), "the extract", words=process.words)
    assert (extract.attempts, len(words_of(content_of(extract)))) == (1, 6)
