"""Addresses of spreadsheets that come in: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from participants.views import imports

app_name = "imports"

ONE = "<uuid:pk>/"
urlpatterns = [
    path("", imports.import_list, name="list"),
    path(ONE, imports.import_detail, name="detail"),
    path(f"{ONE}columns/", imports.import_match, name="match"),
    path(f"{ONE}sheet/", imports.import_sheet, name="sheet"),
    path(f"{ONE}progress/", imports.import_progress, name="progress"),
    path(f"{ONE}words/", imports.import_words, name="words"),
    path(f"{ONE}apply/", imports.import_apply, name="apply"),
    path(f"{ONE}undo/", imports.import_undo, name="undo"),
    path(f"{ONE}drop/", imports.import_drop, name="drop"),
    path(f"{ONE}faults.csv", imports.import_faults, {"format": "csv"}, name="faults_csv"),
    path(f"{ONE}faults.xlsx", imports.import_faults, {"format": "xlsx"}, name="faults_xlsx"),
]
