"""Addresses of outcomes: what changed, and for whom it is known."""

from django.urls import path

from evaluation.views import outcomes

app_name = "outcomes"

urlpatterns = [
    path("", outcomes.measure_list, name="list"),
    path("<uuid:pk>/", outcomes.measure_detail, name="measure"),
    path("people/<uuid:pk>/", outcomes.person, name="person"),
]
