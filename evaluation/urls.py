"""Addresses of Today and of reports: staff pages, all of them."""

from django.urls import path

from evaluation.views import coordinator, staff

app_name = "evaluation"

urlpatterns = [
    path("today/", coordinator.today, name="today"),
    path("reports/", staff.report_list, name="report_list"),
    path("reports/<uuid:pk>/", staff.report_detail, name="report_detail"),
    path("reports/<uuid:pk>/progress/", staff.report_progress, name="report_progress"),
    path("reports/<uuid:pk>/<str:format>/", staff.report_file, name="report_file"),
]
