"""Writes of released figures: publishing from a release, and taking back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction

from accounts.models import AuditKind, User
from accounts.services import record_audit
from evaluation.models import Release, ReleasedFigure, ReleaseState
from evaluation.released import Candidate, Offer, offer_of
from evaluation.services.releases import (
    ReleaseError,
    ReleaseRefusedError,
    body_of,
    one_release_at_a_time,
    refuse_others,
)
from hubs.models import Hub


def offer_of_release(release: Release) -> Offer:
    """What a release offers to the public.

    Raises:
        ReleaseError: it is not out, or of several programmes together.
    """
    if release.state != ReleaseState.RELEASED:
        raise ReleaseError("Only what is released can be published.")
    programmes = list(release.run.programmes.all())
    if len(programmes) != 1:
        raise ReleaseError("It is of several programmes. Release a report of one of them.")
    return offer_of(body_of(release), programmes[0], Hub.objects.all())


def check_choice(offer: Offer, keys: Collection[str]) -> list[Candidate]:
    """The figures with these keys.

    Raises:
        ReleaseRefusedError: nothing is chosen, or something that the release does not show.
    """
    chosen = offer.chosen(keys)
    if not chosen:
        raise ReleaseRefusedError(["Choose at least one figure."])
    reasons = [f"{each.indicator.label}: {each.refusal}" for each in chosen if each.refusal]
    if reasons:
        raise ReleaseRefusedError(reasons)
    return chosen


@transaction.atomic
def publish_figures(
    *, release: Release, keys: Collection[str], by: User, now: dt.datetime
) -> list[ReleasedFigure]:
    """Publish figures of a release as it prints them; the same ones from before are replaced.

    Raises:
        PermissionDenied: the user may not publish.
        ReleaseError: the release is not out, or of several programmes.
        ReleaseRefusedError: nothing is chosen, or something that the release does not show.
    """
    refuse_others(by)
    one_release_at_a_time()
    standing = Release.objects.select_for_update().get(pk=release.pk)
    offer = offer_of_release(standing)
    chosen = check_choice(offer, keys)
    return [_publish(standing, offer, each, by=by, now=now) for each in chosen]


@transaction.atomic
def withdraw_figure(*, figure: ReleasedFigure, by: User, now: dt.datetime) -> ReleasedFigure:
    """Take a figure off the website; that it was there stays on record."""
    refuse_others(by)
    if figure.withdrawn_at is None:
        figure.withdrawn_at = now
        figure.save(update_fields=["withdrawn_at"])
        record_audit(by=by, kind=AuditKind.FIGURE_WITHDRAWN, about=figure)
    return figure


def _publish(
    release: Release, offer: Offer, chosen: Candidate, *, by: User, now: dt.datetime
) -> ReleasedFigure:
    of_what: dict[str, Any] = {
        "programme": offer.programme,
        "indicator": chosen.indicator.id,
        "hub": chosen.hub,
        "ward": None,
        "first_day": offer.first_day,
        "last_day": offer.last_day,
    }
    ReleasedFigure.objects.public().filter(**of_what).update(withdrawn_at=now)
    figure = ReleasedFigure.objects.create(
        **of_what,
        release=release,
        label=chosen.indicator.label,
        value=chosen.text,
        amount=chosen.amount,
        source=offer.source,
        published_by=by,
        published_at=now,
    )
    record_audit(by=by, kind=AuditKind.FIGURE_PUBLISHED, about=figure)
    return figure
