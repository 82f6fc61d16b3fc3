"""Which language a page is in, and what a shared cache is told about it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

pytestmark = pytest.mark.django_db
WELSH = {"accept-language": "cy"}


@pytest.mark.parametrize("address", ["/", "/whats-on/", "/hubs/"])
def test_public_pages_are_one_for_all_whatever_the_browser_speaks(
    client: Client, address: str
) -> None:
    answers = [client.get(address), client.get(address, headers=WELSH)]
    assert [answer.get("Vary") for answer in answers] == ["Accept-Encoding"] * 2
    assert [answer["Content-Language"] for answer in answers] == ["en-gb", "en-gb"]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("address", "tag", "direction"),
    [
        ("/whats-on/", "en-GB", "ltr"),
        ("/pl/whats-on/", "pl", "ltr"),
        ("/ur/whats-on/", "ur", "rtl"),
    ],
)
def test_every_language_has_addresses_of_its_own(
    client: Client, address: str, tag: str, direction: str
) -> None:
    with translation.override(tag.lower()):
        assert reverse("activities:whats_on") == address
    answer = client.get(address, headers=WELSH)
    assert answer["Content-Language"] == tag.lower()
    assert f'<html lang="{tag}" dir="{direction}">' in answer.content.decode()
    assert answer.get("Vary") == "Accept-Encoding"
