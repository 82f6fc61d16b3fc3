"""Asking at a session: a tablet handed over, links and QR codes, and what stands of both."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audit
from activities.models import Session
from evaluation import survey_cookie
from evaluation.access import can_ask, can_enter
from evaluation.forms.asking import ChoiceForm, ExternalScoreForm, SetAsideForm
from evaluation.models import Kiosk, Measure, Response, SurveyPass, Wave
from evaluation.queries.asking import (
    answers_of,
    due_rows,
    links_at,
    measure_for,
    measures_of,
    scores_of,
    tablets_at,
)
from evaluation.queries.instruments import in_words
from evaluation.services import asking, keying
from evaluation.services.external_scores import record_score
from participants.access import section_rights
from participants.models import Participant
from participants.qr import code_of
from participants.sections import Act, Section
from participants.services.errors import RecordError
from participants.services.opening import open_section
from participants.views.record_frame import on_record, session_of

UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
FORM_METHODS = ["GET", "HEAD", "POST"]
# The page that was read by staff last goes from this device with the session.
FORGET = '"cache"'
# In the session: who was ticked on the page before.
CHOSEN = "asking_chosen"


@require_safe
@coordinator_required
def session_asking(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Who is to be asked at a session, and what is out: tablets and links."""
    session = _session(request, pk)
    record_audit(by=request.user, kind=AuditKind.SURVEYS_LISTED, about=session)
    now = timezone.now()
    return _session_page(request, session, ChoiceForm(due_rows(session, now)), now)


@require_POST
@coordinator_required
def ask(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Whom somebody ticked: a last look before the tablet goes, or a code for each."""
    session, now = _session(request, pk), timezone.now()
    record_audit(by=request.user, kind=AuditKind.SURVEYS_LISTED, about=session)
    form = ChoiceForm(due_rows(session, now), request.POST)
    if not form.is_valid():
        return _session_page(request, session, form, now, status=UNPROCESSABLE)
    if "codes" in request.POST:
        return _codes(request, session, form, now)
    # Kept until the next page, so that the browser's back button asks to send nothing again.
    request.session[CHOSEN] = [str(row.person.pk) for row in form.chosen]
    return redirect("surveys:hand_over", pk=session.pk)


@require_http_methods(FORM_METHODS)
@coordinator_required
def hand_over(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A last look; then the turns are made, and this device has nothing left but the turns."""
    session, now = _session(request, pk), timezone.now()
    is_look = request.method != "POST"
    data = {"person": request.session.get(CHOSEN, [])} if is_look else request.POST
    form = ChoiceForm(due_rows(session, now), data)
    if not form.is_valid():
        return redirect("surveys:session_asking", pk=session.pk)
    if is_look:
        context = {"session": session, "chosen": form.chosen}
        return render(request, "evaluation/asking/hand_over.html", context)
    try:
        _, token = asking.hand_over(session=session, dues=form.dues, by=request.user, now=now)
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("surveys:session_asking", pk=session.pk)
    return _given_away(request, token)


@require_safe
@coordinator_required
def take_back(request: AuthedRequest) -> HttpResponse:
    """Whoever was handed a tablet gives it back: which of those that are out it is."""
    sessions = Session.objects.visible_to(request.user)
    context = {"tablets": tablets_at(sessions, timezone.now())}
    response = render(request, "evaluation/asking/take_back.html", context)
    if not context["tablets"]:
        survey_cookie.take(response)
    return response


@require_POST
@coordinator_required
def end_tablet(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """End a tablet, from itself or from any other device."""
    kiosk = get_object_or_404(Kiosk.objects.visible_to(request.user), pk=pk)
    asking.take_back(kiosk=kiosk, by=request.user, now=timezone.now())
    messages.success(request, "The tablet is taken back. What was answered is kept.")
    response = redirect("surveys:session_asking", pk=kiosk.session_id)
    survey_cookie.take(response)
    return response


@require_safe
@coordinator_required
@on_record
def person(request: AuthedRequest, person: Participant) -> HttpResponse:
    """How one person may be asked; for trust staff also what was answered."""
    rights = section_rights(request.user, person)[Section.OUTCOMES]
    if person.anonymised_at is not None or not (rights or can_ask(request.user, person)):
        raise Http404
    may_read = Act.READ in rights
    if may_read:
        open_section(person=person, section=Section.OUTCOMES, by=request.user)
    context = {
        "person": person,
        "session": session_of(request),
        "measures": measures_of(person, timezone.now()),
        "waves": Wave.choices,
        "may_enter": can_enter(request.user, person),
        "may_read": may_read,
        "answers": in_words(answers_of(person)) if may_read else [],
        "scores": scores_of(person) if may_read else [],
        "set_aside": SetAsideForm(auto_id=False),
    }
    return render(request, "evaluation/asking/person.html", context)


@require_POST
@coordinator_required
@on_record
def link(request: AuthedRequest, person: Participant, measure: UUID, wave: str) -> HttpResponse:
    """Make a link for one respondent, and show its address and code this once."""
    now, session = timezone.now(), session_of(request)
    asked = measure_of(person, measure, wave, now)
    try:
        made, token = asking.make_link(
            person=person, measure=asked, wave=wave, session=session, by=request.user, now=now
        )
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("surveys:person", pk=person.pk)
    address = request.build_absolute_uri(reverse("answers:link", args=[token]))
    context = {
        "person": person,
        "link": made,
        "session": session,
        "made_address": address,
        "code": code_of(address),
    }
    return render(request, "evaluation/asking/link.html", context)


@require_POST
@coordinator_required
def close_link(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let nobody use a link any more."""
    links = SurveyPass.objects.visible_to(request.user).filter(kiosk=None)
    found = get_object_or_404(links.select_related("participant__merged_into"), pk=pk)
    asking.close_link(link=found, by=request.user, now=timezone.now())
    messages.success(request, "The link is closed. What was answered is kept.")
    if found.session_id is not None and "session" in request.POST:
        return redirect("surveys:session_asking", pk=found.session_id)
    return redirect("surveys:person", pk=found.participant.merged_into_id or found.participant_id)


@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def score(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Write down a total of a tool whose questions are not kept here."""
    if not can_enter(request.user, person):
        raise PermissionDenied
    programmes = list({each.measure.programme for each in measures_of(person, timezone.now())})
    form = ExternalScoreForm(programmes, request.POST if request.method == "POST" else None)
    if form.is_valid() and _scored(request, person, form):
        messages.success(request, "Written down. It is not shown here again.")
        return redirect("surveys:person", pk=person.pk)
    status = UNPROCESSABLE if form.is_bound else HTTPStatus.OK
    context = {"person": person, "form": form, "can_save": bool(programmes)}
    return render(request, "evaluation/asking/score.html", context, status=status)


@require_POST
@trust_staff_required
def set_aside(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Leave answers out of everything, and say why."""
    response, form = _response(request, pk), SetAsideForm(request.POST)
    if form.is_valid():
        why = form.cleaned_data["why"]
        keying.set_aside(response=response, why=why, by=request.user, now=timezone.now())
        messages.success(request, "Set aside: it counts nowhere. You can bring it back.")
    else:
        messages.error(request, "Say why.")
    return redirect("surveys:person", pk=response.participant_id)


@require_POST
@trust_staff_required
def bring_back(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let answers that were set aside count again."""
    response = _response(request, pk)
    try:
        keying.bring_back(response=response, by=request.user)
        messages.success(request, "It counts again.")
    except RecordError as error:
        messages.error(request, str(error))
    return redirect("surveys:person", pk=response.participant_id)


def measure_of(person: Participant, measure: UUID, wave: str, now: dt.datetime) -> Measure:
    """What an address names, of those that the person may be asked by; 404 for any other."""
    found = measure_for(person, measure, now) if wave in Wave.values else None
    if found is None:
        raise Http404
    return found


def _session(request: AuthedRequest, pk: UUID) -> Session:
    sessions = Session.objects.visible_to(request.user)
    return get_object_or_404(sessions.select_related("activity__hub"), pk=pk)


def _response(request: AuthedRequest, pk: UUID) -> Response:
    return get_object_or_404(Response.objects.visible_to(request.user), pk=pk)


def _session_page(
    request: AuthedRequest,
    session: Session,
    form: ChoiceForm,
    now: dt.datetime,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context: dict[str, Any] = {
        "session": session,
        "form": form,
        "others": [row for row in form.every_row if row.of_staff or row.of_carers],
        "tablets": tablets_at([session], now),
        "links": links_at(session, now),
    }
    return render(request, "evaluation/asking/session.html", context, status=status)


def _codes(
    request: AuthedRequest, session: Session, form: ChoiceForm, now: dt.datetime
) -> HttpResponse:
    """A sheet to print: a code for each, with first name and initial alone."""
    try:
        made = asking.make_links(dues=form.dues, session=session, by=request.user, now=now)
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("surveys:session_asking", pk=session.pk)
    codes = [(link, code_of(_address(request, token))) for link, token in made]
    context = {"session": session, "codes": codes, "until": codes[0][0].expires_at}
    return render(request, "evaluation/asking/codes.html", context)


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("answers:link", args=[token]))


def _given_away(request: AuthedRequest, token: str) -> HttpResponse:
    """Nothing of whoever was signed in stays on this device, and the tablet's cookie comes."""
    get_adapter().logout(request)
    response = redirect("answers:here")
    survey_cookie.put(response, request, token)
    response.delete_cookie(settings.SESSION_COOKIE_NAME)
    response.delete_cookie(settings.CSRF_COOKIE_NAME)
    response.headers["Clear-Site-Data"] = FORGET
    return response


def _scored(request: AuthedRequest, person: Participant, form: ExternalScoreForm) -> bool:
    told = form.cleaned_data
    try:
        record_score(
            person=person,
            programme=told["programme"],
            tool=told["tool"],
            scale=told["scale"],
            value=told["value"],
            scored_on=told["scored_on"],
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True
