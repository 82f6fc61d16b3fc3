"""Addresses of what young people say after a session, as staff read it; all below /feedback/."""

from __future__ import annotations

from django.urls import path

from activities.views import feedback

app_name = "feedback"

urlpatterns = [
    path("", feedback.overview, name="overview"),
    path("sessions/<uuid:pk>/", feedback.session_answers, name="session"),
    path("sessions/<uuid:pk>/code/", feedback.session_code, name="session_code"),
    path("suggestions/", feedback.suggestion_list, name="suggestions"),
    path("suggestions/<uuid:pk>/decide/", feedback.suggestion_decide, name="suggestion_decide"),
    path("said-did/", feedback.said_did_list, name="said_did_list"),
    path("said-did/new/", feedback.said_did_new, name="said_did_new"),
    path("said-did/<uuid:pk>/", feedback.said_did_edit, name="said_did_edit"),
    path("said-did/<uuid:pk>/show/", feedback.said_did_show, name="said_did_show"),
    path("said-did/<uuid:pk>/withdraw/", feedback.said_did_withdraw, name="said_did_withdraw"),
    path(
        "said-did/<uuid:pk>/words/<slug:language>/",
        feedback.said_did_words,
        name="said_did_words",
    ),
]
