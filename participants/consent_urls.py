"""Addresses of consents, links for parents and photographs: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "consents"

urlpatterns: list[URLPattern] = []
