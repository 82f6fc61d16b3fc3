"""What parents fill in behind a secret address: no cookie, no session, nothing of the record."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.audience import link_only
from accounts.limits import Limit, is_within_for_all
from participants.forms.parent_links import RECEIPT, Walk
from participants.models import ParentLink, ParentLinkPurpose, Purpose
from participants.queries.parent_links import (
    has_receipt,
    link_of,
    open_link,
    standing_answers,
)
from participants.services.completing import complete_record
from participants.services.errors import RecordError
from participants.services.parent_links import answer_by_link, new_token, take_back
from participants.words_asked import ENGLISH, words_of

# Each way through is a handful of steps, and nobody takes hundreds.
STEPS_A_DAY = Limit("send a step by a link", times=200, period=dt.timedelta(days=1))
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def consent(request: HttpRequest, token: str) -> HttpResponse:
    """Answer for consent. Looking changes nothing: messengers look at what they are sent."""
    return _walk(request, token, ParentLinkPurpose.CONSENT)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def complete(request: HttpRequest, token: str) -> HttpResponse:
    """Fill in what a record still needs, and answer for consent."""
    return _walk(request, token, ParentLinkPurpose.COMPLETE)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def answers(request: HttpRequest, token: str) -> HttpResponse:
    """What stands of what was answered, and taking any of it back."""
    now = timezone.now()
    link = _open(token, ParentLinkPurpose.CHANGE, now)
    if request.method != "POST":
        return _answers_page(request, link)
    purposes = [each for each in Purpose if each.value in request.POST.getlist("purpose")]
    if not purposes:
        return _answers_page(request, link, nothing_chosen=True, status=UNPROCESSABLE)
    try:
        take_back(link=link, purposes=purposes, language=_language(), now=now)
    except RecordError:
        raise Http404 from None
    return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)


def _walk(request: HttpRequest, token: str, purpose: ParentLinkPurpose) -> HttpResponse:
    now = timezone.now()
    receipt = request.POST.get("receipt", "")
    if _was_sent(token, purpose, receipt):
        return _to_answers(receipt)
    link = _open(token, purpose, now)
    walk = Walk(purpose, request.POST, _language())
    if request.method != "POST":
        return _page(request, link, walk, receipt=new_token())
    if not RECEIPT.fullmatch(receipt) or not is_within_for_all(STEPS_A_DAY, link.pk):
        raise Http404
    walk.go()
    if walk.is_sent:
        return _send(link, walk, receipt, now)
    status = UNPROCESSABLE if walk.is_refused else HTTPStatus.OK
    return _page(request, link, walk, receipt=receipt, status=status)


def _send(link: ParentLink, walk: Walk, receipt: str, now: dt.datetime) -> HttpResponse:
    given = walk.given()
    try:
        if walk.purpose is ParentLinkPurpose.COMPLETE:
            complete_record(
                link=link, details=walk.details(), given=given, receipt=receipt, now=now
            )
        else:
            answer_by_link(link=link, given=given, receipt=receipt, now=now)
    except RecordError:
        raise Http404 from None
    return _to_answers(receipt)


def _was_sent(token: str, purpose: ParentLinkPurpose, receipt: str) -> bool:
    """Whether exactly this was sent before: a finger that taps twice gets the same page."""
    if not receipt:
        return False
    link = link_of(token, purpose)
    return link is not None and has_receipt(link, receipt)


def _open(token: str, purpose: ParentLinkPurpose, now: dt.datetime) -> ParentLink:
    link = open_link(token, purpose, now)
    if link is None:
        raise Http404
    return link


def _to_answers(receipt: str) -> HttpResponse:
    address = reverse("parents:answers", args=[receipt])
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)


def _language() -> str:
    return get_language() or ENGLISH


def _page(
    request: HttpRequest,
    link: ParentLink,
    walk: Walk,
    *,
    receipt: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    form = walk.form
    context: dict[str, Any] = {
        "name": link.participant.given_name,
        "walk": walk,
        "form": form,
        "receipt": receipt,
        "is_first": request.method != "POST",
        "is_english": _language() in {ENGLISH, "en-easy"},
        "steps": len(walk.keys),
    }
    page = "step" if form is not None else "review"
    return render(request, f"participants/parents/{page}.html", context, status=status)


def _answers_page(
    request: HttpRequest,
    link: ParentLink,
    *,
    nothing_chosen: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    given = [
        (answer, words_of(Purpose(answer.purpose), _language(), answer.wording))
        for answer in standing_answers(link)
    ]
    context = {
        "name": link.participant.given_name,
        "given": given,
        "can_take_back": any(answer.is_given for answer, _ in given),
        "nothing_chosen": nothing_chosen,
        "until": link.expires_at,
        "is_first": True,
    }
    return render(request, "participants/parents/answers.html", context, status=status)
