"""The header of staff pages shows what leads somewhere for whoever is signed in."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from accounts.models import Role
from activities.templatetags.staff_pages import StaffLink, staff_links
from tests import factories

pytestmark = pytest.mark.django_db
TODAY, PLANNING, NUMBERS, WHATS_ON = "Today", "Planning", "Numbers", "What's on"
REPORTS, EDITOR = "Reports", "Editor"


@pytest.mark.parametrize(
    ("roles", "labels"),
    [
        ((Role.COORDINATOR,), [TODAY, PLANNING, NUMBERS, WHATS_ON]),
        ((Role.HUB_LEAD,), [TODAY, PLANNING, NUMBERS, WHATS_ON]),
        ((Role.TRUST_STAFF,), [TODAY, PLANNING, NUMBERS, WHATS_ON, REPORTS, EDITOR]),
        ((Role.AUDITOR, Role.EVALUATOR), [WHATS_ON]),
        ((), [WHATS_ON]),
    ],
)
def test_links_of_each_role(roles: tuple[Role, ...], labels: list[str]) -> None:
    request = RequestFactory().get("/today/")
    request.user = factories.make_user(*roles)
    assert [link.label for link in staff_links({"request": request})] == labels


def test_the_page_that_is_open_is_marked() -> None:
    request = RequestFactory().get("/reports/0/")
    request.user = factories.make_user(Role.TRUST_STAFF)
    assert staff_links({"request": request}) == [
        StaffLink(TODAY, "/today/", is_current=False),
        StaffLink(PLANNING, "/planning/", is_current=False),
        StaffLink(NUMBERS, "/numbers/", is_current=False),
        StaffLink(WHATS_ON, "/whats-on/", is_current=False),
        StaffLink(REPORTS, "/reports/", is_current=True),
        StaffLink(EDITOR, "/editor/", is_current=False),
    ]
