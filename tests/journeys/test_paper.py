"""From paper back to the register: a sheet of thirty in two fields and two buttons."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from activities.models import Session
from participants.models import Participant, PrintedRegister
from participants.paper.codes import row_code
from participants.services.marks import MarkInput, record_marks
from participants.services.paper import print_register
from tests import factories
from tests.journeys.conftest import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 30
LATE = (4, 11, 26)
ABSENT = (2, 9, 17, 21, 30)


@pytest.fixture
def session() -> Session:
    """Yesterday's session, to which thirty were expected."""
    starts_at = timezone.now() - dt.timedelta(days=1)
    activity = factories.make_activity(hub=factories.make_hub())
    week_before = factories.make_session(
        activity=activity, starts_at=starts_at - dt.timedelta(weeks=1)
    )
    for number in range(1, PEOPLE + 1):
        person = factories.make_participant(hub=activity.hub, given_name=f"Sample {number:02}")
        factories.make_attendance(week_before, person)
    return factories.make_session(activity=activity, starts_at=starts_at)


@pytest.fixture
def coordinator(session: Session) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def sheet(session: Session, coordinator: User) -> PrintedRegister:
    now = session.starts_at - dt.timedelta(hours=1)
    return print_register(session=session, is_large=False, by=coordinator, now=now)


@pytest.fixture
def page(person: Callable[[], Page], coordinator: User, live_server: LiveServer) -> Page:
    page = person()
    client = Client()
    client.force_login(coordinator)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def codes(sheet: PrintedRegister, numbers: tuple[int, ...]) -> str:
    return " ".join(row_code(sheet.code, number).lower() for number in numbers)


def test_a_sheet_of_thirty_is_typed_in(
    page: Page, session: Session, sheet: PrintedRegister
) -> None:
    page.goto(f"/sessions/{session.pk}/register/paper/")
    late, absent = codes(sheet, LATE), codes(sheet, ABSENT)
    page.get_by_label("Late").press_sequentially(late)
    page.get_by_label("Absent").press_sequentially(absent)
    # Two fields and two buttons; some thirty keys for eight of thirty people.
    assert len(late) + len(absent) <= 31
    page.get_by_role("button", name="Look at the names").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sheet.code)
    expect(page.locator(".paper-totals li")).to_have_text(["22 Present", "3 Late", "5 Absent"])
    expect(page.get_by_text("Sample 26 P").first).to_be_visible()
    assert not session.attendances.exists()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Marks saved: 30. Shred the sheet now.")).to_be_visible()
    marks = session.attendances.order_by("participant__given_name").values_list("status", flat=True)
    assert Counter(marks) == {"present": 22, "late": 3, "absent": 5}
    assert [at for at, status in enumerate(marks, start=1) if status == "late"] == [*LATE]
    assert [at for at, status in enumerate(marks, start=1) if status == "absent"] == [*ABSENT]
    session.refresh_from_db()
    assert session.register_taken_at is not None


def test_with_a_keyboard_alone_from_the_code_of_the_sheet(
    page: Page, session: Session, sheet: PrintedRegister
) -> None:
    page.goto("/registers/paper/")
    page.get_by_label("Code of the sheet").focus()
    page.keyboard.type(f"{sheet.code.lower()}\n")
    expect(page.get_by_label("Late")).to_be_visible()
    page.get_by_label("Late").focus()
    page.keyboard.type(codes(sheet, LATE))
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type(f"{codes(sheet, ABSENT)}\n")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Marks saved: 30. Shred the sheet now.")).to_be_visible()


def test_a_slip_is_said_and_a_difference_asked_about(
    page: Page, session: Session, sheet: PrintedRegister, coordinator: User
) -> None:
    first = Participant.objects.get(given_name="Sample 01")
    at = session.starts_at + dt.timedelta(minutes=20)
    mark = MarkInput(uuid.uuid4(), first.pk, "late", at, device="phone")
    record_marks(session=session, operations=[mark], by=coordinator, now=timezone.now())
    factories.make_participant(hub=session.activity.hub, given_name="Hazel", year_group=8)
    page.goto(f"/sessions/{session.pk}/register/paper/")
    page.get_by_label("Absent").fill("5B")
    page.get_by_text("Walk-ins, head-count, in and out times").click()
    assert_accessible(page)
    page.get_by_label("First name 1").fill("Hazel")
    page.get_by_label("School year 1").select_option("8")
    page.get_by_role("button", name="Look at the names").click()
    expect(page.get_by_role("alert")).to_contain_text("“5B” is on no line of this sheet")
    expect(page.get_by_label("Absent")).to_have_value("5B")
    assert_accessible(page)
    page.get_by_label("Absent").fill(row_code(sheet.code, 5))
    page.get_by_role("button", name="Look at the names").click()
    expect(page.get_by_role("heading", name="The register says something else")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("radio", name="Use the sheet: Present").check()
    page.get_by_role("radio", name="Hazel P, Year 8").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Marks saved: 31.")).to_be_visible()
    marks = dict(session.attendances.values_list("participant__given_name", "status"))
    assert (marks["Sample 01"], marks["Sample 05"], marks["Hazel"]) == (
        "present", "absent", "present",
    )  # fmt: skip


def test_the_other_pages_can_be_used_by_everybody(
    page: Page, session: Session, coordinator: User
) -> None:
    page.goto(f"/sessions/{session.pk}/register/paper/")
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Print a sheet", exact=True).click()
    assert download.value.suggested_filename.startswith("register-")
    page.goto("/registers/paper/")
    page.get_by_role("button", name="Find the sheet").click()
    expect(page.get_by_role("alert")).to_contain_text("Type the code of the sheet.")
    assert_accessible(page)
