"""Addresses of answering: pages behind a secret, for young people."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "answers"

urlpatterns: list[URLPattern] = []
