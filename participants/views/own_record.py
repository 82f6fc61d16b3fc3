"""Links to a young person's own record, for staff: made, shown once, closed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import AuthedRequest, coordinator_required
from participants.models import OwnRecordLink, Participant
from participants.qr import code_of
from participants.queries.own_record import own_links
from participants.sections import Section
from participants.services.errors import RecordError
from participants.services.opening import open_section
from participants.services.own_record import close_own_link, make_own_link
from participants.views.record_forms import require_write
from participants.views.record_frame import on_record, record_frame


@require_safe
@coordinator_required
@on_record
def links(request: AuthedRequest, person: Participant) -> HttpResponse:
    """What such a link is, and those that open now."""
    require_write(request, person, Section.IDENTITY)
    open_section(person=person, section=Section.ATTENDANCE, by=request.user)
    context = {
        "frame": record_frame(request, person, Section.ATTENDANCE),
        "links": own_links(person, timezone.now()),
    }
    return render(request, "participants/own_record/links.html", context)


@require_POST
@coordinator_required
@on_record
def new_link(request: AuthedRequest, person: Participant) -> HttpResponse:
    """Make a link, and show its address and code this once."""
    require_write(request, person, Section.IDENTITY)
    try:
        link, token = make_own_link(person=person, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("own_record:links", pk=person.pk)
    address = request.build_absolute_uri(reverse("parents:own_record", args=[token]))
    context = {
        "frame": record_frame(request, person, Section.ATTENDANCE),
        "link": link,
        "made_address": address,
        "code": code_of(address),
    }
    return render(request, "participants/own_record/link.html", context)


@require_POST
@coordinator_required
def end_link(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let nobody use a link any more."""
    found = OwnRecordLink.objects.visible_to(request.user)
    link = get_object_or_404(found.select_related("participant__merged_into"), pk=pk)
    close_own_link(link=link, by=request.user, now=timezone.now())
    messages.success(request, "The link is closed.")
    root = link.participant.merged_into_id or link.participant_id
    return redirect("own_record:links", pk=root)
