"""Addresses of the audit trail: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "audit"

urlpatterns: list[URLPattern] = []
