"""Addresses of what is measured: instruments, their wordings, and what each programme asks."""

from __future__ import annotations

from django.urls import path

from evaluation.views import instruments

app_name = "instruments"

urlpatterns = [
    path("", instruments.instrument_list, name="list"),
    path("<uuid:pk>/", instruments.instrument_detail, name="detail"),
    path("<uuid:pk>/terms/", instruments.terms_accept, name="terms"),
    path("<uuid:pk>/words/", instruments.wording_import, name="import"),
    path("<uuid:pk>/words/<uuid:wording>/", instruments.wording_detail, name="words"),
    path("<uuid:pk>/publish/", instruments.instrument_publish, name="publish"),
    path("<uuid:pk>/withdraw/", instruments.instrument_withdraw, name="withdraw"),
]
