"""Addresses of consents, links for parents and photographs: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern, path

from participants.views import consents, photographs

app_name = "consents"

urlpatterns: list[URLPattern] = [
    path("<uuid:pk>/consents/", consents.consents, name="consents"),
    path("<uuid:pk>/consents/record/", consents.record, name="record"),
    path("<uuid:pk>/consents/link/", consents.new_link, name="new_link"),
    path("links/<uuid:pk>/close/", consents.end_link, name="end_link"),
    path("photographs/to-take-down/", photographs.to_take_down, name="to_take_down"),
    path(
        "photographs/session/<uuid:pk>/",
        photographs.session_photographs,
        name="session_photographs",
    ),
    path("photographs/<uuid:pk>/", photographs.photograph, name="photograph"),
    path("photographs/<uuid:pk>/file/", photographs.photograph_file, name="photograph_file"),
    path("photographs/<uuid:pk>/take-down/", photographs.take_down, name="take_down"),
]
