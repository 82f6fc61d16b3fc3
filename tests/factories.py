"""Short ways to make what tests need, each with sensible defaults and its own unique names."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from accounts.access import HUB_ROLES
from accounts.models import Clearance, ClearanceKind, Role, User
from accounts.services import grant_role
from activities.models import Activity, Kind, Programme, Schedule, Session
from evaluation.models import (
    Channel,
    CostKind,
    Grant,
    Instrument,
    InstrumentWording,
    Measure,
    Quote,
    QuoteUse,
    ReportTemplate,
    Response,
    Spend,
    Target,
    Wave,
)
from evaluation.reports.asked import Asked
from hubs.models import Hub, HubMembership, Organisation, OrganisationKind, Ward
from participants.models import (
    Attendance,
    AttendanceRole,
    Consent,
    ConsentHow,
    MarkStatus,
    Participant,
    Purpose,
    Registration,
    Relationship,
)

LONDON = ZoneInfo("Europe/London")
PASSWORD = "a long enough password"
_numbers = itertools.count(1)


def london(year: int, month: int, day: int, hour: int = 16, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=LONDON)


def make_user(*roles: Role, hubs: tuple[Hub, ...] = (), **fields: Any) -> User:
    """A user with these roles, working at these hubs since long ago, with the checks it takes.

    `good_through` is the last day of the checks of a hub's staff; None makes none.
    """
    good_through = fields.pop("good_through", dt.date(2099, 12, 31))
    number = next(_numbers)
    fields = {"email": f"user{number}@example.org", "name": f"User {number}"} | fields
    user = User.objects.create_user(password=fields.pop("password", None), **fields)
    for role in roles:
        grant_role(user=user, role=role, by=None, at=london(2018, 1, 1))
    if good_through and HUB_ROLES & set(roles):
        Clearance.objects.bulk_create(
            Clearance(user=user, kind=kind, expires_on=good_through) for kind in ClearanceKind
        )
    for hub in hubs:
        HubMembership.objects.create(user=user, hub=hub, started_at=london(2018, 1, 1))
    return user


def make_organisation(**fields: Any) -> Organisation:
    name = fields.pop("name", f"Organisation {next(_numbers)}")
    defaults = {"name": name, "slug": slugify(name), "kind": OrganisationKind.DELIVERY}
    return Organisation.objects.create(**(defaults | fields))


def make_ward(**fields: Any) -> Ward:
    number = next(_numbers)
    defaults = {
        "code": f"E06{number:06d}",
        "name": f"Ward {number}",
        "slug": f"ward-{number}",
        "boundary_year": 2019,
    }
    return Ward.objects.create(**(defaults | fields))


def make_hub(**fields: Any) -> Hub:
    name = fields.pop("name", f"Hub {next(_numbers)}")
    defaults: dict[str, Any] = {"name": name, "slug": slugify(name)}
    if fields.get("kind") != "send" and "ward" not in fields:
        defaults["ward"] = make_ward()
    return Hub.objects.create(**(defaults | fields))


def make_programme(**fields: Any) -> Programme:
    name = fields.pop("name", f"Programme {next(_numbers)}")
    defaults: dict[str, Any] = {
        "name": name,
        "slug": slugify(name),
        "starts_on": dt.date(2018, 9, 25),
    }
    if "lead" not in fields:
        defaults["lead"] = make_organisation()
    return Programme.objects.create(**(defaults | fields))


def make_activity(**fields: Any) -> Activity:
    defaults: dict[str, Any] = {
        "title": f"Activity {next(_numbers)}",
        "kind": Kind.SPORT,
        "venue": "The hall",
    }
    for name, make in (
        ("programme", make_programme),
        ("hub", make_hub),
        ("partner", make_organisation),
    ):
        if name not in fields:
            defaults[name] = make()
    return Activity.objects.create(**(defaults | fields))


def make_session(**fields: Any) -> Session:
    """A 90-minute session on Tuesday 14 May 2019 at 4pm unless told otherwise."""
    starts_at = fields.pop("starts_at", london(2019, 5, 14))
    minutes = fields.pop("minutes", 90)
    if "activity" not in fields:
        fields["activity"] = make_activity()
    return Session.objects.create(
        starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=minutes), **fields
    )


def make_schedule(**fields: Any) -> Schedule:
    """Tuesdays from 4pm to 5:30pm in May and June 2019 unless told otherwise."""
    defaults: dict[str, Any] = {
        "weekday": 1,
        "starts": dt.time(16),
        "ends": dt.time(17, 30),
        "starts_on": dt.date(2019, 5, 1),
        "ends_on": dt.date(2019, 6, 30),
    }
    if "activity" not in fields:
        defaults["activity"] = make_activity()
    return Schedule.objects.create(**(defaults | fields))


def make_participant(*, hub: Hub | None = None, **fields: Any) -> Participant:
    defaults: dict[str, Any] = {
        "given_name": f"Sample{next(_numbers)}",
        "family_name": "Person",
        "birth_date": dt.date(2008, 6, 1),
    }
    participant = Participant.objects.create(**(defaults | fields))
    if hub:
        Registration.objects.create(participant=participant, hub=hub)
    return participant


def make_attendance(
    session: Session, participant: Participant | None = None, **fields: Any
) -> Attendance:
    defaults: dict[str, Any] = {
        "status": MarkStatus.PRESENT,
        "role": AttendanceRole.PARTICIPANT,
        "marked_at": session.starts_at,
    }
    return Attendance.objects.create(
        session=session, participant=participant or make_participant(), **(defaults | fields)
    )


def make_grant(**fields: Any) -> Grant:
    name = fields.pop("name", f"Grant {next(_numbers)}")
    defaults: dict[str, Any] = {
        "name": name,
        "slug": slugify(name),
        "amount": Decimal("1000000.00"),
        "starts_on": dt.date(2018, 9, 25),
        "ends_on": dt.date(2019, 7, 13),
    }
    programmes = fields.pop("programmes", None) or [make_programme()]
    if "funder" not in fields:
        defaults["funder"] = make_organisation(kind=OrganisationKind.FUNDER)
    grant = Grant.objects.create(**(defaults | fields))
    grant.programmes.set(programmes)
    return grant


def make_asked(grant: Grant | None = None, **fields: Any) -> Asked:
    """A report of a grant over all its days; without one, of `programmes`."""
    defaults: dict[str, Any] = {"grant": grant}
    if grant:
        defaults |= {
            "programmes": tuple(grant.programmes.order_by("name")),
            "first_day": grant.starts_on,
            "last_day": grant.ends_on,
        }
    return Asked(**(defaults | fields))


def make_report_template(**fields: Any) -> ReportTemplate:
    name = fields.pop("name", f"Shape {next(_numbers)}")
    return ReportTemplate.objects.create(name=name, slug=slugify(name), **fields)


def make_target(grant: Grant | None = None, **fields: Any) -> Target:
    defaults: dict[str, Any] = {"indicator": "unique_participants", "value": Decimal(100)}
    return Target.objects.create(grant=grant or make_grant(), **(defaults | fields))


def make_spend(grant: Grant | None = None, **fields: Any) -> Spend:
    """A line of £100 for venues on 14 May 2019, for no one programme or hub."""
    defaults: dict[str, Any] = {
        "kind": CostKind.VENUES,
        "amount": Decimal("100.00"),
        "spent_on": dt.date(2019, 5, 14),
        "what": f"Line {next(_numbers)}",
    }
    return Spend.objects.create(grant=grant or make_grant(), **(defaults | fields))


def make_shape(**fields: Any) -> ReportTemplate:
    """A shape of one section with one table."""
    name = fields.pop("name", f"Shape {next(_numbers)}")
    sections = [
        {"id": "where", "heading": "Where", "parts": [{"kind": "table", "table": "hub"}]},
    ]
    defaults: dict[str, Any] = {"name": name, "slug": slugify(name), "sections": sections}
    return ReportTemplate.objects.create(**(defaults | fields))


def make_consent(
    participant: Participant, purpose: Purpose = Purpose.SURVEYS, **fields: Any
) -> Consent:
    """A yes of their mother's to surveys on 1 September 2018 unless told otherwise."""
    defaults: dict[str, Any] = {
        "is_given": True,
        "wording": "1",
        "answered_by": "Sample Parent",
        "relationship": Relationship.MOTHER,
        "how": ConsentHow.PAPER,
        "at": london(2018, 9, 1),
    }
    return Consent.objects.create(participant=participant, purpose=purpose, **(defaults | fields))


def make_instrument(*, definition: dict[str, Any] | None = None, **fields: Any) -> Instrument:
    """A published one of two items from 1 to 5 and their mean, for all, every 12 weeks.

    `definition` changes keys of that. Its wording says "Question one" and "Question two".
    """
    key = fields.pop("key", f"instrument-{next(_numbers)}")
    name = fields.pop("name", key.replace("-", " ").capitalize())
    whole = instrument_definition(key, name) | (definition or {})
    defaults: dict[str, Any] = {
        "version": whole["version"],
        "sha256": f"{next(_numbers):064x}",
        "published_at": london(2018, 9, 1),
    }
    instrument = Instrument.objects.create(
        key=key, name=name, definition=whole, **(defaults | fields)
    )
    InstrumentWording.objects.bulk_create(
        InstrumentWording(
            instrument=instrument, form=form["id"], words=_words(name), sha256="0" * 64
        )
        for form in whole["forms"]
    )
    return instrument


def instrument_definition(key: str, name: str) -> dict[str, Any]:
    """The content of a definition file with two items, a score of their mean and three forms."""
    respondents = ("self", "staff", "carer")
    return {
        "id": key,
        "version": 1,
        "name": name,
        "owner": "Sample owner",
        "citation": "Sample citation",
        "licence": "CC0-1.0",
        "source": "Sample source",
        "min_age": 5,
        "max_age": 18,
        "weeks": 12,
        "has_wording": False,
        "needs_terms": False,
        "is_programme_made": False,
        "is_off": False,
        "items": [{"id": "one", "low": 1, "high": 5}, {"id": "two", "low": 1, "high": 5}],
        "scores": [
            {
                "id": "mean",
                "label": "Mean",
                "items": ["one", "two"],
                "method": "mean",
                "minimum_answered": 2,
                "low": "1",
                "high": "5",
                "decimals": 1,
            }
        ],
        "forms": [
            {"id": each, "respondent": each, "min_age": 5, "max_age": 18} for each in respondents
        ],
    }


def _words(title: str) -> dict[str, Any]:
    labels = ["Never", "Seldom", "Sometimes", "Often", "Always"]
    return {
        "title": title,
        "intro": "",
        "items": {"one": "Question one", "two": "Question two"},
        "labels": {"one": labels, "two": labels},
    }


def make_measure(**fields: Any) -> Measure:
    """What a programme measures since 1 September 2018, by an instrument of `make_instrument`."""
    if "programme" not in fields:
        fields["programme"] = make_programme()
    if "instrument" not in fields:
        fields["instrument"] = make_instrument()
    return Measure.objects.create(**({"started_at": london(2018, 9, 1)} | fields))


def make_response(measure: Measure, participant: Participant, **fields: Any) -> Response:
    """A finished baseline on the hub's tablet with 3 for each item, on 14 May 2019 at 4pm."""
    at = fields.pop("at", london(2019, 5, 14))
    items = measure.instrument.definition["items"]
    defaults: dict[str, Any] = {
        "wave": Wave.BASELINE,
        "form": measure.instrument.definition["forms"][0]["id"],
        "channel": Channel.KIOSK,
        "answers": {item["id"]: 3 for item in items},
        "started_at": at,
        "changed_at": at,
        "finished_at": at,
    }
    return Response.objects.create(measure=measure, participant=participant, **(defaults | fields))


def make_quote(
    participant: Participant, *, hub: Hub, by: User | None = None, **fields: Any
) -> Quote:
    """Words for both uses, said on 14 May 2019 and not checked yet; consent is made apart."""
    defaults: dict[str, Any] = {
        "words": f"I juggle {next(_numbers)} balls now.",
        "attribution": "a young person, Derby",
        "uses": QuoteUse.values,
        "said_on": dt.date(2019, 5, 14),
        "recorded_by": by or make_user(Role.TRUST_STAFF),
    }
    if fields.get("checked_at"):
        defaults["checked_by"] = make_user(Role.TRUST_STAFF)
    return Quote.objects.create(participant=participant, hub=hub, **(defaults | fields))
