from __future__ import annotations

from decimal import Decimal

import pytest

from hubs.models import Ward
from hubs.reference import WARDS
from hubs.services import ensure_reference_wards

pytestmark = pytest.mark.django_db


def test_reference_wards_are_put_in_place_once():
    first = ensure_reference_wards()
    again = ensure_reference_wards()

    assert first == again
    assert len(first) == Ward.objects.count() == len(WARDS) == 17
    arboretum = Ward.objects.get(code="E05001770")
    assert (arboretum.name, arboretum.slug, arboretum.boundary_year) == (
        "Arboretum",
        "arboretum",
        2019,
    )
    assert arboretum.imd_score == Decimal("50.80")
    assert (arboretum.lsoas_most_deprived_10pct, arboretum.lsoa_count) == (9, 10)
    assert arboretum.population_5_to_18 == 4111


def test_a_ward_that_a_file_brought_gets_its_figures():
    Ward.objects.create(code="E05001782", name="Sinfin", slug="sinfin", boundary_year=2019)

    ensure_reference_wards()

    assert Ward.objects.get(code="E05001782").imd_score == Decimal("43.75")


def test_the_table_sums_to_the_city():
    assert sum(ward.lsoa_count for ward in WARDS) == 151
    assert all(
        ward.lsoas_most_deprived_10pct <= ward.lsoas_most_deprived_20pct <= ward.lsoa_count
        for ward in WARDS
    )
