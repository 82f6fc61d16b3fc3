"""Reads round one session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import ExpressionWrapper, OuterRef, Q, Subquery

from activities.models import (
    HIDDEN_AFTER,
    AccessNeed,
    Activity,
    ActivityText,
    BringItem,
    Programme,
    Session,
    SessionKind,
    SessionQuerySet,
    SpokenLanguage,
)
from activities.queries.feedback import Opening, opening_of
from hubs.models import Hub, Organisation
from hubs.prepared import Prepared
from hubs.wording import Edition, put_into_words

OTHER_DATES = 8
OTHER_DATE = ("id", "starts_at", "ends_at", "cancelled_at")
# As the model has them, in its order.
SHOWN_OF_SESSION = (
    *("id", "activity_id", "kind", "starts_at", "ends_at", "places"),
    *("cancelled_at", "cancellation_reason"),
    *("listed_at", "checked_at", "confirmed_at"),
)
SHOWN_OF_HUB = ("id", "name", "slug", "latitude", "longitude")
SHOWN_OF_ACTIVITY = (
    *("id", "programme_id", "hub_id", "partner_id"),
    *(
        "title",
        "kind",
        "strand",
        "summary",
        "venue",
        "address",
        "postcode",
        "latitude",
        "longitude",
    ),
    *("min_age", "max_age", "is_free", "cost", "send_friendly", "welcomes_alone"),
    *("first_ten_minutes", "met_by", "met_where", "bring", "bring_more", "bus_stop"),
    *("walk_minutes", "getting_there", "quiet_option", "access_needs", "access", "languages"),
)
# What a calendar that somebody subscribes to holds: what was lately and what is to come.
FEED_BEHIND = dt.timedelta(days=30)
FEED_AHEAD = dt.timedelta(days=120)
FEED_LENGTH = 500

Choice = TypeVar("Choice", bound=models.TextChoices)
Thing = TypeVar("Thing", bound=models.Model)


class Standing(StrEnum):
    """What somebody who opens a session has to know first."""

    COMING = "coming"
    ON_NOW = "on_now"
    OVER = "over"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class SessionPage:
    """A session with everything that its page says. `other_dates` are in order of start."""

    session: Session
    standing: Standing
    is_stale: bool
    bring: list[BringItem]
    access_needs: list[AccessNeed]
    languages: list[SpokenLanguage]
    other_dates: list[Session]
    takes_feedback: bool = False

    @property
    def activity(self) -> Activity:
        return self.session.activity

    @property
    def hub(self) -> Hub | None:
        return self.activity.hub

    @property
    def can_come(self) -> bool:
        """Whether somebody may still come, as far as the hub has said lately."""
        return self.standing in {Standing.COMING, Standing.ON_NOW}

    @property
    def is_shown_elsewhere(self) -> bool:
        """Whether calendars and search engines hear of it."""
        return self.standing is not Standing.UNCONFIRMED

    @property
    def next_date(self) -> Session | None:
        """The next date of the same activity that is not cancelled."""
        return next((each for each in self.other_dates if not each.is_cancelled), None)


def session_page(session: Session, now: dt.datetime, edition: Edition) -> SessionPage:
    """What the page of a session says, in an edition. One query, two where it is not English.

    The session comes with activity, hub, partner and programme.
    """
    put_into_words([session.activity], ActivityText, "activity", edition)
    activity = session.activity
    return SessionPage(
        session=session,
        standing=standing_of(session, now),
        is_stale=session.is_stale(now),
        bring=known(BringItem, activity.bring),
        access_needs=known(AccessNeed, activity.access_needs),
        languages=known(SpokenLanguage, activity.languages),
        other_dates=other_dates(session, now),
        takes_feedback=opening_of(session, now) is Opening.OPEN,
    )


def standing_of(session: Session, now: dt.datetime) -> Standing:
    """Cancelled before all else; what is over needs no confirming any more."""
    if session.is_cancelled:
        return Standing.CANCELLED
    if session.ends_at <= now:
        return Standing.OVER
    if session.is_hidden(now):
        return Standing.UNCONFIRMED
    return Standing.ON_NOW if session.starts_at <= now else Standing.COMING


def other_dates(session: Session, now: dt.datetime) -> list[Session]:
    """The next dates of the same activity, which is public, itself and training left out."""
    rows = _other_dates().rows(
        session=session.pk, activity=session.activity_id, now=now, confirmed=now - HIDDEN_AFTER
    )
    return [Session.from_db(DEFAULT_DB_ALIAS, OTHER_DATE, row) for row in rows]


def public_session(pk: UUID) -> Session:
    """A public session with its activity, hub, partner and programme, as its page shows them.

    One query. Raises Session.DoesNotExist.
    """
    for row in _public_session().rows(pk=pk):
        return _session_of(row)
    raise Session.DoesNotExist


def _session_of(row: Sequence[Any]) -> Session:
    values = iter(row)
    session = _taken(Session, SHOWN_OF_SESSION, values)
    activity = _taken(Activity, SHOWN_OF_ACTIVITY, values)
    hub = _taken(Hub, SHOWN_OF_HUB, values)
    partner, programme = values
    session.activity = activity
    activity.hub = hub if activity.hub_id else None
    activity.partner = Organisation(pk=activity.partner_id, name=partner)
    activity.programme = Programme(pk=activity.programme_id, name=programme)
    return session


def _taken(model: type[Thing], fields: Sequence[str], values: Iterator[Any]) -> Thing:
    return model.from_db(DEFAULT_DB_ALIAS, fields, list(islice(values, len(fields))))


@cache
def _public_session() -> Prepared:
    blank = uuid4()
    of_activity = (f"activity__{name}" for name in SHOWN_OF_ACTIVITY)
    of_hub = (f"activity__hub__{name}" for name in SHOWN_OF_HUB)
    rows = (
        Session.objects.public()
        .filter(pk=blank)
        .order_by()
        .annotate(
            # Planning two more joins would cost the database more than looking two names up.
            partner_name=_name_of(Organisation, "activity__partner"),
            programme_name=_name_of(Programme, "activity__programme"),
        )
        .values_list(*SHOWN_OF_SESSION, *of_activity, *of_hub, "partner_name", "programme_name")
    )
    return Prepared(rows, pk=blank)


def _name_of(model: type[models.Model], key: str) -> Subquery:
    return Subquery(model._default_manager.filter(pk=OuterRef(key)).order_by().values("name"))


@cache
def _other_dates() -> Prepared:
    blanks: dict[str, Any] = {
        "session": uuid4(),
        "activity": -1,
        "now": dt.datetime(1, 1, 2, tzinfo=dt.UTC),
        "confirmed": dt.datetime(1, 1, 3, tzinfo=dt.UTC),
    }
    rows = Session.objects.filter(
        ~Q(pk=blanks["session"]) & ~Q(kind=SessionKind.TRAINING),
        activity=blanks["activity"],
        ends_at__gt=blanks["now"],
        confirmed_at__gt=blanks["confirmed"],
    ).order_by("starts_at", "pk")
    return Prepared(rows.values_list(*OTHER_DATE)[:OTHER_DATES], **blanks)


def with_everything(sessions: SessionQuerySet) -> SessionQuerySet:
    """Sessions with all that their pages and calendars say of them, in one query."""
    return sessions.select_related("activity__hub", "activity__partner", "activity__programme")


def for_calendar(sessions: SessionQuerySet, now: dt.datetime, edition: Edition) -> list[Session]:
    """What a subscribed calendar of these sessions holds, in an edition, in order of start.

    From 30 days ago to 120 ahead and no more than 500, what is not over first; what its hub has not
    confirmed lately is left out, what is cancelled is not.
    """
    window = sessions.listed(now).filter(
        ends_at__gt=now - FEED_BEHIND, starts_at__lt=now + FEED_AHEAD
    )
    is_over = ExpressionWrapper(Q(ends_at__lte=now), models.BooleanField())
    found = with_everything(window).order_by(is_over, "starts_at", "pk")[:FEED_LENGTH]
    shown = sorted(found, key=lambda each: (each.starts_at, each.pk))
    put_into_words([each.activity for each in shown], ActivityText, "activity", edition)
    return shown


def place_of(activity: Activity) -> str:
    """Where an activity is, as on an envelope, in one line."""
    return ", ".join(filter(None, (activity.venue, activity.address, activity.postcode)))


def coordinates_of(activity: Activity) -> tuple[float, float] | None:
    """Latitude and longitude of an activity, else of its hub, where either is known."""
    for place in (activity, activity.hub):
        if place and place.latitude is not None and place.longitude is not None:
            return place.latitude, place.longitude
    return None


def known(choices: type[Choice], values: Iterable[str]) -> list[Choice]:
    """The choices in the order of their list; values that no longer exist are left out."""
    chosen = set(values)
    return [each for each in choices if each.value in chosen]
