from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from activities.models import Programme
from evaluation.models import BudgetLine, Grant, ReportRun, ReportSchedule, Spend
from evaluation.reports.numbers import MINUS
from evaluation.views.spend import HEADINGS
from hubs.models import Organisation, OrganisationKind
from tests.factories import (
    london,
    make_activity,
    make_attendance,
    make_grant,
    make_hub,
    make_organisation,
    make_programme,
    make_session,
    make_spend,
    make_target,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust(client: Client) -> Client:
    client.force_login(make_user(Role.TRUST_STAFF))
    return client


def at(name: str, pk: Any = None, **more: Any) -> str:
    return reverse(f"grants:{name}", kwargs=({"pk": pk} if pk else {}) | more or None)


def seen_of(client: Client, address: str) -> str:
    return client.get(address).context["seen"]


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def grant_facts(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Reimagine",
        "reference": "",
        "amount": "£2,300,000",
        "awarded_on": "",
        "starts_on": "2019-04-01",
        "ends_on": "2022-03-31",
    } | changes


def test_a_funder_and_its_grant_of_two_programmes_are_added(trust: Client) -> None:
    programmes = [make_programme(), make_programme()]
    added = trust.post(at("funder_new"), {"name": "Arts for Everybody"})
    funder = Organisation.objects.get(kind=OrganisationKind.FUNDER)
    assert added["Location"] == f"{at('new')}?funder={funder.pk}"
    assert f'<option value="{funder.pk}" selected>' in trust.get(added["Location"]).text
    chosen = grant_facts(funder=funder.pk, programmes=[each.pk for each in programmes])
    sent = trust.post(at("new"), chosen)
    grant = Grant.objects.get()
    assert sent["Location"] == at("grant", grant.pk)
    assert grant.amount == Decimal(2_300_000)
    page = words(trust.get(sent["Location"]))
    assert "£2,300,000 from Arts for Everybody, 1 April 2019 to 31 March 2022." in page
    assert all(programme.name in page for programme in programmes)


def test_bad_input_is_said_beside_its_field_and_nothing_is_lost(trust: Client) -> None:
    wrong = grant_facts(amount="a lot", ends_on="2019-03-01", name="Kept as typed")
    answer = trust.post(at("new"), wrong)
    page = words(answer)
    assert answer.status_code == 422
    for sentence in (
        "Write an amount in pounds, such as 1,250.50.",
        "The last day lies before the first.",
        "Choose who gives the money.",
        "Choose at least one programme that it pays for.",
    ):
        assert sentence in page
    assert 'value="Kept as typed"' in page
    assert 'value="a lot"' in page
    assert not Grant.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(trust: Client) -> None:
    grant = make_grant(name="Before", funder=make_organisation(kind=OrganisationKind.FUNDER))
    seen = seen_of(trust, at("edit", grant.pk))
    Grant.objects.update(reference="Theirs")
    mine = grant_facts(
        funder=grant.funder_id, programmes=[grant.programmes.get().pk], name="Mine", seen=seen
    )
    answer = trust.post(at("edit", grant.pk), mine)
    assert answer.status_code == 409
    assert "Somebody else changed this since you opened it" in answer.text
    assert 'value="Mine"' in answer.text
    again = trust.post(at("edit", grant.pk), mine | {"seen": answer.context["seen"]})
    assert again.status_code == 302
    grant.refresh_from_db()
    assert (grant.name, grant.reference) == ("Mine", "")


def test_the_list_is_filtered_and_takes_as_many_queries_for_three_as_for_one(
    trust: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    today = timezone.now().date()
    day = dt.timedelta(days=1)
    trust.get(at("list"))
    queries = []
    for number in (1, 2, 3):
        grant = make_grant(name=f"Grant {number}", starts_on=today - day, ends_on=today + day)
        make_spend(grant, amount=Decimal("250000.00"))
        make_spend(grant, struck_out_at=london(2019, 5, 20), struck_out_why="Twice")
        with django_assert_max_num_queries(30) as found:
            page = trust.get(at("list"))
        queries.append(len(found))
    assert queries[0] == queries[2]
    assert words(page).count('£250,000 <span class="small soft">25 % of it</span>') == 3
    assert "67 % of its days gone" in words(page)
    make_grant(name="Long over")
    make_grant(name="Next year", starts_on=today + day, ends_on=today + 9 * day)
    over = trust.get(at("list"), {"state": "over"}).text
    assert "Long over" in over
    assert "Next year" not in over
    coming = trust.get(at("list"), {"state": "coming"}).text
    assert "Next year" in coming
    assert "Grant 1" not in coming
    running = {"state": "running", "programme": grant.programmes.get().slug}
    mine = trust.get(at("list"), running).text
    assert "Grant 3" in mine
    assert "Grant 1" not in mine
    assert trust.get(at("list"), {"sort": "-spent", "page": "x"}).status_code == 200


def test_a_grants_page_sets_targets_and_money_against_what_happened(trust: Client) -> None:
    programme, hub = make_programme(), make_hub(name="Allenton")
    grant = make_grant(programmes=[programme], amount=Decimal("1000.00"))
    session = make_session(
        activity=make_activity(programme=programme, hub=hub), register_taken_at=london(2019, 5, 14)
    )
    make_attendance(session)
    make_attendance(make_session(activity=make_activity(programme=programme)))
    make_target(grant, indicator="unique_participants", value=Decimal(4))
    make_target(grant, indicator="unique_participants", value=Decimal(5), hub=hub)
    make_target(grant, indicator="session_hours", value=Decimal(3))
    make_target(grant, indicator="gone_since", value=Decimal(3))
    BudgetLine.objects.create(grant=grant, kind="venues", amount=Decimal("80.00"))
    make_spend(grant)
    page = words(trust.get(at("grant", grant.pk)))
    for shown in (
        '<td data-type="number">4 people</td> <td data-type="number">2 people</td>',
        '<td data-type="number">5 people</td> <td data-type="number">1 people</td>',
        "Allenton.",
        '<td data-type="number">3 hours</td> <td data-type="number">1.5 hours</td>',
        'value="50.0" aria-label="Session hours: share of the target"',
        "Unknown figure: gone_since",
        "More than budgeted",
        "125 %",
        "£900",
    ):
        assert shown in page


def test_a_grants_page_lists_its_own_reports_and_schedules(trust: Client) -> None:
    grant, other = make_grant(), make_grant()
    days = {"first_day": dt.date(2019, 4, 1), "last_day": dt.date(2019, 6, 30)}
    assert "No quarterly report is set up." in trust.get(at("grant", grant.pk)).text
    mine = ReportRun.objects.create(grant=grant, **days)
    theirs = ReportRun.objects.create(grant=other, **days)
    by = make_user(Role.TRUST_STAFF)
    ReportSchedule.objects.create(grant=grant, started_by=by)
    page = words(trust.get(at("grant", grant.pk)))
    assert f"/reports/{mine.pk}/" in page
    assert f"/reports/{theirs.pk}/" not in page
    assert "1 quarterly report is set up." in page


def test_a_target_is_added_changed_and_taken_away(trust: Client) -> None:
    grant = make_grant()
    promised = {"indicator": "attendances", "value": "500"}
    assert trust.post(at("target_new", grant.pk), promised)["Location"] == at("grant", grant.pk)
    target = grant.targets.get()
    twice = trust.post(at("target_new", grant.pk), promised)
    assert twice.status_code == 422
    assert "The grant promises this figure of these days and people already." in twice.text
    address = at("target", grant.pk, target=target.pk)
    seen = seen_of(trust, address)
    trust.post(address, promised | {"value": "700", "seen": seen})
    target.refresh_from_db()
    assert target.value == 700
    assert trust.post(address, promised | {"seen": seen}).status_code == 409
    assert 'value="700"' in trust.get(address).text
    remove = at("target_remove", grant.pk, target=target.pk)
    assert "Attendances: 700.0" in trust.get(remove).text
    trust.post(remove)
    assert not grant.targets.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"value": "1.5"}, "Write a whole number: it counts people."),
        ({"indicator": "attendance_rate", "value": "101"}, "This is a share: at most 100."),
        ({"first_day": "2019-01-01"}, "Choose both days, or none for the whole grant."),
        (
            {"first_day": "2019-02-01", "last_day": "2019-01-01"},
            "The last day lies before the first.",
        ),
        ({"min_age": "12", "max_age": "9"}, "The oldest are younger than the youngest."),
        (
            {"indicator": "session_hours", "characteristic": "young_carer"},
            "is not counted person by person",
        ),
        ({"value": "-1"}, "greater than or equal to 0"),
        ({"indicator": "no_such"}, "Select a valid choice"),
    ],
    ids=["half a person", "over 100", "one day", "days", "ages", "not people", "minus", "unknown"],
)
def test_targets_that_cannot_be_so(trust: Client, changes: dict[str, str], sentence: str) -> None:
    grant = make_grant()
    sent = {"indicator": "unique_participants", "value": "10"} | changes
    answer = trust.post(at("target_new", grant.pk), sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not grant.targets.exists()


def test_a_target_is_reached_through_its_own_grant_only(trust: Client) -> None:
    target = make_target()
    assert trust.get(at("target", make_grant().pk, target=target.pk)).status_code == 404


def test_a_budget_is_saved_and_one_above_the_grant_refused(trust: Client) -> None:
    grant = make_grant(amount=Decimal("1000.00"))
    address = at("budget", grant.pk)
    seen = seen_of(trust, address)
    refused = trust.post(address, {"venues": "1,000.01", "seen": seen})
    assert refused.status_code == 422
    assert "The budget would be £0.01 more than the grant." in refused.text
    assert 'value="1,000.01"' in refused.text
    trust.post(address, {"venues": "£600", "staff": "", "seen": seen})
    assert [(line.kind, line.amount) for line in grant.budget_lines.all()] == [("venues", 600)]
    assert trust.post(address, {"venues": "1", "seen": seen}).status_code == 409


def line_facts(**changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "what": "Hall, May",
        "amount": "1,250.50",
        "kind": "venues",
        "spent_on": "2019-05-01",
    } | changes


def test_spend_is_recorded_once_and_struck_out(trust: Client) -> None:
    grant = make_grant()
    first = line_facts()
    assert trust.post(at("spend_new", grant.pk), first)["Location"] == at("spend", grant.pk)
    trust.post(at("spend_new", grant.pk), first)
    more = trust.post(at("spend_new", grant.pk), line_facts(amount=f"{MINUS}250.50", more="yes"))
    assert more["Location"] == at("spend_new", grant.pk)
    assert [line.amount for line in Spend.objects.order_by("-amount")] == [
        Decimal("1250.50"),
        Decimal("-250.50"),
    ]
    assert "<strong>£1,000</strong> in this list" in words(trust.get(at("spend", grant.pk)))
    line = Spend.objects.get(amount__gt=0)
    empty = trust.post(at("strike_out", line.pk), {"why": ""})
    assert empty.status_code == 422
    assert trust.post(at("strike_out", line.pk), {"why": "Twice"})["Location"] == at(
        "spend", grant.pk
    )
    again = trust.post(at("strike_out", line.pk), {"why": "Twice"})
    assert "It was struck out already." in again.text
    shown = words(trust.get(at("spend", grant.pk)))
    assert f"<strong>{MINUS}£250.50</strong> in this list" in shown
    assert "1,250.50" not in shown
    with_struck = words(trust.get(at("spend", grant.pk), {"struck": "with"}))
    assert "<s>£1,250.50</s>" in with_struck
    assert f"<strong>{MINUS}£250.50</strong> in this list" in with_struck


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "0"}, "Write an amount; a refund with a minus."),
        ({"amount": "1.234"}, "decimal place"),
        ({"spent_on": "2098-01-01"}, "This day has not come yet."),
        ({"spent_on": "2018-09-24"}, "The grant began on 25 September 2018"),
        ({"kind": ""}, "This field is required."),
        ({"what": ""}, "This field is required."),
        ({"programme": "999999"}, "Select a valid choice"),
    ],
    ids=["nought", "pence", "to come", "early", "no kind", "nothing", "programme"],
)
def test_lines_that_cannot_be_so(trust: Client, changes: dict[str, str], sentence: str) -> None:
    answer = trust.post(at("spend_new", make_grant().pk), line_facts(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Spend.objects.exists()


def test_spend_is_filtered_sorted_and_takes_as_many_queries_for_three_as_for_one(
    trust: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    grant, queries = make_grant(), []
    address = at("spend", grant.pk)
    trust.get(address)
    for month in (3, 4, 5):
        make_spend(
            grant,
            what=f"Month {month}",
            spent_on=dt.date(2019, month, 2),
            programme=grant.programmes.get(),
            hub=make_hub(),
        )
        with django_assert_max_num_queries(30) as found:
            trust.get(address)
        queries.append(len(found))
    assert queries[0] == queries[2]
    make_spend(grant, what="Wages", kind="staff", amount=Decimal("1.00"))
    make_spend(make_grant(), what="Not of this grant")
    april = trust.get(address, {"month": "2019-04"}).text
    assert "Month 4" in april
    assert "Month 5" not in april
    wages = trust.get(address, {"kind": "staff", "sort": "amount"}).text
    assert "Wages" in wages
    assert "Month 4" not in wages
    everything = trust.get(address, {"month": "nonsense"}).text
    assert "Not of this grant" not in everything


def test_spend_as_csv_is_what_the_list_shows_and_no_formula(trust: Client) -> None:
    grant = make_grant(name="Plus One")
    make_spend(grant, what="=HYPERLINK(1)", recorded_at=london(2019, 5, 15, 23, 30))
    make_spend(grant, what="Left out", kind="staff")
    answer = trust.get(at("spend_csv", grant.pk), {"kind": "venues"})
    assert answer["Content-Disposition"] == 'attachment; filename="plus-one-spend.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == [
        ",".join(HEADINGS),
        "2019-05-14,'=HYPERLINK(1),Venues,,,100.00,2019-05-15,,",
    ]


def test_programmes_are_listed_started_and_changed(trust: Client) -> None:
    lead = make_organisation(kind=OrganisationKind.LEAD)
    facts = {
        "name": "Plus One",
        "lead": lead.pk,
        "summary": "For young people in care.",
        "min_age": "5",
        "max_age": "18",
        "max_age_extended": "25",
        "starts_on": "2019-04-01",
        "ends_on": "",
    }
    assert trust.post(at("programme_new"), facts)["Location"] == at("programmes")
    programme = Programme.objects.get()
    make_grant(name="Its grant", programmes=[programme])
    page = words(trust.get(at("programmes")))
    assert "Plus One" in page
    assert "Its grant" in page
    address = at("programme", programme.pk)
    seen = seen_of(trust, address)
    wrong = trust.post(address, facts | {"max_age": "26", "seen": seen})
    assert wrong.status_code == 422
    assert "Write the ages from the youngest to the oldest." in wrong.text
    trust.post(address, facts | {"max_age": "19", "seen": seen})
    programme.refresh_from_db()
    assert programme.max_age == 19
    assert trust.post(address, facts | {"seen": seen}).status_code == 409


def test_programmes_take_as_many_queries_for_three_as_for_one(
    trust: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    trust.get(at("programmes"))
    queries = []
    for _ in range(3):
        make_grant()
        with django_assert_max_num_queries(30) as found:
            trust.get(at("programmes"))
        queries.append(len(found))
    assert queries[0] == queries[2]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_sees_or_changes_grants(client: Client, role: Role) -> None:
    hub = make_hub()
    grant = make_grant()
    line, target = make_spend(grant), make_target(grant)
    client.force_login(make_user(role, hubs=(hub,)))
    for address in (
        *(at(name) for name in ("list", "new", "funder_new", "programmes", "programme_new")),
        *(at(name, grant.pk) for name in ("grant", "edit", "budget", "target_new", "spend")),
        *(at(name, grant.pk) for name in ("spend_new", "spend_csv")),
        at("target", grant.pk, target=target.pk),
        at("target_remove", grant.pk, target=target.pk),
        at("strike_out", line.pk),
        at("programme", grant.programmes.get().pk),
    ):
        answers = [client.get(address), client.post(address, {"why": "W"})]
        assert {answer.status_code for answer in answers} <= {403, 405}
        assert 403 in {answer.status_code for answer in answers}
        assert not any(grant.name in answer.text for answer in answers)
    line.refresh_from_db()
    assert line.struck_out_at is None
    assert grant.targets.get() == target
