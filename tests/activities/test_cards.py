"""What a card says, and that filling it in by its shape is the same as rendering it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from activities.cards import Card, cards_of, distance
from activities.models import Activity, Kind, Session
from activities.templatetags.cards import TEMPLATE, card_element, cards
from hubs.models import Hub
from tests.factories import london

NOW = london(2019, 5, 14, 17)
HUB = Hub(name="Abbey", slug="abbey")


def session_of(hub: Hub | None = HUB, **fields: Any) -> Session:
    offer = {
        "title": "Boxing",
        "kind": Kind.SPORT,
        "venue": "The hall",
        "min_age": 8,
        "max_age": 14,
    }
    activity = Activity(hub=hub, **{name: fields.pop(name, value) for name, value in offer.items()})
    when = {"starts_at": london(2019, 5, 14, 18), "ends_at": london(2019, 5, 14, 19, 30)}
    return Session(activity=activity, **(when | {"confirmed_at": NOW} | fields))


def card_of(session: Session) -> Card:
    return cards_of([session], NOW)[0]


def test_what_a_card_says() -> None:
    session = session_of()
    assert card_of(session) == Card(
        address=f"/sessions/{session.pk}/", title="Boxing", title_lang="", kind="sport",
        kind_label="Sport", start="6pm", end="to 7:30pm", hub_slug="abbey", hub_name="Abbey",
        venue="The hall", distance="", state="", tags=["Ages 8 to 14", "Free"],
        is_cancelled=False, reason="", is_stale=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("starts", "ends", "state"), [(18, 19, ""), (16, 18, "On now"), (17, 18, "On now"), (15, 17, "Over")]
)  # fmt: skip
def test_on_now_and_over(starts: int, ends: int, state: str) -> None:
    session = session_of(starts_at=london(2019, 5, 14, starts), ends_at=london(2019, 5, 14, ends))
    assert card_of(session).state == state


def test_stale_after_thirty_days() -> None:
    month = dt.timedelta(days=30)
    assert card_of(session_of(confirmed_at=NOW - month)).is_stale
    assert not card_of(session_of(confirmed_at=NOW - month + dt.timedelta(seconds=1))).is_stale


def test_addresses_are_of_the_page_s_language() -> None:
    session = session_of()
    with translation.override("pl"):
        assert card_of(session).address == f"/pl/sessions/{session.pk}/"


@pytest.mark.parametrize(
    ("miles", "text"),
    [(None, ""), (0, "very near"), (0.249, "very near"), (0.25, "0.2 miles"), (0.84, "0.8 miles"),
     (0.96, "1.0 mile"), (1.04, "1.0 mile"), (12.34, "12.3 miles")],
)  # fmt: skip
def test_distance(miles: float | None, text: str) -> None:
    assert distance(miles) == text


@pytest.mark.parametrize(("language", "text"), [("sk", "2,3 míle"), ("ur", "2.3 میل")])
def test_distance_as_each_language_writes_it(language: str, text: str) -> None:
    with translation.override(language):
        assert distance(2.345) == text


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Co"]), max_size=12)
FACTS = st.fixed_dictionaries(
    {
        "hub": st.sampled_from([HUB, None]),
        "title": WORDS,
        "venue": WORDS,
        "cancellation_reason": WORDS,
        "cancelled_at": st.sampled_from([NOW, None]),
        "starts_at": st.sampled_from([london(2019, 5, 14, hour) for hour in (15, 16, 18)]),
        "confirmed_at": st.sampled_from([NOW, NOW - dt.timedelta(days=40)]),
    }
)


@given(FACTS, st.booleans())
def test_filled_in_by_shape_is_the_same_as_rendered(facts: dict[str, Any], send: bool) -> None:
    session = session_of(**facts)
    session.activity.send_friendly = send
    card = card_of(session)
    assert card_element(card) == render_to_string(TEMPLATE, asdict(card))


def test_words_are_escaped() -> None:
    (element,) = cards([session_of(title="<b>&", cancellation_reason='"x"', cancelled_at=NOW)], NOW)
    assert "&lt;b&gt;&amp;" in element
    assert "<b>" not in element
    assert "&quot;x&quot;" in element
