"""How an import tells whose it is: it is at work, and a claim stands on its row or not."""

from __future__ import annotations

from django.db.models import Q

import jobs
from participants.models import ImportBatch
from participants.models.imports import AT_WORK

WORK = jobs.Work(
    name="import",
    rows=ImportBatch.objects.all,
    waiting=Q(state__in=AT_WORK, claim__isnull=True),
    running=Q(state__in=AT_WORK, claim__isnull=False),
    waits_since="heartbeat_at",
    most_attempts=3,
    taken={"rows_done": 0},
)
