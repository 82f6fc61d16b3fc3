"""Which language a page is in, and what a shared cache is told about it."""

from __future__ import annotations

from typing import Any

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
    assert [answer.get("Vary") for answer in answers] == [None, None]
    assert [answer["Content-Language"] for answer in answers] == ["en-gb", "en-gb"]
    assert answers[0].content == answers[1].content


def test_a_second_language_has_addresses_of_its_own(client: Client, settings: Any) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg")]
    with translation.override("cy"):
        assert reverse("activities:whats_on") == "/cy/whats-on/"
    for address, language in (("/whats-on/", "en-gb"), ("/cy/whats-on/", "cy")):
        answer = client.get(address, headers=WELSH)
        assert answer["Content-Language"] == language
        assert f'<html lang="{language}">' in answer.content.decode()
        assert answer.get("Vary") is None
