"""Which speaker answers for the interface in a language, and for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role, User
from evaluation.models import InterfaceCheck
from evaluation.queries.pages import InterfaceState, interface_states
from evaluation.services import pages as services
from hubs.wording import catalogue_of
from tests import factories
from tests.pages import open_page

pytestmark = pytest.mark.django_db

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);\\n"

msgid "Hubs"
msgstr "Huby"

msgid "Free"
msgstr ""

#, fuzzy
msgid "Guessed"
msgstr "Zgadnięte"

msgid "%(n)s session"
msgid_plural "%(n)s sessions"
msgstr[0] "%(n)s spotkanie"
msgstr[1] "%(n)s spotkania"
msgstr[2] ""
"""
CHECK = services.Check("A speaker", dt.date(2019, 5, 14))


@pytest.fixture(autouse=True)
def polish(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A catalogue of the test's own, as the only language that has one."""
    file = tmp_path / "pl" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path]
    release(file, CATALOGUE)
    yield file
    catalogue_of.cache_clear()


@pytest.fixture
def editor() -> User:
    return factories.make_user(Role.TRUST_STAFF)


@pytest.fixture
def staff(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def state_of(code: str = "pl") -> InterfaceState:
    return next(each for each in interface_states() if each.code == code)


def approve(editor: User) -> None:
    services.approve_interface(language="pl", catalogue=catalogue_of("pl"), check=CHECK, by=editor)


def release(catalogue: Path, text: str) -> None:
    """Put translations in place, readable and compiled, as a new release does."""
    catalogue.write_text(text, encoding="utf-8")
    with catalogue.open("rb") as po, catalogue.with_suffix(".mo").open("wb") as mo:
        write_mo(mo, read_po(po))
    catalogue_of.cache_clear()


def change(catalogue: Path) -> None:
    """A new release comes with other translations."""
    release(catalogue, CATALOGUE.replace("Huby", "Ośrodki"))


def test_how_far_a_language_is() -> None:
    """Whole plurals count; guesses and gaps do not."""
    state = state_of()
    assert (state.total, state.translated, state.is_approved) == (4, 1, False)
    assert (state_of("ur").total, state_of("ur").catalogue) == (0, "")
    assert [each.code for each in interface_states()] == ["pl", "pa", "ur", "sk", "ro", "cs", "lv"]


def test_an_approval_lapses_when_the_translations_change(editor: User, polish: Path) -> None:
    approve(editor)
    assert state_of().is_approved
    assert InterfaceCheck.objects.approves("pl")
    change(polish)
    assert not state_of().is_approved
    assert state_of().check is not None
    assert not InterfaceCheck.objects.approves("pl")
    approve(editor)
    assert InterfaceCheck.objects.approves("pl")


def test_public_pages_say_so_until_then(client: Client, editor: User, polish: Path) -> None:
    def says_so() -> bool:
        page = open_page(client, "/pl/about/vision/")
        return "edition-note" in page.html and bool(
            [text for text in page.texts_of("edition-note") if "not been checked" in text]
        )

    assert says_so()
    approve(editor)
    assert not says_so()
    change(polish)
    assert says_so()


def test_a_language_without_translations_is_not_approved() -> None:
    assert not InterfaceCheck.objects.approves("ur")


def test_what_was_not_seen_is_not_approved(editor: User, polish: Path) -> None:
    seen = catalogue_of("pl")
    change(polish)
    with pytest.raises(services.ChangedMeanwhileError):
        services.approve_interface(language="pl", catalogue=seen, check=CHECK, by=editor)
    assert not InterfaceCheck.objects.exists()


def test_only_trust_staff_approve() -> None:
    stranger = factories.make_user(*(set(Role) - {Role.TRUST_STAFF}))
    with pytest.raises(PermissionDenied):
        approve(stranger)
    with pytest.raises(PermissionDenied):
        services.withdraw_interface_approval(language="pl", by=stranger)


def test_recording_a_check_through_the_pages(staff: Client, polish: Path) -> None:
    listing = reverse("evaluation:translation_list")
    page = open_page(staff, listing)
    assert "Polski 1 4 Not yet checked" in page.text
    assert page.text.count("No translations yet") == 6
    address = reverse("evaluation:translation_check", args=["pl"])
    seen = open_page(staff, address).element("id_catalogue")["value"]
    assert staff.post(address, {"catalogue": seen, "checked_by": ""}).status_code == 422
    data = {"catalogue": seen, "checked_by": "A speaker"}
    assert staff.post(address, data).status_code == 302
    check = InterfaceCheck.objects.get()
    assert (check.checked_by, check.checked_on) == ("A speaker", timezone.localdate())
    assert "Approved by A speaker" in open_page(staff, listing).text
    change(polish)
    assert "Changed since A speaker approved it" in open_page(staff, listing).text
    response = staff.post(address, data)
    assert response.status_code == 422
    assert "have changed meanwhile" in response.content.decode()


def test_taking_an_approval_back(staff: Client, editor: User) -> None:
    approve(editor)
    assert staff.post(reverse("evaluation:translation_withdraw", args=["pl"])).status_code == 302
    assert not InterfaceCheck.objects.exists()
    trail = AuditEntry.objects.order_by("pk").values_list("kind", "reason")
    assert list(trail) == [("language.approved", "pl"), ("language.withdrawn", "pl")]


@pytest.mark.parametrize("language", ["en-gb", "en-easy", "ur", "xx"])
def test_languages_without_translations_cannot_be_approved(language: str, staff: Client) -> None:
    address = reverse("evaluation:translation_check", args=[language])
    assert staff.get(address).status_code == 404
