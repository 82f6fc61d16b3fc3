"""Trust staff publish figures of a release, after a second look, and take them back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AuthedRequest, fresh_sign_in, trust_staff_required
from accounts.tables import sort_and_page
from evaluation import access
from evaluation.forms.figures import FiguresForm
from evaluation.models import Release, ReleasedFigure
from evaluation.released import Offer
from evaluation.services import figures as services
from evaluation.services.releases import ReleaseError, ReleaseRefusedError
from evaluation.tables import FigureTable

FIGURES_PER_PAGE = 50


@require_safe
@trust_staff_required
def figure_list(request: AuthedRequest) -> HttpResponse:
    """Every figure that was ever published."""
    figures = ReleasedFigure.objects.visible_to(request.user)
    table = FigureTable(figures.select_related("programme", "ward", "hub", "published_by"))
    sort_and_page(request, table, rows=FIGURES_PER_PAGE)
    return render(request, "evaluation/editor/figures.html", {"table": table})


@require_http_methods(["GET", "HEAD", "POST"])
@trust_staff_required
def figure_choose(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What a release offers to the public; choosing leads to a second look."""
    release, offer = _offered(request, pk)
    form = FiguresForm(request.POST if request.method == "POST" else None, offer=offer)
    reasons: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            chosen = services.check_choice(offer, form.cleaned_data["figures"])
        except ReleaseRefusedError as refused:
            reasons = refused.reasons
        else:
            context = {"release": release, "offer": offer, "chosen": chosen}
            return render(request, "evaluation/editor/figure_confirm.html", context)
    context = {
        "release": release,
        "offer": offer,
        "whole": [each for each in offer.candidates if not each.hub],
        "hubs": [each for each in offer.candidates if each.hub],
        "chosen": request.POST.getlist("figures"),
        "reasons": reasons or form.errors.get("figures", []),
    }
    status = 422 if context["reasons"] else 200
    return render(request, "evaluation/editor/figure_choose.html", context, status=status)


@require_POST
@trust_staff_required
@fresh_sign_in
def figure_publish(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Publish what was looked at twice; the values are read from the release again."""
    release, offer = _offered(request, pk)
    form = FiguresForm(request.POST, offer=offer)
    if not form.is_valid():
        return redirect("releases:figures", pk=pk)
    try:
        published = services.publish_figures(
            release=release, keys=form.cleaned_data["figures"], by=request.user, now=timezone.now()
        )
    except ReleaseError as refused:
        messages.error(request, str(refused))
        return redirect("releases:figures", pk=pk)
    messages.success(request, f"Published: {len(published)}. Everyone can see them now.")
    return redirect("evaluation:figure_list")


@require_POST
@trust_staff_required
def figure_withdraw(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Take a figure off the website."""
    figure = get_object_or_404(ReleasedFigure.objects.visible_to(request.user), pk=pk)
    if not access.can_release(request.user):
        raise PermissionDenied
    services.withdraw_figure(figure=figure, by=request.user, now=timezone.now())
    messages.success(request, "Taken back. Nobody sees it any more.")
    return redirect("evaluation:figure_list")


def _offered(request: AuthedRequest, pk: UUID) -> tuple[Release, Offer]:
    releases = Release.objects.visible_to(request.user).select_related("run")
    release = get_object_or_404(releases, pk=pk)
    if not access.can_release(request.user):
        raise PermissionDenied
    try:
        return release, services.offer_of_release(release)
    except ReleaseError as error:
        raise Http404(str(error)) from None
