from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, AuditKind, Role, User
from activities.models import Programme
from activities.queries.terms import fingerprint_of_row
from activities.services.errors import ChangedMeanwhileError, PlanningError
from activities.services.programmes import put_programme
from evaluation.models import BudgetLine, Characteristic, Grant, Spend, Target
from evaluation.services import grants, spend
from evaluation.services.grants import GrantError
from hubs.models import OrganisationKind
from tests.factories import (
    london,
    make_grant,
    make_hub,
    make_organisation,
    make_programme,
    make_spend,
    make_target,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = london(2019, 6, 1)


@pytest.fixture
def by() -> User:
    return make_user(Role.TRUST_STAFF)


def facts(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Reimagine",
        "reference": "ACE-1",
        "amount": Decimal("2300000.00"),
        "awarded_on": None,
        "starts_on": dt.date(2019, 4, 1),
        "ends_on": dt.date(2022, 3, 31),
    } | changes


def target_facts(**changes: Any) -> dict[str, Any]:
    return {
        "indicator": "attendances",
        "value": Decimal(500),
        "first_day": None,
        "last_day": None,
        "hub": None,
        "min_age": None,
        "max_age": None,
        "characteristic": "",
    } | changes


def line_facts(**changes: Any) -> dict[str, Any]:
    return {
        "what": "Hall, May",
        "amount": Decimal("100.00"),
        "kind": "venues",
        "spent_on": dt.date(2019, 5, 1),
        "programme": None,
        "hub": None,
    } | changes


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


def test_a_grant_pays_for_several_programmes_and_a_programme_has_several_grants(by: User) -> None:
    programmes = [make_programme(), make_programme()]
    funder = make_organisation(kind=OrganisationKind.FUNDER)
    first = grants.put_grant(
        by=by, grant=Grant(), facts=facts(funder=funder), programmes=programmes
    )
    second = grants.put_grant(
        by=by, grant=Grant(), facts=facts(name="Plus One", funder=funder), programmes=programmes[:1]
    )
    assert (first.slug, second.slug) == ("reimagine", "plus-one")
    assert set(first.programmes.all()) == set(programmes)
    assert set(programmes[0].grants.all()) == {first, second}
    assert kinds()[-2:] == [AuditKind.GRANT_CHANGED] * 2


def test_names_that_look_alike_in_addresses_get_numbers(by: User) -> None:
    make_grant(name="Plus One!", slug="plus-one")
    funder = make_organisation(kind=OrganisationKind.FUNDER)
    saved = grants.put_grant(
        by=by,
        grant=Grant(),
        facts=facts(name="Plus One", funder=funder),
        programmes=[make_programme()],
    )
    assert saved.slug == "plus-one-2"


def test_a_grant_keeps_its_address_and_says_when_it_was_changed_meanwhile(by: User) -> None:
    grant = make_grant(name="Old name")
    programmes = list(grant.programmes.all())
    seen = grants.fingerprint_of_grant(grant)
    changed = facts(name="New name", funder=grant.funder)
    grants.put_grant(by=by, grant=grant, facts=changed, programmes=programmes, seen=seen)
    grant.refresh_from_db()
    assert (grant.name, grant.slug) == ("New name", "old-name")
    with pytest.raises(ChangedMeanwhileError):
        grants.put_grant(by=by, grant=grant, facts=changed, programmes=programmes, seen=seen)
    seen = grants.fingerprint_of_grant(grant)
    grant.programmes.add(make_programme())
    with pytest.raises(ChangedMeanwhileError):
        grants.put_grant(by=by, grant=grant, facts=changed, programmes=programmes, seen=seen)


def test_what_a_grant_refuses(by: User) -> None:
    grant = make_grant(name="Mine")
    mine = grant.programmes.get()
    make_grant(name="Taken")
    BudgetLine.objects.create(grant=grant, kind="venues", amount=Decimal(600))
    make_spend(grant, programme=mine)

    def refused(programmes: list[Programme], **changes: Any) -> tuple[str, str | None]:
        with pytest.raises(GrantError) as error:
            grants.put_grant(
                by=by,
                grant=grant,
                facts=facts(funder=grant.funder, name="Mine") | changes,
                programmes=programmes,
                seen=grants.fingerprint_of_grant(grant),
            )
        return str(error.value), error.value.field

    assert refused([mine], name="taken") == ("Another grant has this name.", "name")
    assert refused([])[1] == "programmes"
    assert refused([mine], amount=Decimal("500.00")) == (
        "The budget would be £100.00 more than the grant.",
        "amount",
    )
    other = make_programme()
    assert refused([other]) == (
        f"Money was spent on {mine}, so it stays with this grant.",
        "programmes",
    )


def test_a_funder_is_added_once(by: User) -> None:
    funder = grants.add_funder(by=by, name="The Long Fund")
    assert (funder.kind, funder.slug) == (OrganisationKind.FUNDER, "the-long-fund")
    for name in ("the long fund", "The Long Fund!"):
        with pytest.raises(GrantError, match="already"):
            grants.add_funder(by=by, name=name)


def test_targets_are_added_changed_and_taken_away(by: User) -> None:
    grant = make_grant()
    target = grants.put_target(by=by, target=Target(grant=grant), facts=target_facts())
    narrow = target_facts(hub=make_hub(), characteristic=Characteristic.DISADVANTAGED)
    other = grants.put_target(by=by, target=Target(grant=grant), facts=narrow)
    target.refresh_from_db()
    other.refresh_from_db()
    with pytest.raises(GrantError, match="promises this figure"):
        grants.put_target(by=by, target=Target(grant=grant), facts=target_facts(value=Decimal(9)))
    with pytest.raises(GrantError, match="promises this figure"):
        grants.put_target(by=by, target=other, facts=target_facts(), seen=fingerprint_of_row(other))
    more = target_facts(value=Decimal(700))
    seen = fingerprint_of_row(target)
    grants.put_target(by=by, target=target, facts=more, seen=seen)
    with pytest.raises(ChangedMeanwhileError):
        grants.put_target(by=by, target=target, facts=more, seen=seen)
    target.refresh_from_db()
    assert target.value == 700
    grants.remove_target(by=by, target=target)
    assert list(grant.targets.all()) == [other]
    assert kinds()[-4:] == [AuditKind.TARGET_CHANGED] * 4


def test_a_target_that_is_gone_is_not_brought_back(by: User) -> None:
    target = make_target()
    seen = fingerprint_of_row(target)
    Target.objects.all().delete()
    with pytest.raises(ChangedMeanwhileError):
        grants.put_target(by=by, target=target, facts=target_facts(), seen=seen)
    assert not Target.objects.exists()


def test_a_budget_is_replaced_whole_and_is_no_more_than_the_grant(by: User) -> None:
    grant = make_grant(amount=Decimal("1000.00"))
    seen = grants.fingerprint_of_budget(grant)
    wanted = {"venues": Decimal("600.00"), "staff": Decimal("400.00"), "other": None}
    grants.put_budget(by=by, grant=grant, amounts=wanted, seen=seen)
    assert dict(grant.budget_lines.values_list("kind", "amount")) == {
        "venues": Decimal("600.00"),
        "staff": Decimal("400.00"),
    }
    with pytest.raises(ChangedMeanwhileError):
        grants.put_budget(by=by, grant=grant, amounts={}, seen=seen)
    seen = grants.fingerprint_of_budget(grant)
    over = wanted | {"other": Decimal("0.01")}
    with pytest.raises(GrantError, match=r"£0\.01 more than the grant"):
        grants.put_budget(by=by, grant=grant, amounts=over, seen=seen)
    grants.put_budget(by=by, grant=grant, amounts={"staff": Decimal(0)}, seen=seen)
    assert not grant.budget_lines.exists()
    assert kinds()[-2:] == [AuditKind.BUDGET_CHANGED] * 2


def test_a_line_is_recorded_once_however_often_it_is_sent(by: User) -> None:
    grant, key = make_grant(), uuid4()
    for _ in range(2):
        line = spend.record_spend(by=by, grant=grant, key=key, facts=line_facts(), now=NOW)
    assert Spend.objects.get() == line
    assert (line.amount, line.recorded_by, line.recorded_at) == (Decimal("100.00"), by, NOW)
    refund = line_facts(amount=Decimal("-20.00"))
    spend.record_spend(by=by, grant=grant, key=uuid4(), facts=refund, now=NOW)
    assert kinds()[-2:] == [AuditKind.SPEND_RECORDED] * 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"spent_on": dt.date(2019, 6, 2)}, "spent_on"),
        ({"spent_on": dt.date(2018, 9, 24)}, "spent_on"),
    ],
    ids=["nothing", "to come", "before the grant"],
)
def test_lines_that_cannot_be_so(by: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(GrantError) as error:
        spend.record_spend(
            by=by, grant=make_grant(), key=uuid4(), facts=line_facts(**changes), now=NOW
        )
    assert error.value.field == field
    assert not Spend.objects.exists()


def test_a_line_is_of_a_programme_that_the_grant_pays_for(by: User) -> None:
    grant, other = make_grant(), make_programme()
    wrong = line_facts(programme=other)
    with pytest.raises(GrantError, match=f"does not pay for {other}"):
        spend.record_spend(by=by, grant=grant, key=uuid4(), facts=wrong, now=NOW)
    right = line_facts(programme=grant.programmes.get())
    assert spend.record_spend(by=by, grant=grant, key=uuid4(), facts=right, now=NOW).pk


def test_money_may_be_spent_between_award_and_first_day(by: User) -> None:
    grant = make_grant(awarded_on=dt.date(2018, 7, 1))
    early = line_facts(spent_on=dt.date(2018, 7, 1))
    assert spend.record_spend(by=by, grant=grant, key=uuid4(), facts=early, now=NOW).pk


def test_a_line_is_struck_out_once_with_a_reason_and_stays(by: User) -> None:
    line = make_spend()
    with pytest.raises(GrantError, match="Say what was wrong"):
        spend.strike_out(by=by, line=line, why=" ", now=NOW)
    spend.strike_out(by=by, line=line, why=" Recorded twice. ", now=NOW)
    line.refresh_from_db()
    assert (line.struck_out_at, line.struck_out_why) == (NOW, "Recorded twice.")
    with pytest.raises(GrantError, match="already"):
        spend.strike_out(by=by, line=line, why="Again", now=NOW)
    assert kinds()[-1] == AuditKind.SPEND_STRUCK_OUT


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRUST_STAFF}))
def test_nobody_else_changes_grants(role: Role) -> None:
    by, grant, line = make_user(role), make_grant(), make_spend()
    target = make_target(grant)
    for act in (
        lambda: grants.put_grant(by=by, grant=grant, facts={}, programmes=[]),
        lambda: grants.add_funder(by=by, name="F"),
        lambda: grants.put_target(by=by, target=target, facts={}),
        lambda: grants.remove_target(by=by, target=target),
        lambda: grants.put_budget(by=by, grant=grant, amounts={}, seen=""),
        lambda: spend.record_spend(by=by, grant=grant, key=uuid4(), facts={}, now=NOW),
        lambda: spend.strike_out(by=by, line=line, why="W", now=NOW),
        lambda: put_programme(by=by, programme=Programme(), facts={}),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_programmes_are_started_and_changed(by: User) -> None:
    wanted = {
        "name": "Creative Arts Network",
        "lead": make_organisation(),
        "summary": "",
        "min_age": 5,
        "max_age": 18,
        "max_age_extended": 25,
        "starts_on": dt.date(2019, 4, 1),
        "ends_on": None,
    }
    programme = put_programme(by=by, programme=Programme(), facts=wanted)
    assert programme.slug == "creative-arts-network"
    again = wanted | {"name": "CREATIVE arts network"}
    with pytest.raises(PlanningError, match="this name"):
        put_programme(by=by, programme=Programme(), facts=again)
    seen = fingerprint_of_row(programme)
    older = wanted | {"max_age": 19}
    put_programme(by=by, programme=programme, facts=older, seen=seen)
    with pytest.raises(ChangedMeanwhileError):
        put_programme(by=by, programme=programme, facts=older, seen=seen)
    assert Programme.objects.get(pk=programme.pk).max_age == 19
    assert kinds()[-2:] == [AuditKind.PROGRAMME_CHANGED] * 2
