"""The header of staff pages shows what leads somewhere for whoever is signed in."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.models import Role
from activities.templatetags.staff_pages import HEADER, StaffLink, staff_groups, staff_links
from tests import factories

pytestmark = pytest.mark.django_db
TODAY, PLANNING, REPORTS, MORE = "Today", "Planning", "Reports", "More"


def request_of(*roles: Role, path: str = "/today/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = factories.make_user(*roles)
    return request


def listed(*roles: Role) -> dict[str, list[str]]:
    groups = staff_groups({"request": request_of(*roles)})
    return {group.title: [link.label for link in group.links] for group in groups}


@pytest.mark.parametrize(
    ("roles", "labels"),
    [
        ((Role.COORDINATOR,), {TODAY, PLANNING, MORE}),
        ((Role.HUB_LEAD,), {TODAY, PLANNING, MORE}),
        ((Role.TRUST_STAFF,), {TODAY, PLANNING, REPORTS, MORE}),
        ((Role.AUDITOR, Role.EVALUATOR), {"Audit trail", MORE}),
        ((Role.SAFEGUARDING_DEPUTY,), {"People", "Concerns", MORE}),
        ((Role.ADMINISTRATOR,), {"Staff", MORE}),
        ((), {MORE}),
    ],
)
def test_links_of_each_role(roles: tuple[Role, ...], labels: set[str]) -> None:
    links = [link.label for link in staff_links({"request": request_of(*roles)})]
    assert labels <= set(links) <= {page[0] for page in HEADER}
    assert links[-1] == MORE


def test_the_page_that_is_open_is_marked() -> None:
    links = staff_links({"request": request_of(Role.TRUST_STAFF, path="/reports/0/")})
    assert [link.label for link in links if link.is_current] == [REPORTS]
    assert StaffLink(PLANNING, "/planning/", is_current=False) in links


def test_everything_of_a_coordinator() -> None:
    groups = listed(Role.COORDINATOR)
    assert groups["Sessions"] == [TODAY, PLANNING, "Numbers", "What's on"]
    # Reports of their own hub.
    assert {"Feedback", REPORTS} <= set(groups["Figures and words"])
    assert "Editor" not in groups["Figures and words"]


def test_everything_of_trust_staff() -> None:
    groups = listed(Role.TRUST_STAFF)
    assert {REPORTS, "Editor"} <= set(groups["Figures and words"])
    assert "Password" in groups["Your account"]


def test_without_a_role_there_is_what_everybody_sees() -> None:
    assert listed()["Sessions"] == ["What's on"]


@pytest.mark.parametrize("role", Role)
def test_nothing_leads_where_a_role_may_not_go(role: Role, client: Client) -> None:
    """Whatever the page lists opens, and the way in leads somewhere."""
    user = factories.make_user(role)
    client.force_login(user)
    request = RequestFactory().get("/")
    request.user = user
    links = [link for group in staff_groups({"request": request}) for link in group.links]
    for link in links:
        assert client.get(link.address).status_code in {200, 302}, link.address
    assert client.get("/start/", follow=True).status_code == 200
    assert "Everything you can do" in client.get("/start/all/").text
