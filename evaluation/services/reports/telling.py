"""Telling those who wait for a report that it is over. The mail holds a link and nothing else.

At least once: a request is marked as told in the transaction that sent its mail. A worker that
dies between the two sends it a second time, which harms nobody; silence would.
"""

from __future__ import annotations

import datetime as dt
import uuid
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from evaluation.models import ReportRequest, ReportRun, RunStatus

# What could not be sent for so long is of no use any more: the page says the same.
TOLD_WITHIN = dt.timedelta(days=1)
OUTCOMES = {
    RunStatus.DONE: "is ready",
    RunStatus.FAILED: "could not be built",
    RunStatus.CANCELLED: "was stopped",
}


def untold_runs(*, now: dt.datetime) -> list[uuid.UUID]:
    """Ids of runs that ended lately and that somebody has not been told of."""
    ended = ReportRun.objects.filter(
        status__in=list(OUTCOMES), finished_at__gt=now - TOLD_WITHIN, requests__told_at=None
    )
    return list(ended.filter(requests__isnull=False).values_list("pk", flat=True).distinct())


def tell_of_report(run_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Tell each who waits for a run that it is over, once; answers how many mails were sent.

    Raises:
        OSError: the mail server does not take them now; who was not told stays so.
    """
    run = ReportRun.objects.filter(pk=run_id, status__in=list(OUTCOMES)).first()
    if run is None:
        return 0
    waiting = run.requests.filter(told_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(_tell(run, pk, now) for pk in waiting)


@transaction.atomic
def _tell(run: ReportRun, request_id: int, now: dt.datetime) -> bool:
    rows = ReportRequest.objects.select_for_update(skip_locked=True, of=("self",))
    request = rows.filter(pk=request_id, told_at=None).select_related("asked_by").first()
    if request is None:
        return False
    request.told_at = now
    request.save(update_fields=["told_at"])
    return _wants_to_know(run, request) and _send(run, request)


def _wants_to_know(run: ReportRun, request: ReportRequest) -> bool:
    seen = ReportRun.objects.visible_to(request.asked_by)
    return request.wants_mail and seen.filter(pk=run.pk).exists()


def _send(run: ReportRun, request: ReportRequest) -> bool:
    outcome = OUTCOMES[RunStatus(run.status)]
    link = settings.PORTAL_ADDRESS + reverse("evaluation:report_detail", kwargs={"pk": run.pk})
    words = render_to_string(
        "evaluation/report_mail.txt",
        {"outcome": outcome, "asked_at": request.asked_at, "link": link},
    )
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}Your report {outcome}"
    try:
        send_mail(subject, words, None, [request.asked_by.email])
    except SMTPRecipientsRefused:
        # It will not be taken later either.
        return False
    return True
