"""Addresses of who works here: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "staff"

urlpatterns: list[URLPattern] = []
