"""Addresses of what the public is told: communities, stories and pages."""

from django.urls import path

from evaluation.views import community, pages, recordings

app_name = "community"

urlpatterns = [
    path("community/", community.community_list, name="community_list"),
    path("community/<slug:slug>/", community.community_ward, name="community_ward"),
    path("story-so-far/", community.story_so_far, name="story_so_far"),
    path("stories/<uuid:pk>/", community.story_detail, name="story_detail"),
    path("stories/pictures/<uuid:pk>.webp", community.story_picture, name="story_picture"),
    path(
        "stories/pictures/<uuid:pk>-small.webp",
        community.story_picture,
        {"size": "small"},
        name="story_picture_small",
    ),
    path("about/<slug:topic>/", pages.page, name="page"),
    path("romani/", recordings.recording_list, name="recording_list"),
    path("recordings/<uuid:pk>/", recordings.recording_file, name="recording_file"),
]
