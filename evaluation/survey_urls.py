"""Addresses of asking: who is due, tablets, links, paper and what staff observe."""

from __future__ import annotations

from django.urls import path

from evaluation.views import asking, keying, measures, worry

app_name = "surveys"

urlpatterns = [
    path("sessions/<uuid:pk>/", asking.session_asking, name="session_asking"),
    path("sessions/<uuid:pk>/ask/", asking.ask, name="ask"),
    path("sessions/<uuid:pk>/hand-over/", asking.hand_over, name="hand_over"),
    path("take-back/", asking.take_back, name="take_back"),
    path("tablets/<uuid:pk>/take-back/", asking.end_tablet, name="end_tablet"),
    path("people/<uuid:pk>/", asking.person, name="person"),
    path("people/<uuid:pk>/<uuid:measure>/<slug:wave>/link/", asking.link, name="link"),
    path("links/<uuid:pk>/close/", asking.close_link, name="close_link"),
    path("people/<uuid:pk>/<uuid:measure>/<slug:wave>/paper/", keying.key, name="key"),
    path("people/<uuid:pk>/score/", asking.score, name="score"),
    path("second/", keying.second_list, name="second_list"),
    path("second/<uuid:pk>/", keying.second, name="second"),
    path("second/<uuid:pk>/settle/", keying.settle_differences, name="settle"),
    path("responses/<uuid:pk>/set-aside/", asking.set_aside, name="set_aside"),
    path("responses/<uuid:pk>/bring-back/", asking.bring_back, name="bring_back"),
    path("measures/", measures.measure_list, name="measures"),
    path("measures/new/", measures.measure_new, name="measure_new"),
    path("measures/<uuid:pk>/", measures.measure_detail, name="measure"),
    path("measures/<uuid:pk>/end/", measures.measure_end, name="measure_end"),
    path("measures/<uuid:pk>/resume/", measures.measure_resume, name="measure_resume"),
    path("coverage/", measures.coverage, name="coverage"),
    path("worry/", worry.worry_list, name="worry_list"),
    path("worry/<uuid:pk>/", worry.worry, name="worry"),
    path("worry/rules/<uuid:pk>/end/", worry.worry_end, name="worry_end"),
]
