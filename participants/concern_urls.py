"""Addresses of safeguarding concerns, complaints and breaches: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "concerns"

urlpatterns: list[URLPattern] = []
