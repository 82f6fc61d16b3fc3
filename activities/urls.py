from django.urls import path

from activities.views import hubs, listing, sessions

app_name = "activities"

urlpatterns = [
    path("whats-on/", listing.whats_on, name="whats_on"),
    path("sessions/<uuid:pk>/", sessions.session_detail, name="session_detail"),
    path("hubs/", hubs.hub_list, name="hub_list"),
    path("hubs/<slug:slug>/", hubs.hub_detail, name="hub_detail"),
]
