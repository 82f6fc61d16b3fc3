"""Addresses of two records of one person: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "merging"

urlpatterns: list[URLPattern] = []
