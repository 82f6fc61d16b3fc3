"""Pages of quotes for staff: who gets there, what they show, and what leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from evaluation.models import Quote
from hubs.models import Hub
from participants.models import Disclosure, Participant, Purpose
from tests import factories
from tests.pages import Page

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 5, 20, 12)
SENT = {"recipient": "A funder", "address": "By post", "why": "The quarter's report"}
BOTH = (Purpose.WORDS_REPORTS, Purpose.WORDS_PUBLIC)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Normanton", ward=factories.make_ward(name="Normanton"))


@pytest.fixture
def child(hub: Hub) -> Participant:
    return make_child(hub, *BOTH, given_name="Comet", family_name="Sampleton")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


@pytest.fixture
def trust(client: Client) -> User:
    user = factories.make_user(Role.TRUST_STAFF)
    client.force_login(user)
    return user


def make_child(hub: Hub, *purposes: Purpose, **fields: Any) -> Participant:
    child = factories.make_participant(hub=hub, **fields)
    for purpose in purposes:
        factories.make_consent(child, purpose)
    return child


def make_ready(hub: Hub, *purposes: Purpose, **fields: Any) -> Quote:
    child = make_child(hub, *(purposes or BOTH))
    return factories.make_quote(child, hub=hub, **({"checked_at": NOW} | fields))


def filled(at: Hub, /, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "words",
        "words": "I never thought I could stand on a stage.",
        "attribution": "somebody, Normanton",
        "uses": ["reports", "public"],
        "said_on": "2019-05-14",
        "hub": at.pk,
        "activity": "",
        "skills": ["confidence"],
    } | fields


def words(answer: Any) -> str:
    return str(answer.content.decode())


class TestWriting:
    def test_from_the_register_to_the_words(
        self, client: Client, coordinator: User, hub: Hub, child: Participant
    ) -> None:
        starts_at = timezone.now() - dt.timedelta(hours=3)
        activity = factories.make_activity(hub=hub, title="Circus skills")
        session = factories.make_session(activity=activity, starts_at=starts_at, has_marks=True)
        factories.make_attendance(session, child)
        factories.make_session(starts_at=starts_at, has_marks=True)
        found = Page(client.get(reverse("quotes:new")))
        of_session = reverse("quotes:of_session", args=[session.pk])
        assert [link for link in found.links if "/session/" in link] == [of_session]
        of_person = f"{reverse('quotes:of_person', args=[child.pk])}?session={session.pk}"
        assert of_person in Page(client.get(of_session)).links
        page = client.get(of_person)
        form = page.context["form"]
        assert form.initial["activity"] == str(activity.pk)
        assert form["attribution"].value() == "a young person, Normanton"
        answer = client.post(of_person, filled(hub, activity=str(activity.pk)))
        quote = Quote.objects.get()
        assert answer["Location"] == reverse("quotes:quote", args=[quote.pk])
        assert (quote.participant, quote.activity, quote.skills) == (
            child,
            activity,
            ["confidence"],
        )
        kinds = AuditEntry.objects.filter(actor_id=coordinator.pk).values_list("kind", flat=True)
        assert AuditKind.CONSENTS_READ in kinds
        assert AuditKind.QUOTE_RECORDED in kinds

    def test_only_uses_with_consent_are_offered(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        child = make_child(hub, Purpose.WORDS_REPORTS)
        address = reverse("quotes:of_person", args=[child.pk])
        page = client.get(address)
        assert page.context["form"].fields["uses"].choices == [("reports", "In reports to funders")]
        assert reverse("consents:consents", args=[child.pk]) in Page(page).links
        assert "No consent yet for:" in words(page)
        assert client.post(address, filled(hub)).status_code == 422
        assert not Quote.objects.exists()

    def test_without_any_there_is_no_form(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        child = make_child(hub, Purpose.SURVEYS)
        page = client.get(reverse("quotes:of_person", args=[child.pk]))
        assert 'name="words"' not in words(page)
        assert reverse("consents:consents", args=[child.pk]) in Page(page).links

    def test_a_name_is_asked_about_and_what_was_typed_stays(
        self, client: Client, coordinator: User, hub: Hub, child: Participant
    ) -> None:
        address = reverse("quotes:of_person", args=[child.pk])
        asked = client.post(address, filled(hub, words="Comet was brave"))
        assert asked.status_code == 422
        assert "There may be a name in this: Comet." in words(asked)
        assert "Comet was brave" in words(asked)
        assert 'type="checkbox" name="names_are_fine"' in words(asked)
        answer = client.post(address, filled(hub, words="Comet was brave", names_are_fine="on"))
        assert answer.status_code == 302

    @pytest.mark.parametrize(
        "fields",
        [
            {"words": ""},
            {"uses": []},
            {"said_on": "2999-01-01"},
            {"attribution": "Comet"},
            {"attribution": "aged 11"},
            {"skills": ["juggling"]},
        ],
    )
    def test_what_is_refused(
        self,
        client: Client,
        coordinator: User,
        hub: Hub,
        child: Participant,
        fields: dict[str, Any],
    ) -> None:
        address = reverse("quotes:of_person", args=[child.pk])
        assert client.post(address, filled(hub, **fields)).status_code == 422
        assert not Quote.objects.exists()

    def test_another_hubs_activity_and_hub_are_none(
        self, client: Client, coordinator: User, hub: Hub, child: Participant
    ) -> None:
        other = factories.make_activity()
        address = reverse("quotes:of_person", args=[child.pk])
        for fields in ({"activity": str(other.pk)}, {"hub": other.hub_id}):
            assert client.post(address, filled(hub, **fields)).status_code == 422


class TestList:
    def test_queries_do_not_grow(self, client: Client, coordinator: User, hub: Hub) -> None:
        counts = []
        for more in (1, 2):
            for _ in range(more):
                make_ready(hub, activity=factories.make_activity(hub=hub))
            with CaptureQueriesContext(connection) as queries:
                page = client.get(reverse("quotes:quotes"))
            counts.append((len(page.context["table"].rows), len(queries)))
        assert [rows for rows, _ in counts] == [1, 3]
        assert counts[0][1] == counts[1][1]

    def test_own_hubs_only(self, client: Client, coordinator: User, hub: Hub) -> None:
        make_ready(hub, words="OURS")
        make_ready(factories.make_hub(), words="THEIRS")
        shown = words(client.get(reverse("quotes:quotes")))
        assert "OURS" in shown
        assert "THEIRS" not in shown

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", {"A", "B", "C", "D"}),
            ("state=to-check", {"B"}),
            ("state=checked", {"A", "C"}),
            ("state=no-consent", {"C"}),
            ("state=taken-out", {"D"}),
            ("kind=case_study", {"B"}),
            ("use=public", {"A", "B", "D"}),
            ("skill=empathy", {"A"}),
            ("hub=nowhere", set()),
        ],
    )
    def test_filters(
        self, client: Client, trust: User, hub: Hub, query: str, found: set[str]
    ) -> None:
        make_ready(hub, words="A", skills=["empathy"])
        make_ready(hub, words="B", checked_at=None, kind="case_study")
        make_ready(hub, Purpose.WORDS_PUBLIC, words="C", uses=["reports"])
        make_ready(hub, words="D", taken_out_at=NOW)
        page = client.get(f"{reverse('quotes:quotes')}?{query}")
        rows = page.context["table"].paginated_rows
        names = {row.record.words for row in rows}
        # What the filter does not know narrows nothing down, and says so.
        assert names == (found or {"A", "B", "C", "D"})
        assert bool(page.context["filter"].form.errors) is (query == "hub=nowhere")

    def test_it_is_written_down_without_what_was_chosen(
        self, client: Client, trust: User, hub: Hub
    ) -> None:
        client.get(f"{reverse('quotes:quotes')}?state=checked&hub={hub.slug}")
        entry = AuditEntry.objects.get(kind=AuditKind.QUOTES_READ)
        assert entry.reason == "list, hub, state"


class TestOne:
    def test_what_it_shows(self, client: Client, coordinator: User, hub: Hub) -> None:
        quote = make_ready(hub, Purpose.WORDS_PUBLIC, words="<b>Bold</b>")
        shown = words(client.get(reverse("quotes:quote", args=[quote.pk])))
        assert "&lt;b&gt;Bold&lt;/b&gt;" in shown
        assert quote.participant.full_name in shown
        assert shown.count("No consent now") == 1
        assert AuditEntry.objects.filter(
            kind=AuditKind.QUOTES_READ, object_id=quote.pk, actor_id=coordinator.pk
        ).exists()

    def test_who_left_the_hub_is_not_named(
        self, client: Client, coordinator: User, hub: Hub
    ) -> None:
        quote = make_ready(hub)
        quote.participant.registrations.all().delete()
        shown = words(client.get(reverse("quotes:quote", args=[quote.pk])))
        assert quote.participant.full_name not in shown
        assert "Somebody whose record you cannot open" in shown

    def test_names_are_shown_to_who_checks(self, client: Client, trust: User, hub: Hub) -> None:
        factories.make_participant(hub=hub, given_name="Grace")
        quote = make_ready(hub, words="Grace was there", checked_at=None)
        shown = words(client.get(reverse("quotes:quote", args=[quote.pk])))
        assert "Is one of these somebody\u2019s name?</strong> Grace." in shown

    @pytest.mark.parametrize("name", ["quote", "change", "take_out"])
    def test_strangers_get_nothing(self, client: Client, hub: Hub, name: str) -> None:
        quote = make_ready(hub)
        client.force_login(factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)))
        assert client.get(reverse(f"quotes:{name}", args=[quote.pk])).status_code == 404
        assert client.get(reverse(f"quotes:{name}", args=[uuid4()])).status_code == 404


class TestCheck:
    def test_the_second_person_ticks(self, client: Client, trust: User, hub: Hub) -> None:
        quote = make_ready(hub, checked_at=None)
        address = reverse("quotes:check", args=[quote.pk])
        assert client.post(address, {"version": quote.version}).status_code == 422
        stale = client.post(address, {"version": "0" * 16, "looked": "on"})
        assert stale.status_code == 422
        assert "Somebody changed this meanwhile" in words(stale)
        assert client.post(address, {"version": quote.version, "looked": "on"}).status_code == 302
        quote.refresh_from_db()
        assert quote.checked_by == trust

    def test_the_first_person_may_not(self, client: Client, trust: User, hub: Hub) -> None:
        quote = make_ready(hub, checked_at=None, recorded_by=trust)
        shown = words(client.get(reverse("quotes:quote", args=[quote.pk])))
        assert "It may be used" not in shown
        address = reverse("quotes:check", args=[quote.pk])
        sent = {"version": quote.version, "looked": "on"}
        assert client.post(address, sent).status_code == 403

    def test_a_coordinator_may_not(self, client: Client, coordinator: User, hub: Hub) -> None:
        quote = make_ready(hub, checked_at=None)
        address = reverse("quotes:check", args=[quote.pk])
        sent = {"version": quote.version, "looked": "on"}
        assert client.post(address, sent).status_code == 403


class TestChangeAndTakeOut:
    def test_a_change_waits_for_a_check(self, client: Client, coordinator: User, hub: Hub) -> None:
        quote = make_ready(hub)
        address = reverse("quotes:change", args=[quote.pk])
        form = client.get(address).context["form"]
        assert form["words"].value() == quote.words
        sent = filled(hub, words="Other words.", version=form["version"].value())
        assert client.post(address, sent).status_code == 302
        quote.refresh_from_db()
        assert (quote.words, quote.checked_at) == ("Other words.", None)
        assert client.post(address, sent).status_code == 422

    def test_out_for_a_reason(self, client: Client, coordinator: User, hub: Hub) -> None:
        quote = make_ready(hub)
        address = reverse("quotes:take_out", args=[quote.pk])
        assert client.post(address, {"why": " "}).status_code == 422
        assert client.post(address, {"why": "They asked."}).status_code == 302
        quote.refresh_from_db()
        assert (quote.taken_out_by, quote.taken_out_why) == (coordinator, "They asked.")
        assert client.get(reverse("quotes:change", args=[quote.pk])).status_code == 403
        shown = words(client.get(reverse("quotes:quote", args=[quote.pk])))
        assert "They asked." in shown


class TestReport:
    def test_only_what_may_be_used_and_after_a_second_look(
        self, client: Client, trust: User, hub: Hub
    ) -> None:
        shown = make_ready(hub, words="MAY STAND THERE", attribution="aged 8 to 12, Normanton")
        leaks = [
            make_ready(hub, checked_at=None, words="LEAK"),
            make_ready(hub, Purpose.WORDS_PUBLIC, words="LEAK"),
            make_ready(hub, uses=["public"], words="LEAK"),
            make_ready(hub, taken_out_at=NOW, words="LEAK"),
        ]
        address = reverse("quotes:report")
        first = words(client.get(address))
        assert "One quote or case study" in first
        second = words(client.post(address, SENT))
        assert "MAY STAND THERE" not in first + second
        assert not Disclosure.objects.exists()
        page = client.post(address, SENT | {"step": "looked", "looked": "on"})
        assert "MAY STAND THERE" in words(page)
        assert "aged 8 to 12, Normanton" in words(page)
        assert "LEAK" not in words(page)
        assert shown.participant.given_name not in words(page)
        disclosure = Disclosure.objects.get()
        assert (disclosure.document, disclosure.recipient) == ("quotes", "A funder")
        read = AuditEntry.objects.filter(kind=AuditKind.QUOTES_READ, reason="for a report")
        assert list(read.values_list("object_id", flat=True)) == [shown.pk]
        assert shown.pk not in {leak.pk for leak in leaks}

    def test_the_filter_narrows_it(self, client: Client, trust: User, hub: Hub) -> None:
        make_ready(hub, words="HERE")
        make_ready(factories.make_hub(slug="elsewhere"), words="THERE")
        sent = SENT | {"step": "looked", "looked": "on"}
        page = words(client.post(f"{reverse('quotes:report')}?hub=elsewhere", sent))
        assert "THERE" in page
        assert "HERE</p>" not in page.replace("THERE", "")

    def test_a_hidden_address_is_pointed_out(self, client: Client, trust: User, hub: Hub) -> None:
        quote = make_ready(hub)
        Participant.objects.filter(pk=quote.participant_id).update(is_address_hidden=True)
        assert "must stay hidden" in words(client.get(reverse("quotes:report")))

    def test_a_filter_that_says_nothing_shows_nothing(self, client: Client, trust: User) -> None:
        answer = client.get(f"{reverse('quotes:report')}?hub=nowhere")
        assert answer["Location"] == reverse("quotes:quotes")

    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HUB_LEAD, Role.EVALUATOR])
    def test_trust_staff_only(self, client: Client, hub: Hub, role: Role) -> None:
        client.force_login(factories.make_user(role, hubs=(hub,)))
        assert client.get(reverse("quotes:report")).status_code == 403
