"""The front page, the way in for staff, and health checks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.audience import AuthedRequest, public, signed_in


@public
def front_page(request: HttpRequest) -> HttpResponse:
    return render(request, "front_page.html")


@signed_in
def landing(request: AuthedRequest) -> HttpResponse:
    return render(request, "front_page.html")


@public
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")
