"""Two records side by side: merged, said to be two people, and merges undone."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audits
from participants.forms.merging import MergeForm
from participants.models import Merge, Participant
from participants.queries.duplicates import compared, pair_key
from participants.queries.merging import compare, listed_merges
from participants.services import duplicates as services
from participants.services.errors import RecordError
from participants.services.merging import UNDO_WITHIN, can_be_undone, merge, undo_merge

MERGES_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def pair(request: AuthedRequest, first: UUID, second: UUID) -> HttpResponse:
    """Two records side by side, and making them one person."""
    one, other = _pair(request, first, second)
    data = request.POST if request.method == "POST" else None
    form = MergeForm(data, comparison=compare(one, other))
    now = timezone.now()
    if form.is_valid():
        try:
            merge(
                record=form.record(), into=form.root(), take=form.take(), by=request.user, now=now
            )
            messages.success(request, "They are one person now. You can undo it for 30 days.")
            return redirect("merging:merges")
        except RecordError as error:
            form.add_error(None, str(error))
    record_audits(by=request.user, kind=AuditKind.PAIR_READ, about=[one, other])
    found = compared([pair_key(one.pk, other.pk)])
    context = {
        "form": form,
        "comparison": form.comparison,
        "reasons": found[0].reasons if found else [],
        "until": now + UNDO_WITHIN,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "participants/duplicates/pair.html", context, status=status)


@require_POST
@trust_staff_required
def two_people(request: AuthedRequest, first: UUID, second: UUID) -> HttpResponse:
    """Say that two records alike are of two people."""
    one, other = _pair(request, first, second)
    services.say_two_people(first=one, second=other, by=request.user, now=timezone.now())
    messages.success(request, "Two people. They are not shown as a pair again.")
    return redirect("merging:pairs")


@require_safe
@trust_staff_required
def merges(request: AuthedRequest) -> HttpResponse:
    """Every merge, and whether it can still be undone."""
    page = Paginator(listed_merges(request.user), MERGES_SHOWN).get_page(request.GET.get("page"))
    people = [merge.root for merge in page]
    record_audits(by=request.user, kind=AuditKind.IDENTITY_READ, about=people, reason="Merges")
    now = timezone.now()
    rows = [(each, can_be_undone(each, now), each.merged_at + UNDO_WITHIN) for each in page]
    context = {"page": page, "rows": rows, "days": UNDO_WITHIN.days}
    return render(request, "participants/duplicates/merges.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def undo(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Look once more, and make two people of one again."""
    merges = Merge.objects.visible_to(request.user).select_related("record", "root")
    merged = get_object_or_404(merges, pk=pk)
    if request.method != "POST":
        people = [merged.record, merged.root]
        record_audits(by=request.user, kind=AuditKind.PAIR_READ, about=people)
        return render(request, "participants/duplicates/undo.html", {"merge": merged})
    try:
        undo_merge(merge=merged, by=request.user, now=timezone.now())
        messages.success(request, "Undone. They are two records again, each with what was its.")
    except RecordError as error:
        messages.error(request, str(error))
    return redirect("merging:merges")


def _pair(request: AuthedRequest, first: UUID, second: UUID) -> tuple[Participant, Participant]:
    """Two roots that still say who they are; strangers, and one record twice, get 404."""
    people = Participant.objects.visible_to(request.user).roots().named()
    found = {person.pk: person for person in people.filter(pk__in=[first, second])}
    if len(found) != 2:
        raise Http404
    return found[first], found[second]
