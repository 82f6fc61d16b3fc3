"""A sheet is a snapshot, and only those who keep the register get it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pypdf
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Session
from participants.models import Participant, PrintedRegister
from participants.paper.codes import row_code
from participants.queries.paper import sheet_with, sheets_of
from participants.services.errors import SessionCancelledError
from participants.services.paper import print_register
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> Session:
    starts_at = timezone.now() - dt.timedelta(hours=1)
    return factories.make_session(starts_at=starts_at)


@pytest.fixture
def coordinator(session: Session) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


def add_regular(session: Session, name: str) -> Participant:
    person = factories.make_participant(hub=session.activity.hub, given_name=name)
    week_before = session.starts_at - dt.timedelta(weeks=1)
    last = factories.make_session(activity=session.activity, starts_at=week_before)
    factories.make_attendance(last, person)
    return person


def printed(session: Session, by: User, **fields: Any) -> PrintedRegister:
    fields = {"is_large": False, "now": timezone.now()} | fields
    return print_register(session=session, by=by, **fields)


def address(session: Session, name: str = "print_register") -> str:
    return reverse(f"participants:{name}", args=[session.pk])


class TestSnapshot:
    def test_lists_everybody_in_the_register_s_order(self, session, coordinator):
        people = [add_regular(session, name) for name in ("Walnut", "Comet", "Juniper")]
        rows = printed(session, coordinator).rows.values_list("number", "participant")
        assert list(rows) == [(1, people[1].pk), (2, people[2].pk), (3, people[0].pk)]

    def test_later_changes_leave_its_numbers_alone(self, session, coordinator):
        walnut = add_regular(session, "Walnut")
        sheet = printed(session, coordinator)
        add_regular(session, "Amber")
        assert list(sheet.rows.values_list("number", "participant")) == [(1, walnut.pk)]
        assert printed(session, coordinator).rows.count() == 2

    def test_each_sheet_has_its_own_code(self, session, coordinator):
        codes = {printed(session, coordinator).code for _ in range(5)}
        assert len(codes) == 5

    def test_costs_the_same_for_one_and_three(
        self, session, coordinator, django_assert_max_num_queries
    ):
        counts = []
        printed(session, coordinator)  # reads the roles, once for all
        for names in (["Comet"], ["Juniper", "Walnut"]):
            for name in names:
                add_regular(session, name)
            with django_assert_max_num_queries(20) as captured:
                printed(session, coordinator)
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_is_written_down_without_a_name(self, session, coordinator):
        add_regular(session, "Comet")
        printed(session, coordinator)
        entry = AuditEntry.objects.get(kind=AuditKind.REGISTER_PRINTED)
        assert (entry.actor_id, entry.object_id) == (coordinator.pk, session.pk)
        assert "Comet" not in str(vars(entry))

    def test_a_cancelled_session_has_none(self, session, coordinator):
        session.cancelled_at = timezone.now()
        session.save()
        with pytest.raises(SessionCancelledError):
            printed(session, coordinator)
        assert not PrintedRegister.objects.exists()

    def test_a_stranger_gets_none(self, session):
        stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
        with pytest.raises(PermissionDenied):
            printed(session, stranger)


class TestFinding:
    def test_newest_first_with_how_many(self, session, coordinator):
        now = timezone.now()
        first = printed(session, coordinator, now=now - dt.timedelta(minutes=5))
        add_regular(session, "Comet")
        second = printed(session, coordinator, now=now)
        printed(factories.make_session(activity=session.activity), coordinator)
        assert [(sheet.pk, sheet.people) for sheet in sheets_of(session)] == [
            (second.pk, 1),
            (first.pk, 0),
        ]

    def test_by_code_for_its_own_hub_only(self, session, coordinator):
        sheet = printed(session, coordinator)
        stranger = factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),))
        assert sheet_with(coordinator, f" {sheet.code.lower()[:3]} {sheet.code[3:]}") == sheet
        assert sheet_with(stranger, sheet.code) is None
        assert sheet_with(coordinator, "") is None


class TestPage:
    def test_sends_a_file_that_nobody_keeps(self, client, session, coordinator):
        add_regular(session, "Comet")
        client.force_login(coordinator)
        response = client.post(address(session))
        sheet = PrintedRegister.objects.get()
        assert response["Content-Type"] == "application/pdf"
        disposition = f'attachment; filename="register-{sheet.code}.pdf"'
        assert response["Content-Disposition"] == disposition
        assert "no-store" in response["Cache-Control"]
        text = text_of(response.content)
        assert f"{row_code(sheet.code, 1)} Comet P" in text
        assert session.activity.title in text

    def test_holds_neither_years_nor_contacts_nor_family_names(self, client, session, coordinator):
        person = add_regular(session, "Comet")
        fields = {"year_group": 11, "family_name": "Quince", "home_postcode": "DE1 2AB"}
        Participant.objects.filter(pk=person.pk).update(**fields)
        client.force_login(coordinator)
        content = client.post(address(session)).content
        text = text_of(content)
        assert "Comet Q" in text
        for hidden in ("Quince", "Year 11", "DE1", "2008"):
            assert hidden not in text

    def test_namesakes_are_told_apart_by_their_year(self, client, session, coordinator):
        people = [add_regular(session, name) for name in ("Comet", "Comet", "Walnut")]
        for person, year in zip(people, (0, 7, 8), strict=True):
            Participant.objects.filter(pk=person.pk).update(year_group=year)
        client.force_login(coordinator)
        text = text_of(client.post(address(session)).content)
        assert "Comet P, Reception" in text
        assert "Comet P, Year 7" in text
        assert "Year 8" not in text

    def test_large_print_when_asked(self, client, session, coordinator):
        client.force_login(coordinator)
        client.post(address(session), {"large": "yes"})
        assert PrintedRegister.objects.get().is_large

    def test_looking_changes_nothing(self, client, session, coordinator):
        client.force_login(coordinator)
        assert client.get(address(session)).status_code == 405
        assert not PrintedRegister.objects.exists()

    def test_a_cancelled_session_says_so(self, client, session, coordinator):
        Session.objects.filter(pk=session.pk).update(cancelled_at=timezone.now())
        client.force_login(coordinator)
        response = client.post(address(session), follow=True)
        assert "The session was cancelled." in response.content.decode()


class TestStrangers:
    @pytest.mark.parametrize("name", ["print_register", "key_back"])
    def test_not_signed_in_leads_to_sign_in(self, client, session, name):
        response = client.post(address(session, name))
        assert response["Location"].startswith(reverse("account_login"))

    @pytest.mark.parametrize("name", ["print_register", "key_back"])
    def test_another_hub_s_coordinator_finds_nothing(self, client, session, coordinator, name):
        printed(session, coordinator)
        client.force_login(factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)))
        assert client.post(address(session, name)).status_code == 404
        assert PrintedRegister.objects.count() == 1

    @pytest.mark.parametrize("name", ["print_register", "key_back"])
    def test_other_roles_are_refused(self, client, session, name):
        client.force_login(factories.make_user(Role.EVALUATOR))
        assert client.post(address(session, name)).status_code == 403

    def test_a_strangers_code_is_unknown(self, client, session, coordinator):
        sheet = printed(session, coordinator)
        client.force_login(factories.make_user(Role.COORDINATOR, hubs=(factories.make_hub(),)))
        response = client.post(reverse("participants:find_sheet"), {"code": sheet.code})
        assert response.status_code == 422
        assert session.activity.title not in response.content.decode()


def text_of(pdf: bytes) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
