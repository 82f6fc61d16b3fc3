"""An extract for the University: asked for, made, looked at twice, and downloaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from evaluation.models import Extract
from evaluation.services.extract_runs import make_extract
from tests import factories
from tests.evaluation.research.cohort import make_cohort, words_of
from tests.journeys.conftest import assert_accessible, follow

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Page, user: User, live_server: LiveServer) -> Page:
    client = Client()
    client.force_login(user)
    value = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": value, "url": live_server.url}])
    return page


def test_from_asking_to_the_university(
    person: Callable[[], Page], live_server: LiveServer, tmp_path: Path
) -> None:
    study, *_ = make_cohort(6)
    trust = sign_in(person(), study.started_by, live_server)
    trust.goto("/research/")
    assert_accessible(trust)
    follow(trust, trust.get_by_role("link", name=study.title))
    assert_accessible(trust)
    follow(trust, trust.get_by_role("link", name="Ask for an extract"))
    assert_accessible(trust)
    follow(trust, trust.get_by_role("button", name="Make it"))
    expect(trust.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    assert_accessible(trust)

    make_extract(Extract.objects.get().pk)
    # The page notices by itself.
    expect(trust.get_by_text("k = 6: everybody shares")).to_be_visible()
    assert_accessible(trust)
    follow(trust, trust.get_by_role("link", name="Look again, and release it"))
    assert_accessible(trust)
    trust.get_by_label("Who gets it").fill("A. Sample, University")
    trust.get_by_label("Where it goes").fill("a@example.org")
    follow(trust, trust.get_by_role("button", name="Go on"))
    trust.get_by_label("I have read the recipient").check()
    follow(trust, trust.get_by_role("button", name="Release it"))
    expect(trust.get_by_text("Released. The University")).to_be_visible()

    evaluator = sign_in(person(), factories.make_user(Role.EVALUATOR), live_server)
    evaluator.goto(f"/research/extracts/{Extract.objects.get().pk}/")
    assert_accessible(evaluator)
    with evaluator.expect_download() as download:
        evaluator.get_by_role("link", name="Download the data package").click()
    download.value.save_as(tmp_path / "extract.zip")
    assert len(words_of((tmp_path / "extract.zip").read_bytes())) == 6
