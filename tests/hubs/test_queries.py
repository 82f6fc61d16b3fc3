from __future__ import annotations

import pytest

from hubs.models import Postcode
from hubs.queries import Place, place_of
from tests.hubs.geography import SAMPLE_FILES, SAMPLES, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def _geography():
    load(SAMPLE_FILES)
    load({"iod": SAMPLES / "iod2025.csv"}, edition=2025)


@pytest.mark.usefixtures("_geography")
@pytest.mark.parametrize("spelling", ["ZZ11 2BB", "zz112bb", "  zz11  2Bb "])
def test_place_of_any_spelling_in_one_query(spelling, django_assert_num_queries):
    stored = Postcode.objects.get(postcode="ZZ11 2BB")
    with django_assert_num_queries(1):
        place = place_of(spelling, edition=2019)

    assert place == Place(
        postcode="ZZ11 2BB",
        lsoa_id=stored.lsoa_id,
        lsoa_code="E01999002",
        ward_id=stored.ward_id,
        ward_code="E05999001",
        ward_name="Sampleford",
        imd_decile=1,
        imd_edition=2019,
    )


@pytest.mark.usefixtures("_geography")
def test_edition_2025_goes_by_the_area_of_2021():
    place = place_of("ZZ1 1AA", edition=2025)

    assert place is not None
    assert (place.lsoa_code, place.imd_decile, place.imd_edition) == ("E01999001", 8, 2025)
    older = place_of("ZZ1 1AA", edition=2019)
    assert older is not None
    assert (older.imd_decile, older.lsoa_id == place.lsoa_id) == (9, False)


@pytest.mark.usefixtures("_geography")
def test_no_place_for_what_is_not_loaded():
    assert place_of("ZZ9 9ZZ", edition=2019) is None
    assert place_of("", edition=2019) is None
    with pytest.raises(ValueError, match="edition 2010"):
        place_of("ZZ1 1AA", edition=2010)


def test_without_deprivation_the_decile_is_empty():
    load({name: SAMPLE_FILES[name] for name in ("wards", "lookup", "postcodes")})

    place = place_of("ZZ1 1AA", edition=2019)

    assert place is not None
    assert (place.lsoa_code, place.imd_decile) == ("E01999001", None)


@pytest.mark.usefixtures("_geography")
def test_a_postcode_without_an_area_of_2021():
    Postcode.objects.update(lsoa21=None)

    place = place_of("ZZ1 1AA", edition=2025)

    assert place is not None
    assert (place.lsoa_id, place.lsoa_code, place.imd_decile) == (None, None, None)
