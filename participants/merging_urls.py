"""Addresses of two records of one person: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern, path

from participants.views import duplicates, merging

app_name = "merging"

urlpatterns: list[URLPattern] = [
    path("", duplicates.pairs, name="pairs"),
    path("look-again/", duplicates.look_again, name="look_again"),
    path("merges/", merging.merges, name="merges"),
    path("merges/<uuid:pk>/undo/", merging.undo, name="undo"),
    path("<uuid:first>/<uuid:second>/", merging.pair, name="pair"),
    path("<uuid:first>/<uuid:second>/two-people/", merging.two_people, name="two_people"),
]
