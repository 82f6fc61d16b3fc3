"""Reports that are asked for by themselves, some days after each quarter of a grant."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models.clock import LONDON
from evaluation import access
from evaluation.models import Grant, ReportSchedule, ReportTemplate
from evaluation.queries.quarters import quarter_due
from evaluation.reports.asked import Asked
from evaluation.services.reports.asking import NOT_ALLOWED, request_report

RIGHTS_ENDED = "Whoever started it may not have it built any more."


@transaction.atomic
def start_schedule(
    *,
    grant: Grant,
    template: ReportTemplate | None,
    audience: str,
    days_after: int,
    by: User,
    now: dt.datetime,
) -> ReportSchedule:
    """Have a report asked for so many days after each quarter that ends from now on.

    The same begun twice is one; the days are those said last.

    Raises:
        PermissionDenied: the user may not have such reports built.
    """
    whole = Asked(
        grant, tuple(grant.programmes.all()), grant.starts_on, grant.ends_on, (), audience, template
    )
    if not access.can_request_report(by, whole):
        raise PermissionDenied(NOT_ALLOWED)
    schedule, _ = ReportSchedule.objects.update_or_create(
        grant=grant,
        template=template,
        audience=audience,
        started_by=by,
        ended_at=None,
        defaults={"days_after": days_after},
        create_defaults={"days_after": days_after, "started_at": now},
    )
    record_audit(by=by, kind=AuditKind.REPORT_SCHEDULED, about=grant)
    return schedule


@transaction.atomic
def end_schedule(*, schedule: ReportSchedule, by: User, now: dt.datetime) -> None:
    """Have nothing more asked for; what was built stays. Ending it again changes nothing.

    Raises:
        PermissionDenied: schedules are not for the user to end.
    """
    if not access.can_schedule_reports(by):
        raise PermissionDenied(NOT_ALLOWED)
    if ReportSchedule.objects.filter(pk=schedule.pk, ended_at=None).update(ended_at=now):
        record_audit(by=by, kind=AuditKind.REPORT_UNSCHEDULED, about=schedule.grant)


def ask_due(*, now: dt.datetime) -> list[uuid.UUID]:
    """Ask for every report that is due and was not asked for; the ids of the runs.

    Each quarter once, however often and by however many this is called; quarters that were missed
    are made up for.
    """
    open_ones = ReportSchedule.objects.filter(ended_at=None).values_list("pk", flat=True)
    runs: list[uuid.UUID] = []
    for pk in open_ones:
        while run := _ask_next(pk, now):
            runs.append(run)
    return runs


@transaction.atomic
def _ask_next(schedule_id: int, now: dt.datetime) -> uuid.UUID | None:
    held = ReportSchedule.objects.select_for_update(of=("self",), skip_locked=True)
    schedule = (
        held.filter(pk=schedule_id, ended_at=None)
        .select_related("grant", "template", "started_by")
        .first()
    )
    quarter = quarter_due(schedule, now.astimezone(LONDON).date()) if schedule else None
    if schedule is None or quarter is None:
        return None
    schedule.last_quarter_on = quarter.last_day
    asked = _asked(schedule, quarter.first_day, quarter.last_day)
    try:
        run = request_report(asked=asked, by=schedule.started_by, now=now)
    except PermissionDenied:
        schedule.ended_at = now
        record_audit(
            by=None,
            kind=AuditKind.REPORT_UNSCHEDULED,
            about=schedule.grant,
            reason=RIGHTS_ENDED,
        )
        schedule.save(update_fields=["ended_at"])
        return None
    schedule.save(update_fields=["last_quarter_on"])
    return run.pk


def _asked(schedule: ReportSchedule, first_day: dt.date, last_day: dt.date) -> Asked:
    programmes = tuple(schedule.grant.programmes.order_by("name"))
    return Asked(
        schedule.grant,
        programmes,
        first_day,
        last_day,
        (),
        schedule.audience,
        schedule.template,
    )
