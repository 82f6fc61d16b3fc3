"""A young person's own record behind their link: what they did, on a page and for a CV."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import link_only
from accounts.limits import Limit, is_within_for_all
from activities.models import Skill
from participants.models import OwnRecordLink
from participants.own_record.paper import render_pdf
from participants.queries.own_record import open_own_record
from participants.queries.own_record import own_record as record_of
from participants.services.errors import RecordError
from participants.services.own_record import ask_correction, note_opening

OPENINGS_A_DAY = Limit("open an own record", times=200, period=dt.timedelta(days=1))
CORRECTIONS_A_DAY = Limit("ask for a correction", times=5, period=dt.timedelta(days=1))
MOST_LETTERS = 2000
SENT = "sent"
SKILLS = {
    Skill.RESILIENCE: _("Resilience, perseverance and persistence"),
    Skill.SELF_CONTROL: _("Hard work, self-control, discipline, good time keeping"),
    Skill.CONFIDENCE: _("Self-confidence, leadership and team working"),
    Skill.INTEGRITY: _("Honesty, integrity and engaged citizenship"),
    Skill.EMPATHY: _("Attitude, respect and empathy"),
    Skill.CURIOSITY: _("Curiosity and problem solving"),
}


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@link_only
def own_record(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody did here; and saying that something of it is wrong."""
    now = timezone.now()
    link = _open(token, now)
    if request.method != "POST":
        return _page(request, link, now)
    words = request.POST.get("words", "").strip()[:MOST_LETTERS]
    if not words:
        return _page(request, link, now, problem="empty")
    if not is_within_for_all(CORRECTIONS_A_DAY, link.pk):
        return _page(request, link, now, problem="often", words=words)
    try:
        ask_correction(link=link, words=words, now=now)
    except RecordError:
        raise Http404 from None
    return HttpResponseRedirect(f"{request.path}?{SENT}=1", status=HTTPStatus.SEE_OTHER)


@require_safe
@link_only
def own_record_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a CV, to print or keep; in English, as a CV here is."""
    now = timezone.now()
    link = _open(token, now)
    response = HttpResponse(
        render_pdf(record_of(link.participant), now), content_type="application/pdf"
    )
    response["Content-Disposition"] = 'attachment; filename="what-i-did.pdf"'
    return response


def _open(token: str, now: dt.datetime) -> OwnRecordLink:
    """The link while it opens, its opening written down first."""
    link = open_own_record(token, now)
    if link is None or not is_within_for_all(OPENINGS_A_DAY, link.pk):
        raise Http404
    note_opening(link=link, now=now)
    return link


STATUSES = {
    "": HTTPStatus.OK,
    "empty": HTTPStatus.UNPROCESSABLE_ENTITY,
    "often": HTTPStatus.TOO_MANY_REQUESTS,
}


def _page(
    request: HttpRequest,
    link: OwnRecordLink,
    now: dt.datetime,
    *,
    problem: str = "",
    words: str = "",
) -> HttpResponse:
    record = record_of(link.participant)
    context = {
        "record": record,
        "skills": [(SKILLS[each.skill], each.sessions) for each in record.skills],
        "until": link.expires_at,
        "is_first": request.method != "POST",
        "is_sent": SENT in request.GET and not problem,
        "problem": problem,
        "words": words,
        "most_letters": MOST_LETTERS,
        "pdf": f"{request.path}record.pdf",
    }
    page = "participants/own_record/record.html"
    return render(request, page, context, status=STATUSES[problem])
