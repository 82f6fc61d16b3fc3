"""`manage.py build_report`: headline figures as JSON, files in a folder, clear errors."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evaluation.management.commands import build_report
from evaluation.models import ReportFormat, ReportRun
from evaluation.reports.render import RENDERERS
from tests import factories, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _programme() -> None:
    grant = factories.make_grant(name="Life skills")
    session = factories.make_session(
        activity=factories.make_activity(programme=grant.programmes.get()),
        register_taken_at=factories.london(2019, 5, 14, 18),
    )
    factories.make_attendance(session)
    factories.make_attendance(session)


EXPECTED = {
    "unique_participants": 2,
    "attendances": 2,
    "contact_hours": 3.0,
    "session_hours": 1.5,
    "sessions": 1,
    "sessions_cancelled": 0,
    "registers_missing": 0,
    "attendance_rate": 100.0,
    "hubs_active": 1,
    "roadshows": 0,
    "people_counted": 0,
    "people_estimated": 0,
}


def check(out: str, folder: Path) -> None:
    printed = json.loads(out)
    run = ReportRun.objects.get()
    identity = {"run": str(run.pk), "sha256": run.snapshot.sha256}  # type: ignore[union-attr]
    assert printed == printed | EXPECTED | identity
    # Every figure of the snapshot is there, and nothing else.
    figures = json.loads(run.snapshot.body)["figures"]  # type: ignore[union-attr]
    assert printed.keys() == figures.keys() | identity.keys()
    names = {path.name for path in folder.iterdir()}
    kept = {f"report.{format_}" for format_ in ReportFormat if format_ in RENDERERS}
    assert names == kept | {"report.html", "snapshot.json"}
    assert (folder / "snapshot.json").read_text() == run.snapshot.body  # type: ignore[union-attr]


@pytest.mark.usefixtures("_programme")
def test_in_process(tmp_path: Path) -> None:
    out = StringIO()
    call_command(
        "build_report",
        "life-skills",
        "--here",
        "--out",
        str(tmp_path / "a" / "b"),
        stdout=out,
        stderr=StringIO(),
    )
    check(out.getvalue(), tmp_path / "a" / "b")


@pytest.mark.usefixtures("_programme")
def test_through_a_worker(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    with worker.running(tmp_path / "worker"):
        call_command(
            "build_report", "life-skills", "--from=2018-09-25", "--to=2019-07-13", f"--out={tmp_path / 'out'}",
            stdout=out, stderr=err,
        )  # fmt: skip
    check(out.getvalue(), tmp_path / "out")
    assert "%" in err.getvalue()


@pytest.mark.usefixtures("_programme")
def test_without_a_worker_it_says_so_and_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_report, "SAY_NO_WORKER_AFTER_SECONDS", 0)
    err = StringIO()
    with pytest.raises(CommandError, match="stays in the queue"):
        call_command("build_report", "life-skills", "--timeout=0.4", stdout=StringIO(), stderr=err)
    assert err.getvalue().count("Is one running?") == 1


@pytest.mark.usefixtures("_programme")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "There is no grant 'nothing'. Known: life-skills."),
        (["life-skills", "--from=2019-02-30"], "'2019-02-30' is not a date like 2019-07-13"),
        (["life-skills", "--to=9999-12-31"], "9999-12-31 lies outside 2018-01-01 to 2099-12-31"),
        (["life-skills", "--from=2019-07-14", "--to=2019-07-13"], "--to lies before --from."),
        (["life-skills", "--out=/dev/null/x"], "Cannot write to /dev/null/x"),
    ],
)
def test_wrong_arguments_are_explained(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message.replace("(", r"\(")):
        call_command("build_report", *arguments, stdout=StringIO(), stderr=StringIO())
    assert not ReportRun.objects.exists()
