"""Addresses of outcomes: what changed, and for whom it is known."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "outcomes"

urlpatterns: list[URLPattern] = []
