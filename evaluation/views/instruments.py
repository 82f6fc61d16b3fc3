"""Trust staff look after instruments: terms accepted, words brought in, put into use."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audience import AuthedRequest, trust_staff_required
from evaluation.forms.instruments import TermsForm, WordingForm
from evaluation.instruments.words import MOST_BYTES, Fault, WordingError
from evaluation.models import Instrument
from evaluation.queries import instruments as queries
from evaluation.services import instruments as services
from evaluation.services.instruments import InstrumentError

UNPROCESSABLE = 422
FAULTS_SHOWN = 50


@require_GET
@trust_staff_required
def instrument_list(request: AuthedRequest) -> HttpResponse:
    """Every version of every instrument, and how far it is."""
    rows = queries.instrument_rows(Instrument.objects.visible_to(request.user))
    return render(request, "evaluation/instruments/list.html", {"rows": rows})


@require_GET
@trust_staff_required
def instrument_detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """One version: facts, scores, items, words, and what may be done with it next."""
    instrument = _instrument(request, pk)
    return render(request, "evaluation/instruments/detail.html", _about(instrument))


@require_GET
@trust_staff_required
def wording_detail(request: AuthedRequest, pk: UUID, wording: UUID) -> HttpResponse:
    """The questions in one wording, as they are put."""
    instrument = _instrument(request, pk)
    words = get_object_or_404(instrument.wordings.select_related("imported_by"), pk=wording)
    context = {
        "instrument": instrument,
        "wording": words,
        "name": dict(queries.worded_forms(instrument))[words],
        "questionnaire": queries.preview(instrument, words),
    }
    return render(request, "evaluation/instruments/words.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def wording_import(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Bring the words of one instrument in; every line that is wrong is said."""
    instrument = _instrument(request, pk)
    is_sent = request.method == "POST"
    form = WordingForm(request.POST, request.FILES) if is_sent else WordingForm()
    faults: list[Fault] = []
    if form.is_valid():
        faults = _import(request, instrument, form)
        if not faults and not form.errors:
            return redirect("instruments:detail", pk=pk)
    context = _about(instrument) | {
        "form": form,
        "faults": faults[:FAULTS_SHOWN],
        "fault_count": len(faults),
    }
    status = UNPROCESSABLE if faults or form.errors else 200
    return render(request, "evaluation/instruments/import.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def terms_accept(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Accept the owner's terms in one's own name."""
    instrument = _instrument(request, pk)
    form = TermsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.accept_terms(
                instrument=instrument,
                reference=form.cleaned_data["reference"],
                by=request.user,
                now=timezone.now(),
            )
        except InstrumentError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "Accepted, in your name. The words can come in now.")
        return redirect("instruments:detail", pk=pk)
    context = _about(instrument) | {"form": form}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "evaluation/instruments/terms.html", context, status=status)


@require_POST
@trust_staff_required
def instrument_publish(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let programmes measure by an instrument."""
    instrument = _instrument(request, pk)
    try:
        services.publish_instrument(instrument=instrument, by=request.user, now=timezone.now())
    except InstrumentError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "In use: programmes may measure by it now.")
    return redirect("instruments:detail", pk=pk)


@require_POST
@trust_staff_required
def instrument_withdraw(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let programmes measure by an instrument no longer."""
    instrument = _instrument(request, pk)
    try:
        services.withdraw_instrument(instrument=instrument, by=request.user, now=timezone.now())
    except InstrumentError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Withdrawn. Answers that were given stay.")
    return redirect("instruments:detail", pk=pk)


def _instrument(request: AuthedRequest, pk: UUID) -> Instrument:
    found = Instrument.objects.visible_to(request.user)
    return get_object_or_404(found.select_related("terms_accepted_by", "published_by"), pk=pk)


def _about(instrument: Instrument) -> dict[str, Any]:
    return {
        "instrument": instrument,
        "definition": queries.definition_of(instrument),
        "state": queries.state_of(instrument),
        "terms": queries.terms_of(instrument),
        "unworded": queries.unworded_forms(instrument),
        "wordings": queries.worded_forms(instrument),
    }


def _import(request: AuthedRequest, instrument: Instrument, form: WordingForm) -> list[Fault]:
    """What is wrong with a file; what is about no line of it is an error of the form."""
    upload = form.cleaned_data["file"]
    if upload.size > MOST_BYTES:
        form.add_error("file", "The file is larger than 1 MB.")
        return []
    try:
        changed = services.import_wording(
            content=upload.read(),
            source=upload.name or "",
            by=request.user,
            now=timezone.now(),
            only=instrument,
        )
    except WordingError as error:
        return error.faults
    except InstrumentError as refused:
        form.add_error(None, str(refused))
        return []
    said = "The words are here." if changed else "Nothing changed: these words are here already."
    messages.success(request, said)
    return []
