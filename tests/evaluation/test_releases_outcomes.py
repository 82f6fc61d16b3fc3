"""Outcomes in the register of all that was told, and on the page that says why cells are hidden."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from evaluation.services import releases
from tests import factories
from tests.evaluation.reports.test_release_beside import pairs, steps
from tests.evaluation.test_releases import make_run, make_waiting, quick
from tests.pages import Page

pytestmark = pytest.mark.django_db
NOW = factories.london(2019, 8, 1)


def test_outcomes_stand_in_the_register_and_on_its_pages(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "RENDERERS", {"csv": quick})
    author, checker = (factories.make_user(Role.TRUST_STAFF) for _ in range(2))
    run = make_run(
        body={"outcomes": [steps(144, 121, 3), pairs(41, said_by="Parent or carer " * 5)]}
    )
    release = releases.sign_off(release=make_waiting(author, run), by=checker, now=NOW)
    told = release.tables.get(measure="outcome steps")
    assert told.rows == ["Of the instrument's age", "With consent to surveys", ""]
    assert [cell.row for cell in releases.hidden_in(told)] == ["With consent to surveys"]
    later = make_waiting(author, run)
    assert releases.reasons_against(later, releases.leaving_of(later)) == []
    client.force_login(author)
    page = Page(client.get(reverse("releases:hidden", args=[release.pk, told.pk])))
    assert "Outcome: Thriving, Child: Outcome steps, 25 September 2018" in page.html
    assert "&lt;5" in page.html
    register = Page(client.get(reverse("releases:register") + f"?release={release.pk}"))
    assert "Outcome: Thriving, Child" in register.html
    assert "Outcome pairs" in register.html
