"""Addresses of deleting on time: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern, path

from participants.views import legal_holds, retention

app_name = "retention"

urlpatterns: list[URLPattern] = [
    path("", retention.runs, name="runs"),
    path("rules/", retention.policy, name="policy"),
    path("holds/", legal_holds.holds, name="holds"),
    path("holds/find/", legal_holds.find, name="find"),
    path("holds/people/<uuid:person>/", legal_holds.person, name="person"),
    path("holds/<uuid:pk>/end/", legal_holds.end, name="end"),
    path("<uuid:pk>/", retention.run_detail, name="run"),
    path("<uuid:pk>/approve/", retention.approve, name="approve"),
    path("<uuid:pk>/drop/", retention.drop, name="drop"),
    path("<uuid:pk>/certificate/", retention.certificate, name="certificate"),
]
