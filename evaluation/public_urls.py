"""Addresses of what the public is told: communities, stories and pages."""

from django.urls import URLPattern

app_name = "community"

urlpatterns: list[URLPattern] = []
