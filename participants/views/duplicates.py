"""Records that may have been made twice: the list that a worker made."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audit
from participants.models import LikelyPair
from participants.queries.merging import listed_pairs
from participants.tasks import queue_likely_pairs

PAIRS_SHOWN = 20


@require_safe
@trust_staff_required
def pairs(request: AuthedRequest) -> HttpResponse:
    """Pairs that may be one person, the likeliest first, each with what speaks for it."""
    page = Paginator(listed_pairs(request.user), PAIRS_SHOWN).get_page(request.GET.get("page"))
    latest = LikelyPair.objects.visible_to(request.user).order_by("-found_at").first()
    with transaction.atomic():
        record_audit(
            by=request.user,
            kind=AuditKind.PEOPLE_SEARCHED,
            about=request.user,
            reason="Likely duplicates",
        )
    context = {"page": page, "found_at": latest.found_at if latest else None}
    return render(request, "participants/duplicates/pairs.html", context)


@require_POST
@trust_staff_required
def look_again(request: AuthedRequest) -> HttpResponse:
    """Let a worker look for pairs now, and not only at night."""
    queue_likely_pairs()
    messages.success(request, "A worker is looking. Come back in a minute.")
    return redirect("merging:pairs")
