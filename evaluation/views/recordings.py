"""Recordings of pages: for everyone to hear, and for trust staff to add and have approved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, public, trust_staff_required
from accounts.public_pages import kept
from activities.models import london_today
from evaluation.forms.pages import NewRecordingForm, RecordingForm
from evaluation.models import PageRecording, PageTopic
from evaluation.queries.pages import easy_titles
from evaluation.recordings import NoSuchPartError, Part, wanted_part
from evaluation.services import pages as services
from hubs.pages import render_page
from hubs.wording import EASY_READ_CODE


@require_safe
@public
@kept
def recording_list(request: HttpRequest) -> HttpResponse:
    """Every recording that a speaker approved, with its transcript, and the Easy Read pages."""
    with override(EASY_READ_CODE):
        easy = {topic: reverse("community:page", args=[topic.value]) for topic in PageTopic}
    recordings = [
        (recording, easy[PageTopic(recording.topic)])
        for recording in PageRecording.objects.public()
    ]
    easy_pages = [(title, easy[topic]) for topic, title in easy_titles().items()]
    context = {"recordings": recordings, "easy_pages": easy_pages}
    return render_page(request, "evaluation/pages/recording_list.html", context)


@require_safe
@public
def recording_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The sound of a recording, whole or the part that a player asks for."""
    return _sound(request, get_object_or_404(PageRecording.objects.public(), pk=pk))


@require_safe
@trust_staff_required
def recording_unapproved(request: AuthedRequest, pk: UUID) -> HttpResponseBase:
    """The sound of a recording for its editors, approved or not."""
    return _sound(request, _recording(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def recording_editor(request: AuthedRequest) -> HttpResponse:
    """Every recording, and the form that adds one."""
    form = NewRecordingForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        recording = services.add_recording(**form.cleaned_data, by=request.user)
        messages.success(request, "Added. The public hears it once a speaker has approved it.")
        return redirect("evaluation:recording_edit", pk=recording.pk)
    context = {"form": form, "recordings": PageRecording.objects.visible_to(request.user)}
    status = 422 if form.errors else 200
    return render(request, "evaluation/editor/recordings.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def recording_edit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One recording: listen to it, change its words, and note who approved it."""
    recording = _recording(request, pk)
    initial = {"title": recording.title, "transcript": recording.transcript}
    today = london_today(timezone.now())
    form = RecordingForm(request.POST or None, initial=initial, today=today)
    if request.method == "POST" and form.is_valid():
        services.change_recording(
            recording=recording,
            title=form.cleaned_data["title"],
            transcript=form.cleaned_data["transcript"],
            check=form.check_made,
            by=request.user,
        )
        messages.success(request, "Saved.")
        return redirect("evaluation:recording_editor")
    context: dict[str, Any] = {"form": form, "recording": recording}
    status = 422 if form.errors else 200
    return render(request, "evaluation/editor/recording_edit.html", context, status=status)


@require_POST
@trust_staff_required
def recording_withdraw(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take a recording from the public again."""
    services.withdraw_approval(recording=_recording(request, pk), by=request.user)
    messages.success(request, "The public does not hear this recording any more.")
    return redirect("evaluation:recording_edit", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def recording_remove(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Ask whether a recording shall be deleted, and delete it."""
    recording = _recording(request, pk)
    if request.method == "POST":
        services.remove_recording(recording=recording, by=request.user)
        messages.success(request, "The recording is deleted.")
        return redirect("evaluation:recording_editor")
    return render(request, "evaluation/editor/recording_remove.html", {"recording": recording})


def _recording(request: AuthedRequest, pk: UUID) -> PageRecording:
    return get_object_or_404(PageRecording.objects.visible_to(request.user), pk=pk)


class _Slice:
    """A part of an open file, as a file that ends where the part does."""

    def __init__(self, file: File, part: Part) -> None:
        self._file, self._left = file, part.length
        file.seek(part.first)

    def read(self, size: int) -> bytes:
        """Read on, at most up to the end of the part."""
        data: bytes = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _sound(request: HttpRequest, recording: PageRecording) -> HttpResponseBase:
    """A recording's file: 200, 206 for the part that is asked for, 416 beyond the end.

    A recording's bytes never change, so its id is a validator.
    """
    validator = f'"{recording.pk}"'
    if known := get_conditional_response(request, etag=validator):
        return known
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", validator) != validator:
        asked = ""
    try:
        size = recording.file.size
        part = wanted_part(asked, size)
    except FileNotFoundError:
        raise Http404("This recording is not in the store any more.") from None
    except NoSuchPartError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = _bytes_of(recording, part)
    response.headers["Accept-Ranges"], response.headers["ETag"] = "bytes", validator
    if part:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
        response.headers["Content-Length"] = str(part.length)
    return response


def _bytes_of(recording: PageRecording, part: Part | None) -> FileResponse:
    file = recording.file.open("rb")
    extension = str(recording.file.name).rpartition(".")[2]
    return FileResponse(
        _Slice(file, part) if part else file,
        filename=f"{recording.topic}.{extension}",
        content_type=recording.content_type,
    )
