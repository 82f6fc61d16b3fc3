"""Samples, the real files where they are, and what the geography tables hold."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

SAMPLES = Path(__file__).parent / "samples"
DERBY = Path(
    os.environ.get("DERBY_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data")
)
DERBY_FILES = {
    "wards": DERBY / "geography" / "derby_wards_2019_bgc.geojson",
    "lookup": DERBY / "deprivation" / "raw_lsoa11_ward19_derby.csv",
    "iod": DERBY / "deprivation" / "raw_iod2019_file3_derby.csv",
    "postcodes": DERBY / "postcodes" / "derby_postcodes.csv",
}
DERBY_IOD_2025 = DERBY / "deprivation" / "derby_lsoa21_iod2025.csv"
needs_derby = pytest.mark.skipif(
    not all(path.exists() for path in (*DERBY_FILES.values(), DERBY_IOD_2025)),
    reason=f"NOT RUN: the official files of Derby are not in {DERBY}; set DERBY_DATA.",
)
SAMPLE_FILES = {
    "wards": SAMPLES / "wards.geojson",
    "lookup": SAMPLES / "lookup.csv",
    "iod": SAMPLES / "iod2019_file3.csv",
    "postcodes": SAMPLES / "postcodes.csv",
}
TABLES = ("hubs_ward", "hubs_wardboundary", "hubs_lsoa", "hubs_deprivation", "hubs_postcode")


def load(files: dict[str, Path], **options: object) -> list[str]:
    """Run the command; returns the lines of its standard output."""
    out = io.StringIO()
    if "iod" in files:
        options = {"edition": 2019} | options
    call_command("load_geography", **files, **options, stdout=out, stderr=io.StringIO())
    return out.getvalue().splitlines()


def state() -> dict[str, tuple[int, str]]:
    """Row count and checksum of each geography table."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            rows = [row[0] for row in cursor.fetchall()]
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found
