"""Finer kinds in the language of the page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from activities.strands import finer_kind, is_usual
from derby_portal.seeding.week import TIMETABLE
from tests import factories
from tests.pages import open_page


def test_the_usual_ones_are_known_and_others_stay_as_typed() -> None:
    with translation.override("pl"):
        assert finer_kind("Football") == "Piłka nożna"
        assert finer_kind("Parkour") == "Parkour"
    assert finer_kind("Football") == "Football"
    assert not is_usual("Parkour")


def test_every_finer_kind_of_the_timetable_is_usual() -> None:
    assert [offer.strand.name for offer in TIMETABLE if not is_usual(offer.strand.name)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("strand", "shown"),
    [("Circus", "<span>Cyrk</span>"), ("Parkour", '<span lang="en-GB" dir="ltr">Parkour</span>')],
)
def test_a_session_says_it(client: Client, strand: str, shown: str) -> None:
    session = factories.make_session(activity=factories.make_activity(strand=strand))
    assert shown in open_page(client, f"/pl/sessions/{session.pk}/").html
