"""Where young people answer: behind a link or on a tablet that was handed over.

No account, no way into the rest of the portal, and nothing about anybody in an address: which
questions a page shows follows from the cookie alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import link_only
from accounts.limits import Limit, is_within_for_all
from evaluation import survey_cookie
from evaluation.forms.answering import (
    LANGUAGES,
    AnswerForm,
    BeginForm,
    all_asked,
    asked,
    values_sent,
)
from evaluation.models import Assistance, Kiosk, RespondentKind, Response, SurveyPass
from evaluation.queries.answering import (
    Sheet,
    is_idle,
    is_worrying_so_far,
    kiosk_of,
    last_turn,
    link_pass,
    may_go_on,
    questions_for,
    sheet_of,
    turn_begun,
)
from evaluation.queries.asking import next_turn, turn_of
from evaluation.services import answering, worry
from evaluation.services.answering import AnsweringError
from hubs.wording import edition_of

# The longest instrument has 47 questions; whoever goes back and forth does not need more.
STEPS_AN_HOUR = Limit("answer a survey", times=600, period=dt.timedelta(hours=1))
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
PAGES = "evaluation/answering/"

P = ParamSpec("P")


@dataclass(frozen=True)
class Turn:
    """Somebody who answers: their pass, their answers so far and the questions."""

    survey_pass: SurveyPass
    response: Response
    sheet: Sheet
    now: dt.datetime

    @property
    def is_at_tablet(self) -> bool:
        """Whether others will hold the same device."""
        return self.survey_pass.kiosk_id is not None


Answering = Callable[Concatenate[HttpRequest, Turn, P], HttpResponse]
Answered = Callable[Concatenate[HttpRequest, P], HttpResponse]


def answering_only(view: Answering[P]) -> Answered[P]:
    """Find who answers by the cookie, and speak their language; others are told it is over."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        now = timezone.now()
        token = survey_cookie.token_of(request)
        kiosk = kiosk_of(token) if token else None
        survey_pass = _begun(kiosk, now) if kiosk else link_pass(token) if token else None
        turn = _turn(survey_pass, now)
        if turn is None or _is_of_another(request, turn):
            return _to("answers:here") if kiosk and kiosk.is_open(now) else _over(request)
        if request.method == "POST" and not is_within_for_all(STEPS_AN_HOUR, turn.survey_pass.pk):
            return _over(request, HTTPStatus.TOO_MANY_REQUESTS)
        with translation.override(turn.survey_pass.language):
            try:
                response = view(request, turn, *args, **kwargs)
            except AnsweringError:
                return _over(request)
            response.headers["Content-Language"] = turn.survey_pass.language
            return response

    return wrapper


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What a link or QR code opens. Looking changes nothing; beginning puts the secret away."""
    now = timezone.now()
    survey_pass = link_pass(token)
    if survey_pass is None or not may_go_on(survey_pass, now):
        raise Http404
    if request.method != "POST":
        return _start_page(request, survey_pass, now)
    response = _begin(request, survey_pass, now)
    survey_cookie.put(response, request, token)
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def here(request: HttpRequest) -> HttpResponse:
    """Where the cookie leads: on with the questions, or at a tablet to whoever is next."""
    now, token = timezone.now(), survey_cookie.token_of(request)
    kiosk = kiosk_of(token) if token else None
    if kiosk is None:
        turn = _turn(link_pass(token), now) if token else None
        return _go_on(turn) if turn else _over(request)
    if not kiosk.is_open(now):
        return _hand_back(request) if last_turn(kiosk) else _over(request)
    turn = _turn(_begun(kiosk, now), now)
    if turn is not None:
        return _go_on(turn)
    return _chosen(request, kiosk, now) if request.method == "POST" else _next(request, kiosk, now)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
@answering_only
def question(request: HttpRequest, turn: Turn, number: int) -> HttpResponse:
    """One question: looked at, answered, passed over, or back to the one before."""
    if turn.sheet.question(number) is None:
        return _go_on(turn)
    if request.method != "POST":
        return _question_page(request, turn, number)
    form = AnswerForm(request.POST)
    if not form.is_valid() or not turn.sheet.has(form.cleaned_data["item"]):
        return _question_page(request, turn, number, status=UNPROCESSABLE)
    return _answered(request, turn, number, form.cleaned_data)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
@answering_only
def everything(request: HttpRequest, turn: Turn) -> HttpResponse:
    """All questions on one page; what has no answer is left as it is."""
    if request.method != "POST":
        context = {"all_asked": all_asked(turn.sheet), "saves_at": _first_address(turn)}
        return _page(request, "everything", turn, context)
    response = turn.response
    for item, value in values_sent(turn.sheet, request.POST):
        response = answering.give(response=response, item=item, value=value, now=turn.now)
    return _to("answers:finish")


@require_http_methods(["GET", "HEAD", "POST"])
@link_only
@answering_only
def finish(request: HttpRequest, turn: Turn) -> HttpResponse:
    """After the last question: how many have no answer, and the end."""
    if request.method == "POST":
        answering.finish(response=turn.response, now=turn.now)
        return _to("answers:done")
    sheet = turn.sheet
    context = {
        "without": len(sheet.questions) - sheet.answered,
        "first_without": sheet.first_unanswered,
        "last": len(sheet.questions),
        "needs_help": is_worrying_so_far(turn.response, sheet),
    }
    return _page(request, "finish", turn, context)


@require_http_methods(["GET", "HEAD", "POST"])
@link_only
@answering_only
def stop(request: HttpRequest, turn: Turn) -> HttpResponse:
    """Stop before the end: answers are kept, and a tablet's turn cannot be opened again."""
    if request.method != "POST":
        return _page(request, "stop", turn, {})
    answering.leave(survey_pass=turn.survey_pass, now=turn.now)
    if turn.is_at_tablet:
        return _to("answers:done")
    response = _page(request, "stopped", turn, {})
    survey_cookie.take(response)
    return response


@require_safe
@link_only
def done(request: HttpRequest) -> HttpResponse:
    """Thank you, and what happens next; at a tablet who is to get it."""
    now, token = timezone.now(), survey_cookie.token_of(request)
    kiosk = kiosk_of(token) if token else None
    ended = last_turn(kiosk) if kiosk else link_pass(token) if token else None
    if ended is None or ended.ended_at is None or ended.response_id is None:
        return _over(request)
    following = next_turn(kiosk, now) if kiosk else None
    context = {
        "is_at_tablet": kiosk is not None,
        "following": following.participant.register_name if following else "",
    }
    with translation.override(ended.language):
        response = render(request, f"{PAGES}done.html", context)
    # What the browser kept to go back to quickly is gone with it.
    response.headers["Clear-Site-Data"] = '"cache"'
    response.headers["Content-Language"] = ended.language
    return response


# --- Beginning --------------------------------------------------------------------------------
def _start_page(
    request: HttpRequest, survey_pass: SurveyPass, now: dt.datetime, **more: Any
) -> HttpResponse:
    """What this is, before anything is asked, in the edition that the address names."""
    language = request.GET.get("language", survey_pass.language)
    if language not in LANGUAGES:
        raise Http404
    asks = questions_for(survey_pass, language, now)
    if asks is None:
        raise Http404
    context: dict[str, Any] = {
        "asks": asks,
        "language": language,
        "is_in_english": _is_in_english(language, asks.language),
        "is_begun": survey_pass.response_id is not None and survey_pass.kiosk_id is None,
        "is_carer": survey_pass.measure.respondent == RespondentKind.CARER,
        "first_name": survey_pass.participant.first_name,
        "alone": Assistance.ALONE,
        "helped": Assistance.HELPED,
    }
    with translation.override(language):
        response = render(request, f"{PAGES}start.html", context | more)
    response.headers["Content-Language"] = language
    return response


def _begin(request: HttpRequest, survey_pass: SurveyPass, now: dt.datetime) -> HttpResponse:
    form = BeginForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        answering.begin(
            survey_pass=survey_pass,
            now=now,
            language=form.cleaned_data["language"],
            assistance=Assistance(form.cleaned_data["assistance"]),
        )
    except AnsweringError:
        # Answered by another way in the meantime: at a tablet the next one gets it.
        if survey_pass.kiosk_id is None:
            raise Http404 from None
        answering.leave(survey_pass=survey_pass, now=now)
    return _to("answers:everything" if form.cleaned_data["on_one_page"] else "answers:here")


def _next(request: HttpRequest, kiosk: Kiosk, now: dt.datetime) -> HttpResponse:
    """Whose turn it is: one first name and an initial, never the list."""
    turn = next_turn(kiosk, now)
    if turn is None:
        return _hand_back(request)
    name = turn.participant.register_name
    return _start_page(request, turn, now, turn=turn.pk, name=name)


def _chosen(request: HttpRequest, kiosk: Kiosk, now: dt.datetime) -> HttpResponse:
    """Somebody said who they are: they begin, do not want to, or are somebody else."""
    turn = _named_turn(request, kiosk, now)
    if turn is None:
        return _to("answers:here")
    if request.POST.get("go") == "other":
        answering.put_off(turn=turn)
        following = next_turn(kiosk, now)
        is_alone = following is None or following.pk == turn.pk
        return _hand_back(request, may_look_again=True) if is_alone else _to("answers:here")
    if request.POST.get("go") == "no":
        answering.leave(survey_pass=turn, now=now)
        return _to("answers:here")
    return _begin(request, turn, now)


def _named_turn(request: HttpRequest, kiosk: Kiosk, now: dt.datetime) -> SurveyPass | None:
    """The turn that the form was for: whoever sends an older one begins nobody else's."""
    try:
        turn_id = UUID(request.POST.get("turn", ""))
    except ValueError:
        return None
    return turn_of(kiosk, turn_id, now)


# --- Answering --------------------------------------------------------------------------------
def _answered(request: HttpRequest, turn: Turn, number: int, sent: dict[str, Any]) -> HttpResponse:
    item, value, go = sent["item"], sent["value"], sent["go"]
    if go == "next" and value is None and item not in turn.sheet.answers:
        return _question_page(request, turn, number, is_empty=True, status=UNPROCESSABLE)
    response = turn.response
    if value is not None or go == "skip":
        response = answering.give(
            response=response,
            item=item,
            value=None if go == "skip" else value,
            now=turn.now,
            is_settled=go != "save",
        )
    if go == "save":
        return _saved(response, item)
    if go == "back":
        return _to("answers:question", max(1, number - 1))
    return _after(turn, number)


def _saved(response: Response, item: str) -> HttpResponse:
    """What the script hears: kept, and with a status of its own whether to point to help."""
    needs_help = worry.is_worrying(response, item)
    return HttpResponse(status=HTTPStatus.OK if needs_help else HTTPStatus.NO_CONTENT)


def _after(turn: Turn, number: int) -> HttpResponse:
    if number >= len(turn.sheet.questions):
        return _to("answers:finish")
    return _to("answers:question", number + 1)


def _question_page(
    request: HttpRequest,
    turn: Turn,
    number: int,
    *,
    is_empty: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    before = turn.sheet.question(number - 1)
    context = {
        "asked": asked(turn.sheet, number),
        "last": len(turn.sheet.questions),
        "is_empty": is_empty,
        "needs_help": before is not None and worry.is_worrying(turn.response, before.id),
    }
    return _page(request, "question", turn, context, status)


# --- Who it is --------------------------------------------------------------------------------
def _begun(kiosk: Kiosk, now: dt.datetime) -> SurveyPass | None:
    """The turn at a tablet; one that nobody touched for a while ends here."""
    if not kiosk.is_open(now):
        return None
    turn = turn_begun(kiosk, now)
    if turn is not None and is_idle(turn, now):
        answering.leave(survey_pass=turn, now=now)
        return None
    return turn


def _turn(survey_pass: SurveyPass | None, now: dt.datetime) -> Turn | None:
    if survey_pass is None or survey_pass.response is None or not may_go_on(survey_pass, now):
        return None
    sheet = sheet_of(survey_pass, survey_pass.response, now)
    return Turn(survey_pass, survey_pass.response, sheet, now) if sheet else None


def _is_of_another(request: HttpRequest, turn: Turn) -> bool:
    """Whether a form is from the page of a turn before: a tablet may have it open in a tab yet."""
    return request.POST.get("turn", "") not in {"", str(turn.survey_pass.pk)}


def _go_on(turn: Turn) -> HttpResponse:
    number = turn.sheet.first_open
    return _to("answers:question", number) if number else _to("answers:finish")


# --- Pages ------------------------------------------------------------------------------------
def _page(
    request: HttpRequest,
    name: str,
    turn: Turn,
    context: dict[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    asks = turn.sheet.questionnaire
    common = {
        "asks": asks,
        "is_in_english": _is_in_english(turn.survey_pass.language, asks.language),
        "is_at_tablet": turn.is_at_tablet,
        "turn": turn.survey_pass.pk if turn.is_at_tablet else "",
    }
    return render(request, f"{PAGES}{name}.html", common | context, status=status)


def _is_in_english(language: str, words: str) -> bool:
    """Whether the questions are in English though the page is not."""
    return edition_of(language).language != edition_of(words).language


def _hand_back(request: HttpRequest, *, may_look_again: bool = False) -> HttpResponse:
    context = {"may_look_again": may_look_again}
    return render(request, f"{PAGES}hand_back.html", context)


def _over(request: HttpRequest, status: HTTPStatus = HTTPStatus.NOT_FOUND) -> HttpResponse:
    """The same page for everything that opens nothing."""
    return render(request, f"{PAGES}over.html", {"status": int(status)}, status=status)


def _to(name: str, *args: object) -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=args), status=HTTPStatus.SEE_OTHER)


def _first_address(turn: Turn) -> str:
    return reverse("answers:question", args=[1]) if turn.sheet.questions else ""
