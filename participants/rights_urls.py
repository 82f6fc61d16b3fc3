"""Addresses of what people may ask of their data: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "rights"

urlpatterns: list[URLPattern] = []
