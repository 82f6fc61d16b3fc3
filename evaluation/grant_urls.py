"""Addresses of programmes, funders, grants, targets and spend: staff pages, all of them."""

from django.urls import URLPattern

app_name = "grants"

urlpatterns: list[URLPattern] = []
