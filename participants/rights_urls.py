"""Addresses of what people may ask of their data: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern, path

from participants.views import rights, subject_access

app_name = "rights"

PERSON = "people/<uuid:person>/"
BUNDLE = "copies/<uuid:pk>/"

urlpatterns: list[URLPattern] = [
    path("", rights.requests, name="requests"),
    path("find/", rights.find, name="find"),
    path(PERSON, rights.person_rights, name="person"),
    path(f"{PERSON}new/", rights.new, name="new"),
    path(f"{PERSON}restrict/", rights.restrict, name="restrict"),
    path(f"{PERSON}use-again/", rights.unrestrict, name="unrestrict"),
    path(f"{PERSON}leave-out/", rights.object_to_evaluation, name="object"),
    path(f"{PERSON}bring-back/", rights.end_objection, name="end_objection"),
    path("certificates/<uuid:pk>/", rights.certificate, name="certificate"),
    path(BUNDLE, subject_access.review, name="bundle"),
    path(f"{BUNDLE}send/", subject_access.send, name="bundle_send"),
    path(f"{BUNDLE}download/", subject_access.download, name="bundle_download"),
    path("<uuid:pk>/", rights.request_detail, name="request"),
    path("<uuid:pk>/longer/", rights.extend, name="extend"),
    path("<uuid:pk>/answer/", rights.answer, name="answer"),
    path("<uuid:pk>/copy/", subject_access.make, name="make_bundle"),
    path("<uuid:pk>/erase/", rights.erase, name="erase"),
]
