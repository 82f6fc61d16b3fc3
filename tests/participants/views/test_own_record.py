"""The young person's own record: link, page, PDF and corrections, and nobody else in any of it."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import AuditEntry, AuditKind, Role
from activities.models import SessionKind, SessionLog, Skill
from participants.models import (
    AttendanceRole,
    CareNote,
    MarkStatus,
    OwnRecordLink,
    Participant,
    RightsRequest,
)
from participants.queries.own_record import own_record
from participants.services.own_record import make_own_link
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_hub,
    make_participant,
    make_session,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
OURS = {"Origin": "http://testserver"}
SECRETS = (
    *("Hiddenname", "DE99 9ZZ", "Nut allergy", "Secretschool", "Otherchild"),
    *("Loggerhead", "She cried", "Swimmingly"),
)


@pytest.fixture
def hub():
    return make_hub()


@pytest.fixture
def coordinator(hub):
    return make_user(Role.COORDINATOR, hubs=(hub,), name="Loggerhead Staff")


@pytest.fixture
def child(hub, coordinator):
    """Somebody of whom more is known than their page may say, beside another child."""
    person = make_participant(
        hub=hub,
        given_name="Comet",
        family_name="Hiddenname",
        home_postcode="DE99 9ZZ",
        is_address_hidden=True,
        school="Secretschool",
    )
    CareNote.objects.create(participant=person, kind="allergy", text="Nut allergy")
    other = make_participant(hub=hub, given_name="Otherchild")
    art = make_activity(title="Street art", hub=hub)
    circus = make_activity(title="Circus skills", hub=hub)
    first = make_session(activity=art, starts_at=london(2019, 5, 31, 22), minutes=90)
    second = make_session(activity=art, starts_at=london(2019, 6, 4), minutes=120)
    third = make_session(activity=circus, starts_at=london(2019, 6, 5), minutes=60)
    missed = make_session(activity=circus, starts_at=london(2019, 6, 6), minutes=60)
    trained = make_session(
        activity=make_activity(title="First aid", hub=hub),
        kind=SessionKind.TRAINING,
        starts_at=london(2019, 6, 7),
    )
    for session in (first, second, third, trained):
        make_attendance(session, other)
    make_attendance(first, person)
    make_attendance(second, person, arrived_at=london(2019, 6, 4, 16, 30))
    make_attendance(third, person, role=AttendanceRole.VOLUNTEER)
    make_attendance(missed, person, status=MarkStatus.ABSENT)
    make_attendance(trained, person)
    swim = make_activity(title="Swimmingly", hub=hub)
    make_attendance(make_session(activity=swim), other)
    for session, skills in (
        (first, [Skill.CURIOSITY]),
        (second, [Skill.CURIOSITY, Skill.CONFIDENCE]),
        (missed, [Skill.INTEGRITY]),
    ):
        SessionLog.objects.create(
            session=session, skills=skills, note="She cried", logged_by=coordinator
        )
    return person


@pytest.fixture
def address(child, coordinator):
    _, token = make_own_link(person=child, by=coordinator, now=timezone.now())
    return reverse("parents:own_record", args=[token])


def pdf_text(content):
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_what_somebody_did(child, django_assert_num_queries):
    with django_assert_num_queries(2):
        record = own_record(child)
    assert (record.sessions, str(record.hours)) == (3, "4.0")
    assert (record.volunteer_sessions, str(record.volunteer_hours)) == (1, "1.0")
    assert [
        (share.title, share.sessions, str(share.hours), str(share.volunteer_hours))
        for share in record.activities
    ] == [("Street art", 2, "3.0", "0.0"), ("Circus skills", 1, "1.0", "1.0")]
    assert [(month.first, month.sessions) for month in record.months] == [
        (dt.date(2019, 6, 1), 2),
        (dt.date(2019, 5, 1), 1),
    ]
    assert [(each.skill, each.sessions) for each in record.skills] == [
        (Skill.CURIOSITY, 2),
        (Skill.CONFIDENCE, 1),
    ]
    assert record.training == [("First aid", dt.date(2019, 6, 7))]
    assert (record.first_on, record.last_on) == (dt.date(2019, 5, 31), dt.date(2019, 6, 5))


def test_merged_records_are_one(child):
    twin = make_participant(merged_into=child)
    make_attendance(make_session(starts_at=london(2019, 7, 1)), twin)
    assert own_record(child).sessions == own_record(twin).sessions == 4


def test_nothing_yet(hub):
    record = own_record(make_participant(hub=hub))
    assert (record.sessions, str(record.hours), record.first_on) == (0, "0.0", None)


@pytest.mark.parametrize("edition", ["", "/en-easy", "/pl", "/ur"])
def test_page_shows_what_they_did_and_nobody_else(client, address, edition):
    page = client.get(edition + address)
    text = page.content.decode()
    assert page.status_code == 200
    assert page["Cache-Control"].count("no-store") == 1
    assert page["Referrer-Policy"] == "no-referrer"
    assert not page.cookies
    for shown in ("Comet", "Street art", "Circus skills", "First aid", "4.0"):
        assert shown in text or shown.replace(".", ",") in text
    for secret in SECRETS:
        assert secret not in text


def test_pdf_for_a_cv(client, address):
    answer = client.get(f"{address}record.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="what-i-did.pdf"'
    assert "no-store" in answer["Cache-Control"]
    text = pdf_text(answer.content)
    for shown in ("Comet", "Street art", "Hours as a volunteer", "Curiosity", "First aid"):
        assert shown in text
    for secret in SECRETS:
        assert secret not in text
    catalogue = PdfReader(io.BytesIO(answer.content)).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]


def test_pdf_of_letters_and_titles_that_are_long(client, child, coordinator, address):
    Participant.objects.filter(pk=child.pk).update(given_name="ਸੂਰਜ" * 8)
    activity = make_activity(title="Anextraordinarilylongword" * 6)
    for number in range(40):
        activity_of = activity if number % 2 else make_activity(title=f"Weekly club {number}" * 4)
        make_attendance(make_session(activity=activity_of), child)
    answer = client.get(f"{address}record.pdf")
    assert "Some letters cannot be printed here." in pdf_text(answer.content)


def test_opening_is_written_down_first(client, child, address):
    link = OwnRecordLink.objects.get()
    assert link.opened_at is None
    client.get(address)
    link.refresh_from_db()
    assert link.opened_at is not None
    opened = AuditEntry.objects.filter(kind=AuditKind.OWN_RECORD_OPENED)
    assert [(entry.actor_id, entry.reason) for entry in opened] == [(None, "")]


def test_nothing_opens_that_has_ended(client, child, coordinator):
    now = timezone.now()
    _, old = make_own_link(person=child, by=coordinator, now=now - dt.timedelta(days=30))
    _, replaced = make_own_link(person=child, by=coordinator, now=now)
    make_own_link(person=child, by=coordinator, now=now)
    for token in (old, replaced, "no-such-token"):
        for name in ("own_record", "own_record_pdf"):
            assert client.get(reverse(f"parents:{name}", args=[token])).status_code == 404
    assert not AuditEntry.objects.filter(kind=AuditKind.OWN_RECORD_OPENED).exists()


@pytest.mark.parametrize("field", ["restricted_at", "anonymised_at"])
@pytest.mark.parametrize("is_root", [True, False])
def test_records_that_are_not_to_be_used_open_nothing(client, child, address, field, is_root):
    about = child
    if is_root:
        about = make_participant()
        Participant.objects.filter(pk=child.pk).update(merged_into=about)
    Participant.objects.filter(pk=about.pk).update(**{field: timezone.now()})
    assert client.get(address).status_code == 404
    assert client.post(address, {"words": "x"}, headers=OURS).status_code == 404
    assert client.get(f"{address}record.pdf").status_code == 404
    assert not RightsRequest.objects.exists()


def test_only_a_hash_is_kept(address):
    token = address.rstrip("/").rsplit("/", 1)[1]
    link = OwnRecordLink.objects.get()
    assert token not in str(link.__dict__)
    assert len(link.token_hash) == 64


class TestCorrections:
    def test_is_a_request_with_its_clock(self, client, child, address):
        answer = client.post(address, {"words": " I was there in May. "}, headers=OURS)
        assert (answer.status_code, answer["Location"]) == (303, f"{address}?sent=1")
        asked = RightsRequest.objects.get()
        assert (asked.participant, asked.right) == (child, "rectification")
        assert (asked.words, asked.relationship) == ("I was there in May.", "themselves")
        assert (asked.asked_by, asked.recorded_by) == ("Comet", None)
        assert asked.due_on > asked.received_on
        entry = AuditEntry.objects.get(kind=AuditKind.CORRECTION_ASKED)
        assert (entry.actor_id, entry.object_id) == (None, asked.pk)
        assert "Thank you" in client.get(answer["Location"]).content.decode()

    def test_sent_twice_it_is_one(self, client, address):
        for _ in range(2):
            client.post(address, {"words": "Twice"}, headers=OURS)
        assert RightsRequest.objects.count() == 1

    def test_nothing_said(self, client, address):
        answer = client.post(address, {"words": "  "}, headers=OURS)
        assert answer.status_code == 422
        assert "Write what is wrong." in answer.content.decode()

    def test_five_a_day(self, client, address):
        for number in range(5):
            assert client.post(address, {"words": f"{number}"}, headers=OURS).status_code == 303
        answer = client.post(address, {"words": "Kept words"}, headers=OURS)
        assert answer.status_code == 429
        assert "Kept words" in answer.content.decode()
        assert RightsRequest.objects.count() == 5

    def test_from_our_pages_only(self, client, address):
        sent = client.post(address, {"words": "x"}, headers={"Origin": "https://example.org"})
        assert sent.status_code == 403
        assert not RightsRequest.objects.exists()

    def test_staff_see_who_wrote_it_down(self, client, address):
        client.post(address, {"words": "Wrong"}, headers=OURS)
        client.force_login(make_user(Role.TRUST_STAFF))
        page = client.get(reverse("rights:request", args=[RightsRequest.objects.get().pk]))
        assert "it came by the link to their own record" in page.content.decode()


class TestStaff:
    def test_make_and_close(self, client, child, coordinator):
        client.force_login(coordinator)
        at = reverse("own_record:links", args=[child.pk])
        attendance = client.get(reverse("people:attendance", args=[child.pk]))
        assert at in attendance.content.decode()
        assert "Make a link" in client.get(at).content.decode()
        made = client.post(reverse("own_record:new_link", args=[child.pk]))
        assert "It is shown only this once." in made.content.decode()
        client.logout()
        assert client.get(made.context["made_address"]).status_code == 200
        client.force_login(coordinator)
        link = OwnRecordLink.objects.get()
        assert link.expires_at - link.made_at == dt.timedelta(days=30)
        assert "Last opened" in client.get(at).content.decode()
        closed = client.post(reverse("own_record:end_link", args=[link.pk]))
        assert closed["Location"] == at
        client.post(reverse("own_record:end_link", args=[link.pk]))
        kinds = AuditEntry.objects.filter(kind__startswith="own_record.").order_by("at", "pk")
        assert sorted(kinds.values_list("kind", flat=True)) == [
            AuditKind.OWN_RECORD_CLOSED,
            AuditKind.OWN_RECORD_MADE,
            AuditKind.OWN_RECORD_OPENED,
        ]
        client.logout()
        assert client.get(made.context["made_address"]).status_code == 404

    @pytest.mark.parametrize(
        ("roles", "status"),
        [
            ((Role.COORDINATOR,), 404),
            ((Role.SAFEGUARDING_LEAD,), 403),
            ((Role.EVALUATOR,), 403),
            ((Role.AUDITOR,), 403),
        ],
    )
    def test_strangers(self, client, child, address, roles, status):
        client.force_login(make_user(*roles, hubs=(make_hub(),) if status == 404 else ()))
        link = OwnRecordLink.objects.get()
        assert client.get(reverse("own_record:links", args=[child.pk])).status_code == status
        assert client.post(reverse("own_record:new_link", args=[child.pk])).status_code == status
        assert client.post(reverse("own_record:end_link", args=[link.pk])).status_code == status
        link.refresh_from_db()
        assert link.closed_at is None

    def test_not_signed_in(self, client, child):
        answer = client.get(reverse("own_record:links", args=[child.pk]))
        assert answer.status_code == 302

    def test_a_record_that_is_not_to_be_used(self, client, child, coordinator):
        Participant.objects.filter(pk=child.pk).update(restricted_at=timezone.now())
        client.force_login(coordinator)
        client.post(reverse("own_record:new_link", args=[child.pk]))
        assert not OwnRecordLink.objects.exists()
        page = client.get(reverse("own_record:links", args=[child.pk]))
        assert "Make a link" not in page.content.decode()

    @pytest.mark.parametrize("count", [1, 3])
    def test_links_cost_the_same(
        self, client, child, coordinator, count, django_assert_num_queries
    ):
        now = timezone.now()
        for number in range(count):
            OwnRecordLink.objects.create(
                participant=child, token_hash=f"{number}" * 64, made_by=coordinator,
                expires_at=now + dt.timedelta(days=1),
            )  # fmt: skip
        from participants.queries.own_record import own_links

        with django_assert_num_queries(1):
            assert len([link.made_by.name for link in own_links(child, now)]) == count
