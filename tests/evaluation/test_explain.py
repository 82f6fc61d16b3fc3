"""`manage.py explain`: one figure, how it comes about, and what it is."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.indicators import INDICATORS
from evaluation.models import CostKind, Grant, Spend
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grant() -> Grant:
    hub = factories.make_hub(name="Northern hub", slug="northern")
    programme = factories.make_programme(name="Sample programme")
    grant = factories.make_grant(name="Sample grant", slug="sample", programmes=[programme])
    for kept in (hub, factories.make_hub()):
        activity = factories.make_activity(hub=kept, programme=programme)
        session = factories.make_session(
            activity=activity, register_taken_at=factories.london(2019, 5, 14, 18)
        )
        factories.make_attendance(session)
        factories.make_attendance(session, status="absent")
    Spend.objects.create(
        grant=grant,
        kind=CostKind.VENUES,
        amount="300.00",
        spent_on=dt.date(2019, 5, 2),
        what="Hall",
    )
    return grant


def explain(*arguments: str) -> str:
    out = StringIO()
    call_command("explain", *arguments, stdout=out)
    return out.getvalue()


def test_a_count(grant: Grant) -> None:
    text = explain("attendances", "--grant", "sample")

    assert INDICATORS["attendances"].definition in text
    assert "2018-09-25 to 2019-07-13, both included, every hub" in text
    # The parameters are filled in, and what was asked is what the plan is of.
    assert "%(" not in text
    assert "'2018-09-25 00:00:00+01:00'::timestamptz" in text
    assert "actual time=" in text
    assert "Buffers: " in text
    assert text.endswith("attendances = 2 attendances\n")


def test_of_a_hub_and_a_few_days(grant: Grant) -> None:
    days = ("--from", "2019-05-14", "--to", "2019-05-14")

    assert explain("attendances", "--grant", "sample", "--hub", "northern", *days).endswith(
        "= 1 attendances\n"
    )
    assert explain("attendances", "--grant", "sample", "--from", "2019-05-15").endswith(
        "= 0 attendances\n"
    )


def test_hours_are_minutes_in_the_database(grant: Grant) -> None:
    assert explain("session_hours", "--grant", "sample").endswith(
        "session_hours = 180 minutes, 3.0 hours\n"
    )


def test_a_ratio_has_both_parts(grant: Grant) -> None:
    text = explain("attendance_rate", "--grant", "sample")

    assert text.count("\nSQL\n") == 2
    assert "attendances = 2 attendances" in text
    assert "expected = 4 attendances" in text
    assert "100 x attendances / expected" in text
    assert text.endswith("attendance_rate = 50.0 percent\n")


def test_money_and_what_it_bought(grant: Grant) -> None:
    text = explain("cost_per_session_hour", "--grant", "sample")

    assert 'FROM "evaluation_spend"' in text
    assert "spend = 300.00 pounds" in text
    assert text.endswith("cost_per_session_hour = 100.00 pounds\n")
    assert explain("budget", "--grant", "sample").endswith("budget = 1000000.00 pounds\n")


def test_days_and_nothing_to_divide_by(grant: Grant) -> None:
    week = ("--from", "2019-05-13", "--to", "2019-05-19")
    text = explain("hours_a_week", "--grant", "sample", *week)

    assert "days = 7" in text
    assert text.endswith("hours_a_week = 3.0 hours\n")
    nobody = explain("attendance_rate", "--grant", "sample", "--from", "2019-07-01")
    assert nobody.endswith("= not a number: the denominator is nought or not known\n")


def test_every_figure_can_be_explained(grant: Grant) -> None:
    for id_ in INDICATORS:
        assert f"\n{id_} = " in explain(id_, "--grant", "sample")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("unique_people", "--grant", "sample"), "There is no figure unique_people. Did you mean"),
        (("zzz", "--grant", "sample"), "There is no figure zzz. There are: unique_participants, "),
        (("sessions", "--grant", "other"), "There is no grant other. There are: sample."),
        (("sessions", "--grant", "sample", "--hub", "x"), "There is no hub x. There are: "),
        (("sessions", "--grant", "sample", "--from", "2020-01-01"), "The first day is after"),
    ],
)  # fmt: skip
def test_what_is_not_there(grant: Grant, arguments: Any, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        explain(*arguments)
