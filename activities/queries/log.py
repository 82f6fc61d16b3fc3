"""What became of a session, as its log says it, and who can have been there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet

from accounts.access import EVERY_HUB
from accounts.models import RoleGrant, User
from activities.models import Session, SessionLog
from hubs.models import HubMembership, Organisation, OrganisationKind


class Happened(models.TextChoices):
    """What can have become of a session."""

    DELIVERED = "delivered", "Delivered"
    CUT_SHORT = "cut_short", "Cut short"
    NOT = "not", "Did not take place"


@dataclass(frozen=True)
class LogFacts:
    """What a log says; keys of skills, people and organisations.

    `happened` is none while nobody has said, `minutes` is none where it did not take place, and
    `why` is empty where it was delivered.
    """

    happened: Happened | None
    minutes: int | None
    why: str
    skills: frozenset[str]
    note: str
    staff: frozenset[UUID]
    partners: frozenset[int]


def log_of(session: Session) -> SessionLog | None:
    """The log of a session, if somebody has written one. One query."""
    return SessionLog.objects.filter(pk=session.pk).select_related("logged_by").first()


def facts_of(session: Session, log: SessionLog | None) -> LogFacts:
    """What stands of a session, with or without a log. Two queries where there is a log."""
    cancelled = session.is_cancelled
    happened = Happened.NOT if cancelled else Happened(session.delivery or Happened.DELIVERED)
    return LogFacts(
        happened=happened if cancelled or session.delivery else None,
        minutes=None if cancelled else session.delivered_minutes,
        why=session.cancellation_reason if cancelled else log.why if log else "",
        skills=frozenset(log.skills if log else ()),
        note=log.note if log else "",
        staff=frozenset(log.staff.values_list("pk", flat=True) if log else ()),
        partners=frozenset(log.partners.values_list("pk", flat=True) if log else ()),
    )


def fingerprint_of(facts: LogFacts) -> str:
    """SHA-256 of what a log says, as hexadecimal digits."""
    kept = [facts.happened, facts.minutes, facts.why, facts.note]
    sets = [sorted(map(str, each)) for each in (facts.skills, facts.staff, facts.partners)]
    return sha256(json.dumps([*kept, *sets]).encode()).hexdigest()


def staff_of(session: Session, user: User) -> QuerySet[User]:
    """Who can have been there, by name: those who worked at its hub then, and the user.

    Citywide it is those who work for every hub. Whoever its log names already stays.
    """
    members = HubMembership.objects.held(session.starts_at).filter(hub=session.activity.hub_id)
    everywhere = RoleGrant.objects.current().filter(role__in=EVERY_HUB)
    fitting = everywhere if session.activity.hub_id is None else members
    named = SessionLog.staff.through.objects.filter(sessionlog_id=session.pk)
    return User.objects.filter(
        Q(pk__in=fitting.values("user_id"))
        | Q(pk__in=named.values("user_id"))
        | Q(pk__in=[user.pk, session.led_by_id])
    ).order_by("name", "email")


def partners_of(session: Session) -> QuerySet[Organisation]:
    """Organisations that can have been there, by name; those usual at the hub `is_near`."""
    activity = session.activity
    named = SessionLog.partners.through.objects.filter(sessionlog_id=session.pk)
    near = Q(pk=activity.partner_id) | Q(pk__in=named.values("organisation_id"))
    if activity.hub_id is not None:
        near |= Q(activities__hub=activity.hub_id) | Q(hubs=activity.hub_id)
    usual = Organisation.objects.filter(near).values("pk")
    kinds = (OrganisationKind.LEAD, OrganisationKind.DELIVERY, OrganisationKind.SCHOOL)
    return (
        Organisation.objects.filter(Q(kind__in=kinds) | Q(pk__in=usual))
        .annotate(is_near=Q(pk__in=usual))
        .order_by("name")
    )
