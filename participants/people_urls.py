"""Addresses of people's records: staff pages, all of them."""

from __future__ import annotations

from django.urls import URLPattern, path

from participants.views import care, contacts, equality, people_list, records

app_name = "people"

RECORD = "<uuid:pk>/"

urlpatterns: list[URLPattern] = [
    path("", people_list.people, name="people"),
    path("search/", people_list.search, name="search"),
    path("export/", people_list.export, name="export"),
    path("new/", records.new, name="new"),
    path(RECORD, records.person, name="person"),
    path(f"{RECORD}change/", records.identity_edit, name="identity_edit"),
    path(f"{RECORD}hubs/", records.hubs, name="hubs"),
    path(f"{RECORD}attendance/", records.attendance, name="attendance"),
    path(f"{RECORD}changes/", records.history, name="history"),
    path(f"{RECORD}contacts/", contacts.contacts, name="contacts"),
    path(f"{RECORD}contacts/new/", contacts.contact_add, name="contact_add"),
    path(f"{RECORD}contacts/home/", contacts.home_edit, name="home_edit"),
    path(f"{RECORD}contacts/collection/", contacts.collection_edit, name="collection_edit"),
    path(f"{RECORD}contacts/<uuid:contact>/", contacts.contact_edit, name="contact_edit"),
    path(f"{RECORD}contacts/<uuid:contact>/move/", contacts.contact_move, name="contact_move"),
    path(
        f"{RECORD}contacts/<uuid:contact>/remove/", contacts.contact_remove, name="contact_remove"
    ),
    path(f"{RECORD}care/", care.care, name="care"),
    path(f"{RECORD}care/new/", care.care_add, name="care_add"),
    path(f"{RECORD}care/<uuid:note>/end/", care.care_end, name="care_end"),
    path(f"{RECORD}equality/", equality.equality, name="equality"),
]
