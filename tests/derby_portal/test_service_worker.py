from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.audience import PUBLIC
from accounts.models import Role
from derby_portal.device import (
    FILES,
    GAP,
    MODULES_GAP,
    REGISTER_FILES,
    SHARED_MODULES,
    SOURCE,
    shared_modules,
    worker_script,
)
from tests import factories
from tests.structure.test_audience import ADDRESSES, address, audience_of

pytestmark = pytest.mark.django_db


def site() -> dict[str, object]:
    """What the server filled in."""
    found = re.search(r"^const SITE = (.*);$", worker_script(), re.MULTILINE)
    assert found
    return json.loads(found[1])


def patterns() -> list[re.Pattern[str]]:
    """The addresses that the script keeps as pages, from its own source."""
    source = SOURCE.read_text()
    regexes = re.findall(r"^(?:const (\w+) =)?\s*/(\^.+\$)/;$", source, re.MULTILINE)
    exact = re.findall(r'path === "([^"]+)"', source)
    assert [name for name, _ in regexes] == ["SESSION", "OTHER_PAGES", "REGISTER_PAGES"]
    return [
        *(pattern(each) for name, each in regexes if name != "REGISTER_PAGES"),
        *(re.compile(re.escape(each)) for each in exact),
    ]


def pattern(source: str) -> re.Pattern[str]:
    return re.compile(source.replace(r"\/", "/"))


def register_pages() -> re.Pattern[str]:
    """The addresses for which a page without content stands in."""
    found = re.search(r"^const REGISTER_PAGES = /(.+)/;$", SOURCE.read_text(), re.MULTILINE)
    assert found
    return pattern(found[1])


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
    assert [name for name in (*FILES, *REGISTER_FILES) if not finders.find(name)] == []


def test_a_page_without_content_stands_in_for_registers_only() -> None:
    registers = {"evaluation:today", "participants:session_register", "landing"}
    found = {name for name in ADDRESSES if register_pages().fullmatch(address(name))}
    assert found == registers


def test_visitors_load_nothing_of_registers() -> None:
    assert [name for name in FILES if "register" in name.replace("service_worker_reg", "")] == []
    filled = site()
    assert filled["registerShell"] == "/registers/offline/"
    assert filled["registerFiles"] == [f"{settings.STATIC_URL}{name}" for name in REGISTER_FILES]


def test_every_module_that_a_kept_register_loads_is_kept() -> None:
    """Whatever the page's scripts import, and what those import."""
    folder = SOURCE.parent
    wanted, seen = ["registers/shell.js", "registers/waiting.js"], set()
    while wanted:
        name = wanted.pop()
        seen.add(f"js/{name}")
        source = (folder / name).read_text()
        for found in re.findall(r'^import[^;]*"(\.[^"]+)";$', source, re.MULTILINE):
            path = (folder / name).parent.joinpath(found).resolve().relative_to(folder)
            if f"js/{path}" not in seen:
                wanted.append(str(path))
    assert {name for name in REGISTER_FILES if name.endswith(".js")} >= seen


def test_the_worker_holds_the_modules_that_it_shares_with_pages() -> None:
    assert MODULES_GAP in SOURCE.read_text()
    script = worker_script()
    assert MODULES_GAP not in script
    assert shared_modules() in script
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    used = set(re.findall(r"\bregisters\.(\w+)\(", SOURCE.read_text()))
    assert used == {"deliverKept", "forgetExpired"}
    exported = re.search(r"^return \{ (.+) \};$", shared_modules(), re.MULTILINE)
    assert exported
    assert used < set(exported[1].split(", "))
    assert len(SHARED_MODULES) == 4


def test_the_page_that_stands_in_is_the_same_for_everybody(client: Client) -> None:
    before = client.get("/registers/offline/")
    client.force_login(factories.make_user(Role.COORDINATOR))
    response = client.get("/registers/offline/")
    assert response.content == before.content
    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert not response.has_header("Vary") or "Cookie" not in response["Vary"]
    assert b"csrf" not in response.content
    assert response.content.count(b"data-person=") == 1


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
