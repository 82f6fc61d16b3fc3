"""Writes of reports: asked for, built once whatever dies on the way, told of, kept and expired."""

from evaluation.services.reports.asking import (
    NotPossibleError,
    cancel_report,
    request_report,
    retry_report,
)
from evaluation.services.reports.building import WORK, build_report, queue_forsaken_runs
from evaluation.services.reports.files import (
    LostReportError,
    envelope_of,
    expire_files,
    open_file,
    render_files,
)
from evaluation.services.reports.schedules import ask_due, end_schedule, start_schedule
from evaluation.services.reports.telling import tell_of_report, untold_runs

__all__ = [
    "WORK",
    "LostReportError",
    "NotPossibleError",
    "ask_due",
    "build_report",
    "cancel_report",
    "end_schedule",
    "envelope_of",
    "expire_files",
    "open_file",
    "queue_forsaken_runs",
    "render_files",
    "request_report",
    "retry_report",
    "start_schedule",
    "tell_of_report",
    "untold_runs",
]
