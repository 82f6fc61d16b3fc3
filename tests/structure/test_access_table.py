"""Every address, asked by every role about somebody's real data, answers as the table says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.urls.converters import IntConverter
from django.utils import timezone

from accounts.models import AccessAlert, AlertKind, Clearance, Invitation, Role, RoleProposal, User
from activities.models import Closure, SaidDid, Session, Suggestion, Term
from evaluation.models import (
    Audience,
    Extract,
    Kiosk,
    Release,
    ReportRun,
    RunStatus,
    SecondKeying,
    Snapshot,
    Story,
    Study,
    SurveyPass,
    WorryRule,
)
from evaluation.reports.snapshot import freeze
from participants.access import section_rights
from participants.models import (
    Booking,
    BookingLink,
    Breach,
    CareNote,
    Complaint,
    ConcernRoute,
    Contact,
    ImportBatch,
    LegalHold,
    MarkOperation,
    Merge,
    OwnRecordLink,
    ParentLink,
    Participant,
    Photograph,
    Removal,
    RetentionRun,
    RightsRequest,
    SubjectBundle,
)
from participants.sections import MATRIX, Act, Section
from participants.services.concerns import write_concern
from tests import factories
from tests.evaluation.reports.people import body_of
from tests.evaluation.reports.test_release import MANY
from tests.structure.access_table import PEOPLE, TABLE
from tests.structure.test_audience import ADDRESSES, ARGUMENTS, NUMBERED

DAY = dt.timedelta(days=1)


@dataclass
class World:
    """One hub with a child and everything that can hang on one, and people who ask."""

    people: dict[str, User | None]
    objects: dict[str, Any]


def make_people(hub: Any, other: Any) -> dict[str, User | None]:
    return {
        "visitor": None,
        "other_hub": factories.make_user(Role.COORDINATOR, hubs=(other,)),
        "own_hub": factories.make_user(Role.COORDINATOR, hubs=(hub,)),
        "hub_lead": factories.make_user(Role.HUB_LEAD, hubs=(hub,)),
        "trust": factories.make_user(Role.TRUST_STAFF),
        "evaluator": factories.make_user(Role.EVALUATOR),
        "safeguarding": factories.make_user(Role.SAFEGUARDING_LEAD),
        "administrator": factories.make_user(Role.ADMINISTRATOR),
        "auditor": factories.make_user(Role.AUDITOR),
    }


def make_world() -> World:
    now = timezone.now()
    hub, other = factories.make_hub(), factories.make_hub()
    people = make_people(hub, other)
    by = people["trust"]
    activity = factories.make_activity(hub=hub)
    session = factories.make_session(
        activity=activity, starts_at=now - dt.timedelta(minutes=10), places=5
    )
    child = factories.make_participant(hub=hub, given_name="Somebody")
    twin = factories.make_participant(hub=hub, given_name="Somebody")
    return World(people, of_session(session, child, by, now) | of_child(child, twin, by, now)
                 | of_asking(session, child, people)
                 | of_staff(hub, people, by, now) | of_figures(activity, by))  # fmt: skip


def of_session(session: Session, child: Participant, by: User, now: dt.datetime) -> dict[str, Any]:
    activity = session.activity
    factories.make_attendance(session, child)
    link = BookingLink.objects.create(
        session=session, token_hash="a" * 64, made_by=by, expires_at=now + DAY
    )
    return {
        "session": session,
        "activity": activity,
        "hub": activity.hub,
        "child": child,
        "schedule": factories.make_schedule(activity=activity),
        "term": Term.objects.create(name="T", starts_on=now.date(), ends_on=now.date()),
        "closure": Closure.objects.create(
            hub=activity.hub, kind="building", name="C", first_on=now.date(), last_on=now.date()
        ),
        "mark": MarkOperation.objects.create(
            id=uuid4(), session=session, person_id=uuid4(), role="participant", status="present",
            marked_at=now, marked_by=by, held_for="person",
        ),
        "booking": Booking.objects.create(session=session, participant=child, has_place=True),
        "booking_link": link,
        "suggestion": Suggestion.objects.create(hub=activity.hub, session=session, words="W"),
        "said_did": SaidDid.objects.create(hub=activity.hub, said="S", did="D", written_by=by),
        "quote": factories.make_quote(child, hub=activity.hub, by=by),
        "photograph": Photograph.objects.create(
            session=session, file="photographs/none.webp", description="D", added_by=by
        ),
    }  # fmt: skip


def of_child(child: Participant, twin: Participant, by: User, now: dt.datetime) -> dict[str, Any]:
    old = factories.make_participant(merged_into=None)
    wanted = RightsRequest.objects.create(
        participant=child, right="access", received_on=now.date(), due_on=now.date(),
        recorded_by=by,
    )  # fmt: skip
    return {
        "contact": Contact.objects.create(participant=child, name="N", phone="1"),
        "note": CareNote.objects.create(participant=child, kind="other", text="T", written_by=by),
        "own_record_link": OwnRecordLink.objects.create(
            participant=child,
            token_hash="1" * 64,
            made_by=by,
            expires_at=now + DAY,
        ),
        "parent_link": ParentLink.objects.create(
            participant=child, purpose="consent", token_hash="b" * 64, made_by=by,
            expires_at=now + DAY,
        ),
        "first": min(child.pk, twin.pk),
        "second": max(child.pk, twin.pk),
        "merge": Merge.objects.create(record=old, root=twin, merged_by=by, merged_at=now),
        "batch": ImportBatch.objects.create(kind="people", file_name="f.csv", asked_by=by),
        "request": wanted,
        "bundle": SubjectBundle.objects.create(request=wanted, made_by=by, expires_at=now + DAY),
        "removal": Removal.objects.create(person_id=uuid4(), is_erasure=True, done_by=by),
        "hold": LegalHold.objects.create(participant=twin, why="W", placed_by=by),
        "run": RetentionRun.objects.create(as_of=now.date(), planned_by=by),
        "complaint": Complaint.objects.create(receipt="C1", words="W", due_on=now.date()),
        "breach": Breach.objects.create(what="W", known_at=now, recorded_by=by),
    }  # fmt: skip


def of_asking(session: Session, child: Participant, people: dict[str, Any]) -> dict[str, Any]:
    now, by, entered = timezone.now(), people["trust"], factories.make_user()
    measure = factories.make_measure(programme=session.activity.programme)
    shared: dict[str, Any] = {"made_by": by, "session": session, "expires_at": now + DAY}
    paper: dict[str, Any] = {
        "hub": session.activity.hub,
        "channel": "paper",
        "entered_by": entered,
        "at": now - DAY,
    }
    keyed = factories.make_response(measure, child, wave="follow_up", **paper)
    return {
        "measure": measure,
        "instrument": measure.instrument,
        "kiosk": Kiosk.objects.create(
            session=session, token_hash="d" * 64, handed_over_by=by, expires_at=now + DAY
        ),
        "survey_link": SurveyPass.objects.create(
            participant=child, measure=measure, wave="baseline", channel="link",
            token_hash="e" * 64, **shared,
        ),
        "response": factories.make_response(measure, child),
        "paper": factories.make_response(measure, child, **paper),
        "second_keying": SecondKeying.objects.create(
            response=keyed, differs=["one"], keyed_by=entered
        ),
        "worry_rule": WorryRule.objects.create(
            instrument=measure.instrument, item="one", at_most=1
        ),
    }  # fmt: skip


def of_staff(hub: Any, people: dict[str, Any], by: User, now: dt.datetime) -> dict[str, Any]:
    member = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    Invitation.objects.create(user=member, token_hash="c" * 64, invited_by=by, expires_at=now + DAY)
    return {
        "member": member,
        "proposal": RoleProposal.objects.create(
            user=member, role=Role.SAFEGUARDING_DEPUTY, proposed_by=by
        ),
        "clearance": Clearance.objects.filter(user=member).first(),
        "alert": AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=member.pk, number=1),
    }


def of_figures(activity: Any, by: User) -> dict[str, Any]:
    grant = factories.make_grant(programmes=[activity.programme])
    instrument = factories.make_instrument()
    return {
        "grant": grant,
        "programme": activity.programme,
        "target": factories.make_target(grant),
        "spend": factories.make_spend(grant),
        "shape": factories.make_shape(),
        "instrument": instrument,
        "wording": instrument.wordings.first(),
        "story": Story.objects.create(title="T", summary="S", body="B", written_by=by),
        "report": ReportRun.objects.create(
            grant=grant, first_day=dt.date(2019, 5, 1), last_day=dt.date(2019, 5, 2),
            requested_by=by,
        ),
        "release": make_release(grant, by),
        **of_research(activity, by),
    }  # fmt: skip


def make_release(grant: Any, by: User) -> Release:
    """One that is being written."""
    frozen = freeze(body_of(MANY))
    snapshot = Snapshot.objects.create(sha256=frozen.sha256, body=frozen.text)
    day = dt.date(2019, 5, 1)
    run = ReportRun.objects.create(
        grant=grant, first_day=day, last_day=day, status=RunStatus.DONE, snapshot=snapshot,
        finished_at=timezone.now(), audience=Audience.FUNDER,
    )  # fmt: skip
    return Release.objects.create(run=run, made_by=by)


def of_research(activity: Any, by: User) -> dict[str, Any]:
    study = Study.objects.create(
        programme=activity.programme, title="T", purpose="P", ethics_reference="E", started_by=by
    )
    day = dt.date(2019, 5, 1)
    return {
        "study": study,
        "extract": Extract.objects.create(
            study=study, first_day=day, last_day=day, requested_by=by
        ),
    }


def make_concern(world: World) -> Any:
    child = world.objects["child"]
    write_concern(
        nonce=uuid4(),
        words={
            "saw": "Planted words.",
            "when": timezone.now().isoformat(),
            "did": "Nothing.",
            "who": "",
            "is_staff": False,
        },
        route=ConcernRoute.LEAD,
        is_urgent=False,
        person=child,
        session=None,
        by=world.people["own_hub"],  # type: ignore[arg-type]
        now=timezone.now(),
    )
    return child.concerns.get()


# What `pk` is an id of, by the beginning of an address's name: the longest that fits counts.
PK: dict[str, str] = {
    "grants:": "grant",
    "report_templates:": "shape",
    "releases:": "release",
    "releases:begin": "report",
    "grants:programme": "programme",
    "grants:strike_out": "spend",
    "people:": "child",
    "consents:": "child",
    "consents:end_link": "parent_link",
    "own_record:": "child",
    "own_record:end_link": "own_record_link",
    "consents:session_photographs": "session",
    "consents:photograph": "photograph",
    "consents:take_down": "photograph",
    "merging:undo": "merge",
    "imports:": "batch",
    "rights:": "request",
    "rights:bundle": "bundle",
    "rights:certificate": "removal",
    "retention:": "run",
    "retention:end": "hold",
    "concerns:": "concern",
    "complaints:": "complaint",
    "breaches:": "breach",
    "staff:": "member",
    "staff:decide": "proposal",
    "audit:person": "child",
    "audit:member": "member",
    "audit:alert": "alert",
    "participants:": "session",
    "participants:cancel_booking": "booking",
    "participants:move_booking": "booking",
    "participants:close_link": "booking_link",
    "planning:": "session",
    "planning:activity": "activity",
    "planning:confirm_activity": "activity",
    "planning:schedule": "schedule",
    "planning:schedule_list": "activity",
    "planning:schedule_new": "activity",
    "planning:session_new": "activity",
    "planning:term": "term",
    "planning:closure": "closure",
    "quotes:": "quote",
    "quotes:of_session": "session",
    "quotes:of_person": "child",
    "research:": "study",
    "research:extract": "extract",
    "research:progress": "extract",
    "research:retry": "extract",
    "research:release": "extract",
    "research:download": "extract",
    "evaluation:report": "report",
    "evaluation:figure": "report",
    "evaluation:story": "story",
    "evaluation:picture_add": "story",
    "evaluation:recording": "recording",
    "community:story": "story",
    "activities:": "session",
    "instruments:": "instrument",
    "outcomes:measure": "measure",
    "outcomes:person": "child",
    "surveys:": "child",
    "surveys:session_asking": "session",
    "surveys:ask": "session",
    "surveys:hand_over": "session",
    "surveys:end_tablet": "kiosk",
    "surveys:close_link": "survey_link",
    "surveys:second": "paper",
    "surveys:settle": "second_keying",
    "surveys:set_aside": "response",
    "surveys:bring_back": "response",
    "surveys:worry": "instrument",
    "surveys:worry_end": "worry_rule",
    "surveys:measure": "measure",
    "feedback:": "session",
    "feedback:suggestion": "suggestion",
    "feedback:said_did": "said_did",
}
OTHERS: dict[str, str] = {
    "target": "target",
    "person": "child",
    "contact": "contact",
    "note": "note",
    "mark": "mark",
    "measure": "measure",
    "first": "first",
    "second": "second",
    "wording": "wording",
}


def arguments(name: str, world: World) -> dict[str, Any]:
    converters = ADDRESSES[name].pattern.converters
    wanted = ADDRESSES[name].pattern.regex.groupindex  # type: ignore[union-attr]
    if name in NUMBERED:
        return {"pk": 1}
    return {key: _argument(name, key, converters.get(key), world) for key in wanted}


def _argument(name: str, key: str, converter: Any, world: World) -> Any:
    kind = OTHERS.get(key)
    if key == "slug":
        return world.objects["hub"].slug
    if key == "pk":
        kind = PK.get(max((start for start in PK if name.startswith(start)), default="", key=len))
    if kind in world.objects:
        return getattr(world.objects[kind], "pk", world.objects[kind])
    return 1 if isinstance(converter, IntConverter) else ARGUMENTS[key]


def answer(client: Client, address: str) -> str:
    """One letter for what somebody gets; nothing that is sent stays."""
    with transaction.atomic():
        response = client.get(address)
        if response.status_code == 405:
            response = client.post(address)
        transaction.set_rollback(True)
    if response.status_code == 302 and response["Location"].startswith("/account/login/"):
        return "s"
    if response.status_code in {403, 404}:
        return {403: "f", 404: "n"}[response.status_code]
    assert response.status_code < 500, address
    return "o"


def group_of(name: str) -> str:
    """Addresses are walked a namespace at a time, over one world."""
    return name.partition(":")[0] if ":" in name else "account"


GROUPS = sorted({group_of(name) for name in ADDRESSES})


def test_every_address_stands_in_the_table() -> None:
    assert sorted(set(ADDRESSES) - set(TABLE)) == []


def test_no_line_is_of_an_address_that_is_gone() -> None:
    assert sorted(set(TABLE) - set(ADDRESSES)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS)
def test_every_role_gets_what_the_table_says(group: str) -> None:
    world = make_world()
    world.objects["concern"] = make_concern(world)
    clients = {person: signed_in(user) for person, user in world.people.items()}
    found = {}
    for name in (name for name in ADDRESSES if group_of(name) == group):
        address = reverse(name, kwargs=arguments(name, world))
        found[name] = "".join(answer(clients[person], address) for person in PEOPLE)
    assert found == {name: TABLE[name] for name in found}


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


# --- The matrix of sections -------------------------------------------------------------------
# As the programme's rules have it: r reads, w writes, ? reads for a reason that is kept.
SECTIONS: dict[Section, tuple[str, str, str, str]] = {
    # coordinator, hub lead, trust staff, safeguarding lead and deputy
    Section.IDENTITY: ("rw", "rw", "rw", "r"),
    Section.CONTACTS: ("rw", "rw", "r", "r"),
    Section.CARE: ("?w", "?w", "?", "?"),
    Section.EQUALITY: ("w", "w", "rw", ""),
    Section.CONSENTS: ("rw", "rw", "rw", "r"),
    Section.ATTENDANCE: ("rw", "rw", "rw", "r"),
    Section.OUTCOMES: ("w", "w", "r", ""),
    Section.HISTORY: ("", "", "r", ""),
}
LETTERS = {"r": Act.READ, "w": Act.WRITE, "?": Act.READ_FOR_A_REASON}
COLUMNS = (
    {Role.COORDINATOR},
    {Role.HUB_LEAD},
    {Role.TRUST_STAFF},
    {Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY},
)


def test_the_matrix_is_the_programmes() -> None:
    ruled = {
        (role, section): {LETTERS[letter] for letter in letters}
        for section, row in SECTIONS.items()
        for roles, letters in zip(COLUMNS, row, strict=True)
        for role in roles
    }
    assert {
        (role, section): set(acts) for role, row in MATRIX.items() for section, acts in row.items()
    } == {
        (role, section): ruled.get((role, section), set()) for role in Role for section in Section
    }


@pytest.mark.django_db
def test_two_roles_do_not_reach_further_together() -> None:
    """A safeguarding lead who coordinates one hub writes nothing in the records of another."""
    own, other = factories.make_hub(), factories.make_hub()
    user = factories.make_user(Role.COORDINATOR, Role.SAFEGUARDING_LEAD, hubs=(own,))
    there = section_rights(user, factories.make_participant(hub=other))
    assert there[Section.IDENTITY] == {Act.READ}
    assert there[Section.CARE] == {Act.READ_FOR_A_REASON}
    here = section_rights(user, factories.make_participant(hub=own))
    assert here[Section.IDENTITY] == {Act.READ, Act.WRITE}
