import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from activities.forms import FIRST_DATE, LAST_DATE
from evaluation.models import Grant, ReportFormat, ReportRun, RunStatus, Snapshot
from evaluation.reports.asked import Asked
from evaluation.reports.document import build_document
from evaluation.reports.render import RENDERERS
from evaluation.reports.snapshot import thaw
from evaluation.services import reports
from evaluation.tasks import queue_report

POLL_SECONDS = 0.25
SAY_NO_WORKER_AFTER_SECONDS = 15


class Command(BaseCommand):
    help = (
        "Have a worker build a grant's evaluation report, write its files into a folder and "
        "print the headline figures as JSON."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("grant", help="the grant's short name, such as this-is-derby")
        parser.add_argument("--from", dest="first_day", type=_day, help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last_day", type=_day, help="last day, included")
        parser.add_argument("--out", type=Path, help="folder for the files")
        parser.add_argument("--here", action="store_true", help="build without a worker")
        parser.add_argument(
            "--timeout", type=float, default=1800, help="seconds to wait for the worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path | None = options["out"]
        if out:
            _make_folder(out)
        run = _request(options)
        if options["here"]:
            reports.build_report(run.pk)
        else:
            with transaction.atomic():
                queue_report(run.pk)
            self._wait(run, options["timeout"])
        run = ReportRun.objects.select_related("snapshot", "grant").get(pk=run.pk)
        if run.status != RunStatus.DONE or run.snapshot is None:
            raise CommandError(f"The report failed. {run.failure}")
        body = thaw(run.snapshot.body, run.snapshot.sha256)
        if out:
            self._write(out, run, run.snapshot)
        headline = {key: _number(value) for key, value in body["figures"].items()}
        identity = {"run": str(run.pk), "sha256": run.snapshot.sha256}
        self.stdout.write(json.dumps(headline | identity, indent=2))

    def _wait(self, run: ReportRun, timeout: float) -> None:
        """Follow the run's row and say what it says, until it is finished."""
        begun = time.monotonic()
        said = ""
        warned = False
        while not run.is_finished:
            waited = time.monotonic() - begun
            if waited > timeout:
                raise CommandError(
                    f"No result after {timeout:g} seconds. The report {run.pk} stays in the "
                    "queue and is built as soon as a worker is free."
                )
            if run.status == RunStatus.QUEUED and waited > SAY_NO_WORKER_AFTER_SECONDS:
                if not warned:
                    self.stderr.write("No worker has taken the report yet. Is one running?")
                warned = True
            line = f"{run.progress:3d} % {run.step or run.get_status_display()}"
            if line != said:
                self.stderr.write(line)
                said = line
            time.sleep(POLL_SECONDS)
            run.refresh_from_db()

    def _write(self, out: Path, run: ReportRun, snapshot: Snapshot) -> None:
        for report_file in run.files.all():
            with report_file.file.open("rb") as content:
                (out / f"report.{report_file.format}").write_bytes(content.read())
        body = thaw(snapshot.body, snapshot.sha256)
        document = build_document(body, reports.envelope_of(run))
        (out / "report.html").write_bytes(RENDERERS["html"](document, body))
        (out / "snapshot.json").write_text(snapshot.body, encoding="utf-8")
        names = ", ".join(f"report.{format_.value}" for format_ in ReportFormat)
        self.stderr.write(f"Wrote {names}, report.html and snapshot.json to {out}.")


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2019-07-13") from None
    if not FIRST_DATE <= day <= LAST_DATE:
        raise argparse.ArgumentTypeError(f"{day} lies outside {FIRST_DATE} to {LAST_DATE}")
    return day


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"Cannot write to {out}: {error.strerror}.") from None


def _request(options: dict[str, Any]) -> ReportRun:
    slug = options["grant"]
    grant = Grant.objects.filter(slug=slug).first()
    if grant is None:
        known = ", ".join(Grant.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no grant {slug!r}. Known: {known}.")
    first_day = options["first_day"] or grant.starts_on
    last_day = options["last_day"] or grant.ends_on
    if last_day < first_day:
        raise CommandError("--to lies before --from.")
    asked = Asked(grant, tuple(grant.programmes.order_by("name")), first_day, last_day)
    return reports.request_report(asked=asked, by=None, now=timezone.now())


def _number(value: str | int | None) -> float | int | None:
    return float(value) if isinstance(value, str) else value
