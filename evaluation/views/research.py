"""Studies and their extracts: trust staff ask for and release them, the University fetches them."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import (
    AuthedRequest,
    for_roles,
    fresh_sign_in,
    trust_staff_required,
    unattended,
)
from activities.models import london_today
from evaluation import access
from evaluation.forms.research import DropKeysForm, ExtractForm, StudyForm
from evaluation.models import EXTRACT_ROLES, Extract, Study
from evaluation.queries.research import extracts_of, left_since, studies_for
from evaluation.services import extracts as services
from evaluation.services.studies import drop_keys as drop
from evaluation.services.studies import start_study
from evaluation.tasks import queue_extract
from participants.services.errors import RecordError
from participants.services.sending import Document
from participants.views.sending import Leaving, Looked, second_look

research_required = for_roles("research", *sorted(EXTRACT_ROLES))


@require_safe
@research_required
def studies(request: AuthedRequest) -> HttpResponse:
    """The studies there are, and how many extracts each was given."""
    context = {
        "studies": studies_for(request.user),
        "can_run": access.can_run_studies(request.user),
    }
    return render(request, "evaluation/research/studies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def new(request: AuthedRequest) -> HttpResponse:
    """Start a study."""
    form = StudyForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        study = start_study(**form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, "Started. Now ask for an extract.")
        return redirect("research:study", study.pk)
    return _form(request, "evaluation/research/new.html", form)


@require_safe
@research_required
def study(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One study: what it is for, and its extracts."""
    found = _study(request, pk)
    extracts = list(extracts_of(found))
    left = left_since([each for each in extracts if each.fetched_at])
    context = {
        "study": found,
        "rows": [(each, left.get(each.pk, 0)) for each in extracts],
        "can_run": access.can_run_studies(request.user),
    }
    return render(request, "evaluation/research/study.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def ask(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Ask for an extract of a period."""
    found = _study(request, pk)
    now = timezone.now()
    form = ExtractForm(_sent(request), study=found, today=london_today(now))
    if request.method == "POST" and form.is_valid():
        try:
            extract = services.request_extract(
                study=found, **form.cleaned_data, by=request.user, now=now
            )
        except RecordError as error:
            messages.error(request, str(error))
            return redirect("research:study", found.pk)
        queue_extract(extract.pk)
        return redirect("research:extract", extract.pk)
    return _form(request, "evaluation/research/ask.html", form, study=found)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def drop_keys(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Destroy a study's key: what that means first, then the act."""
    found = _study(request, pk)
    form = DropKeysForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        drop(study=found, by=request.user, now=timezone.now())
        messages.success(request, "The key is destroyed.")
        return redirect("research:study", found.pk)
    return _form(request, "evaluation/research/drop_keys.html", form, study=found)


@require_safe
@research_required
def extract(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One extract: how far it is, what is in it in figures, and what may be done with it."""
    found = _extract(request, pk)
    now = timezone.now()
    context = {
        "extract": found,
        "study": found.study,
        "can_run": access.can_run_studies(request.user),
        "can_fetch": access.can_fetch_extract(request.user, found),
        "is_there": found.is_there(now),
        "left": left_since([found]).get(found.pk, 0) if found.made_at else 0,
    }
    return render(request, "evaluation/research/extract.html", context)


@require_safe
@research_required
@unattended
def progress(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """How far an extract is, as a fragment; once it is finished the whole page loads anew."""
    found = _extract(request, pk)
    if found.is_finished:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "evaluation/research/_progress.html", {"extract": found})


@require_POST
@trust_staff_required
def retry(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Make an extract that failed once more."""
    found = _extract(request, pk)
    try:
        services.try_again(extract=found, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
    else:
        queue_extract(found.pk)
    return redirect("research:extract", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
@fresh_sign_in
def release(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A second look at who gets it; then the University may fetch it."""
    found = _extract(request, pk)
    now = timezone.now()
    try:
        services.check_releasable(found, now)
        answer = second_look(request, _leaving(found))
        if not isinstance(answer, Looked):
            return answer
        services.release(
            extract=found,
            recipient=answer.recipient,
            address=answer.address,
            why=answer.why,
            by=request.user,
            now=now,
        )
    except RecordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Released. The University's evaluators can download it now.")
    return redirect("research:extract", found.pk)


@require_safe
@research_required
@fresh_sign_in
def download(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The data package as a zip; every download is written down."""
    found = _extract(request, pk)
    try:
        content = services.take_out(extract=found, by=request.user, now=timezone.now())
    except RecordError as error:
        messages.error(request, str(error))
        return redirect("research:extract", found.pk)
    response = HttpResponse(content, content_type="application/zip")
    name = f"extract-{found.first_day}-{found.last_day}-{found.sha256[:8]}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sent(request: AuthedRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _study(request: AuthedRequest, pk: UUID) -> Study:
    visible = Study.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("programme", "started_by"), pk=pk)


def _extract(request: AuthedRequest, pk: UUID) -> Extract:
    visible = Extract.objects.visible_to(request.user)
    related = ("study__programme", "requested_by", "released_by")
    return get_object_or_404(visible.select_related(*related), pk=pk)


def _leaving(found: Extract) -> Leaving:
    manifest = found.manifest
    what = (
        f"{manifest['people']:,} people under random words, of {found.study.programme}, "
        f"{found.first_day:%-d %B %Y} to {found.last_day:%-d %B %Y}"
    )
    return Leaving(
        document=Document(services.KIND, found.pk),
        title="Release this extract",
        holds=[
            what,
            *manifest["protection"],
            f"SHA-256 {found.sha256}",
        ],
        back=reverse("research:extract", args=[found.pk]),
        crumbs=[
            ("Research", reverse("research:studies")),
            (found.study.title, reverse("research:study", args=[found.study_id])),
        ],
        initial={"why": f"{found.study.title}, {found.study.ethics_reference}"[:200]},
    )


def _form(
    request: AuthedRequest,
    template: str,
    form: StudyForm | ExtractForm | DropKeysForm,
    **context: object,
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, {"form": form, **context}, status=status)
