"""Addresses of the young person's own record: the link for them, and making one."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "own_record"

urlpatterns: list[URLPattern] = []
