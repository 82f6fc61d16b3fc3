from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.audience import PUBLIC
from derby_portal.device import FILES, GAP, SOURCE, worker_script
from tests.structure.test_audience import ADDRESSES, address, audience_of

pytestmark = pytest.mark.django_db


def site() -> dict[str, object]:
    """What the server filled in."""
    found = re.search(r"^const SITE = (.*);$", worker_script(), re.MULTILINE)
    assert found
    return json.loads(found[1])


def patterns() -> list[re.Pattern[str]]:
    """The addresses that the script knows as pages, from its own source."""
    source = SOURCE.read_text()
    regexes = re.findall(r"^(?:const \w+ =)?\s*/(\^.+\$)/;$", source, re.MULTILINE)
    exact = re.findall(r'path === "([^"]+)"', source)
    assert len(regexes) == 2
    return [
        *(re.compile(each.replace(r"\/", "/")) for each in regexes),
        *(re.compile(re.escape(each)) for each in exact),
    ]


def is_known(path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns())


def test_it_stands_at_the_root_and_is_asked_for_anew(client: Client) -> None:
    response = client.get("/service-worker.js")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert not response.cookies
    assert not response.has_header("Vary") or "Cookie" not in response["Vary"]


def test_the_server_fills_in_what_differs() -> None:
    assert GAP in SOURCE.read_text()
    filled = site()
    assert filled["static"] == settings.STATIC_URL
    assert filled["files"] == [f"{settings.STATIC_URL}{name}" for name in FILES]
    assert filled["languages"] == ["en-easy", "pl", "pa", "ur", "sk", "ro", "cs", "lv"]
    assert re.fullmatch("[0-9a-f]{12}", str(filled["version"]))


def test_everything_that_it_keeps_from_the_start_is_there() -> None:
    assert [name for name in FILES if not finders.find(name)] == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_it_knows_no_page_that_is_not_public(name: str) -> None:
    if audience_of(name) == PUBLIC:
        return
    assert not is_known(address(name))


@pytest.mark.parametrize(
    "path", ["/", "/whats-on/", "/saved/", "/offline/", "/hubs/", "/hubs/abbey/", "/map/"]
)
def test_it_knows_public_pages(path: str) -> None:
    assert is_known(path)


@pytest.mark.parametrize(
    "path", ["/whats-on.ics", "/hubs/abbey/calendar.ics", "/whats-on/near/", "/healthz"]
)
def test_it_leaves_other_public_addresses_alone(path: str) -> None:
    assert not is_known(path)


def test_it_keeps_nothing_that_must_not_be_stored() -> None:
    source = SOURCE.read_text()
    assert 'allowed.includes("public")' in source
    assert '!allowed.includes("no-store")' in source
    assert 'request.method !== "GET"' in source


@pytest.mark.parametrize("address", ["/saved/", "/offline/", "/pl/saved/", "/en-easy/offline/"])
def test_pages_of_the_device_are_public_and_cookie_free(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert not response.cookies


def test_the_manifest_names_icons_that_are_there() -> None:
    found = finders.find("manifest.webmanifest")
    assert isinstance(found, str)
    manifest = json.loads(Path(found).read_text())
    assert (manifest["start_url"], manifest["scope"]) == ("/", "/")
    assert [finders.find(icon["src"]) is not None for icon in manifest["icons"]] == [True]
