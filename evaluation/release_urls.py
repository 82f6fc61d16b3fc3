"""Addresses of releases of reports: staff pages, all of them."""

from django.urls import URLPattern

app_name = "releases"

urlpatterns: list[URLPattern] = []
