"""What the retention rules reach on a day: people, and rows of every app. Changes nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.db.models import (
    CharField,
    Field,
    Model,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from participants.models import (
    ATTENDED,
    Attendance,
    Concern,
    Consent,
    LegalHold,
    Participant,
    Registration,
    RetentionRun,
    RightsRequest,
    RunState,
)
from participants.queries.marks import roots_of
from participants.retention import (
    CONCERN,
    CONSENT,
    FIGURES,
    IDENTITY,
    RULED,
    Action,
    Event,
    Rule,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

REMOVED = "(removed)"
GONE = "Somebody who left"
# Where a birthday is not known, a concern is kept as if it were about the youngest who take part.
YOUNGEST = 5
GROWN_UP = 25


@dataclass(frozen=True)
class Source:
    """How to find the rows of a table that a rule reaches.

    `moment` is the path to when its time began; `person` the path to the record a row is about.
    `emptied` says by column what is written in place of what was there; where it is empty the row
    goes. `unless` leaves out what was done before, or must wait. `function` names the owner's
    function through which a table goes that web and workers may not change.
    """

    moment: str
    person: str = ""
    emptied: dict[str, Any] = field(default_factory=dict)
    unless: Q = field(default_factory=lambda: Q(pk__isnull=True))
    function: str = ""


_LEFT_ADDRESS = Concat(Value("left-"), Cast("pk", CharField()), Value("@portal.invalid"))
_NO_BREACH = {
    **dict.fromkeys(("likely_harm", "done_about_it", "not_told_why"), ""),
    **dict.fromkeys(("suspect_id", "since", "until"), None),
    "what": REMOVED,
}

# In the order in which rows may go: what points at another row first.
SOURCES: dict[str, Source] = {
    "participants.SealedWalkIn": Source("session__ends_at"),
    "participants.PrintedRow": Source("sheet__session__ends_at", "participant"),
    "participants.PrintedRegister": Source("session__ends_at", "rows__participant"),
    "participants.Booking": Source("session__ends_at", "participant"),
    "participants.BookingLink": Source("session__ends_at", "bookings__participant"),
    "participants.RegisterEvent": Source(
        "session__ends_at",
        unless=Q(reason__in=["", REMOVED]),
        emptied={"reason": REMOVED},
        function="participants_forget_reasons",
    ),
    "activities.SessionLog": Source(
        "session__ends_at", unless=Q(why="", note=""), emptied={"why": "", "note": ""}
    ),
    "participants.Photograph": Source("session__ends_at", "people"),
    "participants.ParentLink": Source("expires_at", "participant"),
    "participants.SubjectBundle": Source("expires_at", "request__participant"),
    "participants.ImportBatch": Source("asked_at"),
    "participants.RightsRequest": Source("answered_at", "participant"),
    "participants.Disclosure": Source("confirmed_at", "participant"),
    "participants.LegalHold": Source("ended_at", "participant"),
    "participants.Complaint": Source("answered_at"),
    "participants.Breach": Source("closed_at", unless=Q(what=REMOVED), emptied=_NO_BREACH),
    "participants.Merge": Source(
        "merged_at", "root", unless=Q(before={}, after={}), emptied={"before": {}, "after": {}}
    ),
    "participants.LikelyPair": Source("found_at"),
    "participants.Concern": Source(
        "closed_at", "participant", function="participants_forget_concerns"
    ),
    "accounts.Invitation": Source("user__left_at"),
    "accounts.Clearance": Source("user__left_at"),
    "account.EmailAddress": Source("user__left_at"),
    "mfa.Authenticator": Source("user__left_at"),
    "accounts.User": Source(
        "left_at",
        unless=Q(name=GONE),
        emptied={"name": GONE, "email": _LEFT_ADDRESS, "password": "!", "last_login": None},
    ),
    "account.EmailConfirmation": Source("created"),
    "usersessions.UserSession": Source("last_seen_at"),
    "sessions.Session": Source("expire_date"),
    "activities.Suggestion": Source("sent_at", unless=Q(words=""), emptied={"words": ""}),
    "participants.OwnRecordLink": Source("expires_at", "participant"),
    "evaluation.SurveyPass": Source("expires_at", "participant"),
    "evaluation.Kiosk": Source("expires_at", "turns__participant"),
    "evaluation.Extract": Source("expires_at", unless=Q(file=""), emptied={"file": ""}),
    "evaluation.StoryPicture": Source("story__withdrawn_at"),
    "evaluation.StoryText": Source("story__withdrawn_at"),
    "evaluation.Story": Source("withdrawn_at"),
}
# Gone with another table's rows.
WITH_OTHERS = {"participants.Photograph_people", "participants.ConcernAction"}
# Carried out where words are replaced, or in nothing but the account that they lead to.
NOT_TIMED = {Event.REPLACED}
# Tables that the rules of people reach, by the path to the record. History is added below.
OF_PEOPLE = {
    "participants.Participant": "pk",
    "participants.Contact": "participant",
    "participants.CareNote": "participant",
    "participants.Consent": "participant",
    "participants.ParticipantEvent": "pgh_obj",
    "participants.ContactEvent": "participant",
}
PEOPLE_RULES = (IDENTITY, FIGURES, CONSENT)


@dataclass(frozen=True)
class Due:
    """Rows of a table that a rule reaches on a day."""

    rule: Rule
    label: str
    rows: QuerySet[Any]
    source: Source | None = None

    @property
    def key(self) -> str:
        """By what name a plan and a certificate count them."""
        return f"{self.rule.key}:{self.label}"

    @property
    def is_emptied(self) -> bool:
        """Whether the rows stay, without what the rule is about."""
        if self.source is None:
            return self.label.removesuffix("Event") == "participants.Participant"
        return bool(self.source.emptied)

    @property
    def fields(self) -> list[str]:
        """The fields of the table that the rule is about."""
        named = RULED[self.rule].get(self.label.removesuffix("Event"), "*")
        return ["the whole row"] if named == "*" else named.split()


def cut_off(rule: Rule, as_of: dt.date) -> dt.datetime:
    """The moment before which an event must lie for a rule to reach it on a day."""
    day = as_of - relativedelta(years=rule.years, days=rule.days)
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


# --- People -----------------------------------------------------------------------------------
# Sets of ids are put together here and not by the database: each question is then one scan, and
# quick however old the database's statistics are. A hundred thousand ids are a few megabytes.
@dataclass(frozen=True)
class PeopleDue:
    """By rule the root people whom it reaches on a day.

    `left_alone` is how many of them a legal hold or an open request protects. A concern does too,
    and is not counted: the number would tell that there is one.
    """

    by_rule: dict[Rule, list[UUID]]
    left_alone: int


def everybody_due(as_of: dt.date) -> PeopleDue:
    """The people whom each rule reaches. Every table is read once for each length of time."""
    heard = {
        since: _heard_since(since) for since in {cut_off(each, as_of) for each in PEOPLE_RULES}
    }
    reached = {rule: _has_left(rule) - heard[cut_off(rule, as_of)] for rule in PEOPLE_RULES}
    protected, told_of = protected_records(), _with_concerns()
    return PeopleDue(
        by_rule={rule: sorted(people - protected - told_of) for rule, people in reached.items()},
        left_alone=len(reached[IDENTITY] & protected),
    )


def people_due(rule: Rule, as_of: dt.date) -> list[UUID]:
    """Root people of whom nothing was heard since the rule's time, and whom nothing protects.

    Those whom the rule has reached before are left out. Who never came counts from when they were
    registered, or from when their record was made.
    """
    reached = _has_left(rule) - _heard_since(cut_off(rule, as_of))
    return sorted(reached - protected_records() - _with_concerns())


def records_of(roots: Collection[UUID]) -> list[UUID]:
    """Every record of these root people, those merged into theirs as well."""
    merged = Participant.objects.filter(merged_into__in=among(roots))
    return [*roots, *merged.values_list("pk", flat=True)]


def among(ids: Collection[UUID]) -> RawSQL:
    """Ids as one parameter, for `filter(pk__in=among(ids))` of any number of them."""
    return RawSQL("SELECT unnest(%s::uuid[])", [list(ids)])


def protected_records() -> set[UUID]:
    """Every record of people of whom nothing may be deleted: a legal hold or an open request.

    A copy that somebody has asked for must still be there when it is made.
    """
    holds, requests = LegalHold.objects.standing(), RightsRequest.objects.open()
    roots = _roots(holds) | _roots(requests.filter(participant__isnull=False))
    return set(records_of(roots))


def _heard_since(since: dt.datetime) -> set[UUID]:
    """Roots any of whose records came to a session, was registered or was made since then."""
    came = Attendance.objects.filter(status__in=ATTENDED, session__starts_at__gte=since)
    registered = Registration.objects.filter(registered_at__gte=since)
    made = Participant.objects.filter(created_at__gte=since)
    return _roots(came) | _roots(registered) | _own_roots(made)


def _has_left(rule: Rule) -> set[UUID]:
    """Roots of whom there is anything left that the rule is about."""
    if rule == IDENTITY:
        named = Participant.objects.roots().named()
        return set(named.values_list("pk", flat=True))
    if rule == CONSENT:
        return _roots(Consent.objects.all())
    return _own_roots(Participant.objects.exclude(**empty_figures()))


def _with_concerns() -> set[UUID]:
    """People about whom there is a concern: it would lead to nobody without their record."""
    return _roots(Concern.objects.filter(participant__isnull=False))


def _roots(rows: QuerySet[Any]) -> set[UUID]:
    return set(roots_of(rows).values_list("root", flat=True).distinct())


def _own_roots(records: QuerySet[Participant]) -> set[UUID]:
    rooted = records.annotate(root=Coalesce("merged_into_id", "id"))
    return set(rooted.values_list("root", flat=True))


def empty_figures() -> dict[str, Any]:
    """By column what a record says once its answers are gone."""
    names = RULED[FIGURES]["participants.Participant"].split()
    fields: list[Field[Any, Any]] = [Participant._meta.get_field(name) for name in names]  # type: ignore[misc]
    return {one.name: one.get_default() for one in fields} | {"imd_edition": None}


def dues_of_people(rule: Rule, records: Collection[UUID]) -> Iterator[Due]:
    """The rows about these records that a rule of people reaches, by table.

    What triggers kept goes with every rule, and is counted by the first: anonymising adds to it.
    """
    for label, path in OF_PEOPLE.items():
        if label in RULED[rule] or (rule == IDENTITY and label.endswith("Event")):
            yield Due(rule, label, _objects(label).filter(**{f"{path}__in": among(records)}))


# --- Rows -------------------------------------------------------------------------------------
def dues(as_of: dt.date, people: PeopleDue) -> list[Due]:
    """Everything that the rules reach on a day, in the order in which it may go."""
    of_people = [
        due
        for rule in PEOPLE_RULES
        for due in dues_of_people(rule, records_of(people.by_rule[rule]))
    ]
    return [*of_people, *dues_of_rows(as_of)]


def dues_of_rows(as_of: dt.date) -> list[Due]:
    """What the rules reach beside people: rows of sessions, requests, links, accounts, stories.

    Rows about a person under legal hold, or with an open request, stay.
    """
    protected = protected_records()
    rules = {label: rule for rule in RULED for label in RULED[rule] if _is_timed(rule)}
    installed = {config.label for config in apps.get_app_configs()}
    return [
        Due(rules[label], label, _reached(label, source, rules[label], protected, as_of), source)
        for label, source in SOURCES.items()
        if label.split(".")[0] in installed
    ]


def _is_timed(rule: Rule) -> bool:
    """Whether rows are reached by a day of their own: not with the person, nor with words."""
    by_person = rule.after == Event.LAST_ATTENDANCE
    return rule.action == Action.ERASE and not by_person and rule.after not in NOT_TIMED


def _reached(
    label: str, source: Source, rule: Rule, protected: set[UUID], as_of: dt.date
) -> QuerySet[Any]:
    rows = _objects(label).filter(**{f"{source.moment}__lt": cut_off(rule, as_of)})
    rows = rows.exclude(source.unless)
    if rule == CONCERN:
        rows = _of_grown_ups(rows, as_of)
    if source.person and protected:
        rows = rows.exclude(**{f"{source.person}__in": protected})
    return rows


def _of_grown_ups(concerns: QuerySet[Any], as_of: dt.date) -> QuerySet[Any]:
    """Concerns about people whose twenty-fifth birthday is the rule's years past."""
    last_birthday = as_of - relativedelta(years=GROWN_UP + CONCERN.years)
    written = as_of - relativedelta(years=GROWN_UP - YOUNGEST + CONCERN.years)
    born = Coalesce("participant__merged_into__birth_date", "participant__birth_date")
    return concerns.annotate(born=born).filter(
        Q(born__lte=last_birthday) | Q(born__isnull=True, written_at__date__lte=written)
    )


def waiting_runs(user: User | AnonymousUser) -> int:
    """How many plans wait for this person's approval: none or one."""
    runs = RetentionRun.objects.visible_to(user).filter(state=RunState.PLANNED)
    return runs.exclude(first_approved_by=user.pk).count()


# --- As pages show it -------------------------------------------------------------------------
@dataclass(frozen=True)
class RuleShown:
    """A rule in words, with the tables and fields that it is about."""

    key: str
    stays: str
    after: str
    action: str
    why: str
    tables: list[tuple[str, str]]


@dataclass(frozen=True)
class LineShown:
    """A line of a plan: so many rows of a table, and how many of them are done."""

    title: str
    table: str
    action: str
    fields: str
    stays: str
    after: str
    rows: int
    done: int


@dataclass(frozen=True)
class PlanShown:
    """A plan as a page shows it; `percent` is how much of it is done."""

    people: int
    left_alone: int
    lines: list[LineShown]
    rows: int
    percent: int


@dataclass(frozen=True)
class CertificateShown:
    """A certificate as a page shows it; `is_intact` says whether its hash is that of its body."""

    lines: list[LineShown]
    people: int
    sha256: str
    is_intact: bool


def shown_policy() -> list[RuleShown]:
    """Every rule in words, in the policy's order."""
    return [
        RuleShown(
            key=title_of(rule.key),
            stays=rule.stays,
            after=rule.after.value,
            action=rule.action.value,
            why=rule.why,
            tables=[(table_title(label), _fields_shown(named)) for label, named in tables.items()],
        )
        for rule, tables in RULED.items()
    ]


def shown_plan(run: RetentionRun) -> PlanShown:
    """A run's plan, with what is done of it so far."""
    lines = [_line(row, run.counts.get(row["key"], 0)) for row in run.plan.get("rows", [])]
    rows, done = sum(one.rows for one in lines), sum(one.done for one in lines)
    return PlanShown(
        people=run.plan.get("people", 0),
        left_alone=run.plan.get("left_alone", 0),
        lines=lines,
        rows=rows,
        percent=100 * done // rows if rows else 0,
    )


def shown_certificate(run: RetentionRun, sha256: str) -> CertificateShown:
    """A run's certificate. `sha256` is the hash of its body as it stands now."""
    body = run.certificate["body"]
    return CertificateShown(
        lines=[_line(row | {"rows": row["planned"]}, row["done"]) for row in body["rows"]],
        people=body["people"],
        sha256=run.certificate["sha256"],
        is_intact=run.certificate["sha256"] == sha256,
    )


def title_of(key: str) -> str:
    """A rule's key in words: "sign_in" is "Sign in"."""
    return key.replace("_", " ").capitalize()


def table_title(label: str) -> str:
    """What a table holds, in words."""
    model = label.rsplit(".", 1)[1]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", model).lower()
    return words.replace(" event", ": earlier versions").capitalize()


def _fields_shown(named: str) -> str:
    return "the whole row" if named == "*" else ", ".join(named.split()).replace("_", " ")


def _line(row: dict[str, Any], done: int) -> LineShown:
    return LineShown(
        title=title_of(row["rule"]),
        table=table_title(row["table"]),
        action=row["action"],
        fields=", ".join(row["fields"]).replace("_", " "),
        stays=row["stays"],
        after=row["after"],
        rows=row["rows"],
        done=done,
    )


def _objects(label: str) -> QuerySet[Any]:
    model: type[Model] = apps.get_model(label)
    return model._default_manager.all()
