from __future__ import annotations

import pytest
from django.db.models import F

from hubs.models import Hub, Lsoa, Postcode
from hubs.queries import Area, Place, middle_of, miles_from, place_of, small_area_of
from tests import factories
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


# --- Small areas and distances -----------------------------------------------------------------------


def test_small_area_of_a_postcode() -> None:
    ward = factories.make_ward()
    area = Lsoa.objects.create(code="E01013488", census_year=2011, ward=ward)
    Postcode.objects.create(postcode="DE23 8PL", lsoa=area, ward=ward)
    assert small_area_of("de238pl") == "E01013488"
    assert small_area_of("DE1 1AA") is None
    assert list(middle_of("E01013488")) == []  # No postcode of it has a place.


def test_middle_is_the_mean_of_the_postcodes() -> None:
    ward = factories.make_ward()
    area = Lsoa.objects.create(code="E01013488", census_year=2011, ward=ward)
    for number, (latitude, longitude) in enumerate((("52.90", "-1.48"), ("52.92", "-1.50"))):
        Postcode.objects.create(
            postcode=f"DE23 {number}PL",
            latitude=latitude,
            longitude=longitude,
            lsoa=area,
            ward=ward,
        )
    Postcode.objects.create(postcode="DE23 9PL", lsoa=area, ward=ward)
    ((_, code, latitude, longitude),) = middle_of("E01013488")
    assert code == "E01013488"
    assert (float(latitude), float(longitude)) == pytest.approx((52.91, -1.49))


@pytest.mark.parametrize(
    ("latitude", "longitude", "miles"),
    [
        (52.9, -1.49, 0.0),
        (53.9, -1.49, 69.09),  # a degree of a great circle: 3958.8 * pi / 180
        (52.9, -0.49, 41.68),  # a degree of longitude is shorter by the cosine of the latitude
        (-52.9, 178.51, 12436.9),  # the other end of the Earth: half way round
        (None, None, None),
    ],
)
def test_miles_from(latitude: float | None, longitude: float | None, miles: float | None) -> None:
    hub = factories.make_hub(latitude=latitude, longitude=longitude)
    distance = miles_from(Area("E01013488", 52.9, -1.49), F("latitude"), F("longitude"))
    found = Hub.objects.annotate(miles=distance).get(pk=hub.pk).miles
    assert found == (None if miles is None else pytest.approx(miles, abs=0.05))
