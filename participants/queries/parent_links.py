"""What a secret address opens: nothing else of a record than a first name and the answers."""

from __future__ import annotations

import datetime as dt
import hashlib

from participants.models import Consent, ParentLink, ParentLinkPurpose, Purpose
from participants.queries.consents import standing


def hash_of(token: str) -> str:
    """What is kept of a secret address's token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_link(token: str, purpose: ParentLinkPurpose, now: dt.datetime) -> ParentLink | None:
    """The link of an address while it opens something; None for any other. One query.

    Used, closed, expired or never made is all the same, and so is a record that is not in use.
    """
    link = link_of(token, purpose)
    if link is None or not link.is_open(now) or link.participant.anonymised_at is not None:
        return None
    if purpose is ParentLinkPurpose.CHANGE:
        return link
    if link.participant.restricted_at is not None:
        return None
    if purpose is ParentLinkPurpose.COMPLETE and link.participant.merged_into_id is not None:
        return None
    return link


def link_of(token: str, purpose: ParentLinkPurpose) -> ParentLink | None:
    """The link of an address for a purpose, even one that has ended. One query."""
    links = ParentLink.objects.select_related("participant__merged_into")
    return links.filter(token_hash=hash_of(token), purpose=purpose).first()


def has_receipt(link: ParentLink, receipt: str) -> bool:
    """Whether what was sent by a link was sent with this receipt: it is being sent again."""
    kept = link_of(receipt, ParentLinkPurpose.CHANGE)
    return link.used_at is not None and kept is not None and kept.made_at == link.used_at


def answered_with(link: ParentLink) -> Consent | None:
    """One of the answers with which a link to take them back was made. One query."""
    answers = Consent.objects.filter(participant=link.participant_id, at=link.made_at)
    return answers.filter(link__isnull=False).first()


def standing_answers(link: ParentLink) -> list[Consent]:
    """The answers that stand for the link's young person, in the order they are asked."""
    found = standing(link.participant.merged_into or link.participant)
    return [answer for purpose in Purpose if (answer := found[purpose].answer) is not None]
