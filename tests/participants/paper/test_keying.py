"""A sheet typed in says what the paper said, and takes nothing back that a device said later."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import HeadCount, HeadCountGroup, Session
from activities.models.clock import LONDON
from hubs.models import HubMembership
from participants.models import Attendance, MarkOperation, Participant, PrintedRegister
from participants.paper.codes import row_code
from participants.paper.typed import Times, TypedSheet, TypedWalkIn
from participants.queries.paper import plan_for
from participants.services.errors import SessionCancelledError, TooEarlyError
from participants.services.marks import MarkInput, record_marks
from participants.services.paper import NotChosenError, key_back, print_register
from tests import factories

pytestmark = pytest.mark.django_db
NAMES = ("Amber", "Birch", "Comet", "Damson", "Elder", "Fennel")
START = factories.london(2019, 5, 14)
LATER = START + dt.timedelta(days=1)


@pytest.fixture
def session() -> Session:
    """Six regulars expected: Amber is line 1, Fennel line 6."""
    activity = factories.make_activity()
    week_before = factories.make_session(activity=activity, starts_at=START - dt.timedelta(weeks=1))
    for name in NAMES:
        person = factories.make_participant(hub=activity.hub, given_name=name)
        factories.make_attendance(week_before, person)
    return factories.make_session(activity=activity, starts_at=START)


@pytest.fixture
def coordinator(session: Session) -> User:
    return factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))


@pytest.fixture
def sheet(session: Session, coordinator: User) -> PrintedRegister:
    return print_register(session=session, is_large=False, by=coordinator, now=START)


def sheet_says(statuses: dict[int, str] | None = None, **fields: Any) -> TypedSheet:
    defaults: dict[str, Any] = {"times": {}, "rest_is_present": True}
    return TypedSheet(statuses=statuses or {}, **(defaults | fields))


def keyed(sheet: PrintedRegister, by: User, typed: TypedSheet, **fields: Any) -> Any:
    fields = {"choices": {}, "now": LATER} | fields
    return key_back(sheet=sheet, typed=typed, by=by, **fields)


def marks(session: Session) -> dict[str, str]:
    return dict(session.attendances.values_list("participant__given_name", "status"))


def mark(session: Session, by: User, name: str, status: str, at: dt.datetime) -> MarkOperation:
    """Somebody marked on a phone."""
    person = Participant.objects.get(given_name=name)
    operation = MarkInput(uuid.uuid4(), person.pk, status, at, device="phone")
    record_marks(session=session, operations=[operation], by=by, now=LATER)
    return MarkOperation.objects.get(pk=operation.id)


def at(minute: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


class TestKeyingBack:
    def test_exceptions_are_marked_and_the_rest_is_present(self, session, coordinator, sheet):
        done = keyed(sheet, coordinator, sheet_says({2: "late", 4: "absent", 5: "excused"}))
        assert marks(session) == {
            "Amber": "present", "Birch": "late", "Comet": "present",
            "Damson": "absent", "Elder": "excused", "Fennel": "present",
        }  # fmt: skip
        assert (done.saved, done.unchanged, done.walk_ins, done.problems) == (6, 0, 0, [])

    def test_only_those_typed_count_where_that_is_said(self, session, coordinator, sheet):
        typed = sheet_says({1: "present", 2: "left_early"}, rest_is_present=False)
        keyed(sheet, coordinator, typed)
        assert marks(session) == {"Amber": "present", "Birch": "left_early"}

    def test_times_stand_beside_the_mark(self, session, coordinator, sheet):
        times = {2: Times(at(20), None), 3: Times(at(5), at(60))}
        keyed(sheet, coordinator, sheet_says({2: "late"}, times=times))
        taken = Attendance.objects.filter(arrived_at__isnull=False)
        assert set(taken.values_list("participant__given_name", "arrived_at", "left_at")) == {
            ("Birch", at(20), None),
            ("Comet", at(5), at(60)),
        }

    def test_the_sheet_and_who_typed_it_are_known(self, session, coordinator, sheet):
        keyed(sheet, coordinator, sheet_says())
        operations = MarkOperation.objects.filter(session=session)
        assert set(operations.values_list("device", "marked_by", "marked_at")) == {
            (f"paper:{sheet.code}", coordinator.pk, START)
        }

    def test_twice_is_once(self, session, coordinator, sheet):
        typed = sheet_says({2: "late"}, times={2: Times(at(20))}, people=6, method="counted",
                           walk_ins=(TypedWalkIn(1, "Hazel", 7),))  # fmt: skip
        keyed(sheet, coordinator, typed)
        before = (list(Attendance.objects.order_by("pk").values()), MarkOperation.objects.count())
        done = keyed(sheet, coordinator, typed, now=LATER + dt.timedelta(hours=1))
        after = (list(Attendance.objects.order_by("pk").values()), MarkOperation.objects.count())
        assert (done.saved, done.unchanged, done.walk_ins) == (0, 6, 0)
        assert after == before

    def test_the_order_of_the_paper_holds(self, session, coordinator, sheet):
        """Somebody who is first on the register since does not move the lines of the sheet."""
        early = factories.make_participant(hub=session.activity.hub, given_name="Aaa")
        week_before = Session.objects.exclude(pk=session.pk).get()
        factories.make_attendance(week_before, early)
        keyed(sheet, coordinator, sheet_says({1: "absent"}))
        assert marks(session)["Amber"] == "absent"
        assert "Aaa" not in marks(session)

    def test_costs_the_same_for_one_and_three(
        self, session, coordinator, sheet, django_assert_max_num_queries
    ):
        counts = []
        for statuses in ({1: "late"}, {2: "late", 3: "absent", 4: "excused"}):
            with django_assert_max_num_queries(40) as captured:
                keyed(sheet, coordinator, sheet_says(statuses, rest_is_present=False))
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_a_volunteer_stays_one(self, session, coordinator):
        person = Participant.objects.get(given_name="Comet")
        Attendance.objects.filter(participant=person).update(role="volunteer")
        sheet = print_register(session=session, is_large=False, by=coordinator, now=START)
        keyed(sheet, coordinator, sheet_says())
        assert session.attendances.get(participant=person).role == "volunteer"

    def test_who_came_to_the_hub_since_can_type_it_in(self, session, coordinator, sheet):
        new = factories.make_user(Role.COORDINATOR, hubs=(session.activity.hub,))
        since = START + dt.timedelta(hours=20)
        HubMembership.objects.filter(user=new).update(started_at=since)
        done = keyed(sheet, new, sheet_says({1: "late"}))
        assert (done.saved, done.problems) == (6, [])
        assert set(MarkOperation.objects.values_list("marked_at", flat=True)) == {since}

    def test_trust_staff_can_type_it_in(self, session, sheet):
        assert keyed(sheet, factories.make_user(Role.TRUST_STAFF), sheet_says()).saved == 6

    def test_merged_since_it_was_printed_counts_once(self, session, coordinator, sheet):
        amber, birch = (Participant.objects.get(given_name=name) for name in NAMES[:2])
        birch.merged_into = amber
        birch.save()
        keyed(sheet, coordinator, sheet_says({2: "absent"}))
        assert marks(session)["Amber"] == "absent"
        assert "Birch" not in marks(session)

    def test_a_session_to_come_is_refused(self, session, coordinator, sheet):
        with pytest.raises(TooEarlyError):
            keyed(sheet, coordinator, sheet_says(), now=START - dt.timedelta(hours=1))

    def test_a_cancelled_session_is_refused(self, session, coordinator, sheet):
        Session.objects.filter(pk=session.pk).update(cancelled_at=START)
        with pytest.raises(SessionCancelledError):
            keyed(sheet, coordinator, sheet_says())
        assert not MarkOperation.objects.exists()


class TestDevicesAndPaper:
    def test_a_later_mark_of_a_phone_stands_though_it_arrives_after(
        self, session, coordinator, sheet
    ):
        keyed(sheet, coordinator, sheet_says({1: "absent"}))
        mark(session, coordinator, "Amber", "late", at(20))
        assert marks(session)["Amber"] == "late"

    def test_what_agrees_is_left_alone(self, session, coordinator, sheet):
        phone = mark(session, coordinator, "Amber", "late", at(20))
        done = keyed(sheet, coordinator, sheet_says({1: "late"}))
        assert (done.saved, done.unchanged) == (5, 1)
        assert session.attendances.get(operation=phone).status == "late"

    def test_times_are_added_to_a_mark_that_agrees(self, session, coordinator, sheet):
        mark(session, coordinator, "Amber", "late", at(20))
        keyed(sheet, coordinator, sheet_says({1: "late"}, times={1: Times(at(15))}))
        amber = session.attendances.get(participant__given_name="Amber")
        assert (amber.status, amber.arrived_at) == ("late", at(15))

    @pytest.mark.parametrize(("use", "status"), [("keep", "late"), ("use_sheet", "absent")])
    def test_where_they_differ_somebody_chooses(self, session, coordinator, sheet, use, status):
        mark(session, coordinator, "Amber", "late", at(20))
        typed = sheet_says({1: "absent"})
        (conflict,) = plan_for(sheet, typed).conflicts
        assert (conflict.name, conflict.label) == ("Amber P", "Absent")
        assert conflict.standing.label == "Late"
        choices = {conflict.field_name: getattr(conflict.standing, use)}
        keyed(sheet, coordinator, typed, choices=choices)
        assert marks(session)["Amber"] == status

    def test_nothing_is_overruled_unasked(self, session, coordinator, sheet):
        mark(session, coordinator, "Amber", "late", at(20))
        with pytest.raises(NotChosenError):
            keyed(sheet, coordinator, sheet_says())
        assert marks(session) == {"Amber": "late"}

    def test_a_choice_is_about_the_mark_that_was_shown(self, session, coordinator, sheet):
        mark(session, coordinator, "Amber", "late", at(20))
        (conflict,) = plan_for(sheet, sheet_says()).conflicts
        mark(session, coordinator, "Amber", "left_early", at(40))
        choices = {conflict.field_name: conflict.standing.use_sheet}
        with pytest.raises(NotChosenError):
            keyed(sheet, coordinator, sheet_says(), choices=choices)
        assert marks(session) == {"Amber": "left_early"}

    def test_a_mark_taken_back_is_asked_about(self, session, coordinator, sheet):
        mark(session, coordinator, "Amber", "late", at(20))
        mark(session, coordinator, "Amber", "cleared", at(30))
        (conflict,) = plan_for(sheet, sheet_says()).conflicts
        assert conflict.standing.label == "Mark taken back"
        choices = {conflict.field_name: conflict.standing.use_sheet}
        keyed(sheet, coordinator, sheet_says(), choices=choices)
        assert marks(session)["Amber"] == "present"

    def test_a_correction_of_the_same_sheet_is_asked_about(self, session, coordinator, sheet):
        keyed(sheet, coordinator, sheet_says({1: "absent"}))
        (conflict,) = plan_for(sheet, sheet_says({1: "late"})).conflicts
        choices = {conflict.field_name: conflict.standing.use_sheet}
        keyed(sheet, coordinator, sheet_says({1: "late"}), choices=choices)
        assert marks(session)["Amber"] == "late"


class TestTheWhole:
    def test_walk_ins_are_added_present(self, session, coordinator, sheet):
        walk_ins = (TypedWalkIn(1, "Hazel", 7), TypedWalkIn(2, "Hazel", None))
        assert keyed(sheet, coordinator, sheet_says(walk_ins=walk_ins)).walk_ins == 2
        added = Participant.objects.filter(given_name="Hazel").order_by("year_group")
        assert [(one.year_group, one.is_complete) for one in added] == [(7, False), (None, False)]
        assert session.attendances.filter(participant__in=added, status="present").count() == 2

    def test_a_walk_in_who_may_be_known_is_asked_about(self, session, coordinator, sheet):
        known = factories.make_participant(
            hub=session.activity.hub, given_name="Hazel", year_group=8
        )
        typed = sheet_says(walk_ins=(TypedWalkIn(1, "hazel", 7),))
        (walk_in,) = plan_for(sheet, typed).walk_ins
        assert walk_in.matches == [known]
        with pytest.raises(NotChosenError):
            keyed(sheet, coordinator, typed)
        stranger = factories.make_participant()
        with pytest.raises(NotChosenError):
            keyed(sheet, coordinator, typed, choices={walk_in.field_name: str(stranger.pk)})
        done = keyed(sheet, coordinator, typed, choices={walk_in.field_name: str(known.pk)})
        assert done.walk_ins == 0
        assert session.attendances.get(participant=known).status == "present"
        assert Participant.objects.filter(given_name__iexact="hazel").count() == 1

    def test_or_is_somebody_new(self, session, coordinator, sheet):
        factories.make_participant(hub=session.activity.hub, given_name="Hazel", year_group=8)
        typed = sheet_says(walk_ins=(TypedWalkIn(1, "Hazel", 7),))
        done = keyed(sheet, coordinator, typed, choices={"walk-in-1-is": "new"})
        assert done.walk_ins == 1
        assert Participant.objects.filter(given_name="Hazel").count() == 2

    def test_the_head_count_replaces_another_and_says_so(self, session, coordinator, sheet):
        HeadCount.objects.create(session=session, people=20, method="estimated")
        typed = sheet_says(people=6, method="counted")
        assert plan_for(sheet, typed).other_count == "20 (estimated)"
        keyed(sheet, coordinator, typed)
        count = HeadCount.objects.get(session=session, group=HeadCountGroup.YOUNG_PEOPLE)
        assert (count.people, count.method) == (6, "counted")
        assert plan_for(sheet, typed).other_count == ""

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_the_register_is_taken_if_the_sheet_is_all(self, session, coordinator, sheet, is_whole):
        keyed(sheet, coordinator, sheet_says(is_whole=is_whole))
        session.refresh_from_db()
        assert (session.register_taken_at is not None) == is_whole


class TestPages:
    @pytest.fixture(autouse=True)
    def _signed_in(self, client: Client, coordinator: User) -> None:
        client.force_login(coordinator)

    def send(self, client: Client, sheet: PrintedRegister, **fields: Any) -> Any:
        data = {"sheet": sheet.code, "rest": "present", "action": "look"} | fields
        return client.post(reverse("participants:key_back", args=[sheet.session_id]), data)

    def test_the_newest_sheet_is_chosen(self, client, session, coordinator, sheet):
        newer = print_register(session=session, is_large=False, by=coordinator, now=LATER)
        address = reverse("participants:key_back", args=[session.pk])
        assert client.get(address).context["sheet"] == newer
        assert client.get(address, {"sheet": sheet.code.lower()}).context["sheet"] == sheet

    def test_its_code_leads_to_it(self, client, sheet):
        address = reverse("participants:find_sheet")
        assert client.get(address).status_code == 200
        response = client.post(address, {"code": sheet.code.lower()}, follow=True)
        assert response.context["sheet"] == sheet

    def test_without_a_sheet_one_can_be_printed(self, client, session):
        response = client.get(reverse("participants:key_back", args=[session.pk]))
        assert reverse("participants:print_register", args=[session.pk]) in (
            response.content.decode()
        )

    def test_another_session_s_sheet_is_not_taken_for_this_one(self, client, session, coordinator):
        other = factories.make_session(activity=session.activity, starts_at=LATER)
        sheet = print_register(session=other, is_large=False, by=coordinator, now=LATER)
        print_register(session=session, is_large=False, by=coordinator, now=LATER)
        address = reverse("participants:key_back", args=[session.pk])
        response = client.post(address, {"sheet": sheet.code, "rest": "present"})
        assert "participants/paper/none.html" in [each.name for each in response.templates]

    def test_names_are_looked_at_before_anything_is_saved(self, client, session, sheet):
        code = row_code(sheet.code, 2)
        response = self.send(client, sheet, late=code)
        page = response.content.decode()
        assert response.context["plan"].totals == [("Present", 5), ("Late", 1)]
        assert [line.name for line in response.context["plan"].exceptions] == ["Birch P"]
        assert "Birch P" in page
        assert marks(session) == {}
        assert AuditEntry.objects.filter(kind=AuditKind.REGISTER_READ).count() == 1

    def test_then_it_is_saved(self, client, session, sheet):
        code = row_code(sheet.code, 2).lower()
        response = self.send(client, sheet, absent=code, is_whole="on", action="save")
        assert response["Location"] == reverse("participants:session_register", args=[session.pk])
        assert marks(session)["Birch"] == "absent"
        told = client.get(response["Location"]).content.decode()
        assert f"Sheet {sheet.code} is typed in. Marks saved: 6. Shred the sheet now." in told

    def test_what_was_typed_can_be_changed(self, client, sheet):
        code = row_code(sheet.code, 2)
        response = self.send(client, sheet, absent=code, walk_in_1="Hazel", year_1="7",
                             action="change")  # fmt: skip
        assert response.context["form"]["absent"].value() == code
        assert response.context["form"].has_more

    @pytest.mark.parametrize(
        ("field", "text", "problem"),
        [
            ("late", "{1} 2", "“2” has no letter"),
            ("late", "{1} 5B", "“5B” is on no line of this sheet"),
            ("absent", "{1} {1}", "stands here twice"),
            ("absent", "{1} 16:20", "“{1}” has a time, but was not there."),
            ("late", "{1} 22:00", "neither a code of this sheet nor a time"),
            ("excused", "{2}", "“{2}” stands under “Left early” too."),
            ("left_early", "{2} 17:00 {3}", "“{3}” has other times further up."),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_field(self, client, sheet, field, text, problem):
        codes = [row_code(sheet.code, number) for number in range(7)]
        fields = {"left_early": codes[2], "times": f"{codes[3]} 16:10-"}
        fields |= {field: text.format(*codes)}
        if field == "left_early":
            fields[field] += " 17:10"
        response = self.send(client, sheet, **fields)
        assert response.status_code == 422
        form = response.context["form"]
        errors = form.errors if field != "left_early" else {field: form.errors["times"]}
        assert problem.format(*codes) in " ".join(errors[field])
        assert form[field].value() == fields[field]

    def test_a_walk_in_needs_both_answers(self, client, sheet):
        response = self.send(client, sheet, walk_in_1="Hazel", year_2="7")
        assert set(response.context["form"].errors) == {"year_1", "walk_in_2"}

    def test_a_difference_is_asked_about_and_the_answer_kept(
        self, client, session, coordinator, sheet
    ):
        phone = mark(session, coordinator, "Amber", "late", at(20))
        page = self.send(client, sheet).content.decode()
        assert "Keep <strong>Late</strong>" in page
        assert "Use the sheet: <strong>Present</strong>" in page
        response = self.send(client, sheet, action="save")
        assert "Nothing is saved yet" in response.content.decode()
        self.send(client, sheet, action="save", **{"line-1": f"sheet:{phone.pk}"})
        assert marks(session)["Amber"] == "present"

    def test_a_session_to_come_says_so(self, client, session, sheet):
        soon = timezone.now() + dt.timedelta(days=1)
        Session.objects.filter(pk=session.pk).update(
            starts_at=soon, ends_at=soon + dt.timedelta(hours=1)
        )
        self.send(client, sheet, action="save")
        assert not MarkOperation.objects.exists()

    def test_times_are_derby_s(self, client, session, sheet):
        code = row_code(sheet.code, 2)
        self.send(client, sheet, late=f"{code} 4:20", action="save")
        birch = session.attendances.get(participant__given_name="Birch")
        assert birch.arrived_at.astimezone(LONDON).strftime("%H:%M") == "16:20"

    def test_looking_costs_the_same_for_one_and_three(
        self, client, session, sheet, django_assert_max_num_queries
    ):
        code = [row_code(sheet.code, number) for number in range(7)]
        counts = []
        for late in (code[1], " ".join(code[1:4])):
            with django_assert_max_num_queries(60) as captured:
                self.send(client, sheet, late=late, rest="typed")
            counts.append(len(captured))
        assert counts[0] == counts[1]
