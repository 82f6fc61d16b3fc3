"""Addresses of Today and of reports: staff pages, all of them."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from evaluation.models import ReportFormat
from evaluation.views import coordinator, pages, recordings, staff, translations

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
    path("editor/pages/", pages.page_editions, name="page_editions"),
    path("editor/pages/<slug:topic>/<slug:edition>/", pages.page_edit, name="page_edit"),
    path("editor/pages/<slug:topic>/<slug:edition>/remove/", pages.page_remove, name="page_remove"),
    path("editor/recordings/", recordings.recording_editor, name="recording_editor"),
    path("editor/recordings/<uuid:pk>/", recordings.recording_edit, name="recording_edit"),
    path(
        "editor/recordings/<uuid:pk>/sound/",
        recordings.recording_unapproved,
        name="recording_unapproved",
    ),
    path(
        "editor/recordings/<uuid:pk>/withdraw/",
        recordings.recording_withdraw,
        name="recording_withdraw",
    ),
    path(
        "editor/recordings/<uuid:pk>/remove/", recordings.recording_remove, name="recording_remove"
    ),
    path("editor/translations/", translations.translation_list, name="translation_list"),
    path(
        "editor/translations/<slug:language>/",
        translations.translation_check,
        name="translation_check",
    ),
    path(
        "editor/translations/<slug:language>/withdraw/",
        translations.translation_withdraw,
        name="translation_withdraw",
    ),
]
