"""Addresses of releases and of their figures for the public: staff pages, all of them."""

from django.urls import path

from evaluation.views import figures, releases

app_name = "releases"

urlpatterns = [
    path("", releases.release_list, name="list"),
    path("register/", releases.register, name="register"),
    path("begin/<uuid:pk>/", releases.begin, name="begin"),
    path("<uuid:pk>/", releases.detail, name="detail"),
    path("<uuid:pk>/words/", releases.words, name="words"),
    path("<uuid:pk>/words/<slug:box>/", releases.write, name="write"),
    path("<uuid:pk>/preview/", releases.preview, name="preview"),
    path("<uuid:pk>/submit/", releases.submit, name="submit"),
    path("<uuid:pk>/check/", releases.check, name="check"),
    path("<uuid:pk>/give-back/", releases.give_back, name="give_back"),
    path("<uuid:pk>/give-up/", releases.give_up, name="give_up"),
    path("<uuid:pk>/read/", releases.read, name="read"),
    path("<uuid:pk>/files/<slug:format>/", releases.file, name="file"),
    path("<uuid:pk>/withdraw/", releases.withdraw, name="withdraw"),
    path("<uuid:pk>/tables/<int:table>/", releases.hidden, name="hidden"),
    path("<uuid:pk>/figures/", figures.figure_choose, name="figures"),
    path("<uuid:pk>/figures/publish/", figures.figure_publish, name="publish"),
]
