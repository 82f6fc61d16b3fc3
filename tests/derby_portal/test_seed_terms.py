"""Terms and closures of the example data, whatever the year."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from activities.models import Closure, ClosureKind, Schedule, Session, Term
from activities.queries.clashes import Occurrence, clashes_of
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.dates import london
from derby_portal.seeding.terms import (
    BANK_HOLIDAYS,
    LED,
    TRAINING,
    add_planning,
    closures_of,
    terms_of,
)
from hubs.models import Hub
from participants.queries.numbers import stopped_coming

TODAY = dt.date(2026, 5, 12)
DAY = dt.timedelta(days=1)


@given(st.integers(2019, 2060))
def test_three_terms_with_a_half_term_each(year: int) -> None:
    terms = terms_of(year)
    assert [each.name for each in terms] == [
        f"Autumn term {year}", f"Spring term {year + 1}", f"Summer term {year + 1}",
    ]  # fmt: skip
    for term in terms:
        assert term.starts_on.weekday() < 5
        assert term.ends_on.weekday() < 5
        assert 8 <= (term.ends_on - term.starts_on) / dt.timedelta(weeks=1) <= 17
    for one, other in pairwise(terms):
        assert one.ends_on + 14 * DAY <= other.starts_on
    closures = list(closures_of(year, terms))
    halves = [each for each in closures if each.kind == ClosureKind.HOLIDAY]
    for term, half in zip(terms, halves, strict=True):
        assert term.starts_on < half.first_on < half.last_on < term.ends_on
        assert (half.first_on.weekday(), half.last_on.weekday()) == (0, 4)
    insets = [each.first_on for each in closures if each.kind == ClosureKind.INSET]
    assert insets == [term.starts_on for term in terms]


def test_bank_holidays_stand_once_and_in_order() -> None:
    days = [day for day, _ in BANK_HOLIDAYS]
    assert days == sorted(set(days))
    assert {day.weekday() for day in days} <= {0, 1, 2, 3, 4}


@pytest.mark.django_db
class TestInTheDatabase:
    @pytest.fixture(autouse=True)
    def _seeded(self, settings: object) -> None:
        settings.DEMO = True  # type: ignore[attr-defined]
        call_command("seed", today=TODAY, verbosity=0, stdout=_Nowhere(), stderr=_Nowhere())

    def test_what_is_there(self) -> None:
        assert list(Term.objects.values_list("name", flat=True)) == [
            "Autumn term 2025", "Spring term 2026", "Summer term 2026",
            "Autumn term 2026", "Spring term 2027", "Summer term 2027",
        ]  # fmt: skip
        coordinator = User.objects.get(email=SIGN_INS[0].email)
        led = Schedule.objects.filter(led_by=coordinator)
        assert led.count() == len(LED)
        coming = Session.objects.filter(schedule__in=led, starts_at__date__gte=TODAY)
        assert set(coming.values_list("led_by", flat=True)) == {coordinator.pk}
        training = Session.objects.get(activity__title=TRAINING)
        assert training.local_date == dt.date(2026, 5, 23)
        (clash,) = clashes_of(coordinator, [Occurrence.of(training, training.activity)])
        assert clash.title == "Street Art with Artcore"

    def test_somebody_stopped_coming(self) -> None:
        hub = Hub.objects.get(slug="arboretum")
        assert stopped_coming(hub, london(TODAY, dt.time(9))).listed

    def test_what_somebody_changed_stays(self) -> None:
        Closure.objects.filter(kind=ClosureKind.INSET).delete()
        Term.objects.filter(name="Summer term 2026").update(ends_on=dt.date(2026, 7, 1))
        Schedule.objects.filter(led_by__isnull=False).order_by("pk").first().delete()  # type: ignore[union-attr]
        terms = list(Term.objects.values())
        assert add_planning(TODAY).sessions == 0
        assert list(Term.objects.values()) == terms
        assert not Closure.objects.filter(kind=ClosureKind.INSET).exists()
        assert Schedule.objects.filter(led_by__isnull=False).count() == 1

    def test_a_new_school_year_comes_in_september(self) -> None:
        add_planning(dt.date(2026, 9, 1))
        assert Term.objects.count() == 9
        assert Session.objects.filter(activity__title=TRAINING).count() == 2


class _Nowhere:
    def write(self, text: str) -> None:
        """Keep quiet."""
