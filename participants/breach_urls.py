"""Addresses of the breach kit: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from participants.views import breaches

app_name = "breaches"

urlpatterns = [
    path("", breaches.breach_list, name="list"),
    path("new/", breaches.record, name="record"),
    path("<uuid:pk>/", breaches.detail, name="detail"),
    path("<uuid:pk>/change/", breaches.change, name="change"),
    path("<uuid:pk>/people/", breaches.people, name="people"),
    path("<uuid:pk>/notices/", breaches.notices, name="notices"),
]
