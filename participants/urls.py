"""Addresses of registers: staff pages, all of them."""

from django.urls import path

from participants import views

app_name = "participants"

urlpatterns = [
    path("sessions/<uuid:pk>/register/", views.session_register, name="session_register"),
    path("sessions/<uuid:pk>/register/close/", views.close_register, name="close_register"),
    path("sessions/<uuid:pk>/marks/", views.record_marks, name="record_marks"),
    path("sessions/<uuid:pk>/walk-ins/", views.add_walk_in, name="add_walk_in"),
    path("sessions/<uuid:pk>/head-counts/", views.record_head_count, name="record_head_count"),
]
