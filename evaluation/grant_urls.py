"""Addresses of programmes, funders, grants, targets and spend: staff pages, all of them."""

from __future__ import annotations

from django.urls import path

from evaluation.views import grants, programmes, spend

app_name = "grants"

urlpatterns = [
    path("", grants.grant_list, name="list"),
    path("new/", grants.grant_new, name="new"),
    path("funders/new/", grants.funder_new, name="funder_new"),
    path("programmes/", programmes.programme_list, name="programmes"),
    path("programmes/new/", programmes.programme_new, name="programme_new"),
    path("programmes/<int:pk>/", programmes.programme_edit, name="programme"),
    path("<int:pk>/", grants.grant_detail, name="grant"),
    path("<int:pk>/edit/", grants.grant_edit, name="edit"),
    path("<int:pk>/budget/", grants.budget_edit, name="budget"),
    path("<int:pk>/targets/new/", grants.target_new, name="target_new"),
    path("<int:pk>/targets/<int:target>/", grants.target_edit, name="target"),
    path("<int:pk>/targets/<int:target>/remove/", grants.target_remove, name="target_remove"),
    path("<int:pk>/spend/", spend.spend_list, name="spend"),
    path("<int:pk>/spend/new/", spend.spend_new, name="spend_new"),
    path("<int:pk>/spend.csv", spend.spend_csv, name="spend_csv"),
    path("spend/<uuid:pk>/strike-out/", spend.spend_strike_out, name="strike_out"),
]
