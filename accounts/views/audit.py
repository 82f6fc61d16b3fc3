"""Pages of the audit trail. Reading it is written into it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.audience import (
    AuthedRequest,
    auditor_required,
    for_roles,
    safeguarding_required,
    signed_in,
)
from accounts.audit_forms import LookedAtForm, RecordForm, SpanForm
from accounts.chain import last_head
from accounts.filters import TrailFilter
from accounts.kinds import SIGN_INS
from accounts.models import AuditKind, Role
from accounts.queries import trail
from accounts.queries.alerts import alerts_for
from accounts.queries.chain import last_link, last_verification, waiting
from accounts.services.alerts import AlertError, look_at
from accounts.services.audit import record_trail
from accounts.tables import AlertTable, sort_and_page

PER_PAGE = 50
# How far back "what did this person look at" goes unless told otherwise, and the list of staff.
SPAN = dt.timedelta(days=30)


@auditor_required
def trail_list(request: AuthedRequest) -> HttpResponse:
    narrowed = TrailFilter(request.GET, trail.whole_trail(request.user))
    _read(request, reason=narrowed.said if narrowed.is_valid() else "trail")
    page = trail.page_of(narrowed.found, after=request.GET.get("after", ""))
    return render(
        request, "audit/trail.html", {"filter": narrowed, "page": page, "query": narrowed.query}
    )


@auditor_required
def people(request: AuthedRequest) -> HttpResponse:
    form = RecordForm(request.GET if "number" in request.GET else None)
    if form.is_valid():
        return redirect("audit:person", pk=form.cleaned_data["number"])
    return render(request, "audit/people.html", {"form": form})


@auditor_required
def person(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Who looked at this child. The auditor sees the number of the record and no name."""
    _read(request, about=pk, reason="who looked at a record")
    entries = trail.about_person(trail.whole_trail(request.user), pk)
    after = request.GET.get("after", "")
    context = {"pk": pk, "page": trail.page_of(entries, after=after), "query": ""}
    if not after:
        context["readers"] = trail.readers_of(entries)
    return render(request, "audit/person.html", context)


@auditor_required
def staff(request: AuthedRequest) -> HttpResponse:
    _read(request, reason="list of staff")
    members = trail.staff_since(request.user, timezone.now() - SPAN)
    return render(request, "audit/staff.html", {"members": members, "days": SPAN.days})


@auditor_required
def member(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What did this person look at: by date, and the records of one."""
    entries = trail.whole_trail(request.user).filter(actor_id=pk)
    name = trail.names_of([pk]).get(pk)
    if name is None and not entries.exists():
        raise Http404
    _read(request, about=pk, reason="what somebody looked at")
    span = SpanForm(request.GET, today=timezone.localdate(), length=SPAN)
    context: dict[str, Any] = {"pk": pk, "name": name or trail.NO_LONGER_HERE, "span": span}
    if span.is_valid():
        context |= {
            "days": trail.days_of(trail.between(entries, span.begins, span.ends)),
            "date": span.date,
        }
    if span.is_valid() and span.date:
        context["opened"] = trail.opened_in(trail.between(entries, span.date, span.date))
    signs = entries.filter(kind__in=SIGN_INS)
    context["sign_ins"] = trail.page_of(signs, rows=10)
    return render(request, "audit/member.html", context)


@auditor_required
def alerts(request: AuthedRequest) -> HttpResponse:
    _read(request, reason="alerts")
    found = alerts_for(request.user)
    table = AlertTable(found, names=trail.names_of(found.values_list("actor_id", flat=True)))
    sort_and_page(request, table, rows=PER_PAGE)
    waiting_ones = found.filter(seen_at=None).count()
    return render(request, "audit/alerts.html", {"table": table, "waiting": waiting_ones})


@auditor_required
def alert(request: AuthedRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(alerts_for(request.user), pk=pk)
    form = LookedAtForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            words = form.cleaned_data["words"]
            look_at(alert=found, by=request.user, words=words, now=timezone.now())
        except AlertError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Written down. The alert is settled.")
            return redirect("audit:alerts")
    elif request.method != "POST":
        _read(request, about=found.pk, reason="alert")
    name = trail.names_of([found.actor_id]).get(found.actor_id, trail.NO_LONGER_HERE)
    date = timezone.localdate(found.raised_at)
    return render(
        request, "audit/alert.html", {"alert": found, "form": form, "name": name, "date": date}
    )


@auditor_required
def seals(request: AuthedRequest) -> HttpResponse:
    """Whether the trail is sealed, published and verified."""
    _read(request, reason="seals")
    context = {
        "last": last_link(),
        "waiting": waiting(),
        "head": last_head(settings.AUDIT_HEADS),
        "verified": last_verification(),
    }
    return render(request, "audit/seals.html", context)


@signed_in
def mine(request: AuthedRequest) -> HttpResponse:
    """What one did and read oneself. Looking at one's own entries makes no entry."""
    page = trail.page_of(trail.own_entries(request.user), after=request.GET.get("after", ""))
    return render(request, "audit/mine.html", {"page": page})


@safeguarding_required
def concerns(request: AuthedRequest) -> HttpResponse:
    _read(request, reason="reads of concerns")
    page = trail.page_of(trail.concern_reads(request.user), after=request.GET.get("after", ""))
    return render(request, "audit/concerns.html", {"page": page})


@for_roles("sign-ins", Role.ADMINISTRATOR, Role.AUDITOR)
def sign_ins(request: AuthedRequest) -> HttpResponse:
    _read(request, reason="sign-ins")
    page = trail.page_of(trail.sign_ins(request.user), after=request.GET.get("after", ""))
    return render(request, "audit/sign_ins.html", {"page": page})


def _read(request: AuthedRequest, *, reason: str, about: UUID | None = None) -> None:
    record_trail(by=request.user, kind=AuditKind.AUDIT_READ, about=about, reason=reason)
