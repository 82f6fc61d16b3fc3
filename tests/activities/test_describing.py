"""What an activity offers, as coordinators write it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Activity, ActivityText, Session
from activities.planning_forms.describing import FactsForm
from activities.queries.planning import fingerprint_of
from activities.services.describing import change_activity, check_words, put_words
from hubs.models import Hub, Lsoa, Postcode
from hubs.wording import EASY_READ, Edition
from tests import factories
from tests.factories import london
from tests.pages import Page, open_page

pytestmark = pytest.mark.django_db
POLISH = Edition("pl")


@pytest.fixture
def now() -> dt.datetime:
    return london(2019, 5, 14, 17).astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Allenton")


@pytest.fixture
def activity(hub: Hub) -> Activity:
    return factories.make_activity(hub=hub, title="Boxing", venue="Gym", summary="Pads.")


@pytest.fixture
def coordinator(hub: Hub, client: Client) -> User:
    user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
    client.force_login(user)
    return user


@pytest.fixture
def postcode() -> Postcode:
    ward = factories.make_ward()
    lsoa = Lsoa.objects.create(code="E01013460", census_year=2011, ward=ward)
    return Postcode.objects.create(
        postcode="DE23 8PL", latitude="52.90100", longitude="-1.48000", lsoa=lsoa, ward=ward
    )


def seen(client: Client, address: str) -> str:
    """What a page that was opened says of what was saved then."""
    elements = open_page(client, address).elements
    return next(str(attrs["value"]) for _, attrs in elements if attrs.get("name") == "seen")


def save(client: Client, address: str, sent: dict[str, Any]) -> HttpResponse:
    """Open a page, and send its form."""
    return client.post(address, sent | {"seen": seen(client, address)})  # type: ignore[return-value]


def address(activity: Activity, words: str = "") -> str:
    return f"/planning/activities/{activity.pk}/" + (f"words/{words}/" if words else "")


def filled_in(**changes: Any) -> dict[str, Any]:
    """What a browser sends."""
    usual = {"title": "Boxing", "kind": "sport"}
    usual |= {"min_age": 8, "max_age": 14, "venue": "Gym", "is_free": "on", "summary": "Pads."}
    return {name: value for name, value in (usual | changes).items() if value is not None}


class TestFacts:
    def test_every_fact_is_kept_and_shown(
        self, client: Client, coordinator: User, activity: Activity, now: dt.datetime,
        postcode: Postcode,
    ) -> None:  # fmt: skip
        session = factories.make_session(activity=activity, starts_at=london(2019, 5, 16, 18))
        facts = {
            "title": "Boxing for all", "kind": "culture", "strand": "Boxing",
            "summary": "Pads and skipping.", "min_age": 9, "max_age": 15, "send_friendly": True,
            "welcomes_alone": True, "is_free": False, "cost": "£1 a time",
            "first_ten_minutes": "Wraps.", "met_by": "coach", "met_where": "At the ring",
            "bring": ["water", "trainers"], "bring_more": "A towel.", "venue": "The gym",
            "address": "Dover Street", "postcode": "de238pl", "bus_stop": "Dover Street",
            "walk_minutes": 3, "getting_there": "Bus 38.", "access_needs": ["toilet"],
            "access": "One step.", "quiet_option": "The office.", "languages": ["en", "pl"],
        }  # fmt: skip
        sent = {name: "on" if value is True else value for name, value in facts.items()}
        response = save(
            client, address(activity), {k: v for k, v in sent.items() if v is not False}
        )
        assert response.status_code == 302
        assert (
            response["Location"]
            == f"/planning/?hub=allenton&at={activity.pk}#activity-{activity.pk}"
        )
        activity.refresh_from_db()
        kept = {name: getattr(activity, name) for name in facts}
        assert kept == facts | {"postcode": "DE23 8PL"}
        assert (activity.latitude, activity.longitude) == (52.901, -1.48)
        assert activity.changed_at == now
        assert AuditEntry.objects.get().kind == AuditKind.ACTIVITY_CHANGED
        session.refresh_from_db()
        assert (session.revision, session.changed_at) == (1, now)
        page = open_page(client, f"/sessions/{session.pk}/")
        for fact in (
            "Pads and skipping.",
            "£1 a time",
            "A coach",
            "A towel.",
            "Polski",
            "DE23 8PL",
        ):
            assert fact in page.text

    def test_every_fact_of_a_first_visit_is_in_the_form(self) -> None:
        shown = {name for _, names in FactsForm.GROUPS for name in names}
        assert shown == set(FactsForm().fields)
        assert set(ActivityText.WORDS) <= shown
        assert {"bring", "access_needs", "languages", "met_by", "bus_stop", "walk_minutes"} <= shown

    def test_what_did_not_change_leaves_no_trace(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        before = activity.changed_at
        form = FactsForm(instance=activity)
        same = {name: form[name].value() for name in form.fields}
        same = {name: value for name, value in same.items() if value not in (None, False)}
        assert save(client, address(activity), same).status_code == 302
        activity.refresh_from_db()
        assert activity.changed_at == before
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"min_age": 15, "max_age": 9}, "Type an age that is not below the first one."),
            ({"max_age": 900}, "Type an age in whole years"),
            ({"min_age": -1}, "Type an age in whole years"),
            ({"min_age": "nine"}, "Type an age in whole years"),
            ({"venue": ""}, "Say where it is."),
            ({"title": " "}, "Say what it is called."),
            ({"kind": "gardening"}, "gardening"),
            ({"walk_minutes": 900}, "Type whole minutes from 0 to 90."),
            ({"postcode": "Derby"}, "Type a whole postcode, such as DE1 3AH."),
            ({"postcode": "DE1 9ZZ"}, "We do not know that postcode."),
            ({"cost": "£1"}, "Either it is free or it costs this."),
            ({"summary": "x" * 301}, "300"),
            ({"summary": "x\0"}, "Null characters"),
            ({"bring": ["sword"]}, "sword"),
            ({"met_by": "Somebody"}, "Somebody"),
        ],
    )
    def test_a_mistake_is_said_and_nothing_typed_is_lost(
        self, client: Client, coordinator: User, activity: Activity, changes: dict[str, Any],
        says: str,
    ) -> None:  # fmt: skip
        typed = {"bring_more": "A towel of my own", "languages": ["pl"], "access_needs": ["bsl"]}
        response = save(client, address(activity), filled_in(**(typed | changes)))
        assert response.status_code == 422
        page = Page(response)
        assert says in " ".join(page.texts_of("error-summary")), page.texts_of("error-summary")
        assert 'value="A towel of my own"' in page.html
        ticked = [
            attrs.get("value") for tag, attrs in page.elements
            if tag == "input" and attrs.get("type") == "checkbox" and "checked" in attrs
        ]  # fmt: skip
        assert {"pl", "bsl"} <= set(ticked)
        activity.refresh_from_db()
        assert activity.bring_more == ""
        assert page.count("h1") == 1
        assert "Boxing" in page.texts_of("planned-heading")

    def test_without_a_postcode_the_place_is_the_hubs_again(
        self, client: Client, coordinator: User, activity: Activity, postcode: Postcode
    ) -> None:
        save(client, address(activity), filled_in(postcode="DE23 8PL"))
        save(client, address(activity), filled_in(postcode=" "))
        activity.refresh_from_db()
        assert (activity.postcode, activity.latitude, activity.longitude) == ("", None, None)

    def test_a_place_without_a_postcode_stays_where_it_is(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        Activity.objects.filter(pk=activity.pk).update(latitude=52.9, longitude=-1.4)
        save(client, address(activity), filled_in(access="One step."))
        activity.refresh_from_db()
        assert (activity.access, activity.latitude) == ("One step.", 52.9)

    def test_a_postcode_that_is_gone_from_the_files_may_stay(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        Activity.objects.filter(pk=activity.pk).update(
            postcode="DE1 1AA", latitude=52.9, longitude=-1.4
        )
        sent = filled_in(postcode="DE1 1AA", access="One step.")
        assert save(client, address(activity), sent).status_code == 302
        activity.refresh_from_db()
        assert (activity.postcode, activity.latitude) == ("DE1 1AA", 52.9)

    def test_strangers(self, client: Client, coordinator: User, now: dt.datetime) -> None:
        theirs = factories.make_activity()
        for part in ("", "pl"):
            assert client.get(address(theirs, part)).status_code == 404
            assert client.post(address(theirs, part), filled_in()).status_code == 404
        with pytest.raises(PermissionDenied):
            change_activity(by=coordinator, activity=theirs, facts={"venue": "x"}, seen="", now=now)
        with pytest.raises(PermissionDenied):
            put_words(
                by=coordinator,
                activity=theirs,
                edition=POLISH,
                words={"title": "x"},
                seen="",
                now=now,
            )
        with pytest.raises(PermissionDenied):
            check_words(
                by=coordinator, activity=theirs, edition=POLISH, speaker="x",
                checked_on=dt.date(2019, 5, 1), seen="", now=now,
            )  # fmt: skip
        assert not ActivityText.objects.exists()

    @pytest.mark.parametrize("rows", [1, 3])
    def test_same_queries(
        self, client: Client, coordinator: User, activity: Activity, rows: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:  # fmt: skip
        for language in ("pl", "ur", "sk")[:rows]:
            ActivityText.objects.create(activity=activity, language=language, title="x")
        # Session, user, roles; hubs of the user with the activity twice, its words.
        with django_assert_num_queries(6):
            open_page(client, address(activity))


class TestTwoTabs:
    def test_the_second_is_told_what_is_saved_and_keeps_what_was_typed(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        here = address(activity)
        opened = {"seen": seen(client, here)}
        first = filled_in(access="One step.", bring=["water"], send_friendly="on") | opened
        assert client.post(here, first).status_code == 302
        response = client.post(here, filled_in(access="Two steps.", met_by="coach") | opened)
        assert response.status_code == 409
        page = Page(response)
        notice = " ".join(page.texts_of("notice--bad"))
        assert "Somebody changed this meanwhile" in notice
        assert "Look at what is saved now, then save again." in notice
        for saved in (
            "More about access and toilets One step.",
            "What to bring A bottle of water",
            "SEND friendly Yes",
            "Who meets you (nothing)",
        ):
            assert saved in notice
        assert "Venue" not in notice
        assert "Two steps." in page.html
        activity.refresh_from_db()
        assert (activity.access, activity.met_by) == ("One step.", "")
        again = {"seen": next(a["value"] for _, a in page.elements if a.get("name") == "seen")}
        assert client.post(here, filled_in(access="Two steps.") | again).status_code == 302
        activity.refresh_from_db()
        assert activity.access == "Two steps."

    def test_the_same_once_more_is_no_conflict(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        sent = filled_in(access="One step.") | {"seen": seen(client, address(activity))}
        assert [client.post(address(activity), sent).status_code for _ in "ab"] == [302, 302]

    def test_a_form_that_does_not_say_what_it_began_from(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        assert client.post(address(activity), filled_in(access="x")).status_code == 409
        assert client.post(address(activity, "pl"), {"title": "x"}).status_code == 409

    def test_words_do_not_stand_in_the_way_of_facts(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        opened = {"seen": seen(client, address(activity))}
        save(client, address(activity, "pl"), {"title": "Boks"})
        assert client.post(address(activity), filled_in(access="x") | opened).status_code == 302

    def test_words(self, client: Client, coordinator: User, activity: Activity) -> None:
        here = address(activity, "pl")
        opened = {"seen": seen(client, here)}
        client.post(here, {"title": "Boks", "summary": "Tarcze."} | opened)
        response = client.post(here, {"title": "Ring", "summary": "Tarcze."} | opened)
        assert response.status_code == 409
        page = Page(response)
        (notice,) = page.texts_of("notice--bad")
        assert "Title Boks" in notice
        assert "Tarcze." not in notice
        assert "Ring" in page.html
        assert activity.texts.get().title == "Boks"

    def test_nobody_checks_words_that_they_have_not_read(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        here = address(activity, "pl")
        save(client, here, {"title": "Boks"})
        opened = {"seen": seen(client, here)}
        save(client, here, {"title": "Ring"})
        check = {"check": "1", "speaker": "A speaker", "checked_on": "2019-05-14"}
        response = client.post(here, check | opened)
        assert response.status_code == 409
        assert "Somebody changed this meanwhile" in response.content.decode()
        assert not activity.texts.get().is_checked
        save(client, here, check)
        assert activity.texts.get().checked_by == "A speaker"


class TestWords:
    def test_written_checked_and_changed_again(
        self, client: Client, coordinator: User, activity: Activity, now: dt.datetime
    ) -> None:
        session = factories.make_session(activity=activity, starts_at=london(2019, 5, 16, 18))
        page = open_page(client, address(activity, "pl"))
        assert "Summary, in English Pads." in page.text
        assert "There are no words yet." in page.text
        assert page.element("id_title")["lang"] == "pl"
        save(client, address(activity, "pl"), {"title": "Boks", "summary": "Tarcze."})
        text = activity.texts.get()
        assert (text.title, text.summary, text.is_checked) == ("Boks", "Tarcze.", False)
        activity.refresh_from_db()
        assert activity.changed_at == now
        assert "Boks" in open_page(client, f"/pl/sessions/{session.pk}/").text
        check = {"check": "1", "speaker": "A speaker", "checked_on": "2019-05-14"}
        save(client, address(activity, "pl"), check)
        text.refresh_from_db()
        assert (text.checked_by, text.checked_on) == ("A speaker", dt.date(2019, 5, 14))
        page = open_page(client, address(activity, "pl"))
        assert "Checked by A speaker on Tuesday 14 May 2019." in page.text
        assert "A speaker" not in open_page(client, f"/pl/sessions/{session.pk}/").text
        save(client, address(activity, "pl"), {"title": "Boks", "summary": "Tarcze."})
        text.refresh_from_db()
        assert text.is_checked
        save(client, address(activity, "pl"), {"title": "Boks!", "summary": "Tarcze."})
        text.refresh_from_db()
        assert (text.checked_by, text.checked_on, text.title) == ("", None, "Boks!")

    def test_easy_read(self, client: Client, coordinator: User, activity: Activity) -> None:
        save(client, address(activity, "en-easy"), {"summary": "We hit pads."})
        text = activity.texts.get()
        assert (text.language, text.variant) == (EASY_READ.language, EASY_READ.variant)
        page = open_page(client, address(activity, "en-easy"))
        assert "Easy Read: one idea a sentence" in page.text
        assert page.texts_of("chip")[0] == "Easy Read not checked"

    @pytest.mark.parametrize("language", ["en-gb", "fr", "nowhere", "pl_PL"])
    def test_no_other_languages(
        self, client: Client, coordinator: User, activity: Activity, language: str
    ) -> None:
        assert client.get(address(activity, language)).status_code == 404

    def test_a_mistake_is_said_and_nothing_typed_is_lost(
        self, client: Client, coordinator: User, activity: Activity
    ) -> None:
        response = save(client, address(activity, "pl"), {"title": "x" * 161, "summary": "Tarcze."})
        assert response.status_code == 422
        assert "Tarcze." in response.content.decode()
        assert not activity.texts.exists()

    @pytest.mark.parametrize(
        ("sent", "says"),
        [
            ({"speaker": "", "checked_on": "2019-05-14"}, "required"),
            ({"speaker": "S", "checked_on": "2019-05-15"}, "not in the future"),
            ({"speaker": "S", "checked_on": "soon"}, "Type a date"),
        ],
    )
    def test_a_check_names_a_speaker_and_a_day(
        self, client: Client, coordinator: User, activity: Activity, sent: dict[str, str], says: str
    ) -> None:
        ActivityText.objects.create(activity=activity, language="pl", title="Boks")
        response = save(client, address(activity, "pl"), sent | {"check": "1"})
        assert response.status_code == 422
        assert says in response.content.decode()
        assert not activity.texts.get().is_checked

    def test_nothing_to_check(self, client: Client, coordinator: User, activity: Activity) -> None:
        sent = {"check": "1", "speaker": "S", "checked_on": "2019-05-14"}
        save(client, address(activity, "pl"), sent)
        assert "There are no words to check yet." in open_page(client, address(activity, "pl")).text
        assert not activity.texts.exists()


def test_a_new_name_reaches_dates_to_come_only(activity: Activity, now: dt.datetime) -> None:
    user = factories.make_user(Role.TRUST_STAFF)
    past = factories.make_session(activity=activity, starts_at=london(2019, 5, 13, 18))
    coming = factories.make_session(activity=activity, starts_at=london(2019, 5, 16, 18))
    change_activity(
        by=user, activity=activity, facts={"title": "Ring"}, seen=fingerprint_of(activity), now=now
    )
    assert Session.objects.get(pk=past.pk).revision == 0
    assert Session.objects.get(pk=coming.pk).revision == 1
