"""Addresses of the complaints inbox: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from participants.views import complaints

app_name = "complaints"

urlpatterns = [
    path("", complaints.complaint_list, name="list"),
    path("<uuid:pk>/", complaints.read, name="read"),
    path("<uuid:pk>/acknowledge/", complaints.acknowledge, name="acknowledge"),
    path("<uuid:pk>/answer/", complaints.answer, name="answer"),
]
