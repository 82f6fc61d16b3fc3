"""Where somebody is signed in: own sign-ins only."""

from django.urls import path

from accounts.views import sessions

urlpatterns = [
    path("", sessions.sign_ins, name="sign_ins"),
    path("<int:device>/end/", sessions.end_one, name="end_sign_in"),
    path("confirmed/", sessions.confirmed, name="confirmed"),
    path("end-others/", sessions.end_others, name="end_other_sign_ins"),
]
