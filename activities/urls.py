"""Addresses of the public pages of what's on."""

from django.urls import path

from activities.views import calendars, hubs, listing, sessions, telling

app_name = "activities"

urlpatterns = [
    path("whats-on/", listing.whats_on, name="whats_on"),
    path("whats-on/near/", listing.near, name="near"),
    path("whats-on.ics", calendars.whats_on_calendar, name="whats_on_calendar"),
    path("sessions/<uuid:pk>/", sessions.session_detail, name="session_detail"),
    path("sessions/<uuid:pk>/calendar.ics", calendars.session_calendar, name="session_calendar"),
    path("sessions/<uuid:pk>/might-come/", sessions.might_come, name="might_come"),
    path("sessions/<uuid:pk>/feedback/", telling.feedback, name="feedback"),
    path("sessions/<uuid:pk>/feedback/next/", telling.wish, name="feedback_wish"),
    path("sessions/<uuid:pk>/feedback/thanks/", telling.thanks, name="feedback_thanks"),
    path("map/", hubs.hub_map, name="hub_map"),
    path("hubs/", hubs.hub_list, name="hub_list"),
    path("hubs/<slug:slug>/", hubs.hub_detail, name="hub_detail"),
    path("hubs/<slug:slug>/you-said/", telling.said_and_done_list, name="said_and_done"),
    path("hubs/<slug:slug>/calendar.ics", calendars.hub_calendar, name="hub_calendar"),
]
