"""Addresses of Today and of reports: staff pages, all of them."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from evaluation.models import ReportFormat
from evaluation.views import coordinator, staff

app_name = "evaluation"


class ReportFormatConverter(StringConverter):
    """The formats that a report is kept in; anything else is no address."""

    regex = "|".join(ReportFormat.values)


register_converter(ReportFormatConverter, "report_format")

urlpatterns = [
    path("today/", coordinator.today, name="today"),
    path("reports/", staff.report_list, name="report_list"),
    path("reports/<uuid:pk>/", staff.report_detail, name="report_detail"),
    path("reports/<uuid:pk>/progress/", staff.report_progress, name="report_progress"),
    path("reports/<uuid:pk>/<report_format:format>/", staff.report_file, name="report_file"),
]
