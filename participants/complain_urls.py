"""Where anybody complains about how data is used: public, in every edition."""

from __future__ import annotations

from django.urls import path

from participants.views import complaints

app_name = "complain"

urlpatterns = [
    path("complain/", complaints.complain, name="complain"),
    path("complain/send/", complaints.send, name="send"),
]
