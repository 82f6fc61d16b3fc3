"""A release: written by one, signed off by another, downloaded, and a figure of it on the website."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from evaluation.models import ReleasedFigure
from tests import factories
from tests.evaluation.test_releases import make_run
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)


def arrive(page: Page, live_server: LiveServer) -> Page:
    """Somebody of the trust, signed in just now."""
    client = Client()
    client.force_login(factories.make_user(Role.TRUST_STAFF))
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def test_from_writing_to_the_public(
    person: Callable[[], Page], live_server: LiveServer, tmp_path: Path
) -> None:
    run = make_run()
    author, checker = (arrive(person(), live_server) for _ in range(2))
    author.goto(f"/releases/begin/{run.pk}/")
    assert_accessible(author)
    follow(author, author.get_by_role("button", name="Begin, and write"))
    author.get_by_label("What was learnt?").fill("That rain does not keep anybody away.")
    assert_accessible(author)
    follow(author, author.get_by_role("button", name="Keep this box"))
    follow(author, author.get_by_role("link", name="See what would leave"))
    expect(author.get_by_text("That rain does not keep anybody away.")).to_be_visible()
    assert_accessible(author)
    follow(author, author.get_by_role("button", name="Give it to a second person"))
    assert_accessible(author)
    expect(author.get_by_role("link", name="Read it, and sign it off")).to_have_count(0)

    checker.goto("/releases/")
    assert_accessible(checker)
    follow(checker, checker.get_by_role("link", name=run.grant.name if run.grant else ""))
    follow(checker, checker.get_by_role("link", name="Read it, and sign it off"))
    assert_accessible(checker)
    checker.get_by_label("I have read all of it").check()
    follow(checker, checker.get_by_role("button", name="Sign it off and release it"))
    expect(checker.get_by_text("Its files are ready to be sent.")).to_be_visible()
    assert_accessible(checker)
    with checker.expect_download() as download:
        checker.get_by_role("link", name="PDF").click()
    download.value.save_as(tmp_path / "release.pdf")
    assert (tmp_path / "release.pdf").read_bytes().startswith(b"%PDF-")
    follow(checker, checker.get_by_role("link", name="Put figures on the website"))
    assert_accessible(checker)
    checker.get_by_label("Publish Young people reached").check()
    follow(checker, checker.get_by_role("button", name="Look at them once more"))
    assert_accessible(checker)
    follow(checker, checker.get_by_role("button", name="Publish for everyone"))
    assert ReleasedFigure.objects.public().get().value == "145"
    checker.goto("/releases/register/")
    assert_accessible(checker)
    follow(checker, checker.get_by_role("link", name="By ethnicity"))
    assert_accessible(checker)

    visitor = person()
    visitor.goto("/story-so-far/")
    expect(visitor.get_by_text("145", exact=True).first).to_be_visible()
