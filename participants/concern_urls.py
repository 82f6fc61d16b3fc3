"""Addresses of safeguarding concerns: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from participants.views import concerns

app_name = "concerns"

urlpatterns = [
    path("", concerns.concern_list, name="list"),
    path("write/", concerns.write, name="write"),
    path("send/", concerns.send, name="send"),
    path("sent/", concerns.sent, name="sent"),
    path("<uuid:pk>/", concerns.read, name="read"),
    path("<uuid:pk>/actions/", concerns.act, name="act"),
]
