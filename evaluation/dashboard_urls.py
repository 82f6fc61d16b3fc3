"""Addresses of the dashboard and the gap view: staff pages, all of them."""

from django.urls import URLPattern

app_name = "dashboard"

urlpatterns: list[URLPattern] = []
