"""Addresses of what young people say after a session, as staff read it."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "feedback"

urlpatterns: list[URLPattern] = []
