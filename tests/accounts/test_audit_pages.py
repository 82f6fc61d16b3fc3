"""Pages of the audit trail: who may read which, what they say, and that no name of a child is there."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    AccessAlert,
    AlertKind,
    AuditEntry,
    AuditKind,
    Role,
    RoleGrant,
    User,
)
from accounts.queries import trail
from accounts.services import record_audit
from accounts.services.sealing import seal_audit, verify_audit
from participants.models import Concern, ConcernRoute, Participant
from tests import factories
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db

PEOPLE = "participants.participant"


@pytest.fixture(autouse=True)
def _heads(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_HEADS = tmp_path / "heads.jsonl"


@pytest.fixture
def auditor(client: Client) -> User:
    user = factories.make_user(Role.AUDITOR, name="Audra Auditor")
    client.force_login(user)
    return user


def entry(
    actor: User | None, kind: AuditKind, object_id: uuid.UUID | None = None, **more: Any
) -> AuditEntry:
    fields = {"object_type": PEOPLE, "object_id": object_id} | more
    return AuditEntry.objects.create(actor_id=actor.pk if actor else None, kind=kind, **fields)


def make_concern(route: ConcernRoute = ConcernRoute.LEAD, **more: Any) -> Concern:
    return Concern.objects.create(
        receipt=uuid.uuid4().hex[:10],
        route=route,
        sealed="x",
        written_by=factories.make_user(),
        **more,
    )


def page(client: Client, name: str, *args: Any, **query: str) -> Page:
    response = client.get(reverse(f"audit:{name}", args=args), query)
    assert response.status_code == 200, response.status_code
    return Page(response)


ROOMS: list[tuple[str, set[Role]]] = [
    ("trail", {Role.AUDITOR}),
    ("people", {Role.AUDITOR}),
    ("staff", {Role.AUDITOR}),
    ("alerts", {Role.AUDITOR}),
    ("seals", {Role.AUDITOR}),
    ("mine", set(Role)),
    ("concerns", {Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY}),
    ("sign_ins", {Role.ADMINISTRATOR, Role.AUDITOR}),
]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("room", "roles"), ROOMS, ids=[name for name, _ in ROOMS])
def test_who_may_come_in(client: Client, room: str, roles: set[Role], role: Role) -> None:
    client.force_login(factories.make_user(role))
    status = client.get(reverse(f"audit:{room}")).status_code
    assert status == (200 if role in roles else 403)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_rooms_about_somebody_are_for_auditors(client: Client, role: Role) -> None:
    user = factories.make_user(role)
    client.force_login(user)
    alert = AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=user.pk, number=1)
    for address in (
        reverse("audit:person", args=[uuid.uuid4()]),
        reverse("audit:member", args=[user.pk]),
        reverse("audit:alert", args=[alert.pk]),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, {"words": "mine"}).status_code in {403, 405}
    alert.refresh_from_db()
    assert alert.seen_at is None


@pytest.mark.parametrize("room", ["trail", "people", "staff", "alerts", "seals", "mine"])
def test_visitors_sign_in_first(client: Client, room: str) -> None:
    response = client.get(reverse(f"audit:{room}"))
    assert response["Location"].startswith(reverse("account_login"))


class TestTrail:
    def test_says_who_as_what_what_about_and_why(self, client: Client, auditor: User) -> None:
        reader = factories.make_user(Role.HUB_LEAD, name="Robin Reader")
        person = factories.make_participant(given_name="Zebediah", family_name="Quillfeather")
        entry(reader, AuditKind.CARE_READ, person.pk, reason="trip tomorrow")
        shown = page(client, "trail")
        for words in (
            "Robin Reader",
            "Hub lead",
            "Care notes read",
            str(person.pk),
            "trip tomorrow",
        ):
            assert words in shown.text
        assert "Zebediah" not in shown.html
        assert "Quillfeather" not in shown.html
        assert reverse("audit:person", args=[person.pk]) in shown.links
        assert reverse("audit:member", args=[reader.pk]) in shown.links

    def test_reading_it_is_written_into_it(self, client: Client, auditor: User) -> None:
        page(client, "trail", group="exports", who=str(auditor.pk))
        found = AuditEntry.objects.get(kind=AuditKind.AUDIT_READ)
        assert (found.actor_id, found.reason) == (auditor.pk, "trail exports group who")

    def test_roles_are_those_of_then(self, client: Client, auditor: User) -> None:
        reader = factories.make_user(name="Robin Reader")
        now = timezone.now()
        RoleGrant.objects.create(
            user=reader, role=Role.TRUST_STAFF,
            granted_at=now - dt.timedelta(days=9), ended_at=now - dt.timedelta(days=5),
        )  # fmt: skip
        RoleGrant.objects.create(user=reader, role=Role.EVALUATOR, granted_at=now)
        for ago in (10, 7, 3):
            entry(reader, AuditKind.CARE_READ, at=now - dt.timedelta(days=ago))
        lines = trail.page_of(trail.whole_trail(auditor).filter(actor_id=reader.pk)).lines
        assert [line.roles for line in lines] == ["", "Trust staff", ""]

    def test_leavers_keep_their_names_and_say_that_they_left(
        self, client: Client, auditor: User
    ) -> None:
        left = factories.make_user(name="Lee Leaver", left_at=timezone.now(), is_active=False)
        entry(left, AuditKind.CARE_READ)
        entry(None, AuditKind.AUDIT_VERIFIED)
        AuditEntry.objects.create(
            actor_id=uuid.uuid4(), kind=AuditKind.CARE_READ, object_type=PEOPLE
        )
        text = page(client, "trail").text
        for words in ("Lee Leaver (left)", "Nobody signed in", "An account that is no longer here"):
            assert words in text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"group": "openings"}, ["care", "identity"]),
            ({"group": "sign-ins"}, ["sign-in"]),
            ({"who": "robin"}, ["care", "sign-in"]),
            ({"first": "2019-05-14", "last": "2019-05-14"}, ["identity"]),
            ({"last": "2019-05-13"}, ["care"]),
            ({"about": "record"}, ["care"]),
            ({"who": "nobody"}, []),
            ({"first": "yesterday"}, []),
            ({"last": "9999-12-31"}, []),
        ],
    )
    def test_is_narrowed(
        self, client: Client, auditor: User, query: dict[str, str], found: list[str]
    ) -> None:
        robin, record = factories.make_user(name="Robin"), uuid.uuid4()
        # At half past midnight in Derby it is still the evening before in UTC.
        entry(
            robin,
            AuditKind.CARE_READ,
            record,
            reason="care",
            at=factories.london(2019, 5, 13, 23, 30),
        )
        entry(
            auditor,
            AuditKind.IDENTITY_READ,
            reason="identity",
            at=factories.london(2019, 5, 14, 0, 30),
        )
        entry(robin, AuditKind.SIGNED_IN, reason="sign-in", at=factories.london(2019, 5, 15))
        meant = {"robin": str(robin.pk), "record": str(record)}
        asked = {key: meant.get(value, value) for key, value in query.items()}
        # What asking itself writes down is not among what is looked at.
        text = page(client, "trail", **asked).html
        cells = [word for word in ("care", "identity", "sign-in") if f"<td>{word}</td>" in text]
        assert cells == found

    def test_goes_on_page_by_page_without_loss_or_repeat(self, auditor: User) -> None:
        at = factories.london(2019, 5, 14)
        for number in range(7):
            entry(
                None,
                AuditKind.CARE_READ,
                reason=str(number),
                at=at + dt.timedelta(days=number // 3),
            )
        seen, mark = [], ""
        while True:
            part = trail.page_of(trail.whole_trail(auditor), after=mark, rows=2)
            seen += [line.why for line in part.lines]
            mark = part.older
            if not mark:
                break
        assert seen == ["6", "5", "4", "3", "2", "1", "0"]

    def test_the_link_to_older_entries_keeps_the_question(
        self, client: Client, auditor: User
    ) -> None:
        for _ in range(trail.ROWS + 1):
            entry(auditor, AuditKind.CARE_READ)
        shown = page(client, "trail", group="openings")
        (older,) = [link for link in shown.links if "after=" in link]
        assert older.startswith("?group=openings&after=")
        assert (
            client.get(reverse("audit:trail") + older).context["page"].lines[0].what
            == "Care notes read"
        )

    @pytest.mark.parametrize(
        "mark", ["x", "_", "2019-05-14_1", "2019-05-14T10:00:00+00:00_x", "\x00"]
    )
    def test_a_mark_that_is_none_begins_anew(self, auditor: User, mark: str) -> None:
        entry(None, AuditKind.CARE_READ)
        assert len(trail.page_of(trail.whole_trail(auditor), after=mark).lines) == 1

    @pytest.mark.parametrize("room", ["trail", "mine", "sign_ins", "staff", "alerts"])
    def test_as_many_queries_for_three_as_for_one(
        self, client: Client, auditor: User, room: str, django_assert_max_num_queries: Any
    ) -> None:
        counts = []
        for number in (1, 2):
            for _ in range(number):
                reader = factories.make_user(Role.COORDINATOR)
                entry(reader, AuditKind.SIGNED_IN)
                entry(auditor, AuditKind.CARE_READ)
                AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=reader.pk, number=1)
            with django_assert_max_num_queries(40) as queries:
                page(client, room)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestPerson:
    def test_who_looked_at_this_child(self, client: Client, auditor: User) -> None:
        robin = factories.make_user(Role.COORDINATOR, name="Robin Reader")
        person = factories.make_participant(given_name="Zebediah")
        for kind in (AuditKind.IDENTITY_READ, AuditKind.CARE_READ):
            entry(robin, kind, person.pk, reason="asked by the mother")
        entry(robin, AuditKind.IDENTITY_READ, uuid.uuid4(), reason="another child")
        shown = page(client, "person", person.pk)
        for words in (
            "Robin Reader",
            "Care notes read, Identity read",
            "Coordinator",
            "asked by the mother",
        ):
            assert words.lower() in shown.text.lower()
        assert "another child" not in shown.text
        assert "Zebediah" not in shown.html
        found = AuditEntry.objects.get(kind=AuditKind.AUDIT_READ)
        assert (found.object_id, found.reason) == (person.pk, "who looked at a record")

    def test_of_every_record_that_was_merged_and_from_either_side(
        self, client: Client, auditor: User
    ) -> None:
        root = factories.make_participant()
        other = factories.make_participant()
        Participant.objects.filter(pk=other.pk).update(merged_into=root)
        entry(auditor, AuditKind.CARE_READ, root.pk, reason="of the root")
        entry(auditor, AuditKind.CARE_READ, other.pk, reason="of the other")
        for pk in (root.pk, other.pk):
            text = page(client, "person", pk).text
            assert "of the root" in text
            assert "of the other" in text

    def test_concerns_about_the_child_are_not_told(self, client: Client, auditor: User) -> None:
        person = factories.make_participant()
        concern = make_concern(participant=person)
        entry(auditor, AuditKind.CONCERN_READ, concern.pk, object_type="participants.concern")
        shown = page(client, "person", person.pk)
        assert "oncern" not in shown.text
        assert str(concern.pk) not in shown.html

    def test_which_way_a_concern_went_is_not_told(self, client: Client, auditor: User) -> None:
        concern = make_concern(ConcernRoute.NOT_LEAD)
        entry(auditor, AuditKind.CONCERN_READ, concern.pk, reason="not_lead")
        today = timezone.localdate().isoformat()
        for shown in (page(client, "trail"), page(client, "member", auditor.pk, day=today)):
            assert "Concern read" in shown.text
            assert "not_lead" not in shown.text

    def test_a_number_leads_there(self, client: Client, auditor: User) -> None:
        person = uuid.uuid4()
        response = client.get(reverse("audit:people"), {"number": str(person)})
        assert response["Location"] == reverse("audit:person", args=[person])
        assert "32 digits" in page(client, "people", number="Zebediah").text
        assert "Nobody has opened this record" in page(client, "person", person).text


class TestMember:
    def test_what_somebody_looked_at(self, client: Client, auditor: User) -> None:
        robin = factories.make_user(Role.COORDINATOR, name="Robin Reader")
        one, other = uuid.uuid4(), uuid.uuid4()
        day = {"at": factories.london(2019, 5, 14, 0, 30)}
        entry(robin, AuditKind.IDENTITY_READ, one, **day)
        entry(robin, AuditKind.CARE_READ, one, reason="a seizure", **day)
        entry(robin, AuditKind.IDENTITY_READ, other, **day)
        entry(robin, AuditKind.REGISTER_READ, uuid.uuid4(), **day)
        entry(robin, AuditKind.SIGNED_IN, at=factories.london(2019, 5, 12))
        entry(auditor, AuditKind.IDENTITY_READ, uuid.uuid4(), **day)
        shown = page(
            client, "member", robin.pk, first="2019-05-01", last="2019-05-31", day="2019-05-14"
        )
        days = shown.response.context["days"]
        assert [(str(each.date), each.records, each.registers, each.entries) for each in days] == [
            ("2019-05-14", 2, 1, 4),
            ("2019-05-12", 0, 0, 1),
        ]
        opened = shown.response.context["opened"]
        assert [(each.object_id, each.times, each.reasons) for each in opened] == sorted(
            [(one, 2, "a seizure"), (other, 1, "")]
        )
        assert "Signed in" in shown.text

    def test_somebody_who_never_was_is_not_found(self, client: Client, auditor: User) -> None:
        assert client.get(reverse("audit:member", args=[uuid.uuid4()])).status_code == 404

    @pytest.mark.parametrize(
        "query",
        [
            {"first": "2019-06-01", "last": "2019-05-01"},
            {"first": "2001-01-01", "last": "2019-05-01"},
            {"first": "x"},
            {"day": "0001-01-01"},
        ],
    )
    def test_a_span_that_is_none_is_said(
        self, client: Client, auditor: User, query: dict[str, str]
    ) -> None:
        shown = page(client, "member", auditor.pk, **query)
        assert "days" not in shown.response.context

    def test_staff_by_how_much_they_opened(self, client: Client, auditor: User) -> None:
        robin = factories.make_user(Role.COORDINATOR, name="Robin Reader")
        for _ in range(2):
            entry(robin, AuditKind.IDENTITY_READ, uuid.uuid4())
        members = page(client, "staff").response.context["members"]
        assert [(each.name, each.roles, each.records) for each in members] == [
            ("Robin Reader", "Hub coordinator", 2),
            ("Audra Auditor", "Auditor", 0),
        ]


class TestOwnAndOthers:
    def test_everybody_sees_their_own_and_nobody_elses(self, client: Client) -> None:
        user = factories.make_user(Role.COORDINATOR)
        client.force_login(user)
        entry(user, AuditKind.CARE_READ, reason="my own")
        entry(factories.make_user(), AuditKind.CARE_READ, reason="somebody else's")
        text = page(client, "mine").text
        assert "my own" in text
        assert "somebody else" not in text
        assert not AuditEntry.objects.filter(kind=AuditKind.AUDIT_READ).exists()

    def test_administrators_see_sign_ins_and_nothing_more(self, client: Client) -> None:
        client.force_login(factories.make_user(Role.ADMINISTRATOR))
        reader = factories.make_user(name="Robin Reader")
        entry(reader, AuditKind.SIGN_IN_FAILED, reason="wrong code")
        entry(reader, AuditKind.CARE_READ, reason="private")
        text = page(client, "sign_ins").text
        assert "wrong code" in text
        assert "private" not in text

    @pytest.mark.parametrize(
        ("role", "route", "is_seen"),
        [
            (Role.SAFEGUARDING_LEAD, ConcernRoute.LEAD, True),
            (Role.SAFEGUARDING_LEAD, ConcernRoute.NOT_LEAD, False),
            (Role.SAFEGUARDING_LEAD, ConcernRoute.NOT_DEPUTY, True),
            (Role.SAFEGUARDING_DEPUTY, ConcernRoute.LEAD, True),
            (Role.SAFEGUARDING_DEPUTY, ConcernRoute.NOT_LEAD, True),
            (Role.SAFEGUARDING_DEPUTY, ConcernRoute.NOT_DEPUTY, False),
        ],
    )
    def test_reads_of_concerns_that_are_ones_own_to_read(
        self, client: Client, role: Role, route: ConcernRoute, is_seen: bool
    ) -> None:
        client.force_login(factories.make_user(role))
        reader = factories.make_user(name="Robin Reader")
        concern = make_concern(route)
        entry(reader, AuditKind.CONCERN_READ, concern.pk, object_type="participants.concern")
        entry(reader, AuditKind.CONCERN_LISTED)
        shown = page(client, "concerns")
        assert (str(concern.pk) in shown.text) is is_seen
        assert ("Robin Reader" in shown.text) is is_seen

    def test_an_auditor_who_is_the_lead_learns_of_no_concern_in_the_trail(
        self, client: Client
    ) -> None:
        client.force_login(factories.make_user(Role.AUDITOR, Role.SAFEGUARDING_LEAD))
        concern = make_concern(ConcernRoute.NOT_LEAD)
        entry(concern.written_by, AuditKind.CONCERN_WRITTEN, concern.pk)
        for shown in (page(client, "trail"), page(client, "member", concern.written_by.pk),
                      page(client, "person", concern.pk)):  # fmt: skip
            assert "Concern written" not in shown.text


class TestAlerts:
    def test_is_settled_with_words(self, client: Client, auditor: User) -> None:
        robin = factories.make_user(name="Robin Reader")
        alert = AccessAlert.objects.create(
            kind=AlertKind.MANY_RECORDS, actor_id=robin.pk, number=64
        )
        address = reverse("audit:alert", args=[alert.pk])
        assert "1 alert waits" in page(client, "alerts").text
        assert "Robin Reader: 64 different records" in open_page(client, address).text
        assert "required" in Page(client.post(address, {"words": ""})).text
        response = client.post(address, {"words": "Checked contacts before the trip."})
        assert response["Location"] == reverse("audit:alerts")
        shown = open_page(client, address)
        assert "Checked contacts before the trip." in shown.text
        assert shown.count("textarea") == 0
        assert "wait" not in page(client, "alerts").texts_of("notice--warn")
        assert "already" in Page(client.post(address, {"words": "again"})).text

    def test_not_by_whom_it_is_about(self, client: Client, auditor: User) -> None:
        alert = AccessAlert.objects.create(kind=AlertKind.EXPORT, actor_id=auditor.pk, number=1)
        shown = Page(client.post(reverse("audit:alert", args=[alert.pk]), {"words": "fine"}))
        assert "Nobody settles an alert about themselves." in shown.text


def test_the_state_of_the_chain(client: Client, auditor: User) -> None:
    assert "Nothing yet" in page(client, "seals").text
    record_audit(by=auditor, kind=AuditKind.CARE_READ, about=Participant())
    seal_audit()
    verify_audit(now=timezone.now())
    text = page(client, "seals").text
    assert "2 entries, the last on" in text
    assert "2 entries, the oldest of" in text
    assert "whole; 2 links" in text
