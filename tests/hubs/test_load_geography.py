from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from hubs.models import Deprivation, Lsoa, Postcode, Ward
from hubs.services import ensure_reference_wards
from tests.factories import make_participant
from tests.hubs.geography import (
    DERBY_FILES,
    DERBY_IOD_2025,
    SAMPLE_FILES,
    SAMPLES,
    load,
    needs_derby,
    state,
)

pytestmark = pytest.mark.django_db
RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"


def damaged(tmp_path: Path, name: str, change: Callable[[bytes], bytes]) -> dict[str, Path]:
    """The samples with one of them changed."""
    source = SAMPLE_FILES[name]
    copy = tmp_path / source.name
    content = change(source.read_bytes())
    assert content != source.read_bytes(), "the damage did nothing"
    copy.write_bytes(content)
    return SAMPLE_FILES | {name: copy}


def replacing(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old.encode(), new.encode(), 1)


def without_last_line(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[:-1])


def cut(count: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:-count]


def test_samples_load():
    lines = load(SAMPLE_FILES)

    assert lines == [
        "wards: 2 created, 0 updated, 0 unchanged",
        "ward shapes: 2 created, 0 updated, 0 unchanged",
        "LSOAs: 3 created, 0 updated, 0 unchanged",
        "LSOAs of 2021: 3 created, 0 updated, 0 unchanged",
        "postcodes: 3 created, 0 updated, 0 unchanged",
        "deprivation 2019: 3 created, 0 updated, 0 unchanged",
        "2 wards, 3 LSOAs, 3 postcodes",
    ]
    postcode = Postcode.objects.get(postcode="ZZ11 2BB")
    assert (postcode.latitude, postcode.longitude) == (Decimal("52.92"), Decimal("-1.4"))
    assert postcode.lsoa.code == "E01999002"
    assert postcode.lsoa21 is not None
    assert (postcode.lsoa21.code, postcode.lsoa21.census_year) == ("E01999012", 2021)
    assert postcode.ward.code == "E05999001"
    assert Postcode.objects.get(postcode="ZZ1 3CC").latitude is None
    deprivation = Deprivation.objects.get(lsoa=postcode.lsoa)
    assert (deprivation.edition, deprivation.imd_rank, deprivation.imd_decile) == (2019, 1021, 1)
    assert (deprivation.idaci_rank, deprivation.idaci_decile) == (900, 1)
    ward = Ward.objects.get(code="E05999002")
    assert (ward.name, ward.slug, ward.boundary_year) == ("Testbury Green", "testbury-green", 2019)
    assert Lsoa.objects.get(code="E01999003", census_year=2011).ward == ward
    assert ward.boundary.polygons == [[[[-1.4, 52.9], [-1.3, 52.9], [-1.3, 53.0], [-1.4, 52.9]]]]


def test_a_second_run_changes_nothing_and_says_so():
    load(SAMPLE_FILES)
    before = state()

    lines = load(SAMPLE_FILES)

    assert state() == before
    assert "postcodes: 0 created, 0 updated, 3 unchanged" in lines
    assert "Nothing changed: everything was loaded already." in lines
    assert lines[-1] == "2 wards, 3 LSOAs, 3 postcodes"


def test_each_file_may_come_alone_in_order():
    for name in ("wards", "lookup", "postcodes", "iod"):
        load({name: SAMPLE_FILES[name]})
    alone = {table: count for table, (count, _) in state().items()}

    assert alone == {
        "hubs_ward": 2,
        "hubs_wardboundary": 2,
        "hubs_lsoa": 6,
        "hubs_deprivation": 3,
        "hubs_postcode": 3,
    }


def test_a_changed_file_updates_its_rows_only(tmp_path):
    load(SAMPLE_FILES)

    lines = load(damaged(tmp_path, "iod", replacing("1021.00,1.00", "1030.00,1.00")))

    assert "deprivation 2019: 0 created, 1 updated, 2 unchanged" in lines
    assert Deprivation.objects.get(lsoa__code="E01999002").imd_rank == 1030


def test_a_moved_boundary_updates_its_ward_only(tmp_path):
    load(SAMPLE_FILES)

    lines = load(damaged(tmp_path, "wards", replacing("[-1.4, 53.0]", "[-1.41, 53.01]")))

    assert lines[:2] == [
        "wards: 0 created, 0 updated, 2 unchanged",
        "ward shapes: 0 created, 1 updated, 1 unchanged",
    ]
    moved = Ward.objects.get(code="E05999001").boundary
    assert moved.polygons == [[[[-1.5, 52.9], [-1.4, 52.9], [-1.41, 53.01], [-1.5, 52.9]]]]


def test_several_polygons_with_holes_and_heights_are_read(tmp_path):
    square = "[[-1.5, 52.9], [-1.4, 52.9], [-1.4, 53.0], [-1.5, 52.9]]"
    high = square.replace("52.9]", "52.9, 80]")
    old = f'"Polygon", "coordinates": [{square}]'
    new = f'"MultiPolygon", "coordinates": [[{square}, {square}], [{high}]]'

    load({"wards": damaged(tmp_path, "wards", replacing(old, new))["wards"]})

    ring = [[-1.5, 52.9], [-1.4, 52.9], [-1.4, 53.0], [-1.5, 52.9]]
    boundary = Ward.objects.get(code="E05999001").boundary
    assert boundary.polygons == [[ring, ring], [ring]]


def test_edition_2025_lies_on_the_areas_of_2021():
    load(SAMPLE_FILES)

    load({"iod": SAMPLES / "iod2025.csv"}, edition=2025)

    found = Deprivation.objects.filter(edition=2025).values_list(
        "lsoa__code", "lsoa__census_year", "imd_rank", "imd_decile", "idaci_rank"
    )
    assert sorted(found) == [
        ("E01999001", 2021, 26000, 8, None),
        ("E01999003", 2021, 13000, 4, None),
        ("E01999012", 2021, 1234, 1, None),
    ]
    assert Deprivation.objects.filter(edition=2019).count() == 3


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("lookup",), "--wards"),
        (("postcodes",), "--wards and --lookup"),
        (("iod",), "--lookup"),
    ],
)
def test_what_is_missing_is_said(names, missing):
    with pytest.raises(CommandError, match=missing):
        load({name: SAMPLE_FILES[name] for name in names})
    assert Lsoa.objects.count() == Postcode.objects.count() == 0


def test_edition_2025_asks_for_postcodes():
    load({name: SAMPLE_FILES[name] for name in ("wards", "lookup", "iod")})

    with pytest.raises(CommandError, match="give --postcodes"):
        load({"iod": SAMPLES / "iod2025.csv"}, edition=2025)


def test_options_that_mean_nothing_are_refused():
    with pytest.raises(CommandError, match="Give at least one"):
        load({})
    with pytest.raises(CommandError, match="belong together"):
        load({"wards": SAMPLE_FILES["wards"]}, edition=2019)
    with pytest.raises(CommandError, match="belong together"):
        load({"iod": SAMPLE_FILES["iod"]}, edition=None)


DAMAGE = [
    # name, change, what the message says
    ("wards", cut(20), "wards.geojson, line 12, character 106"),
    ("wards", replacing("E05999002", "E05999"), "features[1].properties.ward_code"),
    ("wards", replacing("E05999002", "E05999001"), "features[1].properties.ward_code"),
    ("wards", replacing('"ward_name": "Testbury Green"', '"x": 1'), "properties.ward_name"),
    ("wards", replacing("Testbury Green", "Sampleford"), "features[1].properties.ward_name"),
    ("wards", replacing('"features"', '"things"'), "features"),
    ("wards", lambda _: b"", "line 1, character 1"),
    ("wards", lambda _: b"[1, 2]", "features"),
    ("wards", lambda _: b'{"features": []}', "holds no wards"),
    ("wards", lambda _: b'{"features": [7]}', "features[0].properties"),
    ("wards", lambda _: b"[" * 100_000, "not JSON"),
    ("wards", lambda text: text.replace(b"Testbury", b"T\xe9stbury"), "line 11, byte"),
    ("wards", lambda _: bytes(range(256)), "not UTF-8"),
    ("wards", replacing('"type": "Polygon"', '"type": "Point"'), "features[0].geometry.type"),
    ("wards", replacing('"geometry"', '"shape"'), "features[0].geometry: is missing"),
    (
        "wards",
        replacing('"coordinates": [[[-1.5', '"x": [[[-1.5'),
        "coordinates: is no list of rings",
    ),
    ("wards", replacing("[[[-1.5, 52.9]", "[[-1.5, 52.9]"), "line 7"),
    (
        "wards",
        replacing("[[[-1.5, 52.9], [-1.4, 52.9], [-1.4, 53.0], [-1.5, 52.9]]]", "[]"),
        "rings",
    ),
    ("wards", replacing("[-1.4, 52.9], [-1.4, 53.0],", "[-1.4, 53.0],"), "fewer than 4 points"),
    ("wards", replacing("[-1.5, 52.9]]", "[-1.5, 52.8]]"), "[0]: does not end where it begins"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[-1.5]"), "[0][0]: is no pair"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[]"), "[0][0]: is no list of numbers"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[[-1.5, 52.9]"), "line 7"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[NaN, 52.9]"), "[0][0][0]: is not between -9 and 2"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[-1.5, Infinity]"), "[0][0][1]: is not between"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[52.9, -1.5]"), "[0][0][0]: is not between"),
    ("wards", replacing("[[[-1.5, 52.9]", f"[[[1{'0' * 400}, 52.9]"), "is not between"),
    ("wards", replacing("[[[-1.5, 52.9]", '[[["-1.5", 52.9]'), "is not a number of degrees"),
    ("wards", replacing("[[[-1.5, 52.9]", "[[[true, 52.9]"), "is not a number of degrees"),
    ("lookup", lambda _: b"", "lookup.csv: is empty"),
    ("lookup", lambda text: text[: text.index(b"\n") + 1], "no rows"),
    ("lookup", replacing("WD19CD", "WD20CD"), 'line 1, column "WD19CD": is missing'),
    ("lookup", replacing("LSOA11NM", "LSOA11CD"), 'line 1, column "LSOA11NM": is missing'),
    ("lookup", replacing("LAD19NM", "LAD19CD"), 'line 1, column "LAD19CD": stands there twice'),
    ("lookup", replacing("E05999002", "E05999009"), 'line 4, column "WD19CD"'),
    ("lookup", replacing("E01999002", "E01999001"), 'line 3, column "LSOA11CD": E01999001 stands'),
    ("lookup", replacing("E01999002", "X01999002"), 'line 3, column "LSOA11CD"'),
    ("lookup", replacing("Sample 001B", ""), 'line 3, column "LSOA11NM": is empty'),
    ("lookup", replacing("Sample 001B", "S" * 81), 'line 3, column "LSOA11NM": is longer'),
    ("lookup", replacing("Sample 001B", '"Sample 001B'), "line 4"),
    ("lookup", replacing("Sample 001B", "a,b"), "line 3"),
    ("lookup", cut(20), 'line 4, column "LAD19CD"'),
    ("lookup", cut(2), 'line 4, column "LAD19NM": the last line has no line end'),
    ("lookup", without_last_line, 'column "WD19CD": no LSOA is in E05999002'),
    ("lookup", lambda text: text.decode("utf-8-sig").encode("utf-16"), "line 1: is not a text"),
    ("lookup", lambda text: text.replace(b"Testbury", b"T\xe9stbury"), "line 4, byte"),
    ("lookup", lambda text: text.replace(b"Testbury", b"T\0stbury"), "line 4"),
    ("lookup", lambda _: b"x" * 1_000_001, "line 1: is not a text table"),
    ("iod", replacing("29199.00", "many"), f'line 2, column "{RANK}"'),
    ("iod", replacing("29199.00", "29199.50"), f'line 2, column "{RANK}"'),
    ("iod", replacing("29199.00", "-1"), f'line 2, column "{RANK}"'),
    ("iod", replacing("29199.00", "32845.00"), f'line 2, column "{RANK}": 32845 is not between'),
    ("iod", replacing("29199.00,9.00", "29199.00,11.00"), f'line 2, column "{DECILE}": 11 is not'),
    ("iod", replacing("29199.00,9.00", "29199.00,0.00"), f'line 2, column "{DECILE}": 0 is not'),
    ("iod", replacing(DECILE, "Decile"), f'line 1, column "{DECILE}": is missing'),
    ("iod", replacing("E01999002", "E01999001"), 'line 3, column "LSOA code (2011)"'),
    ("iod", replacing("E01999002", "E01999077"), 'line 3, column "LSOA code (2011)"'),
    ("iod", without_last_line, "no row is about E01999003"),
    ("iod", cut(25), "line 4"),
    ("iod", cut(3), "line 4"),
    ("postcodes", replacing("ZZ112BB", "NOT A CODE"), 'line 3, column "postcode"'),
    ("postcodes", replacing("ZZ112BB", "zz1 1aa"), 'line 3, column "postcode": stands already'),
    ("postcodes", replacing("52.92000", "north"), 'line 3, column "lat"'),
    ("postcodes", replacing("52.92000", "-52.92000"), 'line 3, column "lat"'),
    ("postcodes", replacing("-1.40000", "nan"), 'line 3, column "long"'),
    ("postcodes", replacing("E01999002", "E01999088"), 'line 3, column "lsoa11"'),
    ("postcodes", replacing("E01999012", ""), 'line 3, column "lsoa21"'),
    ("postcodes", replacing("E05999002,Test", "E05999088,Test"), 'line 4, column "ward2019_bestf'),
    ("postcodes", cut(30), "line 4"),
    ("postcodes", cut(1), "line 4"),
]


@pytest.mark.parametrize("is_loaded", [False, True], ids=["empty", "loaded"])
@pytest.mark.parametrize(("name", "change", "message"), DAMAGE)
def test_a_damaged_file_is_named_and_nothing_changes(tmp_path, name, change, message, is_loaded):
    if is_loaded:
        load(SAMPLE_FILES)
    files = damaged(tmp_path, name, change)
    before = state()

    with pytest.raises(CommandError) as caught:
        load(files)

    text = str(caught.value)
    assert text.startswith(str(files[name]))
    assert message in text
    assert text.endswith("Nothing was changed.")
    assert state() == before


@pytest.mark.parametrize("name", SAMPLE_FILES)
def test_a_file_that_cannot_be_opened_is_named(tmp_path, name):
    missing = tmp_path / "nowhere.csv"
    with pytest.raises(CommandError, match=r"nowhere.csv: cannot be read: No such file"):
        load(SAMPLE_FILES | {name: missing})
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        load(SAMPLE_FILES | {name: tmp_path})


@pytest.mark.parametrize("name", SAMPLE_FILES)
def test_a_file_that_may_not_be_read_is_named(monkeypatch, name):
    opened = Path.open

    def refuse(path: Path, *args, **options):
        if path == SAMPLE_FILES[name]:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CommandError, match=f"{SAMPLE_FILES[name].name}: cannot be read: Permiss"):
        load(SAMPLE_FILES)
    assert state()["hubs_ward"][0] == 0


@pytest.mark.parametrize("other", ["iod", "wards"])
def test_one_file_for_another_is_noticed(other):
    with pytest.raises(CommandError, match=SAMPLE_FILES[other].name):
        load(SAMPLE_FILES | {"lookup": SAMPLE_FILES[other]})


def test_a_ward_under_another_code_is_noticed(tmp_path):
    ensure_reference_wards()
    files = damaged(tmp_path, "wards", replacing("Sampleford", "Sinfin"))

    with pytest.raises(CommandError, match="Sinfin is loaded with the code E05001782"):
        load(files)


def test_postcodes_that_would_vanish_are_kept_unless_replaced(tmp_path):
    load(SAMPLE_FILES)
    files = damaged(tmp_path, "postcodes", without_last_line)
    before = state()

    with pytest.raises(CommandError, match=r"lacks 1 of 3 .* such as ZZ1 3CC.*--replace"):
        load(files)
    assert state() == before

    lines = load(files, replace=True)

    assert "postcodes: 0 created, 0 updated, 2 unchanged, 1 removed" in lines
    assert sorted(Postcode.objects.values_list("postcode", flat=True)) == ["ZZ1 1AA", "ZZ11 2BB"]


def test_areas_that_would_vanish_are_kept_unless_replaced(tmp_path):
    load(SAMPLE_FILES)
    gone = replacing("2,E01999002,Sample 001B,E05999001,Sampleford,E06999999,Sample\n", "")
    files = damaged(tmp_path, "lookup", gone)
    alone = {"lookup": files["lookup"]}

    with pytest.raises(CommandError, match=r"lacks 1 of 3 .* such as E01999002"):
        load(alone)
    with pytest.raises(CommandError, match="still the home of people or postcodes"):
        load(alone, replace=True)

    Postcode.objects.filter(lsoa__code="E01999002").delete()
    lines = load(alone, replace=True)

    assert "LSOAs: 0 created, 0 updated, 2 unchanged, 1 removed" in lines
    assert Deprivation.objects.filter(edition=2019).count() == 2


def test_an_area_that_is_somebodys_home_is_not_removed(tmp_path):
    load({name: SAMPLE_FILES[name] for name in ("wards", "lookup")})
    make_participant(home_lsoa=Lsoa.objects.get(code="E01999002"))
    gone = replacing("2,E01999002,Sample 001B,E05999001,Sampleford,E06999999,Sample\n", "")
    files = damaged(tmp_path, "lookup", gone)
    before = state()

    with pytest.raises(CommandError, match="still the home"):
        load({"lookup": files["lookup"]}, replace=True)
    assert state() == before


@needs_derby
def test_the_official_files_of_derby():
    ensure_reference_wards()
    lines = load(DERBY_FILES)
    load({"iod": DERBY_IOD_2025}, edition=2025)

    assert lines[-1] == "17 wards, 151 LSOAs, 12,070 postcodes"
    assert lines[:2] == [
        "wards: 0 created, 0 updated, 17 unchanged",
        "ward shapes: 17 created, 0 updated, 0 unchanged",
    ]
    assert Deprivation.objects.filter(edition=2025).count() == 152
    for ward in Ward.objects.all():
        areas = Deprivation.objects.filter(lsoa__ward=ward, edition=2019)
        assert areas.count() == ward.lsoa_count
        assert areas.filter(imd_decile=1).count() == ward.lsoas_most_deprived_10pct
        assert areas.filter(imd_decile__lte=2).count() == ward.lsoas_most_deprived_20pct
    spelt = Postcode.objects.typed("de214jj").get()
    assert (spelt.postcode, spelt.ward.boundary_year) == ("DE21 4JJ", 2019)
    before = state()
    assert "Nothing changed: everything was loaded already." in load(DERBY_FILES)
    assert state() == before


@needs_derby
@pytest.mark.parametrize("name", DERBY_FILES)
def test_half_of_an_official_file_is_noticed(tmp_path, name):
    load(DERBY_FILES)
    before = state()
    half = tmp_path / DERBY_FILES[name].name
    shutil.copyfile(DERBY_FILES[name], half)
    with half.open("r+b") as file:
        file.truncate(half.stat().st_size // 2)

    with pytest.raises(CommandError, match=f"{half.name}, (line|column)"):
        load(DERBY_FILES | {name: half})
    assert state() == before
