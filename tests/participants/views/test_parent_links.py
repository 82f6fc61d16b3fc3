"""Parents' side of consent: one link, one use, and nothing of the record."""

from __future__ import annotations

import datetime as dt
import io
import logging

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audience import GUESSES
from accounts.models import AuditEntry, AuditKind, Role
from participants.forms.parent_links import field_of
from participants.models import (
    Answer,
    CareNote,
    Collects,
    Consent,
    Contact,
    ParentLink,
    ParentLinkPurpose,
    Participant,
    Purpose,
    Relationship,
)
from participants.queries.consents import may
from participants.services.parent_links import close_link, make_link, new_token
from tests.factories import make_hub, make_participant, make_user
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
OURS = {"Origin": "http://testserver"}
SECRETS = ("Hiddenname", "DE99 9ZZ", "Nut allergy", "Secretschool", "07700900111", "2011")


@pytest.fixture
def hub():
    return make_hub()


@pytest.fixture
def coordinator(hub):
    return make_user(Role.COORDINATOR, hubs=(hub,))


@pytest.fixture
def child(hub):
    """A walk-in of whom more is known than any parent's page may say."""
    person = make_participant(
        hub=hub,
        given_name="Comet",
        family_name="Hiddenname",
        birth_date=dt.date(2011, 6, 1),
        home_postcode="DE99 9ZZ",
        school="Secretschool",
        is_complete=False,
        complete_by=dt.date(2026, 3, 9),
    )
    CareNote.objects.create(participant=person, kind="allergy", text="Nut allergy")
    Contact.objects.create(
        participant=person, name="Hiddenname Parent", phone="07700900111", is_emergency=True
    )
    return person


def link_to(child, coordinator, purpose=ParentLinkPurpose.CONSENT, now=None):
    _, token = make_link(person=child, purpose=purpose, by=coordinator, now=now or timezone.now())
    return reverse(f"parents:{purpose.value}", args=[token])


def answers(**changed):
    data = dict.fromkeys((field_of(purpose) for purpose in Purpose), "no")
    data |= {"answered_by": "Bramble Sample", "relationship": "mother", "decided_by": ""}
    return data | changed


DETAILS = {
    "family_name": "Sampleton",
    "birth_date": "2014-02-03",
    "school": "Notreal Primary",
    "postcode": "",
    "may_walk_home": "no",
    "first_name": "Bramble Sample",
    "first_relationship": "mother",
    "first_phone": "07700 900222",
    "first_responsible": "yes",
    "second_name": "Clover Sample",
    "second_relationship": "grandparent",
    "second_phone": "07700 900333",
    "second_responsible": "",
    "few_contacts_why": "",
    "may_collect": "Fennel Sample\nHeron Sample",
    "must_not_collect": "Thunder Sample",
    "collection_word": "otter",
    "allergy": "Eggs",
    "health": "",
    "access": "",
    "support": "A quiet corner",
    "gender": "",
    "ethnicity": "undisclosed",
    "special_needs": "no",
    "free_school_meals": "yes",
    "care_experienced": "",
    "young_carer": "",
    "alternative_provision": "",
    "english_additional": "",
    "languages": "",
}


def post(client, address, data, *, at, go, receipt):
    return client.post(address, {**data, "at": at, "go": go, "receipt": receipt}, headers=OURS)


def send(client, address, data, receipt=None):
    """Send all of it from the page that shows all of it."""
    return post(client, address, data, at="review", go="send", receipt=receipt or new_token())


class TestConsent:
    def test_nothing_is_chosen_beforehand_and_only_the_first_name_shows(
        self, client, child, coordinator
    ):
        response = client.get(link_to(child, coordinator))
        page = Page(response)
        assert response.status_code == 200
        assert "Comet" in page.text
        assert not [secret for secret in SECRETS if secret in response.text]
        radios = [a for tag, a in page.elements if a.get("type") == "radio"]
        assert len(radios) == 2 * len(Purpose)
        assert not [a for a in radios if "checked" in a]
        assert not response.cookies
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert "Cookie" not in response.get("Vary", "")

    def test_looking_changes_nothing(self, client, child, coordinator):
        address = link_to(child, coordinator)
        client.get(address)
        client.head(address)
        client.get(address, answers())
        assert ParentLink.objects.get().used_at is None
        assert not Consent.objects.exists()

    def test_each_question_needs_an_answer(self, client, child, coordinator):
        address = link_to(child, coordinator)
        data = answers()
        del data[field_of(Purpose.SURVEYS)]
        response = post(client, address, data, at="answers", go="next", receipt=new_token())
        assert response.status_code == 422
        assert "Choose yes or no." in response.text
        assert 'value="Bramble Sample"' in response.text

    def test_looked_at_sent_and_told(self, client, child, coordinator):
        address = link_to(child, coordinator)
        data = answers(**{field_of(Purpose.SURVEYS): "yes"})
        review = post(client, address, data, at="answers", go="next", receipt=new_token())
        assert review.status_code == 200
        assert "Look at it once more" in review.text
        assert not Consent.objects.exists()
        response = send(client, address, data)
        assert response.status_code == 303
        told = client.get(response["Location"])
        assert told.status_code == 200
        assert "Keep this page." in told.text
        assert not [secret for secret in SECRETS if secret in told.text]
        assert may([child.pk], Purpose.SURVEYS) == {child.pk}
        row = Consent.objects.get(purpose=Purpose.SURVEYS)
        assert (row.answered_by, row.relationship, row.how, row.language, row.recorded_by) == (
            "Bramble Sample",
            Relationship.MOTHER,
            "link",
            "en-gb",
            None,
        )
        assert row.link.purpose == ParentLinkPurpose.CONSENT
        assert AuditEntry.objects.filter(kind=AuditKind.PARENT_LINK_USED).count() == 1

    def test_a_finger_that_taps_twice_answers_once(self, client, child, coordinator):
        address, receipt = link_to(child, coordinator), new_token()
        first = send(client, address, answers(), receipt)
        second = send(client, address, answers(), receipt)
        assert (first.status_code, second.status_code) == (303, 303)
        assert first["Location"] == second["Location"]
        assert Consent.objects.count() == len(Purpose)

    def test_a_step_can_be_changed_before_sending(self, client, child, coordinator):
        response = post(
            client,
            link_to(child, coordinator),
            answers(answered_by="Clover"),
            at="review",
            go="answers",
            receipt=new_token(),
        )
        assert response.status_code == 200
        assert 'value="Clover"' in response.text

    @pytest.mark.parametrize("language", [code for code, _ in django_settings.LANGUAGES])
    def test_every_edition_is_kept_as_it_was_read(self, language, client, child, coordinator):
        prefix = "" if language == "en-gb" else f"/{language}"
        address = prefix + link_to(child, coordinator)
        page = client.get(address)
        assert page.status_code == 200
        assert ('dir="rtl"' in page.text) == (language == "ur")
        shows_english = 'class="parents-english"' in page.text
        assert shows_english == (language not in {"en-gb", "en-easy"})
        assert send(client, address, answers()).status_code == 303
        assert set(Consent.objects.values_list("language", flat=True)) == {language}

    def test_photographs_of_a_child_in_care_look_the_same_and_stay_off(
        self, client, hub, coordinator
    ):
        """The page tells nobody who is in care."""
        pages = []
        for care in (Answer.YES, Answer.NO):
            child = make_participant(hub=hub, given_name="Comet", care_experienced=care)
            address = link_to(child, coordinator)
            pages.append(len(client.get(address).content))
            data = answers(**{field_of(Purpose.PHOTOGRAPHS_PUBLIC): "yes"})
            response = send(client, address, data)
            assert response.status_code == 303
            is_in_force = child.pk in may([child.pk], Purpose.PHOTOGRAPHS_PUBLIC)
            assert is_in_force == (care == Answer.NO)
        assert pages[0] == pages[1]


class TestEnds:
    """Used, closed, expired, made anew, merged away or guessed: one and the same page."""

    def gone(self, client, address):
        response = client.get(address)
        assert response.status_code == 404
        assert client.post(address, answers(), headers=OURS).status_code == 404
        return response.content

    def test_they_all_look_the_same(self, client, child, coordinator, hub):
        guessed = self.gone(client, reverse("parents:consent", args=[new_token()]))
        used = link_to(child, coordinator)
        send(client, used, answers())
        assert self.gone(client, used) == guessed
        old = link_to(child, coordinator, now=timezone.now() - dt.timedelta(days=7))
        assert self.gone(client, old) == guessed
        earlier = link_to(child, coordinator)
        later = link_to(child, coordinator)
        assert self.gone(client, earlier) == guessed
        link = ParentLink.objects.filter(used_at=None, closed_at=None, purpose="consent").latest(
            "made_at"
        )
        close_link(link=link, by=coordinator, now=timezone.now())
        assert self.gone(client, later) == guessed
        restricted = link_to(child, coordinator)
        Participant.objects.filter(pk=child.pk).update(restricted_at=timezone.now())
        assert self.gone(client, restricted) == guessed

    def test_a_link_for_one_thing_opens_no_other(self, client, child, coordinator):
        token = link_to(child, coordinator).rstrip("/").rsplit("/", 1)[1]
        for name in ("complete", "answers"):
            assert client.get(reverse(f"parents:{name}", args=[token])).status_code == 404

    def test_whoever_guesses_is_stopped(self, client):
        for _ in range(GUESSES.times):
            client.get(reverse("parents:consent", args=[new_token()]))
        assert client.get(reverse("parents:consent", args=[new_token()])).status_code == 429

    def test_another_site_cannot_send(self, client, child, coordinator):
        address = link_to(child, coordinator)
        response = client.post(address, answers(), headers={"Origin": "https://elsewhere.example"})
        assert response.status_code == 403
        assert not Consent.objects.exists()

    def test_a_receipt_must_be_of_the_pages_own_making(self, client, child, coordinator):
        response = send(client, link_to(child, coordinator), answers(), receipt="short")
        assert response.status_code == 404
        assert not Consent.objects.exists()


class TestTakingBack:
    @pytest.fixture
    def own(self, client, child, coordinator):
        data = answers(**{field_of(Purpose.SURVEYS): "yes", field_of(Purpose.MESSAGES): "yes"})
        return send(client, link_to(child, coordinator), data)["Location"]

    def test_it_counts_at_once(self, client, child, own):
        response = client.post(own, {"purpose": ["surveys"]}, headers=OURS)
        assert response.status_code == 303
        assert may([child.pk], Purpose.SURVEYS) == set()
        assert may([child.pk], Purpose.MESSAGES) == {child.pk}
        assert client.get(own).status_code == 200

    def test_a_yes_cannot_be_said_there(self, client, child, own):
        client.post(own, {"purpose": ["photos_public"]}, headers=OURS)
        assert may([child.pk], Purpose.PHOTOGRAPHS_PUBLIC) == set()

    def test_nothing_ticked_is_said(self, client, own):
        assert client.post(own, {}, headers=OURS).status_code == 422

    def test_newer_answers_close_it(self, client, child, coordinator, own):
        send(client, link_to(child, coordinator), answers())
        assert client.get(own).status_code == 404


class TestCompleting:
    def test_from_a_walk_in_to_a_whole_record(self, client, child, coordinator):
        address = link_to(child, coordinator, ParentLinkPurpose.COMPLETE)
        data = DETAILS | answers(**{field_of(Purpose.TAKING_PART): "yes"})
        receipt = new_token()
        steps = ["child", "home", "ring", "collect", "care", "equality", "answers"]
        for at in steps:
            page = post(client, address, data, at=at, go="next", receipt=receipt)
            assert page.status_code == 200, page.text
        assert "Look at it once more" in page.text
        assert "3 February 2014" in page.text
        assert not [secret for secret in SECRETS if secret in page.text]
        child.refresh_from_db()
        assert not child.is_complete
        assert send(client, address, data, receipt).status_code == 303
        child.refresh_from_db()
        assert (child.is_complete, child.complete_by) == (True, None)
        assert (child.family_name, child.school, child.birth_date) == (
            "Sampleton",
            "Notreal Primary",
            dt.date(2014, 2, 3),
        )
        assert (child.may_walk_home, child.collection_word) == ("no", "otter")
        # Not answering and not wanting to say stand apart.
        assert (child.ethnicity, child.gender) == ("undisclosed", "unknown")
        assert (child.free_school_meals, child.special_needs) == ("yes", "no")
        contacts = Contact.objects.filter(participant=child).order_by("position", "created_at")
        assert [(c.name, c.is_emergency, c.collects) for c in contacts][1:] == [
            ("Bramble Sample", True, Collects.YES),
            ("Clover Sample", True, Collects.YES),
            ("Fennel Sample", False, Collects.YES),
            ("Heron Sample", False, Collects.YES),
            ("Thunder Sample", False, Collects.NEVER),
        ]
        notes = CareNote.objects.filter(participant=child, written_by=None).values_list(
            "kind", "text"
        )
        assert set(notes) == {
            ("allergy", "Nut allergy"),
            ("allergy", "Eggs"),
            ("support", "A quiet corner"),
        }
        assert may([child.pk], Purpose.TAKING_PART) == {child.pk}

    def test_a_mistake_loses_nothing_of_any_step(self, client, child, coordinator):
        address = link_to(child, coordinator, ParentLinkPurpose.COMPLETE)
        data = DETAILS | {"second_phone": ""}
        page = post(client, address, data, at="ring", go="next", receipt=new_token())
        assert page.status_code == 422
        fields = {a.get("name"): a.get("value") for tag, a in Page(page).elements if tag == "input"}
        assert fields["family_name"] == "Sampleton"
        assert fields["second_name"] == "Clover Sample"
        assert fields["collection_word"] == "otter"
        assert "Fennel Sample" in page.text

    def test_sending_goes_to_the_first_mistake(self, client, child, coordinator):
        address = link_to(child, coordinator, ParentLinkPurpose.COMPLETE)
        page = send(client, address, DETAILS | answers() | {"birth_date": "2999-01-01"})
        assert page.status_code == 422
        assert "Look at the date of birth again." in page.text
        child.refresh_from_db()
        assert not child.is_complete

    def test_back_keeps_what_is_not_right_yet(self, client, child, coordinator):
        address = link_to(child, coordinator, ParentLinkPurpose.COMPLETE)
        page = post(
            client, address, {"postcode": "x" * 10}, at="home", go="back", receipt=new_token()
        )
        assert page.status_code == 200
        assert "x" * 10 in page.text

    def test_nobody_hears_of_a_namesake(self, client, hub, child, coordinator):
        """Whether somebody like this is known changes not a byte."""
        pages = []
        for is_known in (False, True):
            if is_known:
                make_participant(
                    hub=hub,
                    given_name="Comet",
                    family_name="Sampleton",
                    birth_date=dt.date(2014, 2, 3),
                )
            walk_in = make_participant(hub=hub, given_name="Comet", is_complete=False)
            address = link_to(walk_in, coordinator, ParentLinkPurpose.COMPLETE)
            response = send(client, address, DETAILS | answers())
            pages.append(len(client.get(response["Location"]).content))
        assert pages[0] == pages[1]

    def test_a_record_that_was_merged_is_no_ones_to_complete(self, client, hub, child, coordinator):
        address = link_to(child, coordinator, ParentLinkPurpose.COMPLETE)
        Participant.objects.filter(pk=child.pk).update(merged_into=make_participant(hub=hub))
        assert client.get(address).status_code == 404

    def test_one_contact_needs_a_reason(self, client, child, coordinator):
        address = link_to(child, coordinator, ParentLinkPurpose.COMPLETE)
        alone = DETAILS | {"second_name": "", "second_phone": "", "few_contacts_why": ""}
        assert (
            post(client, address, alone, at="ring", go="next", receipt=new_token()).status_code
            == 422
        )
        alone["few_contacts_why"] = "No family near"
        assert send(client, address, alone | answers()).status_code == 303
        child.refresh_from_db()
        assert child.few_contacts_why == "No family near"


@pytest.mark.parametrize("name", ["consent", "complete", "answers"])
def test_no_log_has_the_key(name: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    from derby_portal.logs import WithoutKeys

    handler.addFilter(WithoutKeys())
    logger = logging.getLogger("test of keys")
    logger.addHandler(handler)
    logger.propagate = False
    token = new_token()
    logger.warning("Not Found: %s", reverse(f"parents:{name}", args=[token]))
    logger.warning("Not Found: /ur%s", reverse(f"parents:{name}", args=[token]))
    assert token not in stream.getvalue()
    assert f"/{name}/..." in stream.getvalue()


def test_the_same_queries_whatever_is_known(
    client: Client, hub, coordinator, django_assert_max_num_queries
) -> None:
    child = make_participant(hub=hub)
    address = link_to(child, coordinator)
    with django_assert_max_num_queries(1):
        client.get(address)
