"""Where somebody is signed in, and that the confirming in another tab is done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.audience import AuthedRequest, signed_in
from accounts.queries.devices import devices_of
from accounts.services.sign_ins import end_sign_ins


@signed_in
@require_GET
def sign_ins(request: AuthedRequest) -> HttpResponse:
    """The devices that one is signed in on."""
    devices = devices_of(request.user, this=request.session.session_key)
    return render(request, "usersessions/usersession_list.html", {"devices": devices})


@signed_in
@require_POST
def end_one(request: AuthedRequest, device: int) -> HttpResponse:
    """End the sign-in of one of one's other devices."""
    this = request.session.session_key
    number = end_sign_ins(
        user=request.user, by=request.user, reason="by its owner", keep=this, only=device
    )
    return _done(request, number)


@signed_in
@require_POST
def end_others(request: AuthedRequest) -> HttpResponse:
    """End the sign-ins of all one's other devices."""
    this = request.session.session_key
    number = end_sign_ins(user=request.user, by=request.user, reason="by its owner", keep=this)
    return _done(request, number)


@signed_in
def confirmed(request: AuthedRequest) -> HttpResponse:
    """Where confirming in another tab ends."""
    return render(request, "account/confirmed.html")


def _done(request: AuthedRequest, number: int) -> HttpResponse:
    if number:
        messages.success(request, "Ended. It is signed out from its next page on.")
    else:
        messages.info(request, "It had ended already.")
    return redirect("sign_ins")
