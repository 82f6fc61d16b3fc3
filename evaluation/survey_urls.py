"""Addresses of asking: who is due, tablets, links, paper and what staff observe."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "surveys"

urlpatterns: list[URLPattern] = []
