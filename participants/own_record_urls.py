"""Addresses of the young person's own record: making and closing the link, for staff."""

from __future__ import annotations

from django.urls import URLPattern, path

from participants.views import own_record

app_name = "own_record"

urlpatterns: list[URLPattern] = [
    path("<uuid:pk>/own-record/", own_record.links, name="links"),
    path("<uuid:pk>/own-record/new/", own_record.new_link, name="new_link"),
    path("own-record/<uuid:pk>/end/", own_record.end_link, name="end_link"),
]
