"""Addresses of spreadsheets that come in: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "imports"

urlpatterns: list[URLPattern] = []
