"""Addresses of quotes and case studies."""

from __future__ import annotations

from django.urls import URLPattern, path

from evaluation.views import quotes

app_name = "quotes"

urlpatterns: list[URLPattern] = [
    path("", quotes.quotes, name="quotes"),
    path("new/", quotes.new, name="new"),
    path("new/session/<uuid:pk>/", quotes.of_session, name="of_session"),
    path("new/person/<uuid:pk>/", quotes.of_person, name="of_person"),
    path("report/", quotes.report, name="report"),
    path("<uuid:pk>/", quotes.quote, name="quote"),
    path("<uuid:pk>/change/", quotes.change, name="change"),
    path("<uuid:pk>/check/", quotes.check, name="check"),
    path("<uuid:pk>/take-out/", quotes.take_out, name="take_out"),
]
