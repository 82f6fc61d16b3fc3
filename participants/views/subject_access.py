"""Copies of everything held about somebody: made, looked through entry by entry, released."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from accounts.models import AuditKind
from accounts.services import record_audit
from participants.forms.subject_access import OUT, STAYS, decisions_of
from participants.models import RightsRequest, SubjectBundle
from participants.services import subject_access as services
from participants.services.errors import RecordError
from participants.services.sending import Document
from participants.subject_access.document import LOOKS, OTHER_SECTION, SECTIONS, released, undecided
from participants.subject_access.machine import SCHEMA, render_json
from participants.subject_access.paper import read, render_pdf
from participants.views.sending import Leaving, Looked, second_look

REST_STAYS = "rest_stays"


@dataclass(frozen=True)
class ReviewEntry:
    """One entry of a copy as the reviewer sees it. `decided` is "", "stays" or "out"."""

    key: str
    title: str
    rows: list[tuple[str, str]]
    looks: list[str]
    decided: str
    why: str


@dataclass(frozen=True)
class ReviewPart:
    """Entries under a heading: those to look at or left out, and those about the person only.

    `left` of them nobody has decided on.
    """

    title: str
    entries: list[ReviewEntry]
    others: list[ReviewEntry]
    left: int


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def make(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Gather a copy of everything for a request; back to it for who just signed in anew."""
    asked = get_object_or_404(RightsRequest.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return redirect("rights:request", asked.pk)
    try:
        bundle = services.make_bundle(request=asked, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("rights:request", asked.pk)
    return redirect("rights:bundle", bundle.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def review(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Everything in a copy: what may tell of others is decided on, singly or the rest at once."""
    bundle = _bundle(request, pk)
    if request.method != "POST":
        return _review_page(request, bundle)
    keys = [each["key"] for each in bundle.body.get("entries", [])]
    decided, unexplained = decisions_of(request.POST, keys)
    wrong = [services.NO_REASON] if unexplained else []
    # Nothing is settled for the rest while it is not clear what the rest is.
    if request.POST.get("act") == REST_STAYS and not unexplained:
        decided |= dict.fromkeys(undecided(bundle.body, bundle.redactions | decided), "")
    try:
        services.decide(bundle=bundle, decisions=decided, by=request.user, now=timezone.now())
    except RecordError as error:
        wrong.append(str(error))
    if wrong:
        return _review_page(request, _bundle(request, pk), wrong)
    messages.success(request, "Saved.")
    return redirect("rights:bundle", bundle.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def send(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A second look at who gets the copy; then it may be downloaded."""
    bundle = _bundle(request, pk)
    try:
        services.check_releasable(bundle)
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("rights:bundle", bundle.pk)
    answer = second_look(request, _leaving(bundle))
    if not isinstance(answer, Looked):
        return answer
    try:
        services.release(
            bundle=bundle,
            recipient=answer.recipient,
            address=answer.address,
            why=answer.why,
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Released. Download it and hand it over.")
    return redirect("rights:bundle", bundle.pk)


@require_safe
@trust_staff_required
@fresh_sign_in
def download(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The copy as a zip: to read, for machines, and what the latter means."""
    bundle = _bundle(request, pk)
    try:
        with transaction.atomic():
            taken = services.take_out(bundle=bundle, by=request.user, now=timezone.now())
            content = _zip(taken)
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("rights:bundle", bundle.pk)
    response = HttpResponse(content, content_type="application/zip")
    name = f"copy-of-data-{str(bundle.pk)[:8]}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _bundle(request: AuthedRequest, pk: UUID) -> SubjectBundle:
    visible = SubjectBundle.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("request__participant", "made_by"), pk=pk)


def _zip(bundle: SubjectBundle) -> bytes:
    copy = released(bundle.body, bundle.redactions)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("copy-of-data.pdf", render_pdf(copy))
        archive.writestr("copy-of-data.json", render_json(copy))
        archive.writestr("copy-of-data.schema.json", SCHEMA.read_bytes())
    return out.getvalue()


def _leaving(bundle: SubjectBundle) -> Leaving:
    asked = bundle.request
    left_out = sum(1 for why in bundle.redactions.values() if why)
    entries = len(bundle.body["entries"])
    return Leaving(
        document=Document(services.KIND, bundle.pk),
        title="Release this copy of the data",
        holds=[
            f"{entries - left_out} entries about {bundle.body['about']}",
            f"{left_out} left out" if left_out else "Nothing left out",
            "A PDF to read, and a file for machines",
        ],
        back=reverse("rights:bundle", args=[bundle.pk]),
        hidden=int(bundle.body["hidden"]),
        effect=_effect(bundle),
        crumbs=[("Requests about data", reverse("rights:requests"))],
        initial={"recipient": asked.asked_by, "why": asked.get_right_display()},
    )


def _effect(bundle: SubjectBundle) -> str:
    """What the hidden address does to this copy."""
    marked = [each["key"] for each in bundle.body["entries"] if "address" in each["look"]]
    if any(not bundle.redactions.get(key) for key in marked):
        return "This copy says where they live: make sure that it reaches nobody else."
    return "Everything that says where they live is left out."


# --- The review ----------------------------------------------------------------------------------
def _review_page(
    request: AuthedRequest, bundle: SubjectBundle, wrong: list[str] | None = None
) -> HttpResponse:
    """The copy before the reviewer: every section of it is read, and that is written down."""
    with transaction.atomic():
        record_audit(by=request.user, kind=AuditKind.BUNDLE_READ, about=bundle)
        if bundle.body and bundle.request.participant:
            services.read_sections(bundle.request.participant, request.user)
    left = len(undecided(bundle.body, bundle.redactions))
    context = {
        "bundle": bundle,
        "asked": bundle.request,
        "parts": _parts(bundle),
        "left": left,
        "wrong": wrong or [],
        "is_gone": not bundle.body or bundle.expires_at <= timezone.now(),
        "is_released": services.is_released(bundle),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "participants/rights/bundle.html", context, status=status)


def _parts(bundle: SubjectBundle) -> list[ReviewPart]:
    order = {section: place for place, section in enumerate(SECTIONS)}
    entries = sorted(
        bundle.body.get("entries", []), key=lambda each: order.get(each["section"], len(order))
    )
    parts = []
    for section, group in groupby(entries, key=lambda each: each["section"]):
        shown = [_shown(each, bundle.redactions) for each in group]
        marked = [each for each in shown if each.looks or each.decided == OUT]
        others = [each for each in shown if each not in marked]
        title = SECTIONS.get(section, OTHER_SECTION)[0]
        left = sum(1 for each in marked if not each.decided)
        parts.append(ReviewPart(title, marked, others, left))
    return parts


def _shown(each: Mapping[str, Any], decisions: Mapping[str, str]) -> ReviewEntry:
    key = each["key"]
    decided = ""
    if key in decisions:
        decided = OUT if decisions[key] else STAYS
    return ReviewEntry(
        key=key,
        title=each["title"],
        rows=[(label, read(value)) for label, value in each["data"]],
        looks=[LOOKS[look] for look in each["look"]],
        decided=decided,
        why=decisions.get(key, ""),
    )
