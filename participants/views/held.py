"""Deciding on what waits."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.audience import AuthedRequest, coordinator_required
from activities.models import Session
from participants.forms.register import SettleForm
from participants.services import held as services
from participants.services.errors import RegisterError

SAID = {True: "It counts now.", False: "It is set aside."}


@require_POST
@coordinator_required
def settle_mark(request: AuthedRequest, pk: UUID, mark: UUID) -> HttpResponse:
    """Use a held mark now or set it aside; a walk-in that cannot be opened is set aside only."""
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
    form = SettleForm(request.POST)
    if form.is_valid():
        use = form.cleaned_data["decision"] == "use"
        try:
            _settle(request, session, mark, use=use)
        except RegisterError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, SAID[use])
    return redirect(f"{reverse('participants:session_register', args=[session.pk])}#waiting")


def _settle(request: AuthedRequest, session: Session, pk: UUID, *, use: bool) -> None:
    """Raises RegisterError, or Http404 where nothing of this session has the id."""
    held = session.mark_operations.filter(pk=pk).first()
    walk_in = session.sealed_walk_ins.filter(pk=pk).first()
    if held:
        services.settle_mark(mark=held, use=use, by=request.user, now=timezone.now())
    elif walk_in and not use:
        services.set_aside_walk_in(walk_in=walk_in, by=request.user)
    else:
        raise Http404
