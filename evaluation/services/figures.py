"""Writes of released figures: publishing and taking back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import AuditKind, User
from accounts.services import record_audit
from activities.models import Programme
from evaluation import access
from evaluation.models import FigureQuerySet, ReleasedFigure, ReportRun, Snapshot
from evaluation.released import (
    COUNTED_BY,
    Candidate,
    Release,
    candidates_of,
    refusals,
    release_of,
)
from evaluation.reports.snapshot import thaw
from hubs.models import Hub

# Names the lock under which releases wait for each other.
RELEASE_LOCK = 20190713


class ReleaseRefusedError(Exception):
    """These figures may not go out. `reasons` says why, in sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def release_of_run(run: ReportRun) -> Release:
    """What a finished run offers to the public, judged beside what is public already.

    Raises:
        ValueError: the run is not finished.
    """
    if run.snapshot is None:
        raise ValueError("The report is not finished.")
    body = thaw(run.snapshot.body, run.snapshot.sha256)
    return release_of_body(body, run.programmes.get())


def release_of_body(body: Mapping[str, Any], programme: Programme) -> Release:
    """The same of a snapshot's body. Three queries."""
    hubs = list(Hub.objects.all())
    return release_of(body, programme, hubs, _ever_published(programme, hubs))


def check_release(release: Release, keys: Collection[str]) -> list[Candidate]:
    """The figures with these keys.

    Raises:
        ReleaseRefusedError: nothing is chosen, or they may not go out together.
    """
    chosen = release.chosen(keys)
    if not chosen:
        raise ReleaseRefusedError(["Choose at least one figure."])
    reasons = refusals(release, chosen, _keys_that_were_out(release))
    if reasons:
        raise ReleaseRefusedError(reasons)
    return chosen


@transaction.atomic
def publish_figures(
    *, run: ReportRun, keys: Collection[str], by: User, now: dt.datetime
) -> list[ReleasedFigure]:
    """Publish figures of a finished run as they are shown; the same ones from before are replaced.

    Raises:
        PermissionDenied: the user may not publish.
        ReleaseRefusedError: the figures may not go out.
    """
    _refuse_others(by)
    _one_release_at_a_time()
    release = release_of_run(run)
    return _publish(release, check_release(release, keys), run=run, by=by, now=now)


@transaction.atomic
def publish_body(
    *, body: Mapping[str, Any], programme: Programme, keys: Collection[str], now: dt.datetime
) -> list[ReleasedFigure]:
    """Publish figures of a snapshot's body that belongs to no run: for commands on the server.

    Raises ReleaseRefusedError where the figures may not go out.
    """
    _one_release_at_a_time()
    release = release_of_body(body, programme)
    return _publish(release, check_release(release, keys), run=None, by=None, now=now)


@transaction.atomic
def withdraw_figure(*, figure: ReleasedFigure, by: User, now: dt.datetime) -> ReleasedFigure:
    """Take a figure off the website; that it was there stays on record."""
    _refuse_others(by)
    if figure.withdrawn_at is None:
        figure.withdrawn_at = now
        figure.save(update_fields=["withdrawn_at"])
        record_audit(by=by, kind=AuditKind.FIGURE_WITHDRAWN, about=figure)
    return figure


def _publish(
    release: Release,
    chosen: list[Candidate],
    *,
    run: ReportRun | None,
    by: User | None,
    now: dt.datetime,
) -> list[ReleasedFigure]:
    figures = []
    for each in chosen:
        of_what: dict[str, Any] = {
            "programme": release.programme,
            "indicator": each.indicator.id,
            "hub": each.hub,
            "ward": None,
            "first_day": release.first_day,
            "last_day": release.last_day,
        }
        ReleasedFigure.objects.public().filter(**of_what).update(withdrawn_at=now)
        figure = ReleasedFigure.objects.create(
            **of_what,
            run=run,
            label=each.indicator.label,
            value=each.shown.text,
            amount=each.shown.amount,
            source=release.source,
            published_by=by,
            published_at=now,
        )
        record_audit(by=by, kind=AuditKind.FIGURE_PUBLISHED, about=figure)
        figures.append(figure)
    return figures


def _of_programme(programme: Programme) -> FigureQuerySet:
    """Every figure that may be of a programme: those of an unknown one as well."""
    return ReleasedFigure.objects.filter(Q(programme=programme) | Q(programme=None))


def _keys_that_were_out(release: Release) -> set[str]:
    """The keys of this period's figures that were ever published: nobody forgets them."""
    published = _of_programme(release.programme).filter(
        first_day=release.first_day, last_day=release.last_day, ward=None
    )
    out = set(published.values_list("indicator", "hub"))
    return {
        each.key
        for each in release.candidates
        if (each.indicator.id, each.hub.pk if each.hub else None) in out
    }


def _ever_published(
    programme: Programme, hubs: list[Hub]
) -> list[tuple[ReleasedFigure, Decimal | None]]:
    """Every figure that was ever published, with the exact value where its snapshot is there."""
    figures = list(_of_programme(programme).select_related("run"))
    snapshots = Snapshot.objects.in_bulk({each.run.snapshot_id for each in figures if each.run})
    exact = {
        key: _exact_values(thaw(snapshot.body, snapshot.sha256), hubs)
        for key, snapshot in snapshots.items()
    }
    behind = []
    for figure in figures:
        values = exact.get(figure.run.snapshot_id, {}) if figure.run else {}
        counted_by = COUNTED_BY.get(figure.indicator, figure.indicator)
        behind.append((figure, values.get((counted_by, figure.hub_id))))
    return behind


def _exact_values(
    body: Mapping[str, Any], hubs: list[Hub]
) -> dict[tuple[str, int | None], Decimal]:
    """What stands behind the figures of a snapshot: {(indicator, hub or None): value}."""
    return {
        (each.indicator.id, each.hub.pk if each.hub else None): each.exact
        for each in candidates_of(body, hubs)
    }


def _one_release_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RELEASE_LOCK])


def _refuse_others(by: User) -> None:
    if not access.can_release(by):
        raise PermissionDenied("Only trust staff can publish figures.")
