"""Addresses of planning: staff pages, all of them, below /planning/."""

from django.urls import path

from activities.views import (
    hub_settings,
    occasions,
    planning,
    schedules,
    session_log,
    session_table,
    terms,
)

app_name = "planning"

urlpatterns = [
    path("", planning.planning, name="planning"),
    path("hubs/<slug:slug>/confirm/", planning.confirm_hub, name="confirm_hub"),
    path("hubs/<slug:slug>/settings/", hub_settings.hub_settings, name="hub_settings"),
    path("activities/<int:pk>/", planning.activity_edit, name="activity_edit"),
    path("activities/<int:pk>/confirm/", planning.confirm_activity, name="confirm_activity"),
    path(
        "activities/<int:pk>/words/<slug:language>/",
        planning.activity_words,
        name="activity_words",
    ),
    path("sessions/", session_table.session_table, name="session_table"),
    path("sessions/change/", session_table.session_bulk, name="session_bulk"),
    path("activities/new/", occasions.activity_new, name="activity_new"),
    path("activities/<int:pk>/schedules/", schedules.schedule_list, name="schedule_list"),
    path("activities/<int:pk>/schedules/new/", schedules.schedule_new, name="schedule_new"),
    path("activities/<int:pk>/sessions/new/", occasions.session_new, name="session_new"),
    path("schedules/<int:pk>/", schedules.schedule_edit, name="schedule_edit"),
    path("schedules/<int:pk>/make/", schedules.schedule_make, name="schedule_make"),
    path("sessions/<uuid:pk>/edit/", occasions.session_edit, name="session_edit"),
    path("terms/", terms.term_list, name="term_list"),
    path("terms/new/", terms.term_new, name="term_new"),
    path("terms/copy/", terms.term_copy, name="term_copy"),
    path("terms/<int:pk>/", terms.term_edit, name="term_edit"),
    path("closures/new/", terms.closure_new, name="closure_new"),
    path("closures/<int:pk>/", terms.closure_edit, name="closure_edit"),
    path("closures/<int:pk>/remove/", terms.closure_remove, name="closure_remove"),
    path("closures/<int:pk>/sessions/", terms.closure_sessions, name="closure_sessions"),
    path("sessions/<uuid:pk>/log/", session_log.session_log, name="session_log"),
    path("sessions/<uuid:pk>/cancel/", planning.session_cancel, name="session_cancel"),
    path("sessions/<uuid:pk>/restore/", planning.session_restore, name="session_restore"),
]
