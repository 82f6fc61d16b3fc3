"""Addresses of studies and their extracts: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern, path

from evaluation.views import research

app_name = "research"

EXTRACT = "extracts/<uuid:pk>/"

urlpatterns: list[URLPattern] = [
    path("", research.studies, name="studies"),
    path("new/", research.new, name="new"),
    path(EXTRACT, research.extract, name="extract"),
    path(f"{EXTRACT}progress/", research.progress, name="progress"),
    path(f"{EXTRACT}again/", research.retry, name="retry"),
    path(f"{EXTRACT}release/", research.release, name="release"),
    path(f"{EXTRACT}download/", research.download, name="download"),
    path("<uuid:pk>/", research.study, name="study"),
    path("<uuid:pk>/ask/", research.ask, name="ask"),
    path("<uuid:pk>/destroy-key/", research.drop_keys, name="drop_keys"),
]
