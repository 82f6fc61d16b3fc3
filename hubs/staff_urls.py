"""Addresses of who works here: staff pages, and the link of an invitation."""

from __future__ import annotations

from django.urls import path

from hubs import staff_views as views

app_name = "staff"

urlpatterns = [
    path("", views.staff, name="staff"),
    path("invite/", views.invite_member, name="invite"),
    path("safeguarding-roles/", views.proposals, name="proposals"),
    path("safeguarding-roles/<uuid:pk>/", views.decide, name="decide"),
    path("welcome/<str:token>/", views.welcome, name="welcome"),
    path("<uuid:pk>/", views.member, name="member"),
    path("<uuid:pk>/invite-again/", views.invite_again, name="invite_again"),
    path("<uuid:pk>/close-invitation/", views.close_invitation, name="close_invitation"),
    path("<uuid:pk>/roles/give/", views.role_give, name="role_give"),
    path("<uuid:pk>/roles/end/", views.role_end, name="role_end"),
    path("<uuid:pk>/hubs/give/", views.hub_give, name="hub_give"),
    path("<uuid:pk>/hubs/end/", views.hub_end, name="hub_end"),
    path("<uuid:pk>/clearances/", views.clearance_record, name="clearance_record"),
    path("<uuid:pk>/second-step/", views.factors_reset, name="factors_reset"),
    path("<uuid:pk>/end/", views.account_end, name="account_end"),
    path("<uuid:pk>/propose/", views.propose, name="propose"),
]
