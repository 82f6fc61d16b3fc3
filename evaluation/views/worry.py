"""Which answers are worrying: for the safeguarding lead and the deputy."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, safeguarding_required
from evaluation.forms.worry import RuleForm
from evaluation.models import Instrument
from evaluation.queries.worry import instruments_for, items_of, rules_for
from evaluation.services.worry import end_rule, set_rule
from participants.services.errors import RecordError


@require_safe
@safeguarding_required
def worry_list(request: AuthedRequest) -> HttpResponse:
    """Instruments in use, each with how many rules there are."""
    context = {"instruments": list(instruments_for(request.user))}
    return render(request, "evaluation/asking/worry_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@safeguarding_required
def worry(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The rules of one instrument, and a form for one more or for another one of an item."""
    instrument = get_object_or_404(instruments_for(request.user), pk=pk)
    items = items_of(instrument)
    form = RuleForm(items, request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_set(request, instrument, form):
        messages.success(request, "The rule holds for every answer from now on.")
        return redirect("surveys:worry", pk=instrument.pk)
    texts = {item.id: item.text for item in items}
    rules = rules_for(request.user).filter(instrument=instrument).order_by("item")
    context = {
        "instrument": instrument,
        "rules": [(rule, texts.get(rule.item) or rule.item) for rule in rules],
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "evaluation/asking/worry.html", context, status=status)


@require_POST
@safeguarding_required
def worry_end(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Let a rule hold no more."""
    rule = get_object_or_404(rules_for(request.user), pk=pk)
    end_rule(rule=rule, by=request.user, now=timezone.now())
    messages.success(request, "The rule has ended. Concerns that it raised stay.")
    return redirect("surveys:worry", pk=rule.instrument_id)


def _is_set(request: AuthedRequest, instrument: Instrument, form: RuleForm) -> bool:
    told = form.cleaned_data
    try:
        set_rule(
            instrument=instrument,
            item=told["item"],
            at_least=told["at_least"],
            at_most=told["at_most"],
            raises_concern=form.raises_concern,
            is_urgent=form.is_urgent,
            by=request.user,
            now=timezone.now(),
        )
    except RecordError as error:
        form.add_error(None, str(error))
        return False
    return True
