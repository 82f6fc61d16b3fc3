"""Sections of a record: who opens which, what is written down, and what is kept of a change."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, AuditKind, Role, User
from hubs.models import Hub, Lsoa, Postcode
from participants.models import (
    CareNote,
    Contact,
    MarkOperation,
    Participant,
    Registration,
)
from participants.services.records import version_of
from tests import factories

pytestmark = pytest.mark.django_db

READ_OF = {
    "": AuditKind.IDENTITY_READ,
    "contacts/": AuditKind.CONTACTS_READ,
    "attendance/": AuditKind.ATTENDANCE_READ,
    "equality/": AuditKind.EQUALITY_READ,
    "changes/": AuditKind.CHANGES_READ,
}
PAGES = (*READ_OF, "care/", "change/", "hubs/", "contacts/new/", "contacts/home/", "care/new/")
AT_HUBS = {"", "contacts/", "attendance/", "equality/", "care/"} | {
    *("change/", "hubs/", "contacts/new/", "contacts/home/", "care/new/")
}
ALLOWED: dict[Role, set[str]] = {
    Role.COORDINATOR: AT_HUBS,
    Role.HUB_LEAD: AT_HUBS,
    Role.TRUST_STAFF: {*READ_OF, "care/", "change/", "hubs/"},
    Role.SAFEGUARDING_LEAD: {"", "contacts/", "attendance/", "care/"},
    Role.SAFEGUARDING_DEPUTY: {"", "contacts/", "attendance/", "care/"},
    Role.EVALUATOR: set(),
    Role.ADMINISTRATOR: set(),
    Role.AUDITOR: set(),
}


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Acorn")


@pytest.fixture
def person(hub: Hub) -> Participant:
    return factories.make_participant(
        hub=hub, given_name="Comet", family_name="Quince", school="Planted School"
    )


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


def sign_in(client: Client, *roles: Role, hubs: tuple[Hub, ...] = ()) -> User:
    user = factories.make_user(*roles, hubs=hubs)
    client.force_login(user)
    return user


def at(person: Participant, page: str = "") -> str:
    return f"/people/{person.pk}/{page}"


def reads(user: User) -> list[tuple[str, UUID | None]]:
    entries = AuditEntry.objects.filter(actor_id=user.pk, kind__endswith=".read").order_by("pk")
    return list(entries.values_list("kind", "object_id"))


class TestRights:
    @pytest.mark.parametrize("role", list(Role))
    def test_each_role_opens_its_sections(
        self, role: Role, client: Client, hub: Hub, person: Participant
    ) -> None:
        sign_in(client, role, hubs=(hub,))
        opened = {page for page in PAGES if client.get(at(person, page)).status_code == 200}
        refused = {page for page in PAGES if client.get(at(person, page)).status_code == 403}
        assert opened == ALLOWED[role]
        assert refused == set(PAGES) - opened

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD])
    def test_a_stranger_finds_nothing(
        self, role: Role, page: str, client: Client, person: Participant
    ) -> None:
        user = sign_in(client, role, hubs=(factories.make_hub(),))
        # 403 where no hub's staff may look at all; nothing says that the person is there.
        same = client.get(f"/people/{uuid.uuid4()}/{page}").status_code
        assert client.get(at(person, page)).status_code == same
        assert same in {403, 404}
        assert reads(user) == []

    @pytest.mark.parametrize("page", READ_OF)
    def test_what_is_opened_is_written_down(
        self, page: str, client: Client, person: Participant
    ) -> None:
        user = sign_in(client, Role.TRUST_STAFF)
        client.get(at(person, page))
        assert reads(user) == [(READ_OF[page], person.pk)]

    def test_the_way_leads_to_what_may_be_opened_only(
        self, client: Client, hub: Hub, person: Participant, coordinator: User
    ) -> None:
        page = client.get(at(person)).text
        assert at(person, "equality/") in page
        assert at(person, "changes/") not in page
        assert reverse("outcomes:person", args=[person.pk]) not in page
        sign_in(client, Role.SAFEGUARDING_LEAD)
        page = client.get(at(person)).text
        assert at(person, "equality/") not in page
        assert at(person, "care/") in page
        assert at(person, "change/") not in page

    def test_a_merged_record_leads_to_its_person(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        merged = factories.make_participant(given_name="Kommet", merged_into=person)
        response = client.get(at(merged, "contacts/"))
        assert (response.status_code, response["Location"]) == (302, at(person, "contacts/"))
        assert "Kommet" in client.get(at(person)).text

    def test_no_name_stands_in_a_title(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        for page in AT_HUBS:
            text = client.get(at(person, page)).text
            assert "Quince" not in text[text.index("<title>") : text.index("</title>")]


class TestIdentity:
    def form(self, person: Participant, **fields: Any) -> dict[str, Any]:
        return {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "known_as": "",
            "birth_date": "2012-03-04",
            "year_group": "",
            "school": "Hill School",
            "takes_part_as": "both",
            "version": version_of(person),
        } | fields

    def test_changes_and_says_who(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        response = client.post(at(person, "change/"), self.form(person, known_as="Cosmo"))
        assert response["Location"] == at(person)
        person.refresh_from_db()
        assert (person.known_as, person.school, person.takes_part_as) == (
            *("Cosmo", "Hill School"),
            "both",
        )
        entry = AuditEntry.objects.get(kind=AuditKind.RECORD_CHANGED)
        assert (entry.object_id, entry.reason) == (person.pk, "identity")
        sign_in(client, Role.TRUST_STAFF)
        page = client.get(at(person, "changes/")).text
        assert "<ins>Cosmo</ins>" in page
        assert coordinator.name in page

    def test_works_the_school_year_out(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        born = dt.date(dt.date.today().year - 10, 9, 1)  # noqa: DTZ011 - years only
        client.post(at(person, "change/"), self.form(person, birth_date=born.isoformat()))
        person.refresh_from_db()
        assert person.year_group in {4, 5}
        form = self.form(person, birth_date=born.isoformat(), year_group="9")
        client.post(at(person, "change/"), form)
        person.refresh_from_db()
        assert person.year_group == 9

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("given_name", "", "Enter a first name."),
            ("birth_date", "2999-01-01", "still to come"),
            ("birth_date", "1890-01-01", "years old"),
            ("birth_date", "31/31/2012", "Type a date"),
            ("takes_part_as", "king", "Select a valid choice"),
        ],
    )
    def test_bad_input_stays(  # noqa: PLR0917 - fixtures
        self,
        field: str,
        value: str,
        says: str,
        client: Client,
        person: Participant,
        coordinator: User,
    ) -> None:
        response = client.post(
            at(person, "change/"), self.form(person, **{field: value, "known_as": "Cosmo"})
        )
        assert response.status_code == 422
        assert says in response.text
        assert 'value="Cosmo"' in response.text
        person.refresh_from_db()
        assert person.known_as == ""

    def test_two_people_lose_nothing(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        first, second = self.form(person, school="First"), self.form(person, school="Second")
        client.post(at(person, "change/"), first)
        response = client.post(at(person, "change/"), second)
        assert response.status_code == 409
        assert "Somebody else changed this record" in response.text
        assert 'value="Second"' in response.text
        assert "<dd>First</dd>" in response.text
        person.refresh_from_db()
        assert person.school == "First"
        again = second | {"version": response.context["form"].data["version"]}
        assert client.post(at(person, "change/"), again).status_code == 302
        person.refresh_from_db()
        assert person.school == "Second"

    def test_what_is_restricted_is_not_changed(
        self, client: Client, person: Participant, coordinator: User, now: dt.datetime
    ) -> None:
        Participant.objects.filter(pk=person.pk).update(restricted_at=now)
        response = client.post(at(person, "change/"), self.form(person))
        assert response.status_code == 422
        assert "restricted" in response.text
        assert client.get(at(person)).context["frame"].can_write is False


class TestNewPerson:
    def form(self, hub: Hub, **fields: Any) -> dict[str, Any]:
        return {
            "person_id": str(uuid.uuid4()),
            "given_name": "Walnut",
            "family_name": "Bramble",
            "birth_date": "2012-03-04",
            "year_group": "unknown",
            "takes_part_as": "participant",
            "hubs": [hub.pk],
        } | fields

    def test_is_made_once(self, client: Client, hub: Hub, coordinator: User) -> None:
        form = self.form(hub)
        for _ in range(2):
            response = client.post("/people/new/", form)
            assert response["Location"] == f"/people/{form['person_id']}/contacts/"
        person = Participant.objects.get(family_name="Bramble")
        assert [each.hub for each in person.registrations.all()] == [hub]
        entry = AuditEntry.objects.get(kind=AuditKind.RECORD_CREATED)
        assert (entry.object_id, entry.reason) == (person.pk, "identity")

    def test_asks_whether_it_is_somebody_known(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        known = factories.make_participant(hub=hub, given_name="Wallnut", family_name="Bramble")
        stranger = factories.make_participant(
            hub=factories.make_hub(), given_name="Walnut", family_name="Bramble"
        )
        form = self.form(hub)
        response = client.post("/people/new/", form)
        assert str(known.pk) in response.text
        assert str(stranger.pk) not in response.text
        assert 'value="Walnut"' in response.text
        assert not Participant.objects.filter(pk=form["person_id"]).exists()
        client.post("/people/new/", form | {"is_new": "1"})
        assert Participant.objects.filter(pk=form["person_id"]).exists()

    def test_the_same_birthday_and_a_like_name_are_asked_about(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        born = dt.date(2012, 3, 4)
        factories.make_participant(
            hub=hub, given_name="Walnutta", family_name="Brambell", birth_date=born
        )
        assert "Walnutta" in client.post("/people/new/", self.form(hub)).text

    def test_not_at_another_hub(self, client: Client, hub: Hub, coordinator: User) -> None:
        other = factories.make_hub()
        assert client.post("/people/new/", self.form(other)).status_code == 422
        assert not Participant.objects.exists()

    def test_not_with_a_strangers_id(self, client: Client, hub: Hub, coordinator: User) -> None:
        stranger = factories.make_participant(hub=factories.make_hub(), given_name="Nutmeg")
        form = self.form(hub, person_id=str(stranger.pk), is_new="1")
        assert client.post("/people/new/", form).status_code == 403
        assert not Registration.objects.filter(participant=stranger, hub=hub).exists()


class TestHubs:
    def test_added_and_left(
        self, client: Client, hub: Hub, person: Participant, coordinator: User
    ) -> None:
        other = factories.make_hub(name="Beech")
        form = {"hub": other.slug, "act": "add"}
        assert client.post(at(person, "hubs/"), form).status_code == 422
        coordinator.hub_memberships.create(hub=other, started_at=factories.london(2018, 1, 1))
        client.post(at(person, "hubs/"), form)
        assert {each.hub for each in person.registrations.all()} == {hub, other}
        client.post(at(person, "hubs/"), {"hub": hub.slug, "act": "leave"})
        assert {each.hub for each in person.registrations.all()} == {other}
        response = client.post(at(person, "hubs/"), {"hub": other.slug, "act": "leave"})
        assert "only hub" in response.text
        assert {each.hub for each in person.registrations.all()} == {other}

    def test_waiting_marks_apply(
        self,
        client: Client,
        person: Participant,
        coordinator: User,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        """A device marked somebody whom that hub did not know yet."""
        other = factories.make_hub(name="Beech")
        session = factories.make_session(activity=factories.make_activity(hub=other))
        taker = factories.make_user(Role.COORDINATOR, hubs=(other,))
        MarkOperation.objects.create(
            pk=uuid.uuid4(),
            session=session,
            person_id=person.pk,
            role="participant",
            status="present",
            marked_at=session.starts_at,
            received_at=session.starts_at,
            marked_by=taker,
            held_for="person",
        )
        coordinator.hub_memberships.create(hub=other, started_at=factories.london(2018, 1, 1))
        with django_capture_on_commit_callbacks(execute=True):
            client.post(at(person, "hubs/"), {"hub": other.slug, "act": "add"})
        assert session.attendances.get().participant == person


class TestContacts:
    def form(self, **fields: Any) -> dict[str, Any]:
        return {
            "contact_id": str(uuid.uuid4()),
            "name": "Sample Grown-up",
            "relationship": "mother",
            "phone": "01632 960001",
            "is_emergency": "on",
            "has_parental_responsibility": "yes",
            "collects": "yes",
        } | fields

    def add(self, client: Client, person: Participant, **fields: Any) -> Contact:
        form = self.form(**fields)
        assert client.post(at(person, "contacts/new/"), form).status_code == 302
        return Contact.objects.get(pk=form["contact_id"])

    def test_are_added_once_in_order(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        form = self.form()
        for _ in range(2):
            client.post(at(person, "contacts/new/"), form)
        self.add(client, person, name="Second")
        assert [(each.name, each.position) for each in person.contacts.all()] == [
            ("Sample Grown-up", 1),
            ("Second", 2),
        ]
        page = client.get(at(person, "contacts/")).text
        assert 'href="tel:01632960001"' in page
        assert "At least two people" not in page

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"phone": ""}, "needs a number"),
            ({"phone": "ask at school"}, "Type a telephone number"),
            ({"phone": "12"}, "Type a telephone number"),
            ({"name": ""}, "Enter a name."),
            ({"email": "nowhere"}, "valid email"),
        ],
    )
    def test_bad_input_stays(
        self,
        fields: dict[str, str],
        says: str,
        client: Client,
        person: Participant,
        coordinator: User,
    ) -> None:
        response = client.post(at(person, "contacts/new/"), self.form(**fields))
        assert response.status_code == 422
        assert says in response.text
        assert not person.contacts.exists()

    def test_who_must_not_collect_stands_on_top(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        self.add(client, person, name="Planted Uncle", collects="never", is_emergency="", phone="")
        page = client.get(at(person, "contacts/")).text
        assert page.index("Must not collect") < page.index("Planted Uncle") < page.index("Ring in")

    def test_change_and_conflict(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        contact = self.add(client, person)
        address = at(person, f"contacts/{contact.pk}/")
        version = client.get(address).context["form"].initial["version"]
        form = self.form(version=version)
        assert client.post(address, form | {"phone": "01632 960002"}).status_code == 302
        response = client.post(address, form | {"phone": "01632 960003"})
        assert response.status_code == 409
        assert 'value="01632 960003"' in response.text
        assert "<dd>01632 960002</dd>" in response.text
        contact.refresh_from_db()
        assert contact.phone == "01632 960002"

    def test_move(self, client: Client, person: Participant, coordinator: User) -> None:
        first, second = self.add(client, person, name="A"), self.add(client, person, name="B")
        client.post(at(person, f"contacts/{second.pk}/move/"), {"to": "earlier"})
        assert [each.name for each in person.contacts.all()] == ["B", "A"]
        client.post(at(person, f"contacts/{first.pk}/move/"), {"to": "later"})
        assert [each.name for each in person.contacts.all()] == ["B", "A"]

    def test_removing_down_to_one_needs_a_reason(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        first = self.add(client, person)
        self.add(client, person, name="Second")
        address = at(person, f"contacts/{first.pk}/remove/")
        response = client.post(address, {"why_few": ""})
        assert response.status_code == 422
        assert "Say why" in response.text
        assert client.post(address, {"why_few": "One carer only"}).status_code == 302
        person.refresh_from_db()
        assert person.few_contacts_why == "One carer only"
        assert [each.name for each in person.contacts.all()] == ["Second"]

    def test_another_persons_contact_is_nothing_here(
        self, client: Client, hub: Hub, person: Participant, coordinator: User
    ) -> None:
        other = factories.make_participant(hub=hub)
        contact = Contact.objects.create(participant=other, name="Planted")
        assert client.get(at(person, f"contacts/{contact.pk}/")).status_code == 404
        client.post(at(person, f"contacts/{contact.pk}/remove/"), {})
        client.post(at(person, f"contacts/{contact.pk}/move/"), {})
        assert Contact.objects.filter(pk=contact.pk).exists()

    def test_trust_staff_read_and_do_not_write(self, client: Client, person: Participant) -> None:
        sign_in(client, Role.TRUST_STAFF)
        assert client.post(at(person, "contacts/new/"), self.form()).status_code == 403
        assert "Add a contact" not in client.get(at(person, "contacts/")).text


class TestHome:
    @pytest.fixture
    def postcodes(self) -> dict[str, Postcode]:
        made = {}
        for number, text in enumerate(("DE1 1AA", "DE2 2BB")):
            ward = factories.make_ward()
            lsoa = Lsoa.objects.create(code=f"E0100000{number}", name=text, census_year=2011)
            made[text] = Postcode.objects.create(postcode=text, lsoa=lsoa, ward=ward)
        return made

    def save(self, client: Client, person: Participant, **fields: Any) -> Any:
        form = {"address": "1 Road", "home_postcode": "", "version": version_of(person)} | fields
        return client.post(at(person, "contacts/home/"), form)

    def test_where_it_was_first_stays(
        self,
        client: Client,
        person: Participant,
        coordinator: User,
        postcodes: dict[str, Postcode],
    ) -> None:
        self.save(client, person, home_postcode="de11aa")
        self.save(client, person, home_postcode="DE2 2BB", is_address_hidden="on")
        person.refresh_from_db()
        first = postcodes["DE1 1AA"]
        assert (person.home_postcode, person.is_address_hidden) == ("DE2 2BB", True)
        assert (person.home_ward_id, person.home_lsoa_id) == (first.ward_id, first.lsoa_id)
        assert "must stay hidden" in client.get(at(person, "contacts/")).text

    def test_an_unknown_postcode_is_kept_without_a_place(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        assert self.save(client, person, home_postcode="SW1A 1AA").status_code == 302
        person.refresh_from_db()
        assert (person.home_postcode, person.home_ward_id) == ("SW1A 1AA", None)
        assert self.save(client, person, home_postcode="DE").status_code == 422


class TestEquality:
    def test_a_hub_writes_and_does_not_read(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        Participant.objects.filter(pk=person.pk).update(
            ethnicity="AIND", gender="female", languages="Planted", sen_needs=["ASD"]
        )
        page = client.get(at(person, "equality/"))
        assert "Planted" not in page.text
        assert "selected" not in page.text.replace('value="" selected', "")
        assert "checked" not in page.text
        assert AuditKind.EQUALITY_READ not in dict(reads(coordinator))
        form = {"version": version_of(person), "gender": "undisclosed", "young_carer": "yes"}
        response = client.post(at(person, "equality/"), form)
        assert response.status_code == 302
        person.refresh_from_db()
        assert (person.gender, person.young_carer) == ("undisclosed", "yes")
        assert (person.ethnicity, person.languages, person.sen_needs) == (
            "AIND",
            "Planted",
            ["ASD"],
        )

    def test_a_conflict_tells_a_hub_nothing(
        self, client: Client, person: Participant, coordinator: User
    ) -> None:
        form = {"version": 0, "gender": "male"}
        Participant.objects.filter(pk=person.pk).update(languages="Planted")
        response = client.post(at(person, "equality/"), form)
        assert response.status_code == 409
        assert "Planted" not in response.text

    def test_trust_staff_read_and_write(self, client: Client, person: Participant) -> None:
        sign_in(client, Role.TRUST_STAFF)
        form = client.get(at(person, "equality/")).context["form"].initial
        response = client.post(
            at(person, "equality/"), form | {"ethnicity": "undisclosed", "sen_needs": ["HI", "VI"]}
        )
        assert response.status_code == 302
        person.refresh_from_db()
        assert (person.ethnicity, person.sen_needs) == ("undisclosed", ["HI", "VI"])
        assert person.gender == "unknown"


class TestCare:
    @pytest.fixture
    def note(self, person: Participant) -> CareNote:
        return CareNote.objects.create(participant=person, kind="allergy", text="Planted nuts")

    def test_are_read_for_a_reason(
        self, client: Client, person: Participant, note: CareNote, coordinator: User
    ) -> None:
        page = client.get(at(person, "care/"))
        assert "Planted" not in page.text
        assert "Allergy" not in page.text
        for form in ({}, {"why": "other"}, {"why": "curious"}):
            response = client.post(at(person, "care/"), form)
            assert response.status_code == 422
            assert "Planted" not in response.text
        assert reads(coordinator) == []
        response = client.post(at(person, "care/"), {"why": "other", "words": "Trip to the hills"})
        assert "Planted nuts" in response.text
        entry = AuditEntry.objects.get(kind=AuditKind.CARE_READ)
        assert (entry.object_id, entry.reason) == (person.pk, "Something else: Trip to the hills")

    def test_ask_again_who_it_is(self, client: Client, hub: Hub, person: Participant) -> None:
        user = factories.make_user(Role.COORDINATOR, hubs=(hub,), password=factories.PASSWORD)
        client.force_login(user)
        session = client.session
        session["account_authentication_methods"] = [
            each | {"at": each["at"] - 3600} for each in session["account_authentication_methods"]
        ]
        session.save()
        assert client.get(at(person, "care/")).status_code == 302

    def test_come_from_a_register(
        self, client: Client, hub: Hub, person: Participant, coordinator: User
    ) -> None:
        session = factories.make_session(activity=factories.make_activity(hub=hub))
        page = client.get(at(person, f"care/?session={session.pk}"))
        assert page.context["form"].initial == {"why": "session"}
        assert f"/sessions/{session.pk}/register/#person-{person.pk}" in page.text
        other = factories.make_session()
        for query in (other.pk, "nonsense", uuid.uuid4()):
            assert "to the register" not in client.get(at(person, f"care/?session={query}")).text

    def test_written_once_and_ended_never_rewritten(
        self, client: Client, person: Participant, note: CareNote, coordinator: User
    ) -> None:
        form = {"note_id": str(uuid.uuid4()), "kind": "medicine", "text": "Inhaler"}
        for _ in range(2):
            assert client.post(at(person, "care/new/"), form).status_code == 302
        written = CareNote.objects.get(pk=form["note_id"])
        assert (written.text, written.written_by) == ("Inhaler", coordinator)
        for _ in range(2):
            client.post(at(person, f"care/{note.pk}/end/"))
        note.refresh_from_db()
        assert (note.text, note.ended_by) == ("Planted nuts", coordinator)
        kinds = AuditEntry.objects.filter(kind__startswith="care.").order_by("pk")
        assert list(kinds.values_list("kind", "reason")) == [
            ("care.written", ""),
            ("care.ended", ""),
        ]

    def test_another_persons_note_is_not_ended(
        self, client: Client, hub: Hub, person: Participant, coordinator: User
    ) -> None:
        other = CareNote.objects.create(
            participant=factories.make_participant(), kind="other", text="Planted"
        )
        client.post(at(person, f"care/{other.pk}/end/"))
        other.refresh_from_db()
        assert other.ended_at is None

    def test_are_in_no_history(
        self, client: Client, person: Participant, note: CareNote, coordinator: User
    ) -> None:
        note.ended_at = note.written_at
        note.save()
        sign_in(client, Role.TRUST_STAFF)
        assert "Planted nuts" not in client.get(at(person, "changes/")).text
