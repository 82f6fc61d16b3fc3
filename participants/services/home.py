"""Where somebody lives. What figures count is where they lived when it was first recorded."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import User
from hubs.queries import place_of
from participants.models import Participant
from participants.sections import Section
from participants.services.records import change_fields


@transaction.atomic
def change_home(
    *,
    person: Participant,
    address: str,
    home_postcode: str,
    is_address_hidden: bool,
    version: int,
    by: User,
) -> Participant:
    """Write down an address, its postcode in its one spelling, and whether it must stay hidden.

    Small area, ward and decile are those of the first postcode that is known, and stay as they
    are whatever comes later. Raises as `change_fields` does.
    """
    values: dict[str, Any] = {
        "address": address,
        "home_postcode": home_postcode,
        "is_address_hidden": is_address_hidden,
    }
    if home_postcode and not _is_placed(person):
        values |= _place(home_postcode)
    return change_fields(
        person=person, section=Section.CONTACTS, values=values, version=version, by=by
    )


def _is_placed(person: Participant) -> bool:
    """Whether a home was ever recorded, if only by its ward."""
    first = (person.home_lsoa_id, person.home_ward_id, person.imd_decile)
    return any(value is not None for value in first)


def _place(postcode: str) -> dict[str, Any]:
    place = place_of(postcode)
    if place is None:
        return {}
    return {
        "home_lsoa_id": place.lsoa_id,
        "home_ward_id": place.ward_id,
        "imd_decile": place.imd_decile,
        "imd_edition": None if place.imd_decile is None else place.imd_edition,
    }
