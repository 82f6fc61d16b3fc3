"""What a young person did here, for themselves: nothing of anybody else, and nowhere they live."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from activities.models import SessionKind, SessionLog, Skill, london_today
from participants.models import AttendanceRole, OwnRecordLink, Participant
from participants.queries.parent_links import hash_of
from participants.queries.record_attendance import Visit, hours_of, visits_of
from participants.queries.records import records_of


@dataclass(frozen=True)
class Share:
    """Sessions of one activity: how many, for how long, and how much of that as a volunteer."""

    title: str
    sessions: int
    hours: Decimal
    volunteer_hours: Decimal


@dataclass(frozen=True)
class Month:
    """A London month by its first day, and what somebody came to in it."""

    first: dt.date
    sessions: int
    hours: Decimal


@dataclass(frozen=True)
class SkillCount:
    """A heading of life skills, and at how many of somebody's sessions it was worked on."""

    skill: Skill
    sessions: int


@dataclass(frozen=True)
class OwnRecord:
    """Sessions and hours as reports count them; activities by hours, months from the newest.

    `training` is titles and days of training somebody came to, which no figure counts.
    """

    name: str
    sessions: int
    hours: Decimal
    volunteer_sessions: int
    volunteer_hours: Decimal
    first_on: dt.date | None
    last_on: dt.date | None
    activities: list[Share]
    months: list[Month]
    skills: list[SkillCount]
    training: list[tuple[str, dt.date]]


def open_own_record(token: str, now: dt.datetime) -> OwnRecordLink | None:
    """The link of an address while it opens something; None for any other. One query.

    Closed, expired or never made is all the same, and so is a record that is not to be used.
    """
    links = OwnRecordLink.objects.select_related("participant__merged_into")
    link = links.filter(token_hash=hash_of(token)).first()
    if link is None or not link.is_open(now):
        return None
    return link if is_in_use(link.participant) else None


def is_in_use(person: Participant) -> bool:
    """Whether neither a record nor its root is restricted or anonymised."""
    root = person.merged_into or person
    return all(each.restricted_at is None and each.anonymised_at is None for each in (person, root))


def own_links(person: Participant, now: dt.datetime) -> list[OwnRecordLink]:
    """The links to a root person's own record that still open, the newest first. One query."""
    found = OwnRecordLink.objects.filter(participant__in=records_of(person))
    links = found.select_related("made_by", "participant__merged_into")
    return [link for link in links.order_by("-made_at", "pk") if link.is_open(now)]


def own_record(person: Participant) -> OwnRecord:
    """What a person did, under any of their records. Two queries."""
    root = person.merged_into or person
    visits = visits_of(root)
    counted = [visit for visit in visits if visit.is_counted]
    days = [_day(visit) for visit in counted]
    helped = [visit for visit in counted if visit.mark.role == AttendanceRole.VOLUNTEER]
    return OwnRecord(
        name=root.given_name,
        sessions=len(counted),
        hours=_hours(counted),
        volunteer_sessions=len(helped),
        volunteer_hours=_hours(helped),
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        activities=_activities(counted),
        months=_months(counted),
        skills=_skills(counted),
        training=[
            (visit.session.activity.title, _day(visit))
            for visit in visits
            if visit.minutes is not None
            and visit.session.kind == SessionKind.TRAINING
            and not visit.session.is_cancelled
        ],
    )


def _activities(visits: list[Visit]) -> list[Share]:
    by_activity: defaultdict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_activity[visit.session.activity_id].append(visit)
    shares = [
        Share(
            title=found[0].session.activity.title,
            sessions=len(found),
            hours=_hours(found),
            volunteer_hours=_hours(
                visit for visit in found if visit.mark.role == AttendanceRole.VOLUNTEER
            ),
        )
        for found in by_activity.values()
    ]
    return sorted(shares, key=lambda share: (-share.hours, share.title))


def _months(visits: list[Visit]) -> list[Month]:
    by_month: defaultdict[dt.date, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_month[_day(visit).replace(day=1)].append(visit)
    return [
        Month(first, len(found), _hours(found))
        for first, found in sorted(by_month.items(), reverse=True)
    ]


def _skills(visits: list[Visit]) -> list[SkillCount]:
    """What the sessions worked on, as their logs say; the most often first, then as listed."""
    logs = SessionLog.objects.filter(session__in=[visit.session.pk for visit in visits])
    counts = Counter(skill for skills in logs.values_list("skills", flat=True) for skill in skills)
    found = [SkillCount(skill, counts[skill.value]) for skill in Skill if counts[skill.value]]
    return sorted(found, key=lambda each: -each.sessions)


def _day(visit: Visit) -> dt.date:
    return london_today(visit.session.starts_at)


def _hours(visits: Iterable[Visit]) -> Decimal:
    return hours_of(sum(visit.minutes or 0 for visit in visits))
