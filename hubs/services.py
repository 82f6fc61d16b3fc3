"""Writes: the reference wards."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from hubs.models import Ward
from hubs.reference import BOUNDARY_YEAR, WARDS, WardFacts


@transaction.atomic
def ensure_reference_wards() -> dict[str, Ward]:
    """Put the seventeen wards of 2019 and their figures in place; returns them by name.

    Running it again changes nothing. A ward that a file brought in gets its figures.
    """
    Ward.objects.bulk_create(
        [Ward(**ward_fields(facts)) for facts in WARDS],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[name for name in ward_fields(WARDS[0]) if name != "code"],
    )
    codes = [facts.code for facts in WARDS]
    return {ward.name: ward for ward in Ward.objects.filter(code__in=codes)}


def ward_fields(facts: WardFacts) -> dict[str, object]:
    """The fields of a reference ward's row."""
    return facts._asdict() | {"slug": slugify(facts.name), "boundary_year": BOUNDARY_YEAR}
