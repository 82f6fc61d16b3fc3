"""Writes: the reference wards, and official geography and deprivation from files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify

from hubs.loaders.errors import SourceFileError
from hubs.loaders.formats import (
    DEPRIVATION_FORMATS,
    DeprivationRow,
    LookupRow,
    PostcodeRow,
    WardRow,
    read_deprivation,
    read_lookup,
    read_postcodes,
    read_wards,
)
from hubs.loaders.shapes import Polygon
from hubs.loaders.tables import Row, shown
from hubs.models import CensusYear, Deprivation, Lsoa, Postcode, Ward, WardBoundary
from hubs.reference import BOUNDARY_YEAR, WARDS, WARDS_BY_CODE, WardFacts

BATCH = 2000
M = TypeVar("M", bound=models.Model)
Progress = Callable[[str], None]


@transaction.atomic
def ensure_reference_wards() -> dict[str, Ward]:
    """Put the seventeen wards of 2019 and their figures in place; returns them by name.

    Running it again changes nothing. A ward that a file brought in gets its figures.
    """
    merge((Ward(**ward_fields(facts)) for facts in WARDS), WARD_MERGE)
    codes = [facts.code for facts in WARDS]
    return {ward.name: ward for ward in Ward.objects.filter(code__in=codes)}


def ward_fields(facts: WardFacts) -> dict[str, Any]:
    """The fields of a reference ward's row."""
    return facts._asdict() | {"slug": slugify(facts.name), "boundary_year": BOUNDARY_YEAR}


# --- Merging rows into what is there -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Merged:
    """How many rows were created, updated, removed, or were there already."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: Merged) -> Merged:
        return Merged(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
        )

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.removed)


@dataclass(frozen=True, slots=True)
class Merge:
    """How rows of a model are recognised (`key`, the first field tells most) and compared."""

    key: tuple[str, ...]
    values: tuple[str, ...]


WARD_MERGE = Merge(("code",), tuple(name for name in ward_fields(WARDS[0]) if name != "code"))
BOUNDARY_MERGE = Merge(("ward_id",), ("polygons",))
LSOA_MERGE = Merge(("code", "census_year"), ("name", "ward_id"))
DEPRIVATION_MERGE = Merge(
    ("lsoa_id", "edition"), ("imd_rank", "imd_decile", "idaci_rank", "idaci_decile")
)
POSTCODE_MERGE = Merge(("postcode",), ("latitude", "longitude", "lsoa_id", "lsoa21_id", "ward_id"))


def merge(rows: Iterable[M], how: Merge) -> Merged:
    """Create or update these rows, a batch at a time; rows as they should be stay untouched."""
    total = Merged()
    for batch in batches(rows):
        total += merge_batch(batch, how)
    return total


def merge_batch(batch: Sequence[M], how: Merge) -> Merged:
    """Create or update the rows of one batch."""
    model = type(batch[0])
    first = how.key[0]
    there = {
        tuple(row[: len(how.key)]): tuple(row[len(how.key) :])
        for row in model._default_manager.filter(
            **{f"{first}__in": {getattr(row, first) for row in batch}}
        ).values_list(*how.key, *how.values)
    }
    keys = [tuple(getattr(row, name) for name in how.key) for row in batch]
    wanted = [tuple(getattr(row, name) for name in how.values) for row in batch]
    different = [
        row
        for row, key, values in zip(batch, keys, wanted, strict=True)
        if there.get(key) != values
    ]
    created = sum(key not in there for key in keys)
    if different:
        model._default_manager.bulk_create(
            different,
            update_conflicts=True,
            unique_fields=[name.removesuffix("_id") for name in how.key],
            update_fields=[name.removesuffix("_id") for name in how.values],
        )
    return Merged(created, len(different) - created, len(batch) - len(different))


def batches(rows: Iterable[M]) -> Iterator[list[M]]:
    """The rows in lists of at most a batch."""
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


# --- Official files ----------------------------------------------------------------------------


class GeographyMissingError(Exception):
    """A file needs something that was not loaded yet. Says what and how."""


@dataclass(frozen=True, slots=True)
class GeographyFiles:
    """Files to load, each of them optional, and the edition of the deprivation file."""

    wards: Path | None = None
    lookup: Path | None = None
    postcodes: Path | None = None
    deprivation: Path | None = None
    edition: int | None = None


@dataclass(slots=True)
class GeographyLoad:
    """One run: whether rows that the files lack may go, what was done so far, and to whom to say.

    `replaced` are the keys of LSOAs of 2011 that the look-up does not have any more.
    """

    replace: bool
    progress: Progress
    done: dict[str, Merged] = field(default_factory=dict)
    replaced: list[int] = field(default_factory=list)

    def add(self, what: str, merged: Merged) -> None:
        self.done[what] = self.done.get(what, Merged()) + merged


@transaction.atomic
def load_geography(
    files: GeographyFiles, *, replace: bool, progress: Progress
) -> dict[str, Merged]:
    """Load wards, LSOAs, postcodes and deprivation, all or nothing; returns what was done.

    Without `replace` an LSOA of 2011 or a postcode that is loaded and not in its file is an
    error: a file that was cut off at a line end looks like that. Raises SourceFileError and
    GeographyMissingError; the database then stays as it was.
    """
    load = GeographyLoad(replace=replace, progress=progress)
    if files.wards:
        load_wards(files.wards, load)
    if files.lookup:
        load_lookup(files.lookup, load, only_wards_of=files.wards)
    if files.postcodes:
        load_postcodes(files.postcodes, load)
    if files.deprivation and files.edition:
        load_deprivation(files.deprivation, files.edition, load)
    if load.replaced:
        remove_lsoas(files.lookup, load)
    return load.done


def load_wards(path: Path, load: GeographyLoad) -> None:
    """Load the wards of 2019 and their shapes. Nothing is removed: cut JSON is broken JSON."""
    seen: dict[str, str] = {}
    wards, shapes = [], {}
    there = dict(Ward.objects.filter(boundary_year=BOUNDARY_YEAR).values_list("slug", "code"))
    for row in read_wards(path):
        for name, what in ((row.code, "ward_code"), (slugify(row.name), "ward_name")):
            if name in seen:
                problem = f"{name} stands already in {seen[name]}."
                raise SourceFileError(path, problem, place=f"{row.place}.{what}")
            seen[name] = row.place
        if there.get(slugify(row.name), row.code) != row.code:
            problem = f"{row.name} is loaded with the code {there[slugify(row.name)]}."
            raise SourceFileError(path, problem, place=f"{row.place}.ward_name")
        wards.append(ward_of(row))
        shapes[row.code] = row.polygons
    load.progress(f"wards: {len(wards):,} read")
    load.add("wards", merge(wards, WARD_MERGE))
    load.add("ward shapes", merge(boundaries_of(shapes), BOUNDARY_MERGE))


def ward_of(row: WardRow) -> Ward:
    """The ward of a row, with the figures of the reference table where it has them."""
    facts = WARDS_BY_CODE.get(row.code)
    fields = ward_fields(facts) if facts else {"code": row.code, "boundary_year": BOUNDARY_YEAR}
    return Ward(**(fields | {"name": row.name, "slug": slugify(row.name)}))


def boundaries_of(shapes: dict[str, list[Polygon]]) -> list[WardBoundary]:
    """The boundaries of wards that are loaded, from their shapes by ward code."""
    keys = dict(Ward.objects.filter(code__in=shapes).values_list("code", "pk"))
    return [WardBoundary(ward_id=keys[code], polygons=shape) for code, shape in shapes.items()]


def load_lookup(path: Path, load: GeographyLoad, *, only_wards_of: Path | None) -> None:
    """Load the LSOAs of 2011; every ward of the wards file, or every loaded one, has some."""
    wards = dict(Ward.objects.filter(boundary_year=BOUNDARY_YEAR).values_list("code", "pk"))
    if not wards:
        raise GeographyMissingError("No wards are loaded: give --wards as well.")
    seen: dict[str, Row] = {}
    lsoas, named = [], set()
    for row in read_lookup(path):
        refuse_twice(seen, row.code, row.row, "LSOA11CD")
        ward = known(wards, row.ward, row.row, "WD19CD", "ward")
        named.add(row.ward)
        lsoas.append(lsoa_of(row, ward))
    needed = {row.code for row in read_wards(only_wards_of)} if only_wards_of else set(wards)
    if silent := sorted(needed - named):
        raise SourceFileError(
            path,
            f"no LSOA is in {', '.join(silent[:3])}: {len(silent)} of {len(needed)} wards are "
            "missing, the file seems to be cut off.",
            column="WD19CD",
        )
    there = dict(Lsoa.objects.filter(census_year=CensusYear.Y2011).values_list("code", "pk"))
    load.replaced = vanished(path, there, seen.keys(), "LSOA11CD", replace=load.replace)
    load.progress(f"LSOAs of 2011: {len(lsoas):,} read")
    load.add("LSOAs", merge(lsoas, LSOA_MERGE))


def lsoa_of(row: LookupRow, ward: int) -> Lsoa:
    """The LSOA of a row of the look-up."""
    return Lsoa(code=row.code, name=row.name, census_year=CensusYear.Y2011, ward_id=ward)


def load_postcodes(path: Path, load: GeographyLoad) -> None:
    """Load postcodes, and the LSOAs of 2021 that they lie in by code alone."""
    wards = dict(Ward.objects.filter(boundary_year=BOUNDARY_YEAR).values_list("code", "pk"))
    lsoas = lsoas_of(CensusYear.Y2011)
    if not (wards and lsoas):
        raise GeographyMissingError("Postcodes need wards and LSOAs: give --wards and --lookup.")
    there = dict(Postcode.objects.values_list("postcode", "pk"))
    seen: dict[str, int] = {}
    newer = lsoas_of(CensusYear.Y2021)

    def checked() -> Iterator[PostcodeRow]:
        for row in read_postcodes(path):
            if row.postcode in seen:
                raise row.row.error("postcode", f"stands already in line {seen[row.postcode]}.")
            seen[row.postcode] = row.row.line
            known(lsoas, row.lsoa, row.row, "lsoa11", "LSOA of 2011")
            known(wards, row.ward, row.row, "ward2019_bestfit", "ward")
            yield row

    rows = checked()
    while batch := list(islice(rows, BATCH)):
        load.add("LSOAs of 2021", add_newer_lsoas(batch, newer))
        postcodes = [postcode_of(row, lsoas, newer, wards) for row in batch]
        load.add("postcodes", merge_batch(postcodes, POSTCODE_MERGE))
        load.progress(f"postcodes: {len(seen):,} read")
    gone = vanished(path, there, seen.keys(), "postcode", replace=load.replace)
    removed, _ = Postcode.objects.filter(pk__in=gone).delete() if gone else (0, {})
    load.add("postcodes", Merged(removed=removed))


def lsoas_of(census_year: CensusYear) -> dict[str, int]:
    """Primary keys of a census's LSOAs by code."""
    return dict(Lsoa.objects.filter(census_year=census_year).values_list("code", "pk"))


def add_newer_lsoas(batch: list[PostcodeRow], newer: dict[str, int]) -> Merged:
    """Create the LSOAs of 2021 that are not among `newer` yet, and enter them there."""
    codes = sorted({row.lsoa21 for row in batch} - newer.keys())
    made = Lsoa.objects.bulk_create(Lsoa(code=code, census_year=CensusYear.Y2021) for code in codes)
    newer.update((lsoa.code, lsoa.pk) for lsoa in made)
    return Merged(created=len(made))


def postcode_of(
    row: PostcodeRow, lsoas: dict[str, int], newer: dict[str, int], wards: dict[str, int]
) -> Postcode:
    """The postcode of a row whose codes are known."""
    return Postcode(
        postcode=row.postcode,
        latitude=row.latitude,
        longitude=row.longitude,
        lsoa_id=lsoas[row.lsoa],
        lsoa21_id=newer[row.lsoa21],
        ward_id=wards[row.ward],
    )


def load_deprivation(path: Path, edition: int, load: GeographyLoad) -> None:
    """Load ranks and deciles; every loaded LSOA of the edition's census must have its row."""
    table = DEPRIVATION_FORMATS[edition]
    lsoas = lsoas_of(table.census_year)
    if not lsoas:
        option = "--lookup" if table.census_year == CensusYear.Y2011 else "--postcodes"
        raise GeographyMissingError(
            f"Edition {edition} needs the LSOAs of {table.census_year}: give {option} as well."
        )
    seen: dict[str, Row] = {}
    rows = []
    for row in read_deprivation(path, edition):
        refuse_twice(seen, row.lsoa, row.row, table.code)
        what = f"LSOA of {table.census_year}"
        lsoa = known(lsoas, row.lsoa, row.row, table.code, what)
        rows.append(deprivation_of(row, lsoa, edition))
    going = {code for code, pk in lsoas.items() if pk in load.replaced}
    if silent := sorted(lsoas.keys() - seen.keys() - going):
        raise SourceFileError(
            path,
            f"no row is about {', '.join(silent[:3])}: {len(silent)} of {len(lsoas)} LSOAs are "
            "missing, the file seems to be cut off.",
            column=table.code,
        )
    load.progress(f"deprivation {edition}: {len(rows):,} read")
    load.add(f"deprivation {edition}", merge(rows, DEPRIVATION_MERGE))


def deprivation_of(row: DeprivationRow, lsoa: int, edition: int) -> Deprivation:
    """The deprivation of a row."""
    return Deprivation(
        lsoa_id=lsoa,
        edition=edition,
        imd_rank=row.imd_rank,
        imd_decile=row.imd_decile,
        idaci_rank=row.idaci_rank,
        idaci_decile=row.idaci_decile,
    )


def refuse_twice(seen: dict[str, Row], code: str, row: Row, column: str) -> None:
    """Raise SourceFileError for a code that a former line has; remember it else."""
    if code in seen:
        raise row.error(column, f"{code} stands already in line {seen[code].line}.")
    seen[code] = row


def known(codes: dict[str, int], code: str, row: Row, column: str, what: str) -> int:
    """The primary key of a code; raises SourceFileError for one that is not loaded."""
    if code not in codes:
        raise row.error(column, f"{shown(code)} is no {what} that is loaded.")
    return codes[code]


def vanished(
    path: Path, there: dict[str, int], seen: Iterable[str], column: str, *, replace: bool
) -> list[int]:
    """Primary keys of what is loaded and not in the file; an error unless replacing."""
    gone = sorted(there.keys() - set(seen))
    if gone and not replace:
        raise SourceFileError(
            path,
            f"lacks {len(gone):,} of {len(there):,} that are loaded, such as {gone[0]}. If the "
            "file is whole and these are to go, say --replace.",
            column=column,
        )
    return [there[code] for code in gone]


def remove_lsoas(path: Path | None, load: GeographyLoad) -> None:
    """Remove the LSOAs that the look-up does not have any more."""
    try:
        Lsoa.objects.filter(pk__in=load.replaced).delete()
    except ProtectedError as error:
        raise GeographyMissingError(
            f"LSOAs that {path} does not have are still the home of people or postcodes."
        ) from error
    load.add("LSOAs", Merged(removed=len(load.replaced)))
