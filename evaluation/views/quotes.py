"""Quotes and case studies, for staff: writing down, reading, checking, taking out, a report's."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import holds_any
from accounts.audience import (
    AuthedRequest,
    coordinator_required,
    fresh_sign_in,
    trust_staff_required,
)
from accounts.models import AuditKind
from accounts.services import record_audit, record_audits
from accounts.tables import sort_and_page
from activities.models import Session, Skill, london_today
from evaluation.access import can_check_quote
from evaluation.filters import QuoteFilter
from evaluation.forms.quotes import CheckForm, QuoteForm, TakeOutForm, initial_of
from evaluation.models import CHECKER_ROLES, Quote, QuoteUse
from evaluation.queries import quotes as queries
from evaluation.services import quotes as services
from evaluation.services.quotes import NamesFoundError
from evaluation.tables import QuoteTable
from hubs.models import Hub
from participants.models import Participant
from participants.queries.records import record_of
from participants.services.errors import RecordError
from participants.services.sending import Document, confirm
from participants.views.sending import Leaving, Looked, second_look

PER_PAGE = 25
# Days back to the sessions where somebody may have said something.
LATELY = 28
DOCUMENT = Document("quotes")
FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@coordinator_required
def quotes(request: AuthedRequest) -> HttpResponse:
    """Every quote of the user's hubs, filtered and sorted as the address says."""
    found = _filtered(request)
    record_audit(
        by=request.user,
        kind=AuditKind.QUOTES_READ,
        about=Quote(pk=None),
        reason=", ".join(["list", *found.in_force]),
    )
    table = QuoteTable(queries.with_root(found.qs))
    sort_and_page(request, table, rows=PER_PAGE)
    queries.add_uses(row.record for row in table.paginated_rows)
    context = {"filter": found, "table": table}
    context |= {"can_report": holds_any(request.user, CHECKER_ROLES)}
    return render(request, "evaluation/quotes/list.html", context)


@require_safe
@coordinator_required
def new(request: AuthedRequest) -> HttpResponse:
    """Where it was said: sessions of the last weeks, to find the young person by the register."""
    found = queries.recent_sessions(request.user, timezone.now(), LATELY)
    # Hub by hub, in each the latest first: those of the trust see all of the city's.
    sessions = sorted(found, key=lambda each: str(each.activity.hub or ""))
    return render(request, "evaluation/quotes/new.html", {"sessions": sessions})


@require_safe
@coordinator_required
def of_session(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Who came to a session, each with the uses that consent covers."""
    sessions = Session.objects.visible_to(request.user).select_related("activity__hub")
    session = get_object_or_404(sessions, pk=pk)
    record_audit(by=request.user, kind=AuditKind.CONSENTS_READ, about=session, reason="quotes")
    context = {"session": session, "people": queries.came_to(session)}
    return render(request, "evaluation/quotes/session.html", context)


@require_http_methods(FORM_METHODS)
@coordinator_required
def of_person(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Write down what somebody said, or how to get the consent that it needs."""
    person = _person(request, pk)
    hubs = list(queries.hubs_for(request.user, person))
    if not hubs:
        raise PermissionDenied
    record_audit(by=request.user, kind=AuditKind.CONSENTS_READ, about=person, reason="quotes")
    uses = queries.uses_covered(person)
    form = _new_form(request, person, hubs, uses)

    def save() -> Quote:
        return services.record_quote(
            person=person,
            said=form.said,
            by=request.user,
            now=timezone.now(),
            names_are_fine=form.cleaned_data["names_are_fine"],
        )

    if request.method == "POST" and (quote := _saved(form, save)):
        messages.success(request, "Written down. Trust staff read it before it is used.")
        return redirect("quotes:quote", quote.pk)
    context = {"person": person, "form": form, "uses": uses}
    context |= {"missing": [use for use in QuoteUse if use not in uses]}
    return render(request, "evaluation/quotes/write.html", context, status=_status(form))


def _new_form(
    request: AuthedRequest, person: Participant, hubs: list[Hub], uses: list[QuoteUse]
) -> QuoteForm:
    """A form that knows the session it came from: its date, hub and activity."""
    today = london_today(timezone.now())
    session = _session(request)
    hub = next((each for each in hubs if session and each.pk == session.activity.hub_id), hubs[0])
    initial: dict[str, Any] = {"kind": "words", "said_on": today, "hub": hub}
    initial["attribution"] = queries.signature(person, hub, today)
    if session:
        initial["said_on"] = london_today(session.starts_at)
        initial["activity"] = str(session.activity_id)
    return QuoteForm(request.POST or None, initial=initial, hubs=hubs, uses=uses, today=today)


@require_safe
@coordinator_required
def quote(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One quote: the words, what they may be used for now, and what can be done."""
    found = _quote(request, pk)
    context = _of_quote(request, found) | {"check": CheckForm(initial={"version": found.version})}
    return render(request, "evaluation/quotes/quote.html", context)


@require_http_methods(FORM_METHODS)
@coordinator_required
def change(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Write it differently; the check is taken back."""
    found = _quote(request, pk)
    person = found.participant.merged_into or found.participant
    hubs = list(queries.hubs_for(request.user, person))
    if found.taken_out_at is not None or not hubs:
        raise PermissionDenied
    form = QuoteForm(
        request.POST or None,
        initial=initial_of(found),
        hubs=hubs,
        uses=queries.uses_covered(person),
        today=london_today(timezone.now()),
    )

    def save() -> Quote:
        return services.change_quote(
            quote=found,
            said=form.said,
            version=form.cleaned_data["version"],
            by=request.user,
            now=timezone.now(),
            names_are_fine=form.cleaned_data["names_are_fine"],
        )

    if request.method == "POST" and _saved(form, save):
        messages.success(request, "Saved. Somebody else reads it before it is used.")
        return redirect("quotes:quote", found.pk)
    context = {"quote": found, "form": form}
    return render(request, "evaluation/quotes/change.html", context, status=_status(form))


@require_http_methods(FORM_METHODS)
@trust_staff_required
def check(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Say, as the second person, that it may be used."""
    found = _quote(request, pk)
    form = CheckForm(request.POST or None, initial={"version": found.version})

    def save() -> Quote:
        return services.check_quote(
            quote=found,
            version=form.cleaned_data["version"],
            by=request.user,
            now=timezone.now(),
        )

    if request.method == "POST" and _saved(form, save):
        messages.success(request, "Checked. It may be used wherever consent covers it.")
        return redirect("quotes:quote", found.pk)
    context = _of_quote(request, found) | {"check": form}
    return render(request, "evaluation/quotes/quote.html", context, status=_status(form))


@require_http_methods(FORM_METHODS)
@coordinator_required
def take_out(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Use it nowhere any more, for a reason."""
    found = _quote(request, pk)
    form = TakeOutForm(request.POST or None)

    def save() -> Quote:
        return services.take_out(
            quote=found, why=form.cleaned_data["why"], by=request.user, now=timezone.now()
        )

    if request.method == "POST" and _saved(form, save):
        messages.success(request, "Taken out. It is used nowhere any more.")
        return redirect("quotes:quote", found.pk)
    context = {"quote": found, "form": form}
    return render(request, "evaluation/quotes/take_out.html", context, status=_status(form))


@require_http_methods(FORM_METHODS)
@trust_staff_required
@fresh_sign_in
def report(request: AuthedRequest) -> HttpResponse:
    """What may stand in a report now, to be copied, once somebody looked twice at who gets it."""
    found = _filtered(request)
    if found.form.errors:
        # What leaves is never more than what somebody meant.
        return redirect("quotes:quotes")
    rows = queries.usable_of(found.qs, QuoteUse.REPORTS)
    answer = second_look(request, _leaving(rows, found))
    if not isinstance(answer, Looked):
        return answer
    hidden = queries.count_hidden(rows)
    with transaction.atomic():
        confirm(
            document=DOCUMENT,
            about=None,
            recipient=answer.recipient,
            address=answer.address,
            why=answer.why,
            by=request.user,
            had_hidden_address=hidden > 0,
        )
        record_audits(
            by=request.user, kind=AuditKind.QUOTES_READ, about=rows, reason="for a report"
        )
    return render(request, "evaluation/quotes/report.html", {"quotes": rows})


def _leaving(rows: list[Quote], found: QuoteFilter) -> Leaving:
    number = len(rows)
    return Leaving(
        document=DOCUMENT,
        title="Quotes for a report",
        holds=[
            "One quote or case study" if number == 1 else f"{number} quotes and case studies",
            f"Chosen by: {', '.join(found.in_force) or 'everything'}",
            "Words and how they are signed. Checked, and with consent for reports now. No names",
        ],
        back=reverse("quotes:quotes"),
        hidden=queries.count_hidden(rows),
        effect="No area may stand under their words.",
        crumbs=[("Quotes and case studies", reverse("quotes:quotes"))],
        act="Show them to copy",
    )


def _filtered(request: AuthedRequest) -> QuoteFilter:
    rows = Quote.objects.visible_to(request.user)
    return QuoteFilter(request.GET, rows, hubs=Hub.objects.visible_to(request.user))


def _quote(request: AuthedRequest, pk: UUID) -> Quote:
    """A quote of the user's hubs, or 404; that it was opened is written down."""
    rows = queries.with_root(Quote.objects.visible_to(request.user))
    rows = rows.select_related(
        *("hub__ward", "activity", "participant__merged_into", "recorded_by", "edited_by"),
        *("checked_by", "taken_out_by"),
    )
    found = get_object_or_404(rows, pk=pk)
    record_audit(by=request.user, kind=AuditKind.QUOTES_READ, about=found)
    return found


def _of_quote(request: AuthedRequest, found: Quote) -> dict[str, Any]:
    """What the page of a quote shows; the name only to who may open the record."""
    queries.add_uses([found])
    person = record_of(request.user, queries.root_id(found))
    is_waiting = found.taken_out_at is None and found.checked_at is None
    names = queries.names_in(found.words, person, found.hub) if person and is_waiting else []
    uses = [(use, use in found.uses_now) for use in QuoteUse if use in found.uses]  # type: ignore[attr-defined]
    return {
        "quote": found,
        "person": person,
        "uses": uses,
        "skills": [Skill(skill).label for skill in found.skills],
        "names": names,
        "is_waiting": is_waiting,
        "can_check": is_waiting and can_check_quote(request.user, found),
        "can_change": found.taken_out_at is None and person is not None,
    }


def _person(request: AuthedRequest, pk: UUID) -> Participant:
    person = record_of(request.user, pk)
    if person is None:
        raise Http404
    return person


def _session(request: AuthedRequest) -> Session | None:
    """The session whose register the reader came by."""
    try:
        pk = UUID(request.GET.get("session", ""))
    except ValueError:
        return None
    sessions = Session.objects.visible_to(request.user).select_related("activity")
    return sessions.filter(pk=pk).first()


def _saved(form: Any, save: Callable[[], Quote]) -> Quote | None:
    """Save a form that is valid; what is refused is said on it, and what was typed stays."""
    if not form.is_valid():
        return None
    try:
        return save()
    except NamesFoundError as error:
        form.ask_about_names(str(error))
    except RecordError as error:
        form.add_error(None, str(error))
    return None


def _status(form: Any) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
