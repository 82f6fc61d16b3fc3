"""Somebody with something in every table, and requests about them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pghistory

from accounts.models import Role, User
from participants.models import (
    Answer,
    Booking,
    CareKind,
    CareNote,
    Collects,
    Consent,
    ConsentHow,
    Contact,
    ParentLink,
    ParentLinkPurpose,
    Participant,
    Photograph,
    Purpose,
    Relationship,
    Right,
    RightsRequest,
)
from participants.services.rights import Asked, record_request
from tests.factories import (
    london,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

NOW = london(2026, 5, 11, 10)


def asked_for(right: Right, **fields: Any) -> Asked:
    defaults: dict[str, Any] = {
        "asked_by": "Quillon Asker",
        "relationship": Relationship.MOTHER,
        "identity_checked": "Known to the hub",
    }
    return Asked(right=right, **(defaults | fields))


def make_request(
    person: Participant, right: Right = Right.ACCESS, by: User | None = None, **fields: Any
) -> RightsRequest:
    return record_request(
        person=person,
        asked=asked_for(right, **fields),
        received_on=NOW.date(),
        by=by or make_user(Role.TRUST_STAFF),
        now=NOW,
    )


def make_known(hub: str = "", **fields: Any) -> Participant:
    """Somebody of whom something is held in nearly every table."""
    hub, staff = (
        make_hub(**({"name": hub} if hub else {})),
        make_user(Role.COORDINATOR, name="Wystan Staff"),
    )
    defaults: dict[str, Any] = {
        "given_name": "Bramblewick",
        "address": "4 Thornapple Row",
        "home_postcode": "DE1 9ZZ",
        "collection_word": "marzipan",
        "school": "Larkspur School",
        "ethnicity": "WIRI",
    }
    with pghistory.context(by=str(staff.pk)):
        person = make_participant(hub=hub, **(defaults | fields))
        Contact.objects.create(
            participant=person,
            name="Zebedee Contact",
            phone="01332 496000",
            relationship=Relationship.FATHER,
            collects=Collects.NEVER,
            has_parental_responsibility=Answer.NO,
        )
    CareNote.objects.create(
        participant=person, kind=CareKind.ALLERGY, text="Pistachio", written_by=staff
    )
    session = make_session(starts_at=london(2026, 4, 14))
    make_attendance(session, person)
    Booking.objects.create(session=session, participant=person, has_place=True, booked_by=staff)
    link = ParentLink.objects.create(
        participant=person,
        purpose=ParentLinkPurpose.CONSENT,
        token_hash=str(person.pk).replace("-", "") * 2,
        made_by=staff,
        expires_at=NOW + dt.timedelta(days=7),
    )
    Consent.objects.create(
        participant=person,
        purpose=Purpose.SURVEYS,
        is_given=True,
        wording=3,
        answered_by="Ottoline Parent",
        relationship=Relationship.MOTHER,
        how=ConsentHow.LINK,
        link=link,
    )
    photograph = Photograph.objects.create(
        session=session,
        file="photographs/x.webp",
        description="Two on a climbing wall",
        added_by=staff,
    )
    photograph.people.add(person)
    return person
