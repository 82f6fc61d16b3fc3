from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Count, Q

from accounts.access import roles_of
from accounts.models import Role, User
from activities.models import (
    LONDON,
    Activity,
    ActivityText,
    FirstVisitCount,
    Schedule,
    Session,
    SessionLog,
    Skill,
    london_midnight,
)
from derby_portal.seeding import services
from derby_portal.seeding.accounts import DEMO_PASSWORD, DEMO_SIGN_INS, SIGN_INS
from derby_portal.seeding.places import CHECKED_DAYS_AGO
from derby_portal.seeding.week import OFFERS_BY_KEY
from evaluation.models import Grant
from hubs.models import Hub, HubKind, HubMembership, Organisation
from participants.models import (
    Attendance,
    CareNote,
    Contact,
    MarkStatus,
    Participant,
    Registration,
)
from tests.factories import make_hub, make_participant

pytestmark = pytest.mark.django_db
# A Tuesday.
TODAY = dt.date(2026, 5, 12)
DAY = dt.timedelta(days=1)
TABLES = (
    "activities_activity",
    "activities_activitytext",
    "activities_closure",
    "activities_firstvisitcount",
    "activities_headcount",
    "activities_schedule",
    "activities_session",
    "activities_sessionlog",
    "activities_sessionlog_partners",
    "activities_sessionlog_staff",
    "activities_term",
    "accounts_user",
    "evaluation_grant",
    "evaluation_target",
    "hubs_hub",
    "hubs_organisation",
    "hubs_ward",
    "participants_attendance",
    "participants_participant",
    "participants_registration",
)


def seed(today: dt.date = TODAY, **options: Any) -> str:
    out = io.StringIO()
    call_command("seed", today=today, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue().strip()


def state() -> dict[str, str]:
    """Checksum of every row of each table."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            rows = "\n".join(row[0] for row in cursor.fetchall())
            found[table] = hashlib.sha256(rows.encode()).hexdigest()
    return found


def number(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.fixture(scope="class")
def _seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One seed for the class, in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed()
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("_seeded")
class TestSeeded:
    def test_the_programme_and_its_grant(self):
        grant = Grant.objects.select_related("funder").get(slug="this-is-derby")

        assert (grant.amount, grant.starts_on, grant.ends_on) == (
            1_000_000,
            dt.date(2018, 9, 25),
            dt.date(2019, 7, 13),
        )
        assert grant.programmes.get().slug == "this-is-derby"
        assert grant.programmes.get().lead.name == "Derby County Community Trust"
        assert dict(grant.targets.values_list("indicator", "value"))["unique_participants"] == 2000
        assert Organisation.objects.count() == 23
        assert Hub.objects.filter(kind=HubKind.WARD).count() == 9
        assert Hub.objects.get(kind=HubKind.SEND).slug == "send"
        arboretum = Hub.objects.get(slug="arboretum")
        assert arboretum.ward is not None
        assert (arboretum.ward.code, arboretum.venue) == ("E05001770", "Arboretum community centre")

    def test_schedules_are_120_hours_a_week_then_and_now(self):
        for day in (dt.date(2019, 5, 14), TODAY):
            slots = Schedule.objects.filter(starts_on__lte=day, ends_on__gte=day)
            assert slots.count() == 62
            hours = sum(
                (dt.datetime.combine(day, slot.ends) - dt.datetime.combine(day, slot.starts))
                / dt.timedelta(hours=1)
                for slot in slots
            )
            assert hours == 120

    def test_figures_by_hand(self):
        young = """
            FROM participants_attendance a
            JOIN participants_participant p ON p.id = a.participant_id
            JOIN activities_session s ON s.id = a.session_id
            WHERE a.status IN ('present', 'late', 'left_early')
              AND a.role IN ('participant', 'volunteer') AND s.kind <> 'training'
              AND s.starts_at < '2019-07-14'"""
        assert number(f"SELECT count(DISTINCT coalesce(p.merged_into_id, p.id)) {young}") == 2153
        assert number(f"SELECT count(*) {young}") == 20_767
        assert number("SELECT sum(people) FROM activities_headcount WHERE method='counted'") == 1500
        assert number("SELECT count(*) FROM activities_session WHERE kind='roadshow'") == 5
        celebration = Session.objects.get(kind="celebration")
        assert celebration.activity.hub is None
        assert celebration.local_date == dt.date(2019, 7, 13)
        assert celebration.headcount_only

    def test_flags_agree_with_marks(self):
        assert not number("""
            SELECT count(*) FROM activities_session s WHERE has_marks <> EXISTS (
                SELECT FROM participants_attendance a WHERE a.session_id = s.id)""")
        assert not Session.objects.filter(has_marks=True, register_taken_at=None).exists()
        assert not Session.objects.filter(headcount_only=True, head_counts=None).exists()
        assert not Session.objects.filter(
            cancelled_at__isnull=False, cancellation_reason=""
        ).exists()
        connection.check_constraints()

    def test_people_have_no_postcode_and_seeded_ids(self):
        assert not Participant.objects.exclude(home_postcode="").exists()
        assert {pk.version for pk in Participant.objects.values_list("pk", flat=True)} == {5}
        assert not Attendance.objects.filter(operation__isnull=False).exists()
        assert not Attendance.objects.filter(
            role="participant", participant__registrations=None
        ).exists()

    def test_records_hold_what_forms_ask_for(self):
        """Contacts that can be rung on numbers of nobody, care notes, answers of every kind."""
        known = Participant.objects.roots().filter(is_complete=True, school__gt="")
        rung = Contact.objects.filter(is_emergency=True)
        assert set(known.filter(contacts=None)) == set()
        assert {phone[:9] for phone in rung.values_list("phone", flat=True)} == {"07700 900"}
        short = known.annotate(rung=Count("contacts", Q(contacts__is_emergency=True))).filter(
            rung__lt=2
        )
        assert 0 < short.count() < known.count() // 10
        assert not short.filter(few_contacts_why="").exists()
        assert Contact.objects.filter(collects="never", is_emergency=False).exists()
        share = CareNote.objects.count() / known.count()
        assert 0.04 < share < 0.1
        answers = set(known.values_list("free_school_meals", flat=True))
        assert answers == {"yes", "no", "unknown", "undisclosed"}
        assert not Participant.objects.filter(is_complete=False).exclude(ethnicity="unknown")

    def test_every_hub_has_people_to_expect(self):
        since = london_midnight(TODAY - 28 * DAY)
        expected = Registration.objects.filter(
            participant__attendances__session__starts_at__gte=since
        )
        assert expected.values("hub").distinct().count() == 10

    def test_the_term_round_today(self):
        past = Session.objects.between(TODAY - 7 * DAY, TODAY - DAY).filter(cancelled_at=None)
        now = london_midnight(TODAY)

        assert past.register_missing(now).count() == 5
        assert past.filter(register_taken_at__isnull=False).count() == 56
        for ahead in range(29):
            day = TODAY + ahead * DAY
            sessions = Session.objects.public().between(day, day)
            on = sessions.filter(cancelled_at=None).values_list("ends_at", flat=True)
            assert max(on).astimezone(LONDON).hour >= 20
            assert not sessions.filter(register_taken_at__isnull=False).exists()
            assert not sessions.filter(checked_at__gt=now).exists()
        assert not Session.objects.filter(starts_at__gte=london_midnight(TODAY + 29 * DAY)).exists()

    def test_listings_are_fresh_stepping_down_and_about_to_hide(self):
        now = london_midnight(TODAY)
        coming = Session.objects.public().not_over(now)
        assert not [each for each in coming if each.is_hidden(now)]
        stale = {each.activity.title for each in coming if each.is_stale(now)}
        assert stale == {
            "Print Workshop with Artcore",
            "Bike Fixers with Cycle Derby",
            "Brass Band Starters",
        }
        tonight = coming.between(TODAY, TODAY + 6 * DAY).filter(ends_at__hour__gte=19)
        assert not [each for each in tonight if each.is_stale(now)]
        assert not coming.filter(activity__hub__name="Arboretum", activity__title__in=stale)

    def test_every_activity_of_the_timetable_has_its_facts(self):
        activities = Activity.objects.filter(schedules__isnull=False).distinct()
        assert activities.count() == len(OFFERS_BY_KEY)
        for each in activities:
            for name in (
                *("summary", "first_ten_minutes", "met_by", "met_where", "bring", "bus_stop"),
                *("walk_minutes", "address", "access_needs", "languages", "latitude", "longitude"),
            ):
                assert getattr(each, name), (each, name)
            each.full_clean(exclude=["partner", "programme", "hub"])
            assert each.postcode == ""
        assert len({tuple(each.access_needs) for each in activities}) > 5
        assert len({tuple(each.languages) for each in activities}) > 8
        texts = ActivityText.objects.all()
        assert not texts.exclude(checked_by="").exists()
        assert set(texts.values_list("language", "variant")) == {
            ("en-gb", "easy"), ("pl", "standard"), ("ur", "standard"), ("sk", "standard"),
        }  # fmt: skip

    def test_some_people_might_come_for_the_first_time(self):
        counts = FirstVisitCount.objects.values_list("session__starts_at", "people")
        assert all(starts_at >= london_midnight(TODAY) for starts_at, _ in counts)
        assert 40 < len(counts) < 90
        assert {people for _, people in counts} == {1, 2, 3, 4}

    def test_most_past_sessions_of_the_term_are_logged(self):
        over = Session.objects.between(TODAY - 28 * DAY, TODAY - DAY).exclude(delivery="")
        logs = SessionLog.objects.select_related("session")
        assert 0.8 < logs.count() / over.count() < 0.9
        assert {each.session for each in logs} <= set(over)
        assert all((each.why != "") == (each.session.delivery == "cut_short") for each in logs)
        assert {skill for each in logs for skill in each.skills} == set(Skill)
        assert all(1 <= len(each.skills) <= 4 for each in logs)
        assert 10 < logs.exclude(note="").count() < logs.count() / 5
        assert not logs.filter(partners=None).exists()
        assert logs.filter(staff=None).exclude(session__activity__hub=None).exists()
        arboretum = logs.filter(session__activity__hub__slug="arboretum")
        coordinator = User.objects.get(email="coordinator@example.org")
        assert set(arboretum.values_list("logged_by", "staff")) == {
            (coordinator.pk, coordinator.pk)
        }

    def test_again_changes_nothing(self):
        before = state()

        assert seed() == "Nothing to add: history and current term are there."
        assert state() == before

    def test_the_next_day_rolls_on(self):
        before = set(Session.objects.values_list("pk", flat=True))
        late = {OFFERS_BY_KEY[key].title for key in CHECKED_DAYS_AGO}
        checked = Session.objects.between(TODAY + DAY, TODAY + DAY).exclude(
            activity__title__in=late
        )

        seed(TODAY + DAY)

        added = Session.objects.exclude(pk__in=before)
        assert {each.local_date for each in added} == {TODAY + 29 * DAY}
        today = Session.objects.between(TODAY, TODAY).filter(cancelled_at=None)
        assert today.filter(has_marks=True).count() >= 7
        assert set(checked.values_list("checked_at", flat=True)) == {
            london_midnight(TODAY) + dt.timedelta(hours=16)
        }
        again = state()
        seed(TODAY + DAY)
        assert state() == again

    def test_after_months_the_term_is_there_again(self):
        later = dt.date(2026, 9, 10)

        seed(later)

        window = Session.objects.between(later - 28 * DAY, later + 28 * DAY)
        assert {each.local_date for each in window} == {
            later + number * DAY for number in range(-28, 29)
        }
        assert Schedule.objects.filter(starts_on__lte=later, ends_on__gte=later).count() == 62
        # Two school years: one before September, one from then on.
        assert Participant.objects.filter(
            created_at__gte=london_midnight(later - 10 * DAY)
        ).exists()
        assert window.filter(has_marks=True).count() > 200

    def test_what_somebody_did_stays(self):
        session = Session.objects.between(TODAY, TODAY).order_by("starts_at").first()
        assert session is not None
        child = Participant.objects.filter(registrations__hub=session.activity.hub).first()
        assert child is not None
        Attendance.objects.create(
            session=session,
            participant=child,
            status=MarkStatus.PRESENT,
            marked_at=session.starts_at,
        )
        Session.objects.filter(pk=session.pk).update(has_marks=True)

        seed(TODAY + DAY)

        session.refresh_from_db()
        assert session.attendances.get().participant == child
        assert session.register_taken_at is None

    def test_a_schedule_that_somebody_ended_and_went_on_with_is_theirs(self):
        old = Schedule.objects.filter(starts_on__gt=dt.date(2020, 1, 1), weekday=2).first()
        ended = TODAY + 6 * DAY
        last = old.ends_on
        Session.objects.filter(schedule=old, slot_on__gt=ended).delete()
        Schedule.objects.filter(pk=old.pk).update(ends_on=ended)
        new = Schedule.objects.create(
            activity=old.activity, weekday=3, starts=old.starts, ends=old.ends,
            starts_on=ended + DAY, ends_on=last,
        )  # fmt: skip

        seed(TODAY + 7 * DAY)

        old.refresh_from_db()
        assert old.ends_on == ended
        assert not Session.objects.filter(schedule=old, slot_on__gt=ended).exists()
        assert not new.sessions.exists()
        others = Schedule.objects.filter(starts_on__gt=dt.date(2020, 1, 1))
        assert others.exclude(pk__in=[old.pk, new.pk]).filter(ends_on__gt=last).count() == 61

    def test_somebody_erased_is_not_missed(self):
        Participant.objects.filter(created_at__gte=london_midnight(dt.date(2025, 8, 1))).filter(
            attendances=None
        ).delete()
        removed = Participant.objects.filter(pk__in=_coming(TODAY)).first()
        assert removed is not None
        removed.delete()

        seed(TODAY + 7 * DAY)

        assert not Participant.objects.filter(pk=removed.pk).exists()

    def test_a_renamed_activity_is_left_alone(self):
        Activity.objects.filter(title="Late Football").update(title="Later Football")

        seed(TODAY + DAY)

        assert Activity.objects.get(title="Later Football").sessions.exists()

    def test_a_walk_in_does_not_stop_a_demo_but_does_elsewhere(self, settings):
        make_participant()
        seed(TODAY + DAY)

        settings.DEMO = False
        with pytest.raises(CommandError, match="participants that the seed did not make"):
            seed(TODAY + 2 * DAY)

    def test_scale_adds_years_before(self):
        people = Participant.objects.count()
        marks = Attendance.objects.count()
        sessions = Session.objects.count()

        line = seed(scale=2)

        added = Participant.objects.count() - people
        held = Session.objects.count() - sessions
        assert (added, held) == (493, 240)
        assert line.startswith(
            f"Added {added:,} made-up people, {_added(marks):,} marks, {held:,} sess"
        )
        assert seed(scale=2).startswith("Nothing")

    def test_sign_ins(self):
        assert User.objects.count() == len(DEMO_SIGN_INS) == 9
        for sign_in in SIGN_INS:
            user = User.objects.get(email=sign_in.email)
            assert roles_of(user) == {sign_in.role}
            assert EmailAddress.objects.get(user=user).verified
        assert user.check_password(DEMO_PASSWORD)
        held = HubMembership.objects.values_list("user__email", "hub__slug")
        assert set(held) == {
            ("coordinator@example.org", "arboretum"),
            ("coordinator.send@example.org", "send"),
            ("hub.lead@example.org", "arboretum"),
        }
        assert {role for _, _, role, _ in SIGN_INS} == set(Role) - {Role.SAFEGUARDING_DEPUTY}


def _coming(today: dt.date) -> list[Any]:
    since = london_midnight(today - 7 * DAY)
    return list(
        Attendance.objects.filter(session__starts_at__gte=since).values_list(
            "participant", flat=True
        )
    )


def _added(before: int) -> int:
    return Attendance.objects.count() - before


def test_a_real_database_is_left_alone():
    hub = make_hub()
    with pytest.raises(CommandError, match="already holds hubs or programmes"):
        seed()
    make_participant(hub=hub)
    with pytest.raises(CommandError, match="participants that the seed did not make"):
        seed()
    assert (Hub.objects.count(), Participant.objects.count(), User.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"today": dt.date(2019, 8, 10)}, "cannot lie before 11 August 2019"),
        ({"scale": 0}, "--scale"),
        ({"scale": 1001}, "--scale"),
    ],
)
def test_impossible_wishes_are_refused(options, message):
    with pytest.raises(CommandError, match=message):
        seed(**options)
    assert not Hub.objects.exists()


def test_a_seed_that_breaks_leaves_nothing(monkeypatch):
    def fail(_: object) -> int:
        raise RuntimeError("cut off")

    monkeypatch.setattr(services, "copy_marks", fail)
    before = state()

    with pytest.raises(RuntimeError, match="cut off"):
        seed()

    assert state() == before
    assert not Hub.objects.exists()


def test_outside_the_demo_nobody_can_sign_in(monkeypatch, settings):
    settings.DEMO = False
    wanted = []
    monkeypatch.setattr(
        "derby_portal.management.commands.seed.seed",
        lambda **options: (
            wanted.append(options["with_sign_ins"])
            or services.Seeded(added=services.Added(), sign_ins=0)
        ),
    )

    seed()
    seed(with_sign_ins=True)
    settings.DEMO = True
    seed()

    assert wanted == [False, True, True]
