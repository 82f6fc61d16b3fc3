"""Addresses of what is measured: instruments, their wordings, and what each programme asks."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "instruments"

urlpatterns: list[URLPattern] = []
