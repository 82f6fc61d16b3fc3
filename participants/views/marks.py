"""A register's marks as a device sends them, and what a device keeps to go on without a signal."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required, signed_in, unattended
from accounts.models import AuditKind, User
from accounts.services import record_audits
from accounts.services.sign_ins import notice_somebody
from activities.models import Session
from participants import passes
from participants.access import can_record
from participants.forms import marks as forms
from participants.models import Attendance
from participants.queries.kept import KeptRegister, kept_registers, shares_devices
from participants.queries.marks import current_marks
from participants.sealing import public_key
from participants.services.judging import Window
from participants.services.syncing import receive


@require_POST
@signed_in
@unattended
def record_marks(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take a batch of operations as JSON; answer each, and with the register as it stands.

    Whatever role its sender holds by now: the rights of who took the marks are judged at the time
    of each. Who never worked at the hub learns nothing of the session.
    """
    if request.content_type != "application/json":
        return _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    try:
        sent = forms.read_batch(request.body)
        taker, window = _taker(request, sent.pass_)
    except (forms.TooManyMarksError, RequestDataTooBig):
        return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, forms.BATCH_LIMIT)
    except (forms.MalformedMarksError, passes.PassError) as error:
        return _refuse(HTTPStatus.BAD_REQUEST, str(error))
    if sent.answers:
        # A page that only looks sends none.
        notice_somebody(request=request)
    session = get_object_or_404(Session.objects.ever_visible_to(taker), pk=pk)
    now = timezone.now()
    results = receive(
        session=session, batch=sent.batch, by=taker, now=now, sent_by=request.user, window=window
    )
    answer = {"results": sent.answered(results), "now": now.isoformat()}
    return JsonResponse(answer | _standing(request.user, session))


def _taker(request: AuthedRequest, pass_: str) -> tuple[User, Window | None]:
    """Who took the marks: whom the pass names, else whoever is signed in.

    Somebody's own marks need no pass, so one that has run out does not hold them up.
    """
    if not pass_:
        return request.user, None
    shown = passes.read(pass_, timezone.now())
    if shown.user_id == request.user.pk:
        return request.user, None
    taker = passes.taker(shown)
    if taker is None:
        raise Http404
    return taker, shown.window


def _refuse(status: HTTPStatus, error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=status)


def _standing(user: User, session: Session) -> dict[str, Any]:
    """The register as it stands, for those who may see it; others deliver, and learn nothing."""
    if not can_record(user, session):
        return {"marks": None, "taken_at": None}
    session.refresh_from_db(fields=["register_taken_at"])
    marks = {str(root): _mark_as_json(mark) for root, mark in current_marks(session).items()}
    return {"marks": marks, "taken_at": _moment(session.register_taken_at)}


def _mark_as_json(mark: Attendance) -> dict[str, str | None]:
    return {
        "status": mark.status,
        "role": mark.role,
        "marked_at": _moment(mark.marked_at),
        "arrived_at": _moment(mark.arrived_at),
        "left_at": _moment(mark.left_at),
    }


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None


@require_safe
@coordinator_required
def register_pass(request: AuthedRequest) -> HttpResponse:
    """What a device needs to send what it holds: a fresh token, a pass, the key to seal to."""
    return JsonResponse(_pass(request, request.user, timezone.now()))


@require_safe
@coordinator_required
def registers_today(request: AuthedRequest) -> HttpResponse:
    """Today's registers of the hubs where the user works, to be sealed and kept on the device.

    First name and initial, opaque ids and marks: nothing else about anybody.
    """
    now = timezone.now()
    registers = kept_registers(request.user, now)
    kept = [each.session for each in registers]
    record_audits(by=request.user, kind=AuditKind.REGISTERS_KEPT, about=kept)
    return JsonResponse(
        _pass(request, request.user, now)
        | {
            "needs_pin": shares_devices(request.user),
            "expires_at": _moment(now + passes.GOOD_FOR),
            "registers": [_register_as_json(each) for each in registers],
        }
    )


def _pass(request: HttpRequest, user: User, now: dt.datetime) -> dict[str, Any]:
    return {
        "user": str(user.pk),
        "pass": passes.issue(user, now),
        "token": get_token(request),
        "now": _moment(now),
        "key": public_key(),
    }


def _register_as_json(kept: KeptRegister) -> dict[str, Any]:
    session = kept.session
    return {
        "session": str(session.pk),
        "title": session.activity.title,
        "hub": session.activity.hub.name if session.activity.hub else "",
        "starts_at": _moment(session.starts_at),
        "ends_at": _moment(session.ends_at),
        "opens_at": _moment(kept.opens_at),
        "is_cancelled": session.is_cancelled,
        "taken_at": _moment(session.register_taken_at),
        "rows": [
            {
                "id": str(row.participant_id),
                "name": row.name,
                "role": row.role,
                "status": row.status,
                "marked_at": _moment(row.marked_at),
                "arrived_at": _moment(row.arrived_at),
                "left_at": _moment(row.left_at),
                "is_complete": row.is_complete,
            }
            for row in kept.rows
        ],
    }
