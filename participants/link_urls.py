"""Addresses behind a secret link, for parents and young people; in every language."""

from django.urls import path

from participants.views import booking_links, own_record_links, parent_links

app_name = "parents"

urlpatterns = [
    path("book/<str:token>/", booking_links.book_by_link, name="book"),
    path("booking/<str:token>/", booking_links.own_booking, name="own_booking"),
    path("booking/<str:token>/cancel/", booking_links.cancel_own_booking, name="cancel"),
    path("consent/<str:token>/", parent_links.consent, name="consent"),
    path("complete/<str:token>/", parent_links.complete, name="complete"),
    path("answers/<str:token>/", parent_links.answers, name="answers"),
    path("own-record/<str:token>/", own_record_links.own_record, name="own_record"),
    path(
        "own-record/<str:token>/record.pdf", own_record_links.own_record_pdf, name="own_record_pdf"
    ),
]
