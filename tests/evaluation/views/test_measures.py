from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from evaluation.models import Measure, RespondentKind, Wave
from tests.factories import (
    make_activity,
    make_attendance,
    make_consent,
    make_hub,
    make_instrument,
    make_measure,
    make_participant,
    make_programme,
    make_response,
    make_session,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust(client: Client) -> Client:
    client.force_login(make_user(Role.TRUST_STAFF))
    return client


def address(name: str, measure: Measure | None = None) -> str:
    return reverse(f"surveys:{name}", kwargs={"pk": measure.pk} if measure else None)


def test_trust_staff_start_name_end_and_go_on(trust: Client) -> None:
    programme, instrument = make_programme(name="Summer"), make_instrument(name="Reflection")
    make_instrument(name="Not in use", published_at=None)
    page = trust.get(address("measure_new")).content.decode()
    assert "Reflection, version 1" in page
    assert "Not in use" not in page
    sent = {"programme": programme.pk, "instrument": instrument.pk, "respondent": "staff"}
    response = trust.post(address("measure_new"), sent)
    measure = Measure.objects.get()
    assert response.headers["Location"] == address("measure", measure)
    assert measure.respondent == RespondentKind.STAFF
    again = trust.post(address("measure_new"), sent)
    assert again.status_code == 422
    assert "The programme measures this already." in again.content.decode()

    trust.post(address("measure", measure), {"score": "mean"})
    shown = trust.get(address("measure", measure)).content.decode()
    assert "Primary outcome" in shown
    assert "<strong>Mean</strong>" in shown
    trust.post(address("measure_end", measure))
    assert "Nobody is asked any more" in trust.get(address("measure", measure)).content.decode()
    trust.post(address("measure_resume", measure))
    measure.refresh_from_db()
    assert measure.ended_at is None


def test_once_follow_ups_are_in_the_page_says_why_it_is_too_late(trust: Client) -> None:
    measure = make_measure()
    make_response(measure, make_participant(), wave=Wave.FOLLOW_UP)
    page = trust.get(address("measure", measure)).content.decode()
    assert "cannot be named or changed any more" in page
    assert 'name="score"' not in page
    refused = trust.post(address("measure", measure), {"score": "mean"})
    assert refused.status_code == 422
    assert "before anybody can know how it came out" in refused.content.decode()
    measure.refresh_from_db()
    assert not measure.is_primary


def test_the_list_says_what_is_missing_in_as_many_queries(
    trust: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    programme = make_programme()
    queries = []
    for _ in range(3):
        make_response(make_measure(programme=programme), make_participant())
        with django_assert_max_num_queries(30) as found:
            page = trust.get(address("measures")).content.decode()
        queries.append(len(found))
    assert page.count("1 baseline, 0 follow-ups") == 3
    assert "No primary outcome is named." in page
    # The first page of a session asks once for what is remembered after it.
    assert queries[1] == queries[2]


def test_coverage_of_ones_own_hubs_only(client: Client) -> None:
    hub = make_hub(name="Allenton")
    activity = make_activity(hub=hub)
    make_activity(hub=make_hub(name="Elsewhere"), programme=activity.programme)
    make_measure(programme=activity.programme)
    session = make_session(activity=activity, starts_at=timezone.now())
    for _ in range(3):
        person = make_participant()
        make_attendance(session, person)
    make_consent(person)
    client.force_login(make_user(Role.COORDINATOR, hubs=(hub,)))
    page = client.get(address("coverage")).content.decode()
    assert "Allenton" in page
    assert "Elsewhere" not in page
    assert '1 <span class="soft">(33 %)</span>' in page
    sorted_page = client.get(address("coverage"), {"sort": "-done", "since": "start"})
    assert sorted_page.status_code == 200


def test_coverage_without_any_measure_says_so(trust: Client) -> None:
    assert "Nothing is measured yet." in trust.get(address("coverage")).content.decode()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_sees_or_changes_what_is_measured(client: Client, role: Role) -> None:
    measure = make_measure()
    client.force_login(make_user(role))
    for name in ("measures", "measure_new"):
        assert client.get(address(name)).status_code == 403
    assert client.get(address("measure", measure)).status_code == 403
    assert client.post(address("measure_end", measure)).status_code == 403
    assert client.post(address("measure_resume", measure)).status_code == 403
    measure.refresh_from_db()
    assert measure.ended_at is None


@pytest.mark.parametrize(
    "role",
    sorted(set(Role) - {Role.TRUST_STAFF, Role.COORDINATOR, Role.HUB_LEAD}),
)
def test_coverage_is_for_who_works_with_hubs(client: Client, role: Role) -> None:
    client.force_login(make_user(role))
    assert client.get(address("coverage")).status_code == 403


def test_a_visitor_signs_in_first(client: Client) -> None:
    for name in ("measures", "coverage"):
        assert client.get(address(name)).status_code == 302
