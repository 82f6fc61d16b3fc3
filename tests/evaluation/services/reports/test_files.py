"""Files are kept for a while; what is expired, lost or damaged is rendered again, the same."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from evaluation.models import ReportFile, ReportFormat, ReportRun, RunStatus, Snapshot
from evaluation.reports.render import RENDERERS
from evaluation.reports.snapshot import freeze
from evaluation.services.reports import (
    LostReportError,
    envelope_of,
    expire_files,
    files,
    open_file,
    render_files,
)
from tests import factories

NOW = factories.london(2020, 1, 1)
EXPIRED = NOW + files.KEPT_FOR
FORMATS = [each for each in ReportFormat if each in RENDERERS]

pytestmark = pytest.mark.django_db


def make_run(**fields: Any) -> ReportRun:
    grant = factories.make_grant()
    defaults = {
        "grant": grant,
        "first_day": grant.starts_on,
        "last_day": grant.ends_on,
        "status": RunStatus.DONE,
        "finished_at": NOW,
    }
    return ReportRun.objects.create(**(defaults | fields))


@pytest.fixture
def run() -> ReportRun:
    """A finished run whose snapshot is what stands in for the renderings below."""
    frozen = freeze({"schema": 2, "words": "Planted."})
    snapshot = Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text)
    return make_run(snapshot=snapshot)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was rendered, in order: each rendering is the words of the body and its format."""
    done: list[str] = []

    def renderer(format_: str) -> Any:
        def render(_document: Any, body: dict[str, Any]) -> bytes:
            done.append(format_)
            return f"{format_}: {body['words']}".encode()

        return render

    monkeypatch.setattr(files, "build_document", lambda body, _envelope: body)
    monkeypatch.setattr(files, "RENDERERS", {each.value: renderer(each.value) for each in FORMATS})
    return done


def keep(run: ReportRun) -> None:
    assert run.snapshot
    body = files.thaw_of(run.snapshot)
    for format_, content in render_files(body, envelope_of(run)).items():
        files.store(run, format_, content, now=NOW)


def kept(settings: Any) -> list[str]:
    return sorted(path.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


def test_what_is_kept_is_not_rendered_again(run: ReportRun, drawn: list[str]) -> None:
    keep(run)
    drawn.clear()
    assert open_file(run=run, format_=ReportFormat.CSV, now=NOW) == b"csv: Planted."
    assert drawn == []


@pytest.mark.parametrize("trouble", ["expired", "lost", "damaged", "never kept"])
def test_what_is_gone_is_rendered_again_and_kept(
    trouble: str, run: ReportRun, drawn: list[str]
) -> None:
    keep(run)
    row = run.files.get(format="csv")
    name = row.file.name or ""
    if trouble == "expired":
        assert expire_files(now=EXPIRED) == len(FORMATS)
    elif trouble == "never kept":
        row.delete()
    else:
        default_storage.delete(name)
    if trouble == "damaged":
        default_storage.save(name, ContentFile(b"csv: half of i"))
    drawn.clear()
    for _ in range(2):
        content = open_file(run=run, format_=ReportFormat.CSV, now=EXPIRED)
        assert content == b"csv: Planted."
    assert drawn == ["csv"]
    again = run.files.get(format="csv")
    assert (again.file.name, again.expires_at) == (name, EXPIRED + files.KEPT_FOR)
    assert again.sha256 == hashlib.sha256(content).hexdigest()


def test_what_no_renderer_can_draw_any_more_is_said(
    run: ReportRun, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_old(*_: Any) -> Any:
        raise ValueError("schema 1")

    monkeypatch.setattr(files, "build_document", too_old)
    with pytest.raises(LostReportError, match="earlier version"):
        open_file(run=run, format_=ReportFormat.CSV, now=NOW)
    assert not ReportFile.objects.exists()


def test_a_run_without_a_snapshot_has_no_files() -> None:
    with pytest.raises(LostReportError):
        open_file(run=make_run(status=RunStatus.FAILED), format_=ReportFormat.CSV, now=NOW)


def test_files_are_deleted_once_their_time_is_over(
    run: ReportRun, drawn: list[str], settings: Any
) -> None:
    keep(run)
    assert expire_files(now=EXPIRED - dt.timedelta(seconds=1)) == 0
    assert len(kept(settings)) == len(FORMATS)
    assert expire_files(now=EXPIRED) == len(FORMATS)
    assert kept(settings) == []
    # How large they were and what was in them, as a hash, stays written down.
    assert {(each.file.name, each.size > 0) for each in run.files.all()} == {("", True)}
    assert run.snapshot
    assert expire_files(now=EXPIRED) == 0


@pytest.mark.parametrize("status", RunStatus.values)
def test_what_a_dead_worker_left_goes_once_its_run_is_over(status: str, settings: Any) -> None:
    snapshot = Snapshot.objects.create(sha256="a" * 64, body="{}")
    run = make_run(status=status, snapshot=snapshot)
    default_storage.save(f"reports/{run.pk}.pdf", ContentFile(b"half a rep"))
    expire_files(now=NOW)
    goes = status in {RunStatus.FAILED, RunStatus.CANCELLED}
    assert kept(settings) == ([] if goes else [f"{run.pk}.pdf"])


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_have_it_rendered_once(run: ReportRun, drawn: list[str]) -> None:
    together = threading.Barrier(3)

    def fetch() -> None:
        together.wait()
        got.append(open_file(run=run, format_=ReportFormat.CSV, now=NOW))
        connection.close()

    got: list[bytes] = []
    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (got, drawn) == ([b"csv: Planted."] * 3, ["csv"])
