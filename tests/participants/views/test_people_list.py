"""The list of people and the search: whom they show to whom, and what is written down."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from hubs.models import Hub
from participants.models import (
    CareNote,
    Collects,
    Contact,
    Disclosure,
    Participant,
    Registration,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Acorn")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


def sign_in(client: Client, *roles: Role) -> User:
    user = factories.make_user(*roles)
    client.force_login(user)
    return user


def named(hub: Hub | None, given: str, family: str = "Quince", **fields: Any) -> Participant:
    return factories.make_participant(hub=hub, given_name=given, family_name=family, **fields)


def find(client: Client, words: str) -> list[str]:
    """Whom a search finds, by first name, in the order of the page."""
    response = client.post("/people/search/", {"q": words}, follow=True)
    assert words not in response.redirect_chain[-1][0]
    return [person.given_name for person in response.context["table"].data.data]


def listed(client: Client, query: str = "") -> list[str]:
    response = client.get(f"/people/{query}")
    assert response.status_code == 200
    return [row.record.given_name for row in response.context["table"].paginated_rows]


class TestList:
    def test_shows_the_people_of_own_hubs(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        named(hub, "Comet")
        named(factories.make_hub(), "Walnut")
        named(None, "Nutmeg")
        assert listed(client) == ["Comet"]

    @pytest.mark.parametrize("role", [Role.TRUST_STAFF, Role.SAFEGUARDING_LEAD])
    def test_shows_everybody_to_whoever_answers_for_all(self, role: Role, client: Client) -> None:
        sign_in(client, role)
        named(factories.make_hub(), "Walnut")
        named(None, "Nutmeg")
        assert listed(client) == ["Nutmeg", "Walnut"]

    def test_shows_each_person_once(self, client: Client, hub: Hub, coordinator: User) -> None:
        root = named(factories.make_hub(), "Comet")
        named(hub, "Kommet", merged_into=root)
        assert listed(client) == ["Comet"]

    def test_hides_what_may_not_be_used(
        self, client: Client, hub: Hub, coordinator: User, now: dt.datetime
    ) -> None:
        named(hub, "Comet", restricted_at=now)
        named(hub, "Gone", anonymised_at=now)
        assert listed(client) == []
        assert find(client, "Comet Quince") == []
        sign_in(client, Role.TRUST_STAFF)
        assert listed(client) == ["Comet"]
        assert "Restricted" in client.get("/people/").text

    def test_says_nothing_of_sensitive_sections(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        person = named(hub, "Comet", address="1 Planted Street", home_postcode="DE1 1AA")
        person.ethnicity = "AIND"
        person.save()
        CareNote.objects.create(participant=person, kind="allergy", text="Planted nuts")
        Contact.objects.create(participant=person, name="Planted Uncle", collects=Collects.NEVER)
        page = client.get("/people/").text
        for planted in ("Planted", "DE1 1AA", "Indian", "llergy"):
            assert planted not in page
        assert "Care note: asks for a reason" in page
        assert "Somebody must not collect" in page

    def test_signs_of_merged_records_and_not_of_ended_notes(
        self, client: Client, hub: Hub, coordinator: User, now: dt.datetime
    ) -> None:
        root = named(hub, "Comet")
        other = named(None, "Kommet", merged_into=root)
        CareNote.objects.create(participant=other, kind="other", text="A")
        ended = named(hub, "Aster")
        CareNote.objects.create(participant=ended, kind="other", text="B", ended_at=now)
        page = client.get("/people/").text
        assert page.count("Care note: asks") == 1
        assert f"/people/{root.pk}/care/" in page

    def test_filters(self, client: Client, hub: Hub, coordinator: User) -> None:
        other = factories.make_hub(name="Beech")
        coordinator.hub_memberships.create(hub=other, started_at=factories.london(2018, 1, 1))
        came = named(hub, "Comet", year_group=8, takes_part_as="volunteer")
        named(other, "Walnut", is_complete=False, year_group=0)
        Contact.objects.create(participant=came, name="Somebody")
        session = factories.make_session(
            activity=factories.make_activity(hub=hub),
            starts_at=timezone.now() - dt.timedelta(weeks=6),
        )
        factories.make_attendance(session, came)
        comet, walnut, both = ["Comet"], ["Walnut"], ["Comet", "Walnut"]
        for query, people in (
            (f"hub={hub.slug}", comet),
            ("hub=beech", walnut),
            ("year=8", comet),
            ("year=0", walnut),
            ("year=unknown", []),
            ("takes_part_as=volunteer", comet),
            ("incomplete=on", walnut),
            ("no_contacts=on", walnut),
            ("came=since-12", comet),
            ("came=since-4", []),
            ("came=not-4", both),
            ("came=not-12", walnut),
            ("came=never", walnut),
            ("came=nonsense", both),
            ("hub=nowhere", both),
        ):
            assert listed(client, f"?{query}") == people, query

    def test_another_hub_is_no_filter_of_a_stranger(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        other = factories.make_hub(name="Beech")
        named(other, "Walnut")
        assert listed(client, "?hub=beech") == []
        assert "Beech" not in client.get("/people/").text

    def test_is_written_down_by_kind(self, client: Client, hub: Hub, coordinator: User) -> None:
        client.get(f"/people/?hub={hub.slug}&no_contacts=on")
        entry = AuditEntry.objects.get(kind=AuditKind.PEOPLE_SEARCHED)
        assert (entry.actor_id, entry.object_type) == (coordinator.pk, "participants.participant")
        assert (entry.object_id, entry.reason) == (None, "list, hub, no_contacts")

    @pytest.mark.parametrize("role", [Role.EVALUATOR, Role.ADMINISTRATOR, Role.AUDITOR])
    def test_is_not_for_other_roles(self, role: Role, client: Client) -> None:
        sign_in(client, role)
        assert client.get("/people/").status_code == 403
        assert client.post("/people/search/", {"q": "x"}).status_code == 403

    def test_costs_the_same_for_one_three_and_fifty(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        costs, searches = [], []
        for number in range(50):
            person = named(hub, f"Comet{number}")
            CareNote.objects.create(participant=person, kind="other", text="A")
            if number in {0, 2, 49}:
                for counted, act in (
                    (costs, lambda: client.get("/people/")),
                    (searches, lambda: client.post("/people/search/", {"q": "comet"}, follow=True)),
                ):
                    with CaptureQueriesContext(connection) as queries:
                        act()
                    counted.append(len(queries))
        assert len(set(costs)) == 1
        assert len(set(searches)) == 1
        assert costs[0] <= 12

    @pytest.mark.parametrize(
        "query", ["?page=999", "?page=x", "?sort=-school", "?sort=x", "?year=9"]
    )
    def test_takes_any_address(self, query: str, client: Client, coordinator: User) -> None:
        assert client.get(f"/people/{query}").status_code == 200


class TestSearch:
    @pytest.mark.parametrize(
        "typed",
        [
            "Zoe Okonkwo",
            "zoë okonkwo",
            "Okonkwo Zoe",
            "Zoe Okonkow",
            "Zoey Okonkwo",
            "okonkwo",
            "  Zoe  ",
            "Z Okonkwo",
            "Zoe O",
            "Zed Okonkwo",
        ],
    )
    def test_forgives(self, typed: str, client: Client, hub: Hub, coordinator: User) -> None:
        named(hub, "Zoë", "Okonkwo", known_as="Zed")
        named(hub, "Walnut", "Bramble")
        assert find(client, typed) == ["Zoë"]

    @pytest.mark.parametrize(
        "typed", ["mary ann obrien", "Mary-Ann O'Brien", "OBrien", "mary o`brien"]
    )
    def test_takes_hyphens_and_apostrophes_lightly(
        self, typed: str, client: Client, hub: Hub, coordinator: User
    ) -> None:
        named(hub, "Mary-Ann", "O'Brien")
        named(hub, "Walnut", "Bramble")
        assert find(client, typed) == ["Mary-Ann"]

    def test_the_best_stands_first(self, client: Client, hub: Hub, coordinator: User) -> None:
        for given in ("Amberley", "Ambar", "Amber", "Anders"):
            named(hub, given, "Quince")
        assert find(client, "Amber Quince")[0] == "Amber"

    def test_finds_a_person_by_a_merged_name_and_by_reference(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        root = named(hub, "Comet")
        other = named(None, "Zebedee", "Bramble", merged_into=root)
        assert find(client, "Zebedee Bramble") == ["Comet"]
        assert find(client, str(root.pk)) == ["Comet"]
        assert find(client, f" {str(other.pk).upper()} ") == ["Comet"]

    def test_a_stranger_finds_nobody(self, client: Client, hub: Hub, coordinator: User) -> None:
        stranger = named(factories.make_hub(), "Comet")
        assert find(client, "Comet Quince") == []
        assert find(client, str(stranger.pk)) == []

    @pytest.mark.parametrize("typed", ["%", "'; --", "\\", "...", "名前", "a" * 120])
    def test_takes_whatever_is_typed(
        self, typed: str, client: Client, hub: Hub, coordinator: User
    ) -> None:
        named(hub, "Comet")
        response = client.post("/people/search/", {"q": typed}, follow=True)
        assert response.status_code == 200
        assert not response.context["table"].data.data

    def test_nothing_typed_is_said(self, client: Client, coordinator: User) -> None:
        response = client.post("/people/search/", {"q": " "})
        assert response.status_code == 422
        assert "Type a name." in response.text

    def test_no_name_is_kept(self, client: Client, hub: Hub, coordinator: User) -> None:
        person = named(hub, "Zebedee")
        response = client.post("/people/search/", {"q": "Zebedeee"})
        assert response["Location"] == "/people/search/"
        kept = str(dict(client.session))
        assert str(person.pk) in kept
        assert "ebede" not in kept
        reasons = AuditEntry.objects.filter(kind=AuditKind.PEOPLE_SEARCHED).values_list("reason")
        assert list(reasons) == [("search by name",)]

    def test_what_was_found_is_shown_only_while_it_may_be(
        self, client: Client, hub: Hub, coordinator: User
    ) -> None:
        person = named(hub, "Comet")
        assert find(client, "Comet") == ["Comet"]
        Registration.objects.filter(participant=person).delete()
        assert client.get("/people/search/").context["table"].data.data == []

    def test_without_a_search_there_is_the_list(self, client: Client, coordinator: User) -> None:
        assert client.get("/people/search/")["Location"] == "/people/"


# Somebody looked twice at who gets the file, and at the warning of a hidden address.
CONFIRMED = {
    "recipient": "The University",
    "address": "data@example.org",
    "why": "The evaluation",
    "step": "looked",
    "looked": "on",
    "hidden": "on",
}


class TestExport:
    def test_wants_a_second_look_at_who_gets_it(self, client: Client, hub: Hub) -> None:
        sign_in(client, Role.TRUST_STAFF)
        named(hub, "Comet")
        named(hub, "Walnut", is_address_hidden=True)
        page = client.get("/people/export/?hub=acorn").text
        assert "2 people" in page
        assert "Their postcodes are left out." in page
        for missing in ("looked", "hidden", "address"):
            sent = {key: value for key, value in CONFIRMED.items() if key != missing}
            assert client.post("/people/export/", sent).status_code == 422
        assert not Disclosure.objects.exists()
        self.rows(client)
        disclosure = Disclosure.objects.get()
        assert (disclosure.document, disclosure.recipient) == ("people", "The University")
        assert disclosure.had_hidden_address

    def test_leaves_out_who_is_not_to_be_used(self, client: Client, hub: Hub) -> None:
        sign_in(client, Role.TRUST_STAFF)
        named(hub, "Comet")
        named(hub, "Walnut", restricted_at=timezone.now())
        assert [row["first_name"] for row in self.rows(client)] == ["Comet"]

    def rows(self, client: Client, query: str = "") -> list[dict[str, str]]:
        response = client.post(f"/people/export/{query}", CONFIRMED)
        assert response.status_code == 200
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_holds_what_is_listed(self, client: Client, hub: Hub) -> None:
        user = sign_in(client, Role.TRUST_STAFF)
        named(hub, "Comet", year_group=8, home_postcode="DE1 1AA")
        named(None, "Walnut", home_postcode="DE2 2BB", is_address_hidden=True)
        comet, walnut = self.rows(client)
        assert (comet["first_name"], comet["school_year"], comet["hubs"]) == ("Comet", "8", "Acorn")
        assert (comet["postcode"], walnut["postcode"]) == ("DE1 1AA", "")
        assert [row["first_name"] for row in self.rows(client, f"?hub={hub.slug}")] == ["Comet"]
        entries = AuditEntry.objects.filter(kind=AuditKind.PEOPLE_EXPORTED, actor_id=user.pk)
        assert list(entries.order_by("pk").values_list("reason", flat=True)) == [
            "2 people; filters: everybody",
            "1 people; filters: hub",
        ]

    def test_runs_no_formula(self, client: Client) -> None:
        sign_in(client, Role.TRUST_STAFF)
        named(None, "=1+1", "@SUM(A1)", school="+cmd", known_as="-2")
        (row,) = self.rows(client)
        assert row["first_name"] == "'=1+1"
        assert (row["last_name"], row["school"], row["known_as"]) == ("'@SUM(A1)", "'+cmd", "'-2")

    @pytest.mark.parametrize("role", [each for each in Role if each != Role.TRUST_STAFF])
    def test_is_for_trust_staff_only(self, role: Role, client: Client, hub: Hub) -> None:
        client.force_login(factories.make_user(role, hubs=(hub,)))
        assert client.get("/people/export/").status_code == 403
        assert "Export" not in client.get("/people/").text

    def test_asks_again_who_it_is(self, client: Client) -> None:
        client.force_login(factories.make_user(Role.TRUST_STAFF, password=factories.PASSWORD))
        session = client.session
        session["account_authentication_methods"] = [
            each | {"at": each["at"] - 3600} for each in session["account_authentication_methods"]
        ]
        session.save()
        assert client.get("/people/export/").status_code == 302
        assert not AuditEntry.objects.filter(kind=AuditKind.PEOPLE_EXPORTED).exists()
