"""Reads of releases: earlier ones, the register, and words that may still be used."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from activities.models import Programme
from evaluation.models import (
    Extract,
    Quote,
    QuoteUse,
    Release,
    ReleasedTable,
    ReleaseQuerySet,
    ReleaseState,
    ReportRun,
)
from evaluation.queries.quotes import usable_of
from hubs.models import Hub


def releases_for(user: User) -> ReleaseQuerySet:
    """The releases that a user sees, each with its report and who made and checked it."""
    return (
        Release.objects.visible_to(user)
        .select_related("run__grant", "made_by", "checked_by")
        .prefetch_related("run__programmes")
    )


def unfinished_of(user: User, run: ReportRun) -> ReleaseQuerySet:
    """Releases of a report that are being written or wait for a second person; the latest first."""
    states = (ReleaseState.DRAFT, ReleaseState.WAITING)
    found = Release.objects.visible_to(user).filter(run=run, state__in=states)
    return found.select_related("made_by").order_by("-made_at")


def version_before(release: Release) -> Release | None:
    """The latest release that was told of the same things and the same days; also one taken back.

    Three queries.
    """
    run = release.run
    same = (
        Release.objects.told()
        .exclude(pk=release.pk)
        .filter(run__grant=run.grant_id, run__first_day=run.first_day, run__last_day=run.last_day)
    )
    wanted = _about(run)
    found = same.select_related("run").prefetch_related("run__programmes", "run__hubs")
    return next(
        (each for each in found.order_by("-released_at") if _about(each.run) == wanted), None
    )


def reasons_between(first: ReportRun, last: ReportRun) -> list[str]:
    """What happened from one run to a later one of the same, without numbers; each reason once.

    Every run keeps what happened since the run before it. Nothing is told where the first is none
    of those that came before. A query for each run between.
    """
    found: list[str] = []
    run: ReportRun | None = last
    while run is not None and run != first:
        found = [*(each["label"] for each in run.changes.get("reasons", ())), *found]
        run = ReportRun.objects.filter(pk=run.changes.get("earlier")).first()
    return list(dict.fromkeys(found)) if run == first else []


def _about(run: ReportRun) -> tuple[set[int], set[int]]:
    return {each.pk for each in run.programmes.all()}, {each.pk for each in run.hubs.all()}


def earlier_tables(release: Release) -> list[ReleasedTable]:
    """Every table that was ever told by another release: what was taken back is not forgotten."""
    told = Release.objects.told().exclude(pk=release.pk)
    return list(ReleasedTable.objects.filter(release__in=told).select_related("release"))


def words_still_allowed(run: ReportRun) -> frozenset[tuple[str, str]]:
    """Words and signature of quotes that may stand in a report now. Four queries."""
    quotes = Quote.objects.filter(activity__programme__in=run.programmes.all())
    hubs = list(run.hubs.all())
    if hubs:
        quotes = quotes.filter(hub__in=hubs)
    return frozenset((each.words, each.attribution) for each in usable_of(quotes, QuoteUse.REPORTS))


def register_for(user: User, release: UUID | None = None) -> QuerySet[ReleasedTable]:
    """What was told by releases that a user sees, by one of them if wanted."""
    told = Release.objects.visible_to(user).told()
    if release is not None:
        told = told.filter(pk=release)
    return ReleasedTable.objects.filter(release__in=told).select_related("release")


def names_of_scopes() -> dict[str, str]:
    """What programmes and hubs are called, by the slugs that the register knows. Two queries."""
    return {
        slug: name
        for model in (Hub, Programme)
        for slug, name in model._default_manager.values_list("slug", "name")
    }


def extracts_told(user: User) -> list[Extract]:
    """Extracts for research that were released: they left too. One query."""
    told = Extract.objects.visible_to(user).filter(released_at__isnull=False)
    return list(told.select_related("study__programme").order_by("-released_at"))
