"""Addresses of quotes and case studies."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "quotes"

urlpatterns: list[URLPattern] = []
