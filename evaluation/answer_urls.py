"""Addresses of answering: pages behind a secret, for young people.

A link's secret stands in the first address alone. All others hold nothing but the number of a
question; the cookie says whose.
"""

from __future__ import annotations

from django.urls import path

from evaluation.views import answering

app_name = "answers"

urlpatterns = [
    path("", answering.here, name="here"),
    path("q/<int:number>/", answering.question, name="question"),
    path("all/", answering.everything, name="everything"),
    path("finish/", answering.finish, name="finish"),
    path("stop/", answering.stop, name="stop"),
    path("done/", answering.done, name="done"),
    path("<str:token>/", answering.link, name="link"),
]
