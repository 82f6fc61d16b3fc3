"""Addresses of Today and of reports: staff pages, all of them."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from evaluation.models import ReportFormat
from evaluation.views import (
    attendance_rows,
    coordinator,
    figures,
    pages,
    recordings,
    staff,
    stories,
    translations,
)

app_name = "evaluation"


class ReportFormatConverter(StringConverter):
    """The formats that a report is kept in; anything else is no address."""

    regex = "|".join(ReportFormat.values)


register_converter(ReportFormatConverter, "report_format")

urlpatterns = [
    path("today/", coordinator.today, name="today"),
    path("reports/", staff.report_list, name="report_list"),
    path("reports/quarterly/", staff.report_schedules, name="report_schedules"),
    path(
        "reports/quarterly/<int:schedule>/end/",
        staff.report_schedule_end,
        name="report_schedule_end",
    ),
    path("reports/<uuid:pk>/", staff.report_detail, name="report_detail"),
    path("reports/<uuid:pk>/progress/", staff.report_progress, name="report_progress"),
    path("reports/<uuid:pk>/stop/", staff.report_cancel, name="report_cancel"),
    path("reports/<uuid:pk>/again/", staff.report_retry, name="report_retry"),
    path("reports/<uuid:pk>/<report_format:format>/", staff.report_file, name="report_file"),
    path(
        "reports/<uuid:pk>/attendances.csv",
        attendance_rows.attendance_file,
        name="attendance_file",
    ),
    path("editor/", stories.editor, name="editor"),
    path("editor/figures/", figures.figure_list, name="figure_list"),
    path("editor/figures/<uuid:pk>/withdraw/", figures.figure_withdraw, name="figure_withdraw"),
    path("editor/stories/", stories.story_list, name="story_list"),
    path("editor/stories/new/", stories.story_new, name="story_new"),
    path("editor/stories/<uuid:pk>/", stories.story_edit, name="story_edit"),
    path("editor/stories/<uuid:pk>/preview/", stories.story_preview, name="story_preview"),
    path("editor/stories/<uuid:pk>/show/", stories.story_show, name="story_show"),
    path("editor/stories/<uuid:pk>/take-down/", stories.story_take_down, name="story_take_down"),
    path("editor/stories/<uuid:pk>/put-back/", stories.story_put_back, name="story_put_back"),
    path("editor/stories/<uuid:pk>/pictures/new/", stories.picture_add, name="picture_add"),
    path("editor/stories/<uuid:pk>/words/<slug:edition>/", stories.story_words, name="story_words"),
    path("editor/pictures/<uuid:pk>/", stories.picture_edit, name="picture_edit"),
    path("editor/pictures/<uuid:pk>.webp", stories.story_picture, name="story_picture"),
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
