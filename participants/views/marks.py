"""A register's marks as a device sends them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.audience import AuthedRequest, coordinator_required
from activities.models import Session
from participants.forms import marks as forms
from participants.queries.marks import current_marks
from participants.services import marks as services


@require_POST
@coordinator_required
def record_marks(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take a batch of mark operations as JSON; answer each, and with all marks as they stand."""
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
    if request.content_type != "application/json":
        return _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    try:
        items = forms.read_marks(request.body)
    except (forms.TooManyMarksError, RequestDataTooBig):
        return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, forms.BATCH_LIMIT)
    except forms.MalformedMarksError as error:
        return _refuse(HTTPStatus.BAD_REQUEST, str(error))
    return _answer_marks(request, session, items)


def _refuse(status: HTTPStatus, error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=status)


def _answer_marks(request: AuthedRequest, session: Session, items: list[Any]) -> JsonResponse:
    """One answer per item in its order; what cannot be read is refused and harms no other."""
    now = timezone.now()
    answers: list[dict[str, str | None]] = []
    readable = []
    for item in items:
        try:
            readable.append((len(answers), forms.mark_from_json(item)))
            answers.append({})
        except ValueError as error:
            answers.append(forms.refused_item(item, str(error)))
    results = services.record_marks(
        session=session, operations=[mark for _, mark in readable], by=request.user, now=now
    )
    for (place, _), result in zip(readable, results, strict=True):
        answers[place] = forms.result_as_json(result)
    marks = {
        str(root): {"status": mark.status, "marked_at": mark.marked_at.isoformat()}
        for root, mark in current_marks(session).items()
    }
    return JsonResponse({"results": answers, "marks": marks, "now": now.isoformat()})
