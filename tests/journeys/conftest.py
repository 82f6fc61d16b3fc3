"""A real browser on a real server, with a real worker behind it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from pytest_django.live_server_helper import LiveServer

from tests import worker

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAM = next((path for name in BROWSERS if (path := shutil.which(name))), None)
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser there are no journeys, and that is said aloud."""
    if PROGRAM is not None:
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            reason = "NO CHROMIUM HERE: the journeys in a real browser do not run"
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def views_are_loaded() -> None:
    """The first page that a browser asks for must not wait for every view, and scipy, to be read."""
    assert get_resolver().url_patterns


@pytest.fixture(scope="session", autouse=True)
def _django_beside_a_browser() -> Iterator[None]:
    """Playwright runs an event loop in the tests' thread, where Django would refuse to work."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    # Without a sandbox as root, where Chromium has none.
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    return {"executable_path": PROGRAM, "args": arguments}


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    return {"viewport": PHONE, "locale": "en-GB", "timezone_id": "Europe/London", "has_touch": True}


@pytest.fixture
def person(
    browser: Browser, browser_context_args: dict[str, Any], live_server: LiveServer
) -> Iterator[Callable[[], Page]]:
    """Each call is another person with a browser of their own."""
    contexts: list[BrowserContext] = []

    def arrive() -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, **browser_context_args))
        contexts[-1].set_default_timeout(15_000)
        return contexts[-1].new_page()

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def celery_worker_process(transactional_db: None, tmp_path: Path) -> Iterator[worker.Worker]:
    with worker.running(tmp_path / "worker") as process:
        yield process


def follow(page: Page, place: Locator) -> None:
    """Click, and wait until the page that it leads to is there."""
    with page.expect_navigation():
        place.click()


def assert_accessible(page: Page) -> None:
    """No finding of axe at phone width and at desk width, and nothing to scroll sideways."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
