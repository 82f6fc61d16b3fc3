"""Safeguarding concerns: any member of staff writes one, the lead and the deputy read them.

Who writes signs in afresh before the form opens, not when it is sent: what somebody has just
typed about a child in danger is never answered with a question for their password. Sending needs
the signed-in session, its CSRF token and a role, as every form does, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import (
    AuthedRequest,
    fresh_sign_in,
    safeguarding_required,
    staff_required,
)
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import Session
from participants.forms.concerns import ActionForm, ConcernForm
from participants.models import Concern, Participant
from participants.queries.concerns import (
    found_people,
    listed,
    may_find_people,
    person_meant,
    readers_of,
    session_meant,
)
from participants.services.concerns import add_action, open_concern, write_concern
from participants.services.errors import RecordError
from participants.tasks import queue_concern_mails

Found = TypeVar("Found")
RECEIPT = "concern_receipt"
GONE = "You cannot choose this person any more. Find them again, or write the name."


@require_safe
@staff_required
@fresh_sign_in
def write(request: AuthedRequest) -> HttpResponse:
    """The empty form, about the session and the person that its address names, or neither."""
    session = _session(request, request.GET.get("session"))
    person = _person(request, request.GET.get("person"))
    form = ConcernForm(
        people=[person] if person else None,
        session=session.pk if session else None,
        person=person.pk if person else None,
    )
    return _form_page(request, form, session)


@require_POST
@staff_required
@sensitive_post_parameters()
def send(request: AuthedRequest) -> HttpResponse:
    """Take what was written, or find people by name without losing a word of it."""
    session = _still(_session, request, "session")
    chosen = _still(_person, request, "person")
    is_search = "find" in request.POST
    people = _found(request) if is_search else []
    offered = people + ([chosen] if chosen and chosen not in people else [])
    form = ConcernForm(request.POST, people=offered)
    if is_search:
        form.full_clean()
        form.errors.clear()
        context = {"searched": True, "people": people}
        return _form_page(request, form, session, extra=context)
    if request.POST.get("person") and chosen is None:
        form.add_error(None, GONE)
    if not form.is_valid():
        return _form_page(request, form, session, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    request.session[RECEIPT] = _sent(request, form, chosen, session)
    return redirect("concerns:sent")


@require_safe
@staff_required
def sent(request: AuthedRequest) -> HttpResponse:
    """The receipt of what was sent last, and nothing of what it said."""
    receipt = request.session.get(RECEIPT)
    if receipt is None:
        return redirect("concerns:write")
    context = receipt | {"at": parse_datetime(receipt["at"]), "phone": settings.SAFEGUARDING_PHONE}
    return render(request, "participants/concerns/sent.html", context)


@require_safe
@safeguarding_required
@fresh_sign_in
def concern_list(request: AuthedRequest) -> HttpResponse:
    """What waits and what was closed, without a word of what it says."""
    record_audit(by=request.user, kind=AuditKind.CONCERN_LISTED, about=request.user)
    concerns = list(listed(request.user))
    context = {
        "waiting": [concern for concern in concerns if concern.closed_at is None],
        "closed": [concern for concern in concerns if concern.closed_at is not None],
    }
    return render(request, "participants/concerns/list.html", context)


@require_safe
@safeguarding_required
@fresh_sign_in
def read(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One concern, opened."""
    return _concern_page(request, _concern(request, pk))


@require_POST
@safeguarding_required
@fresh_sign_in
@sensitive_post_parameters()
def act(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Add what was done, close the concern or open it again."""
    concern = _concern(request, pk)
    form = ActionForm(request.POST, is_closed=concern.closed_at is not None)
    if not form.is_valid() or not _added(request, concern, form):
        return _concern_page(request, concern, form)
    messages.success(request, "Added.")
    return redirect("concerns:read", concern.pk)


def _sent(
    request: AuthedRequest,
    form: ConcernForm,
    person: Participant | None,
    session: Session | None,
) -> dict[str, Any]:
    """Keep the concern and have its readers told; what the receipt says."""
    now, told = timezone.now(), form.cleaned_data
    with transaction.atomic():
        concern = write_concern(
            nonce=told["nonce"],
            words=form.words,
            route=told["subject"],
            is_urgent=told["danger"] == "yes",
            person=person,
            session=session,
            by=request.user,
            now=now,
        )
        if concern.written_at == now:
            queue_concern_mails(concern.pk)
    return {
        "receipt": concern.receipt,
        "at": concern.written_at.isoformat(),
        "is_urgent": concern.is_urgent,
        "is_read": readers_of(concern.route).exists(),
    }


def _found(request: AuthedRequest) -> list[Participant]:
    record_audit(by=request.user, kind=AuditKind.PEOPLE_SEARCHED, about=request.user)
    return found_people(request.user, request.POST.get("who", ""))


def _session(request: AuthedRequest, pk: str | None) -> Session | None:
    try:
        return session_meant(request.user, _id(pk))
    except ObjectDoesNotExist:
        raise Http404 from None


def _person(request: AuthedRequest, pk: str | None) -> Participant | None:
    try:
        return person_meant(request.user, _id(pk))
    except ObjectDoesNotExist:
        raise Http404 from None


def _still(
    find: Callable[[AuthedRequest, str | None], Found | None], request: AuthedRequest, field: str
) -> Found | None:
    """What the page named, or None: what was typed outlives a right that ended meanwhile."""
    try:
        return find(request, request.POST.get(field))
    except Http404:
        return None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def _concern(request: AuthedRequest, pk: UUID) -> Concern:
    return get_object_or_404(Concern.objects.visible_to(request.user), pk=pk)


def _added(request: AuthedRequest, concern: Concern, form: ActionForm) -> bool:
    try:
        add_action(
            concern=concern,
            kind=form.cleaned_data["kind"],
            words=form.cleaned_data["words"],
            nonce=form.cleaned_data["nonce"],
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True


def _form_page(
    request: AuthedRequest,
    form: ConcernForm,
    session: Session | None,
    *,
    extra: dict[str, Any] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "form": form,
        "session": session,
        "may_find": may_find_people(request.user),
        "phone": settings.SAFEGUARDING_PHONE,
    } | (extra or {})
    return render(request, "participants/concerns/write.html", context, status=status)


def _concern_page(
    request: AuthedRequest, concern: Concern, form: ActionForm | None = None
) -> HttpResponse:
    opened = open_concern(concern=concern, by=request.user, now=timezone.now())
    when = parse_datetime(opened.words["when"]) if opened.words else None
    context = {
        "opened": opened,
        "concern": opened.concern,
        "when": when,
        "form": form or ActionForm(is_closed=opened.concern.closed_at is not None),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "participants/concerns/read.html", context, status=status)
