"""Addresses of registers: staff pages, all of them."""

from django.urls import path

from participants.views import marks, register

app_name = "participants"

urlpatterns = [
    path("sessions/<uuid:pk>/register/", register.session_register, name="session_register"),
    path("sessions/<uuid:pk>/register/close/", register.close_register, name="close_register"),
    path("sessions/<uuid:pk>/marks/", marks.record_marks, name="record_marks"),
    path("registers/pass/", marks.register_pass, name="register_pass"),
    path("registers/today/", marks.registers_today, name="registers_today"),
    path("sessions/<uuid:pk>/walk-ins/", register.add_walk_in, name="add_walk_in"),
    path("sessions/<uuid:pk>/head-counts/", register.record_head_count, name="record_head_count"),
]
