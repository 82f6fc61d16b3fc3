"""Addresses of registers and places: staff pages, all of them."""

from django.urls import path

from participants.views import (
    bookings,
    held,
    history,
    marks,
    numbers,
    paper,
    register,
)

app_name = "participants"

urlpatterns = [
    path("sessions/<uuid:pk>/register/", register.session_register, name="session_register"),
    path("sessions/<uuid:pk>/register/close/", register.close_register, name="close_register"),
    path("sessions/<uuid:pk>/register/reopen/", register.reopen_register, name="reopen_register"),
    path("sessions/<uuid:pk>/register/print/", paper.print_register, name="print_register"),
    path("sessions/<uuid:pk>/register/paper/", paper.key_back, name="key_back"),
    path("registers/paper/", paper.find_sheet, name="find_sheet"),
    path("numbers/", numbers.numbers, name="numbers"),
    path(
        "sessions/<uuid:pk>/register/people/<uuid:person>/",
        history.mark_history,
        name="mark_history",
    ),
    path(
        "sessions/<uuid:pk>/register/people/<uuid:person>/details/",
        history.change_details,
        name="change_details",
    ),
    path(
        "sessions/<uuid:pk>/register/people/<uuid:person>/take-off/",
        history.take_off,
        name="take_off",
    ),
    path(
        "sessions/<uuid:pk>/register/people/<uuid:person>/known/",
        history.recognise,
        name="recognise",
    ),
    path("sessions/<uuid:pk>/marks/", marks.record_marks, name="record_marks"),
    path(
        "sessions/<uuid:pk>/marks/<uuid:mark>/settle/",
        held.settle_mark,
        name="settle_mark",
    ),
    path("registers/pass/", marks.register_pass, name="register_pass"),
    path("registers/today/", marks.registers_today, name="registers_today"),
    path("sessions/<uuid:pk>/walk-ins/", register.add_walk_in, name="add_walk_in"),
    path("sessions/<uuid:pk>/bookings/", bookings.session_bookings, name="session_bookings"),
    path("sessions/<uuid:pk>/bookings/places/", bookings.set_places, name="set_places"),
    path("sessions/<uuid:pk>/bookings/add/", bookings.book, name="book"),
    path("sessions/<uuid:pk>/bookings/new/", bookings.book_new_person, name="book_new_person"),
    path("sessions/<uuid:pk>/bookings/link/", bookings.make_link, name="make_link"),
    path("bookings/<uuid:pk>/cancel/", bookings.cancel_booking, name="cancel_booking"),
    path("bookings/<uuid:pk>/move/", bookings.move_booking, name="move_booking"),
    path("booking-links/<uuid:pk>/close/", bookings.close_link, name="close_link"),
    path("sessions/<uuid:pk>/head-counts/", register.record_head_count, name="record_head_count"),
]
