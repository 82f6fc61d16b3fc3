"""Addresses of shapes of reports: staff pages, all of them."""

from django.urls import URLPattern

app_name = "report_templates"

urlpatterns: list[URLPattern] = []
