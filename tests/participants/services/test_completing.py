"""What a walk-in's deadline is, and that a home is placed once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Role
from hubs.models import CensusYear, Deprivation, Lsoa, Postcode
from participants.models import ParentLinkPurpose, Purpose, Relationship
from participants.services.completing import Details, complete_record
from participants.services.deadlines import complete_by
from participants.services.parent_links import Given, LinkEndedError, make_link, new_token
from tests.factories import make_hub, make_participant, make_user, make_ward

GIVEN = Given({Purpose.SURVEYS: True}, "Bramble Sample", Relationship.MOTHER, "en-gb")
DETAILS = Details({"family_name": "Sampleton"}, "DE22 1AA", [], {}, {})


def test_a_walk_in_has_a_fortnight() -> None:
    assert complete_by(dt.date(2026, 2, 20)) == dt.date(2026, 3, 6)


@pytest.mark.django_db
@pytest.mark.parametrize("is_placed", [False, True])
def test_a_home_is_placed_once(is_placed: bool) -> None:
    ward, hub = make_ward(), make_hub()
    lsoa = Lsoa.objects.create(code="E01000001", name="Derby 001A", census_year=CensusYear.Y2011)
    Deprivation.objects.create(lsoa=lsoa, edition=2019, imd_rank=1, imd_decile=2)
    Postcode.objects.create(postcode="DE22 1AA", ward=ward, lsoa=lsoa)
    known = {"imd_decile": 9, "imd_edition": 2019} if is_placed else {}
    person = make_participant(hub=hub, is_complete=False, **known)
    link, _ = make_link(
        person=person,
        purpose=ParentLinkPurpose.COMPLETE,
        by=make_user(Role.COORDINATOR, hubs=(hub,)),
        now=timezone.now(),
    )
    complete_record(
        link=link, details=DETAILS, given=GIVEN, receipt=new_token(), now=timezone.now()
    )
    person.refresh_from_db()
    assert person.home_postcode == "DE22 1AA"
    assert person.imd_decile == (9 if is_placed else 2)
    with pytest.raises(LinkEndedError):
        complete_record(
            link=link, details=DETAILS, given=GIVEN, receipt=new_token(), now=timezone.now()
        )


@pytest.mark.django_db
def test_what_is_left_empty_takes_nothing_away() -> None:
    """Staff may have written it down between the link and the answer."""
    hub = make_hub()
    person = make_participant(
        hub=hub, is_complete=False, school="Bramble School", collection_word="Kite"
    )
    link, _ = make_link(
        person=person,
        purpose=ParentLinkPurpose.COMPLETE,
        by=make_user(Role.COORDINATOR, hubs=(hub,)),
        now=timezone.now(),
    )
    facts = {"family_name": "Sampleton", "school": "", "collection_word": ""}
    complete_record(
        link=link,
        details=Details(facts, "", [], {}, {}),
        given=GIVEN,
        receipt=new_token(),
        now=timezone.now(),
    )
    person.refresh_from_db()
    assert (person.family_name, person.school) == ("Sampleton", "Bramble School")
    assert (person.collection_word, person.is_complete) == ("Kite", True)
