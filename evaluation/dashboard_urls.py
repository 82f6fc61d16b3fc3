"""Addresses of the dashboard, the gap view and the rows behind figures: staff pages."""

from django.urls import path

from evaluation.views import dashboard, gaps, rows

app_name = "dashboard"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("tables/<slug:table>.csv", dashboard.table_file, name="table_file"),
    path("rows/", rows.live_rows, name="rows"),
    path("reports/<uuid:run>/<slug:table>/<str:row>/", rows.report_rows, name="report_rows"),
    path("gaps/", gaps.gap_view, name="gaps"),
    path("gaps/gaps.csv", gaps.gap_file, name="gaps_file"),
]
