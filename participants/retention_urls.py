"""Addresses of deleting on time: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "retention"

urlpatterns: list[URLPattern] = []
