"""Translations of the interface: how far they are, and which speaker answers for each."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, trust_staff_required
from activities.models import london_today
from evaluation.forms.pages import InterfaceCheckForm
from evaluation.queries.pages import InterfaceState, interface_states
from evaluation.services import pages as services


@require_safe
@trust_staff_required
def translation_list(request: AuthedRequest) -> HttpResponse:
    """Every language of the interface, how much of it is translated, and who approved it."""
    return render(request, "evaluation/editor/translations.html", {"states": interface_states()})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def translation_check(request: AuthedRequest, language: str) -> HttpResponse:
    """Note that a speaker approved the interface in a language, as it reads now."""
    state = _state(language)
    form = InterfaceCheckForm(
        request.POST if request.method == "POST" else None,
        initial={"catalogue": state.catalogue},
        today=london_today(timezone.now()),
    )
    if request.method == "POST" and form.is_valid() and (check := form.check_made):
        try:
            services.approve_interface(
                language=language,
                catalogue=form.cleaned_data["catalogue"],
                check=check,
                by=request.user,
            )
        except services.ChangedMeanwhileError:
            form.add_error(None, "The translations have changed meanwhile. Have them checked anew.")
        else:
            messages.success(request, f"{state.name} is approved as it reads now.")
            return redirect("evaluation:translation_list")
    context = {"form": form, "state": state}
    status = 422 if form.errors else 200
    return render(request, "evaluation/editor/translation_check.html", context, status=status)


@require_POST
@trust_staff_required
def translation_withdraw(request: AuthedRequest, language: str) -> HttpResponse:
    """Show the interface of a language as not yet checked again."""
    state = _state(language)
    services.withdraw_interface_approval(language=state.code, by=request.user)
    messages.success(request, f"{state.name} shows as not yet checked.")
    return redirect("evaluation:translation_list")


def _state(language: str) -> InterfaceState:
    """A language that has translations; others are no address."""
    for state in interface_states():
        if state.code == language and state.total:
            return state
    raise Http404
