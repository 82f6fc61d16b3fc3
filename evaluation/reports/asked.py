"""What a report is asked of: one value, made from a run's row, that says what is the same."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from activities.models import Programme
from evaluation.models import Audience, Grant, ReportRun, ReportTemplate
from hubs.models import Hub


@dataclass(frozen=True)
class Asked:
    """A grant or programmes, dates with both included, hubs (none: every one), for whom, and shape.

    Without a grant there are no targets and no money in it.
    """

    grant: Grant | None
    programmes: tuple[Programme, ...]
    first_day: dt.date
    last_day: dt.date
    hubs: tuple[Hub, ...] = ()
    audience: str = Audience.INTERNAL
    template: ReportTemplate | None = None

    @property
    def subject(self) -> str:
        """What it is about, in words: the grant, or the programmes."""
        return self.grant.name if self.grant else ", ".join(each.name for each in self.programmes)

    @property
    def slug(self) -> str:
        """The same for the names of files."""
        return self.grant.slug if self.grant else "-".join(each.slug for each in self.programmes)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is asked, in hex: the same for the same questions in any order."""
        asked = {
            "grant": self.grant.pk if self.grant else None,
            "programmes": sorted(each.pk for each in self.programmes),
            "hubs": sorted(each.pk for each in self.hubs),
            "days": [self.first_day.isoformat(), self.last_day.isoformat()],
            "audience": str(self.audience),
            "template": self.template.pk if self.template else None,
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def asked_of(run: ReportRun) -> Asked:
    """What a run was asked for. At most five queries."""
    return Asked(
        grant=run.grant,
        programmes=tuple(run.programmes.order_by("name")),
        first_day=run.first_day,
        last_day=run.last_day,
        hubs=tuple(run.hubs.order_by("name")),
        audience=run.audience,
        template=run.template,
    )
