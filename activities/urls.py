from django.urls import path

from activities.views import calendars, hubs, listing, planning, sessions

app_name = "activities"

urlpatterns = [
    path("whats-on/", listing.whats_on, name="whats_on"),
    path("whats-on/near/", listing.near, name="near"),
    path("whats-on.ics", calendars.whats_on_calendar, name="whats_on_calendar"),
    path("sessions/<uuid:pk>/", sessions.session_detail, name="session_detail"),
    path("sessions/<uuid:pk>/calendar.ics", calendars.session_calendar, name="session_calendar"),
    path("sessions/<uuid:pk>/might-come/", sessions.might_come, name="might_come"),
    path("map/", hubs.hub_map, name="hub_map"),
    path("hubs/", hubs.hub_list, name="hub_list"),
    path("hubs/<slug:slug>/", hubs.hub_detail, name="hub_detail"),
    path("hubs/<slug:slug>/calendar.ics", calendars.hub_calendar, name="hub_calendar"),
    # For coordinators.
    path("planning/", planning.planning, name="planning"),
    path("planning/hubs/<slug:slug>/confirm/", planning.confirm_hub, name="confirm_hub"),
    path("planning/activities/<int:pk>/", planning.activity_edit, name="activity_edit"),
    path(
        "planning/activities/<int:pk>/confirm/", planning.confirm_activity, name="confirm_activity"
    ),
    path(
        "planning/activities/<int:pk>/words/<slug:language>/",
        planning.activity_words,
        name="activity_words",
    ),
    path("planning/sessions/<uuid:pk>/cancel/", planning.session_cancel, name="session_cancel"),
    path("planning/sessions/<uuid:pk>/restore/", planning.session_restore, name="session_restore"),
]
