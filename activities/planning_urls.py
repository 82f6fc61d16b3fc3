"""Addresses of planning: staff pages, all of them, below /planning/."""

from django.urls import path

from activities.views import planning, session_log

app_name = "planning"

urlpatterns = [
    path("", planning.planning, name="planning"),
    path("hubs/<slug:slug>/confirm/", planning.confirm_hub, name="confirm_hub"),
    path("activities/<int:pk>/", planning.activity_edit, name="activity_edit"),
    path("activities/<int:pk>/confirm/", planning.confirm_activity, name="confirm_activity"),
    path(
        "activities/<int:pk>/words/<slug:language>/",
        planning.activity_words,
        name="activity_words",
    ),
    path("sessions/<uuid:pk>/log/", session_log.session_log, name="session_log"),
    path("sessions/<uuid:pk>/cancel/", planning.session_cancel, name="session_cancel"),
    path("sessions/<uuid:pk>/restore/", planning.session_restore, name="session_restore"),
]
