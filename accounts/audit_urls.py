"""Addresses of the audit trail: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from accounts.views import audit

app_name = "audit"

urlpatterns = [
    path("", audit.trail_list, name="trail"),
    path("people/", audit.people, name="people"),
    path("people/<uuid:pk>/", audit.person, name="person"),
    path("staff/", audit.staff, name="staff"),
    path("staff/<uuid:pk>/", audit.member, name="member"),
    path("alerts/", audit.alerts, name="alerts"),
    path("alerts/<uuid:pk>/", audit.alert, name="alert"),
    path("seals/", audit.seals, name="seals"),
    path("mine/", audit.mine, name="mine"),
    path("concerns/", audit.concerns, name="concerns"),
    path("sign-ins/", audit.sign_ins, name="sign_ins"),
]
