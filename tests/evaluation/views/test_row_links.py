"""Figures of a report lead to their rows only for who may see those."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Role
from evaluation.models import ReportRun
from evaluation.views.row_links import rows_url_of
from tests import factories

pytestmark = pytest.mark.django_db
RUN = ReportRun(
    pk="0b6f2c1e-8a53-4a1c-9a55-3f1f7f0f2d11",
    first_day=dt.date(2019, 1, 1),
    last_day=dt.date(2019, 7, 13),
)


def test_figures_lead_to_rows_and_sums_of_rates_do_not() -> None:
    rows_url = rows_url_of(RUN, factories.make_user(Role.TRUST_STAFF))
    assert rows_url("ward", "abbey", "unique_participants") == (
        f"/dashboard/reports/{RUN.pk}/ward/abbey/?column=unique_participants"
    )
    figure = rows_url("figures", "attendances", "")
    assert figure == f"/dashboard/reports/{RUN.pk}/figures/attendances/"
    assert rows_url("figures", "attendance_rate", "") is None
    assert rows_url("spend", "staff", "spend") is None
    assert rows_url("row_counts", "sessions", "rows") is None


def test_hubs_are_not_led_to_answers_of_equality_monitoring() -> None:
    rows_url = rows_url_of(RUN, factories.make_user(Role.HUB_LEAD, hubs=(factories.make_hub(),)))
    assert rows_url("age_band", "5_7", "unique_participants")
    assert rows_url("ethnicity", "african", "unique_participants") is None
    assert rows_url("age_by_gender", "5_7", "female") is None
    assert rows_url("figures", "disadvantaged_people", "") is None
