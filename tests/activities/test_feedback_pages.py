"""What staff of a hub read of feedback, decide and answer; others see none of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role
from activities.models import Feedback, Mood, SaidDid, Session, Suggestion
from activities.queries.feedback import fingerprint_of
from hubs.models import Hub
from tests import factories
from tests.pages import open_page

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
# Queries of a list, whatever its length: who signs in, roles, checks and hubs among them.
OVERVIEW, SUGGESTIONS, SAID_DID = 10, 9, 5


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Derwent")


@pytest.fixture
def coordinator(client: Client, hub: Hub) -> Any:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


def lately(hub: Hub, **fields: Any) -> Session:
    activity = factories.make_activity(hub=hub)
    return factories.make_session(
        **({"starts_at": timezone.now() - DAY, "activity": activity} | fields)
    )


def answer(session: Session, *moods: Mood) -> None:
    Feedback.objects.bulk_create(Feedback(session=session, mood=mood) for mood in moods)


def suggest(hub: Hub, words: str, **fields: Any) -> Suggestion:
    return Suggestion.objects.create(hub=hub, words=words, **fields)


def make_draft(hub: Hub, **fields: Any) -> SaidDid:
    return SaidDid.objects.create(**({"hub": hub, "said": "Said this", "did": "Did that"} | fields))


class TestOverview:
    def test_faces_from_five_answers_on(self, client: Client, coordinator: Any, hub: Hub) -> None:
        answer(lately(hub), *[Mood.GOOD] * 4, Mood.AWFUL)
        small = lately(hub)
        answer(small, *[Mood.NOT_GOOD] * 4)
        page = open_page(client, "/feedback/")
        assert "5 answers of 1 session. 1 session with fewer than 5 answers is not in it." in (
            page.text
        )
        assert page.text.count("Fewer than 5 answers") == 1
        assert page.text.count("Not good 0") == 2
        assert "Not good 4" not in page.text
        assert page.inline == []
        alone = open_page(client, f"/feedback/sessions/{small.pk}/")
        assert "Fewer than 5 answers" in alone.text
        assert "Not good" not in alone.text

    def test_hub_and_dates_narrow_it(self, client: Client, hub: Hub) -> None:
        other = factories.make_hub(name="Sinfin")
        client.force_login(factories.make_user(Role.COORDINATOR, hubs=(hub, other)))
        here, there, long_ago = lately(hub), lately(other), lately(hub)
        Session.objects.filter(pk=long_ago.pk).update(
            starts_at=timezone.now() - 90 * DAY, ends_at=timezone.now() - 89 * DAY
        )
        for each in (here, there, long_ago):
            answer(each, *[Mood.GOOD] * 5)

        def shown(query: str) -> set[Session]:
            links = open_page(client, f"/feedback/{query}").links
            return {
                each
                for each in (here, there, long_ago)
                if f"/feedback/sessions/{each.pk}/" in links
            }

        assert shown("") == {here, there}
        assert shown(f"?hub={hub.slug}") == {here}
        assert shown("?first=2018-10-01") == {here, there, long_ago}
        assert shown("?first=2018-10-01&last=2018-10-02") == set()

    @pytest.mark.parametrize(
        "query", ["?hub=nowhere", "?first=x", "?first=2019-05-02&last=2019-05-01"]
    )
    def test_what_cannot_be_chosen_is_said(
        self, client: Client, coordinator: Any, query: str
    ) -> None:
        response = client.get(f"/feedback/{query}")
        assert response.status_code == 422
        assert "There is a problem" in response.text

    def test_another_hubs_hub_cannot_be_chosen(self, client: Client, coordinator: Any) -> None:
        other = factories.make_hub()
        answer(lately(other), *[Mood.GOOD] * 5)
        assert client.get(f"/feedback/?hub={other.slug}").status_code == 422
        assert "answers of" not in client.get("/feedback/").text

    def test_the_code_of_what_is_on_now(self, client: Client, coordinator: Any, hub: Hub) -> None:
        now = timezone.now()
        on, over = lately(hub, starts_at=now - dt.timedelta(hours=1)), lately(hub)
        lately(hub, starts_at=now - dt.timedelta(hours=1), cancelled_at=now)
        links = open_page(client, "/feedback/").links
        assert f"/feedback/sessions/{on.pk}/code/" in links
        assert f"/feedback/sessions/{over.pk}/code/" not in links
        page = open_page(client, f"/feedback/sessions/{on.pk}/code/")
        assert f"http://testserver/sessions/{on.pk}/feedback/" in page.links
        assert page.count("svg[ask__code]") == 1

    @pytest.mark.parametrize("number", [1, 3])
    def test_as_many_questions_for_one_as_for_three(
        self,
        client: Client,
        coordinator: Any,
        hub: Hub,
        number: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _ in range(number):
            answer(lately(hub), *[Mood.GOOD] * 5)
            lately(hub, starts_at=timezone.now() - dt.timedelta(hours=1))
        client.get("/feedback/")
        with django_assert_num_queries(OVERVIEW):
            client.get("/feedback/")


class TestSuggestions:
    def test_read_kept_and_put_away(self, client: Client, coordinator: Any, hub: Hub) -> None:
        session = lately(hub)
        suggestion = suggest(hub, "More <b>boxing</b>", session=session)
        suggest(factories.make_hub(), "Another hub's idea")
        page = open_page(client, "/feedback/suggestions/")
        assert page.texts_of("suggestion") == ["More <b>boxing</b>"]
        assert f"/safeguarding/write/?session={session.pk}" in page.links or any(
            link.endswith(f"?session={session.pk}") for link in page.links
        )
        assert list(AuditEntry.objects.values_list("kind", "actor_id")) == [
            (AuditKind.FEEDBACK_READ, coordinator.pk)
        ]
        client.post(f"/feedback/suggestions/{suggestion.pk}/decide/", {"put_away": "1"})
        suggestion.refresh_from_db()
        assert (suggestion.state, suggestion.decided_by) == ("refused", coordinator)
        assert open_page(client, "/feedback/suggestions/").texts_of("suggestion") == []
        away = open_page(client, "/feedback/suggestions/?state=refused")
        assert away.texts_of("suggestion") == ["More <b>boxing</b>"]
        client.post(f"/feedback/suggestions/{suggestion.pk}/decide/", {"keep": "1"})
        kept = open_page(client, "/feedback/suggestions/?state=kept")
        assert kept.texts_of("suggestion") == ["More <b>boxing</b>"]

    def test_an_empty_list_was_not_read(self, client: Client, coordinator: Any) -> None:
        assert "Nothing to read" in client.get("/feedback/suggestions/").text
        assert not AuditEntry.objects.exists()

    def test_where_reading_cannot_be_written_down_nothing_is_read(
        self, client: Client, coordinator: Any, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        suggest(hub, "More boxing")

        def fail(**_: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("activities.services.feedback.record_audit", fail)
        with pytest.raises(RuntimeError):
            client.get("/feedback/suggestions/")

    @pytest.mark.parametrize("query", ["?state=public", "?hub=nowhere"])
    def test_what_is_not_there(self, client: Client, coordinator: Any, query: str) -> None:
        assert client.get(f"/feedback/suggestions/{query}").status_code == 404

    @pytest.mark.parametrize("number", [1, 3])
    def test_as_many_questions_for_one_as_for_three(
        self,
        client: Client,
        coordinator: Any,
        hub: Hub,
        number: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _ in range(number):
            suggest(hub, "More", session=lately(hub), answer=make_draft(hub))
        client.get("/feedback/suggestions/")
        with django_assert_num_queries(SUGGESTIONS):
            client.get("/feedback/suggestions/")
        client.get("/feedback/said-did/")
        with django_assert_num_queries(SAID_DID):
            client.get("/feedback/said-did/")


class TestSaidDid:
    def test_from_ticked_suggestions_to_everybody(
        self, client: Client, coordinator: Any, hub: Hub
    ) -> None:
        both = [suggest(hub, "Too loud"), suggest(hub, "So loud")]
        query = "&".join(f"suggestion={each.pk}" for each in both)
        page = open_page(client, f"/feedback/said-did/new/?{query}")
        assert sorted(page.texts_of("suggestion")) == ["So loud", "Too loud"]
        words = {"said": "A quieter corner", "did": "There is one"}
        given = words | {"hub": hub.slug, "suggestion": [str(each.pk) for each in both]}
        response = client.post("/feedback/said-did/new/", given)
        draft = SaidDid.objects.get()
        assert response["Location"] == f"/feedback/said-did/{draft.pk}/"
        assert (draft.hub, draft.said, draft.written_by) == (hub, "A quieter corner", coordinator)
        assert set(draft.suggestions.all()) == set(both)
        visitor = Client()
        public = f"/hubs/{hub.slug}/you-said/"
        assert "A quieter corner" not in visitor.get(public).text
        show = f"/feedback/said-did/{draft.pk}/show/"
        seen = fingerprint_of(draft)
        refused = client.post(show, {"seen": seen})
        assert (refused.status_code, "Say that you have read it" in refused.text) == (422, True)
        client.post(show, {"seen": "other", "has_read": "on"})
        assert "A quieter corner" not in visitor.get(public).text
        client.post(show, {"seen": seen, "has_read": "on"})
        assert "A quieter corner" in visitor.get(public).text
        assert "loud" not in visitor.get(public).text
        client.post(f"/feedback/said-did/{draft.pk}/withdraw/")
        assert "A quieter corner" not in visitor.get(public).text

    def test_of_two_who_change_it_nobody_loses_words(
        self, client: Client, coordinator: Any, hub: Hub
    ) -> None:
        draft = make_draft(hub)
        seen = fingerprint_of(draft)
        address = f"/feedback/said-did/{draft.pk}/"
        first = {"said": "First", "did": "Did that", "seen": seen}
        assert client.post(address, first).status_code == 302
        response = client.post(address, {"said": "Second", "did": "Did that", "seen": seen})
        assert response.status_code == 409
        assert "Somebody changed this meanwhile" in response.text
        assert ">Second" in response.text.replace("\n", "")
        draft.refresh_from_db()
        assert draft.said == "First"
        again = {"said": "Second", "did": "Did that", "seen": fingerprint_of(draft)}
        assert client.post(address, again).status_code == 302

    def test_words_in_an_edition_and_their_check(
        self, client: Client, coordinator: Any, hub: Hub
    ) -> None:
        draft = make_draft(hub)
        address = f"/feedback/said-did/{draft.pk}/words/pl/"
        empty = fingerprint_of(draft.texts.model(said_did=draft))
        client.post(address, {"said": "Cichy kąt", "did": "", "seen": empty})
        text = draft.texts.get()
        assert (text.language, text.said, text.is_checked) == ("pl", "Cichy kąt", False)
        check = {"check": "1", "speaker": "Somebody", "checked_on": "2019-05-14"}
        client.post(address, check | {"seen": fingerprint_of(text)})
        text.refresh_from_db()
        assert text.checked_by == "Somebody"
        late = client.post(address, {"said": "Inny", "did": "", "seen": empty})
        assert late.status_code == 409
        assert client.post(address, {"said": "x" * 241, "did": ""}).status_code == 422
        for none in ("en-gb", "xx"):
            assert client.get(f"/feedback/said-did/{draft.pk}/words/{none}/").status_code == 404

    @pytest.mark.parametrize("missing", ["hub", "said", "did"])
    def test_nothing_is_saved_by_halves(
        self, client: Client, coordinator: Any, hub: Hub, missing: str
    ) -> None:
        given = {"hub": hub.slug, "said": "S", "did": "D"} | {missing: ""}
        assert client.post("/feedback/said-did/new/", given).status_code == 422
        other = factories.make_hub()
        given = {"hub": other.slug, "said": "S", "did": "D"}
        assert client.post("/feedback/said-did/new/", given).status_code == 422
        assert not SaidDid.objects.exists()


class TestStrangers:
    @pytest.fixture
    def addresses(self, hub: Hub) -> list[str]:
        session, suggestion, draft = lately(hub), suggest(hub, "Secret idea"), make_draft(hub)
        answer(session, *[Mood.GOOD] * 5)
        return [
            f"/feedback/sessions/{session.pk}/",
            f"/feedback/sessions/{session.pk}/code/",
            f"/feedback/suggestions/{suggestion.pk}/decide/",
            f"/feedback/said-did/{draft.pk}/",
            f"/feedback/said-did/{draft.pk}/show/",
            f"/feedback/said-did/{draft.pk}/withdraw/",
            f"/feedback/said-did/{draft.pk}/words/pl/",
        ]

    @staticmethod
    def statuses(client: Client, addresses: list[str]) -> set[int]:
        answers = [client.get(each) for each in addresses]
        return {
            (client.post(address) if given.status_code == 405 else given).status_code
            for address, given in zip(addresses, answers, strict=True)
        }

    def test_of_another_hub(self, client: Client, addresses: list[str]) -> None:
        client.force_login(factories.make_user(Role.HUB_LEAD, hubs=(factories.make_hub(),)))
        assert self.statuses(client, addresses) == {404}
        for each in ("/feedback/suggestions/", "/feedback/said-did/", "/feedback/"):
            text = client.get(each).text
            assert "Secret idea" not in text
            assert "Said this" not in text
            assert "answers of" not in text

    def test_not_signed_in(self, client: Client, addresses: list[str]) -> None:
        assert self.statuses(client, addresses) == {302}

    @pytest.mark.parametrize(
        "role", [Role.EVALUATOR, Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR, Role.AUDITOR]
    )
    def test_of_another_role(self, client: Client, addresses: list[str], role: Role) -> None:
        client.force_login(factories.make_user(role))
        assert self.statuses(client, [*addresses, "/feedback/", "/feedback/suggestions/"]) == {403}

    def test_rows_are_of_nobody_for_a_visitor(self, hub: Hub, addresses: list[str]) -> None:
        nobody = AnonymousUser()
        assert not Feedback.objects.visible_to(nobody).exists()
        assert not Suggestion.objects.visible_to(nobody).exists()
        assert not SaidDid.objects.visible_to(nobody).exists()
