"""Words of young people as evidence: written down, checked, and taken out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from evaluation.models import Quote, QuoteUse
from participants.models import Purpose
from participants.queries.consents import may

COVERED_BY = {QuoteUse.REPORTS: Purpose.WORDS_REPORTS, QuoteUse.PUBLIC: Purpose.WORDS_PUBLIC}
WITHDRAWN = "Consent was taken back."


def take_out_uncovered(ids: Collection[UUID], *, now: dt.datetime) -> int:
    """Take uses off these people's words that consent no longer covers; how many words changed.

    Words that may be used nowhere any more are taken out.
    """
    covered = {use.value for use, purpose in COVERED_BY.items() if may(ids, purpose)}
    changed = 0
    for quote in Quote.objects.standing().filter(participant__in=ids):
        left = [use for use in quote.uses if use in covered]
        if left == quote.uses:
            continue
        quote.uses = left
        if not left:
            quote.taken_out_at, quote.taken_out_why = now, WITHDRAWN
        quote.save(update_fields=["uses", "taken_out_at", "taken_out_why"])
        changed += 1
    return changed
