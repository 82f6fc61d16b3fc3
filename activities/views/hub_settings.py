"""How a hub works, for those who lead it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.audience import AuthedRequest, hub_lead_required
from activities.planning_forms.hub import HubSettingsForm
from activities.services.hub_settings import change_hub
from hubs.models import Hub

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@hub_lead_required
def hub_settings(request: AuthedRequest, slug: str) -> HttpResponse:
    """Hours promised, and whether its devices are shared."""
    hub = get_object_or_404(Hub.objects.visible_to(request.user), slug=slug)
    # The form writes what was typed into its instance before anything is saved.
    instance = get_object_or_404(Hub.objects.visible_to(request.user), pk=hub.pk)
    form = HubSettingsForm(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        change_hub(by=request.user, hub=hub, settings=form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("planning:hub_settings", slug=slug)
    status = UNPROCESSABLE if form.errors else 200
    context = {"hub": hub, "form": form}
    return render(request, "activities/planning/hub_settings.html", context, status=status)
