"""Addresses of shapes of reports: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from evaluation.views import report_shapes

app_name = "report_templates"

urlpatterns = [
    path("", report_shapes.shape_list, name="list"),
    path("<int:pk>/", report_shapes.shape_edit, name="edit"),
    path("<int:pk>/copy/", report_shapes.shape_copy, name="copy"),
    path("<int:pk>/retire/", report_shapes.shape_retire, name="retire"),
    path("<int:pk>/bring-back/", report_shapes.shape_bring_back, name="bring_back"),
]
