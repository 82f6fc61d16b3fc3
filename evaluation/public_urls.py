"""Addresses of what the public is told: communities, stories and pages."""

from django.urls import path

from evaluation.views import pages, recordings

app_name = "community"

urlpatterns = [
    path("about/<slug:topic>/", pages.page, name="page"),
    path("romani/", recordings.recording_list, name="recording_list"),
    path("recordings/<uuid:pk>/", recordings.recording_file, name="recording_file"),
]
