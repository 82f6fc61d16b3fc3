"""Parents' side: a place for a child, and not a word about any other."""

from __future__ import annotations

import datetime as dt
import io
import logging
import re

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.audience import GUESSES
from accounts.models import Role, User
from activities.models import ActivityText, Session
from derby_portal.device import SOURCE
from hubs.models import Hub
from participants.models import Booking, BookingLink, Participant
from participants.services.booking_links import close_link, make_link, new_token
from participants.services.bookings import book
from participants.views.booking_links import BY_ONE_LINK, FROM_ONE_PLACE
from tests.factories import (
    make_activity,
    make_hub,
    make_participant,
    make_session,
    make_user,
)
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
OURS = {"Origin": "http://testserver"}
SECRET = re.compile(r"[\w-]{43}")


@pytest.fixture
def session() -> Session:
    """In three days: views ask the real clock."""
    activity = make_activity(hub=make_hub(), title="Trip to the museum", venue="Silk Mill")
    starts_at = timezone.now() + dt.timedelta(days=3)
    return make_session(activity=activity, starts_at=starts_at, places=1)


@pytest.fixture
def coordinator(session: Session) -> User:
    return make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def link(session: Session, coordinator: User) -> str:
    """The address of a link."""
    _, token = make_link(
        session=session, expires_at=session.starts_at, by=coordinator, now=timezone.now()
    )
    return reverse("parents:book", args=[token])


def filled(**fields: str) -> dict[str, str]:
    return {
        "token": new_token(),
        "given_name": "Comet",
        "family_name": "Sample",
        "year_group": "5",
        "may_book": "on",
    } | fields


def send(client: Client, address: str, **fields: str) -> HttpResponse:
    return client.post(address, filled(**fields), headers=OURS)


def own_page(client: Client, link: str, **fields: str) -> str:
    """Book; the address of the booking."""
    response = send(client, link, **fields)
    assert response.status_code == 303
    return response["Location"]


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return Page(response).text


class TestTheForm:
    def test_the_session_and_four_fields(self, client, link, session):
        page = Page(client.get(link))
        for fact in ("Trip to the museum", "Silk Mill", "1 place is left."):
            assert fact in page.text
        fields = [
            attributes["name"]
            for tag, attributes in page.elements
            if tag in {"input", "select"} and attributes.get("type") != "hidden"
        ]
        assert fields == ["given_name", "family_name", "year_group", "may_book"]

    def test_the_waiting_list_when_all_are_taken(self, client, link, session, coordinator):
        for _ in range(3):
            person = make_participant(hub=session.activity.hub)
            book(session=session, participant=person, by=coordinator, now=timezone.now())
        page = said(client, link)
        assert "All places are taken." in page
        assert "2 children are waiting." in page
        assert "Join the waiting list" in page

    def test_looking_changes_nothing(self, client, link):
        """Messengers fetch what they are sent, and some press every link."""
        before = list(Booking.objects.values()), list(BookingLink.objects.values())
        client.get(link)
        client.head(link)
        client.get(link, filled())
        assert (list(Booking.objects.values()), list(BookingLink.objects.values())) == before
        assert not Participant.objects.exists()

    @pytest.mark.parametrize(
        ("field", "word"),
        [
            ("given_name", "first name."),
            ("family_name", "last name."),
            ("year_group", "Choose a school year."),
            ("may_book", "Only a parent or carer can book."),
        ],
    )
    def test_what_is_missing_is_said(self, field, word, client, link):
        response = send(client, link, **{field: ""})
        assert response.status_code == 422
        assert word in response.text
        assert not Booking.objects.exists()

    def test_a_token_of_their_own_making_is_refused(self, client, link):
        assert send(client, link, token="short").status_code == 422


class TestBooking:
    def test_a_place(self, client, link, session):
        address = own_page(client, link)
        page = said(client, address)
        assert "Comet has a place" in page
        assert "Trip to the museum" in page
        person = Participant.objects.get()
        assert (person.given_name, person.family_name, person.year_group) == (
            "Comet",
            "Sample",
            5,
        )
        assert not person.is_complete
        assert person.registrations.get().hub_id == session.activity.hub_id

    def test_a_number_and_then_a_place(self, client, link, session, coordinator):
        for _ in range(2):
            person = make_participant(hub=session.activity.hub)
            book(session=session, participant=person, by=coordinator, now=timezone.now())
        address = own_page(client, link)
        assert "Comet is number 2 on the waiting list" in said(client, address)
        Booking.objects.filter(link__isnull=False).update(has_place=True)
        assert "Comet has a place" in said(client, address)

    def test_sent_twice_is_once(self, client, link):
        token = new_token()
        first, second = (own_page(client, link, token=token) for _ in range(2))
        assert first == second
        assert Booking.objects.count() == 1

    def test_a_brother_from_the_same_page_is_another(self, client, link):
        token = new_token()
        first = own_page(client, link, token=token)
        second = own_page(client, link, token=token, given_name="Juniper")
        assert first != second
        assert "Juniper is number 1" in said(client, second)

    def test_the_page_says_the_name_that_was_written(self, client, link, session):
        """Also when the booking is somebody's whom the hub knows by another name."""
        address = own_page(client, link)
        known = make_participant(hub=session.activity.hub, given_name="Comète")
        Booking.objects.update(participant=known)
        page = client.get(address).text
        assert "Comet has a place" in page
        assert "Comète" not in page
        assert "Sample" not in page


class TestNothingLeaks:
    def answers(self, client: Client, link: str, **fields: str) -> list[tuple[object, ...]]:
        """All that a parent gets from opening to cancelling, tokens and clock apart."""
        found = [client.get(link), send(client, link, **fields)]
        own = found[-1]["Location"]
        found += [client.get(own), client.get(f"{own}cancel/")]
        found += [client.post(f"{own}cancel/", headers=OURS), client.get(own)]
        for each in found:
            # The time of the answer, to the second.
            del each.headers["Expires"]
        return [
            (each.status_code, SECRET.sub("*", str(each.headers)), SECRET.sub("*", each.text))
            for each in found
        ]

    @pytest.mark.parametrize("is_booked", [False, True])
    def test_whether_the_hub_knows_the_child(
        self, *, is_booked: bool, client: Client, link: str, session: Session, coordinator: User
    ) -> None:
        Session.objects.update(places=100)
        person = {"given_name": "Comet", "family_name": "Sample", "year_group": 5}
        if is_booked:
            other = make_participant(hub=session.activity.hub)
            book(session=session, participant=other, by=coordinator, now=timezone.now())
        with transaction.atomic():
            unknown = self.answers(client, link)
            transaction.set_rollback(True)
        if is_booked:
            Participant.objects.filter(pk=other.pk).update(**person)
        else:
            make_participant(hub=session.activity.hub, **person)
        assert self.answers(client, link) == unknown

    def test_no_other_child_is_named(self, client, link, session, coordinator):
        other = make_participant(
            hub=session.activity.hub, given_name="Walnut", family_name="Madeup"
        )
        book(session=session, participant=other, by=coordinator, now=timezone.now())
        for _, headers, body in self.answers(client, link):
            assert "Walnut" not in body + headers
            assert "Madeup" not in body + headers
            assert str(other.pk) not in body + headers


class TestCancelling:
    def test_in_two_steps(self, client, link, session):
        address = own_page(client, link)
        waits = own_page(client, link, given_name="Juniper")
        assert "Cancel this booking? Comet" in said(client, f"{address}cancel/")
        assert "Comet has a place" in said(client, address)
        response = client.post(f"{address}cancel/", headers=OURS)
        assert (response.status_code, response["Location"]) == (303, address)
        assert "This booking is cancelled" in said(client, address)
        assert "Juniper has a place" in said(client, waits)
        assert client.get(f"{address}cancel/").status_code == 303

    def test_not_once_it_has_begun(self, client, link, session):
        address = own_page(client, link)
        now = timezone.now()
        hour = dt.timedelta(hours=1)
        Session.objects.update(starts_at=now - hour, ends_at=now + hour)
        assert "Cancel this booking" not in said(client, address)
        assert client.post(f"{address}cancel/", headers=OURS).status_code == 303
        assert Booking.objects.get().cancelled_at is None
        Session.objects.update(ends_at=now - hour / 2)
        assert "This session is over" in said(client, address)

    def test_a_cancelled_session_says_so(self, client, link):
        address = own_page(client, link)
        Session.objects.update(cancelled_at=timezone.now(), cancellation_reason="A burst pipe.")
        page = said(client, address)
        assert "This session is cancelled A burst pipe." in page
        assert "has a place" not in page


class TestInOtherLanguages:
    @pytest.mark.parametrize(
        ("code", "direction", "word", "number"),
        [
            ("pl", "ltr", "Zostało 1 miejsce.", "Comet: numer 1 na liście oczekujących"),
            ("ro", "ltr", "A mai rămas 1 loc.", "Comet: numărul 1 pe lista de așteptare"),
            ("ur", "rtl", "1 جگہ باقی ہے", "Comet انتظار کی فہرست میں نمبر 1 پر ہے"),
        ],
    )
    def test_from_the_link_to_the_booking(
        self, *, code: str, direction: str, word: str, number: str, client: Client, link: str
    ) -> None:
        response = client.get(f"/{code}{link}")
        page = Page(response)
        assert word in page.text
        assert f'<html lang="{code}" dir="{direction}">' in page.html
        assert '<h1 class="bookings-title" lang="en-GB" dir="ltr">Trip to the museum</h1>' in (
            page.html
        )
        own_page(client, link)
        address = own_page(client, f"/{code}{link}")
        assert address.startswith(f"/{code}/booking/")
        assert number in said(client, address)
        assert client.get(f"{address}cancel/").status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies

    def test_the_languages_to_choose_from(self, client, link):
        page = Page(client.get(link))
        addresses = [
            attributes["href"] for tag, attributes in page.elements if "hreflang" in attributes
        ]
        codes = ("pl", "pa", "ur", "sk", "ro", "cs", "lv")
        assert addresses == [link, *(f"/{code}{link}" for code in codes)]
        assert "hreflang" not in client.get("/pl/book/none/").text

    def test_what_the_activity_says_in_them(self, client, link, session):
        ActivityText.objects.create(
            activity=session.activity, language="pl", title="Wycieczka do muzeum"
        )
        page = client.get(f"/pl{link}").text
        assert '<h1 class="bookings-title">Wycieczka do muzeum</h1>' in page

    def test_consent_is_not_translated_by_a_machine(self, client, link):
        label = 'lang="en-GB" dir="ltr">I am a parent or carer of this child'
        assert label in client.get(f"/pl{link}").text


class TestEnded:
    def gone(self, client: Client, link: str) -> str:
        answers = [client.get(link), send(client, link)]
        assert [each.status_code for each in answers] == [410, 410]
        assert not Participant.objects.exists()
        return Page(answers[0]).text

    def test_closed_and_expired(self, client, link, coordinator):
        close_link(link=BookingLink.objects.get(), by=coordinator, now=timezone.now())
        assert "You cannot book here any more" in self.gone(client, link)
        BookingLink.objects.update(closed_at=None, expires_at=timezone.now())
        assert "You cannot book here any more" in self.gone(client, link)

    @pytest.mark.parametrize(
        "fields", [{"places": None}, {"cancelled_at": timezone.now()}], ids=["none", "cancelled"]
    )
    def test_what_takes_no_bookings(self, fields, client, link):
        Session.objects.update(**fields)
        self.gone(client, link)

    def test_an_own_address_a_week_after(self, client, link):
        address = own_page(client, link)
        Session.objects.update(
            starts_at=timezone.now() - dt.timedelta(days=9),
            ends_at=timezone.now() - dt.timedelta(days=8),
        )
        assert client.get(address).status_code == 404

    def test_a_full_waiting_list(self, client, link, monkeypatch):
        monkeypatch.setattr("participants.services.booking_links.WAITING_BY_LINK", 1)
        for name in ("Comet", "Juniper"):
            own_page(client, link, given_name=name)
        response = send(client, link, given_name="Walnut")
        assert response.status_code == 409
        assert "is full" in response.text
        assert Booking.objects.count() == 2


class TestLimits:
    def test_from_one_place(self, client, link):
        for _ in range(FROM_ONE_PLACE.times):
            own_page(client, link)
        response = send(client, link)
        assert response.status_code == 429
        assert "Nothing was booked" in response.text
        assert Booking.objects.count() == FROM_ONE_PLACE.times
        elsewhere = Client(REMOTE_ADDR="198.51.100.7")
        own_page(elsewhere, link)

    def test_of_one_link_from_everywhere(self, client, link, monkeypatch):
        monkeypatch.setattr(
            "participants.services.booking_links.WAITING_BY_LINK", BY_ONE_LINK.times
        )
        for number in range(BY_ONE_LINK.times):
            own_page(Client(REMOTE_ADDR=f"198.51.100.{number}"), link)
        response = send(Client(REMOTE_ADDR="203.0.113.1"), link)
        assert response.status_code == 429

    def test_of_guesses(self, client, link):
        for _ in range(GUESSES.times):
            assert client.get(f"/book/{new_token()}/").status_code == 404
        assert client.get(f"/booking/{new_token()}/").status_code == 429
        # Whoever has a true one still gets in.
        assert client.get(link).status_code == 200


class TestHowItIsSent:
    def pages(self, client: Client, link: str) -> list[HttpResponse]:
        own = own_page(client, link)
        post = client.post(f"{own}cancel/", headers=OURS)
        refused = client.post(link, filled())
        return [client.get(link), client.get(own), post, refused, client.get("/book/none/")]

    @pytest.mark.parametrize("is_staff", [False, True])
    def test_nobody_keeps_it_or_passes_it_on(self, is_staff, client, link, coordinator):
        if is_staff:
            client.force_login(coordinator)
        for response in self.pages(client, link):
            assert "no-store" in response["Cache-Control"]
            assert response["Referrer-Policy"] == "no-referrer"
            assert response["X-Robots-Tag"] == "noindex, nofollow"
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")

    def test_the_same_for_staff(self, client, link, coordinator):
        own = own_page(client, link)
        before = [SECRET.sub("*", client.get(address).text) for address in (link, own)]
        client.force_login(coordinator)
        after = [SECRET.sub("*", client.get(address).text) for address in (link, own)]
        assert after == before

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "https://elsewhere.example"},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_not_from_elsewhere(self, headers, client, link):
        response = client.post(link, filled(), headers=headers)
        assert response.status_code == 403
        assert not Booking.objects.exists()

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "same-origin"},
        ],
    )
    def test_from_a_page_that_does_not_say_whose_it_is(self, headers, client, link):
        """Pages without a referrer send their forms with the origin "null"."""
        assert client.post(link, filled(), headers=headers).status_code == 303

    def test_error_pages_do_not_repeat_the_address(self, client, link):
        token = SECRET.search(link)[0]  # type: ignore[index]
        refused = client.post(link, filled())
        closed = client.get(link.replace(token, token[::-1]))
        assert token not in refused.text
        assert token[::-1] not in closed.text

    def test_the_number_of_queries_does_not_grow(
        self,
        client: Client,
        link: str,
        session: Session,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        own = [own_page(client, link, given_name=f"Sample{n}") for n in range(3)]
        for address, queries in ((link, 2), (own[0], 2), (own[2], 3)):
            with django_assert_num_queries(queries):
                client.get(address)

    def test_a_hub_that_is_not_open_has_no_public_calendar(self, client, link, session):
        address = own_page(client, link)
        calendar = reverse("activities:session_calendar", args=[session.pk])
        assert calendar in client.get(address).text
        Hub.objects.update(is_open=False)
        assert calendar not in client.get(address).text


def test_the_log_does_not_keep_the_words(
    client: Client, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    (handler,) = (each for each in logging.getLogger().handlers if each.filters)
    monkeypatch.setattr(handler, "stream", stream)
    client.post(link, filled())
    client.get(f"/pl/booking/{new_token()}/cancel/")
    lines = stream.getvalue()
    assert "/book/.../" in lines
    assert "/pl/booking/.../cancel/" in lines
    assert not SECRET.search(lines)


def test_the_device_does_not_keep_them() -> None:
    """The service worker answers for addresses that it knows, and these are none."""
    source = SOURCE.read_text()
    patterns = [
        re.compile(each.replace(r"\/", "/"))
        for each in re.findall(r"^(?:const \w+ =)?\s*/(\^.+\$)/;$", source, re.MULTILINE)
    ]
    assert patterns
    for name in ("book", "own_booking", "cancel"):
        address = reverse(f"parents:{name}", args=[new_token()])
        assert not any(pattern.fullmatch(address) for pattern in patterns)
        assert f'"{address.split("/")[1]}' not in source
