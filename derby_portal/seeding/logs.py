"""What coordinators wrote of the current term's sessions once they were over."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from random import Random
from uuid import UUID

from django.db import transaction

from accounts.models import User
from activities.models import Delivery, Kind, Session, SessionLog, Skill, london_midnight
from derby_portal.seeding.accounts import SIGN_INS
from derby_portal.seeding.chance import chance, pick, whole
from derby_portal.seeding.dates import term_window
from derby_portal.seeding.framework import activity_keys
from derby_portal.seeding.standing import one_seed_at_a_time
from hubs.models import HubMembership

SHARE_LOGGED = 0.85
SHARE_WITH_NOTE = 0.12
WRITTEN_AFTER = dt.timedelta(minutes=20)
# What is worked on most in each family of activity; any other heading may come on top.
USUAL = {
    Kind.SPORT: (Skill.SELF_CONTROL, Skill.CONFIDENCE, Skill.RESILIENCE),
    Kind.ARTS: (Skill.CONFIDENCE, Skill.CURIOSITY, Skill.EMPATHY),
    Kind.CULTURE: (Skill.CURIOSITY, Skill.INTEGRITY, Skill.EMPATHY),
}
CUT_SHORT_BECAUSE = (
    "The hall was needed earlier than planned.",
    "A fire alarm. Everybody was out in two minutes.",
    "The light failed.",
)
NOTES = (
    "A lively group. Two stations worked better than one.",
    "The side gate was locked. A second key is asked for.",
    "Nearly out of red paint. More is ordered.",
    "Older ones helped the new ones in without being asked.",
    "The speaker crackles. Bring the spare one next week.",
    "Half of it was outside: first dry day for weeks.",
)


@transaction.atomic
def add_logs(today: dt.date) -> int:
    """Write the logs of most sessions of the current term that are over; returns how many.

    Those written stay as they are. Without the demo's sign-ins there is nobody to write them.
    """
    one_seed_at_a_time()
    by = User.objects.filter(email=SIGN_INS[3].email).first()
    if by is None:
        return 0
    staff = staff_by_hub()
    sessions = [each for each in unlogged_sessions(today) if is_logged(each)]
    logs = [log_of(each, staff.get(each.activity.hub_id, [by.pk])[0]) for each in sessions]
    SessionLog.objects.bulk_create(logs)
    add_people(sessions, staff)
    return len(logs)


def staff_by_hub() -> dict[int | None, list[UUID]]:
    """Keys of the demo's staff at each hub where there are any, in order of their sign-ins."""
    emails = [each.email for each in SIGN_INS]
    held = HubMembership.objects.held().filter(user__email__in=emails)
    pairs = held.order_by("user__email").values_list("hub_id", "user_id")
    staff: defaultdict[int | None, list[UUID]] = defaultdict(list)
    for hub, user in pairs:
        staff[hub].append(user)
    return dict(staff)


def unlogged_sessions(today: dt.date) -> list[Session]:
    """Sessions of the current term that were delivered before today and have no log."""
    first, _ = term_window(today)
    return list(
        Session.objects.filter(
            activity__in=activity_keys().values(),
            starts_at__gte=london_midnight(first),
            ends_at__lt=london_midnight(today),
            cancelled_at__isnull=True,
            log__isnull=True,
        )
        .exclude(delivery=Delivery.UNKNOWN)
        .select_related("activity")
        .order_by("starts_at", "pk")
    )


def is_logged(session: Session) -> bool:
    """Whether somebody got round to writing it."""
    return chance("log", session.pk.hex).random() < SHARE_LOGGED


def log_of(session: Session, by: UUID) -> SessionLog:
    """What is written of a session, which depends on nothing but the session."""
    rng = chance("what the log says", session.pk.hex)
    cut_short = session.delivery == Delivery.CUT_SHORT
    return SessionLog(
        session=session,
        why=pick(rng, CUT_SHORT_BECAUSE) if cut_short else "",
        skills=skills_of(rng, Kind(session.activity.kind)),
        note=pick(rng, NOTES) if rng.random() < SHARE_WITH_NOTE else "",
        logged_by_id=by,
        logged_at=session.ends_at + WRITTEN_AFTER,
    )


def skills_of(rng: Random, kind: Kind) -> list[str]:
    """One to four headings, those usual in the kind of activity first of all."""
    chosen = {pick(rng, USUAL[kind]) for _ in range(whole(rng, 1, 3))}
    if rng.random() < SHARE_WITH_NOTE:
        chosen.add(pick(rng, list(Skill)))
    return sorted(chosen)


def add_people(sessions: list[Session], staff: dict[int | None, list[UUID]]) -> None:
    """Let the hub's staff, as far as there are any, and the activity's partner have been there."""
    present, partners = SessionLog.staff.through, SessionLog.partners.through
    present.objects.bulk_create(
        present(sessionlog_id=each.pk, user_id=staff[each.activity.hub_id][0])
        for each in sessions
        if each.activity.hub_id in staff
    )
    partners.objects.bulk_create(
        partners(sessionlog_id=each.pk, organisation_id=each.activity.partner_id)
        for each in sessions
    )
