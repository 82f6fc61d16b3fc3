"""Keying paper in, observing, and the second keying of some forms by somebody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from activities.models import LONDON, Session, london_today
from evaluation.access import can_enter
from evaluation.forms.keying import AnswersForm, KeyingForm
from evaluation.models import Measure, RespondentKind, Wave
from evaluation.queries.instruments import Questionnaire, questionnaire
from evaluation.queries.keying import papers_for, questions_of, unsettled_for
from evaluation.queries.waves import age_on
from evaluation.services.keying import Keyed, key_again, key_in, settle
from evaluation.views.asking import measure_of
from participants.models import Participant
from participants.services.errors import RecordError
from participants.views.record_frame import on_record, session_of

UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
FORM_METHODS = ["GET", "HEAD", "POST"]


@dataclass(frozen=True)
class Paper:
    """What somebody is about to key in: whose, of which measure and wave, and its questions."""

    person: Participant
    measure: Measure
    wave: Wave
    session: Session | None
    asked: Questionnaire

    @property
    def is_observed(self) -> bool:
        """Whether a member of staff says what they saw."""
        return self.measure.respondent == RespondentKind.STAFF


@sensitive_post_parameters()
@require_http_methods(FORM_METHODS)
@coordinator_required
@on_record
def key(request: AuthedRequest, person: Participant, measure: UUID, wave: str) -> HttpResponse:
    """Key in a form on paper, or what a member of staff observed. Nothing of it is shown again."""
    if not can_enter(request.user, person):
        raise PermissionDenied
    now = timezone.now()
    found = measure_of(person, measure, wave, now)
    asked = questionnaire(found, age=age_on(person, london_today(now)), language="en-gb")
    if asked is None:
        raise Http404
    paper = Paper(person, found, Wave(wave), session_of(request), asked)
    data = request.POST if request.method == "POST" else None
    day = _day(paper.session, now)
    form = KeyingForm(asked.questions, data, day=day, is_observed=paper.is_observed)
    if form.is_valid() and _is_kept(request, paper, form):
        messages.success(request, f"Kept for {person.register_name}. It is not shown here again.")
        return _back(paper)
    status = UNPROCESSABLE if form.is_bound else HTTPStatus.OK
    context = {"paper": paper, "form": form}
    return render(request, "evaluation/asking/key.html", context, status=status)


@require_safe
@coordinator_required
def second_list(request: AuthedRequest) -> HttpResponse:
    """Forms that somebody else keyed in and that are checked, and differences to settle."""
    context = {
        "papers": list(papers_for(request.user)),
        "unsettled": list(unsettled_for(request.user)),
    }
    return render(request, "evaluation/asking/second_list.html", context)


@sensitive_post_parameters()
@require_http_methods(FORM_METHODS)
@coordinator_required
def second(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Key a form in once more without seeing the first keying."""
    paper = get_object_or_404(papers_for(request.user), pk=pk)
    form = AnswersForm(questions_of(paper), request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = key_again(response=paper, answers=form.answers, by=request.user, now=timezone.now())
        if made.differs:
            messages.warning(request, f"{len(made.differs)} differ. Look at the paper once more.")
        else:
            messages.success(request, "Both agree.")
        return redirect("surveys:second_list")
    context = {"paper": paper, "form": form, "is_third": False}
    status = UNPROCESSABLE if form.is_bound else HTTPStatus.OK
    return render(request, "evaluation/asking/second.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(FORM_METHODS)
@coordinator_required
def settle_differences(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What the paper says where two keyings differ, without seeing either."""
    found = get_object_or_404(unsettled_for(request.user), pk=pk)
    questions = [each for each in questions_of(found.response) if each.id in found.differs]
    form = AnswersForm(questions, request.POST if request.method == "POST" else None)
    if form.is_valid():
        settle(second=found, answers=form.answers, by=request.user, now=timezone.now())
        messages.success(request, "Settled.")
        return redirect("surveys:second_list")
    context = {"paper": found.response, "form": form, "is_third": True}
    status = UNPROCESSABLE if form.is_bound else HTTPStatus.OK
    return render(request, "evaluation/asking/second.html", context, status=status)


def _is_kept(request: AuthedRequest, paper: Paper, form: KeyingForm) -> bool:
    keyed = Keyed(paper.asked, form.answers, form.cleaned_data["answered_on"], form.how())
    try:
        key_in(
            person=paper.person,
            measure=paper.measure,
            wave=paper.wave,
            session=paper.session,
            keyed=keyed,
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True


def _day(session: Session | None, now: dt.datetime) -> dt.date:
    """Paper from a session was answered at it, unless somebody says otherwise."""
    if session is not None and session.starts_at <= now:
        return session.starts_at.astimezone(LONDON).date()
    return london_today(now)


def _back(paper: Paper) -> HttpResponse:
    if paper.session is not None:
        return redirect("surveys:session_asking", pk=paper.session.pk)
    return redirect("surveys:person", pk=paper.person.pk)
