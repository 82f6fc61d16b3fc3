"""What a secret of asking opens, and how hand-overs and links at a session stand."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from evaluation.models import Kiosk, SurveyPass
from evaluation.models.surveys import SurveyPassQuerySet


def hash_of(token: str) -> str:
    """What is kept of a link's or a tablet's token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def pass_of(token: str, now: dt.datetime) -> SurveyPass | None:
    """The pass that a link's token opens now; None for any other. One query."""
    found = _passes().filter(token_hash=hash_of(token)).first()
    return found if found is not None and is_usable(found, now) else None


def kiosk_of(token: str, now: dt.datetime) -> Kiosk | None:
    """The kiosk that a tablet's token opens now; None for any other. One query."""
    kiosks = Kiosk.objects.select_related("session__activity__hub")
    found = kiosks.filter(token_hash=hash_of(token)).first()
    return found if found is not None and found.is_open(now) else None


def next_turn(kiosk: Kiosk, now: dt.datetime) -> SurveyPass | None:
    """Whose turn it is at a tablet: the first that was not left; None where all are over.

    One query.
    """
    if not kiosk.is_open(now):
        return None
    turns = _passes().open(now).filter(kiosk=kiosk, participant__restricted_at=None)
    return turns.filter(participant__anonymised_at=None).order_by("position").first()


def turn_of(kiosk: Kiosk, turn_id: uuid.UUID, now: dt.datetime) -> SurveyPass | None:
    """A turn of this tablet that is not over; None for any other. One query."""
    found = _passes().filter(kiosk=kiosk, pk=turn_id).first()
    return found if found is not None and kiosk.is_open(now) and is_usable(found, now) else None


def is_usable(survey_pass: SurveyPass, now: dt.datetime) -> bool:
    """Whether a pass still opens something, and its record is in use."""
    person = survey_pass.participant
    in_use = person.restricted_at is None and person.anonymised_at is None
    return in_use and survey_pass.is_open(now)


def _passes() -> SurveyPassQuerySet:
    return SurveyPass.objects.select_related(
        "participant", "measure__instrument", "measure__programme", "session", "kiosk", "response"
    )
