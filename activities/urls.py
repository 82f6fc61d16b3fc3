from django.urls import path

from activities import views

app_name = "activities"

urlpatterns = [
    path("whats-on/", views.whats_on, name="whats_on"),
    path("sessions/<uuid:pk>/", views.session_detail, name="session_detail"),
    path("hubs/", views.hub_list, name="hub_list"),
    path("hubs/<slug:slug>/", views.hub_detail, name="hub_detail"),
]
