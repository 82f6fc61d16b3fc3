from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from activities.filters import BAD_AGE, BAD_CHOICE, Choice, SessionFilter
from activities.models import HIDDEN_AFTER, Kind, Session
from tests import factories

pytestmark = pytest.mark.django_db


def found(address: str) -> set[Session]:
    return set(SessionFilter(QueryDict(address), queryset=Session.objects.public()).qs)


def session_of(**fields: object) -> Session:
    return factories.make_session(activity=factories.make_activity(**fields))


def test_nothing_chosen_finds_everything_public() -> None:
    seen = {session_of(), session_of(hub=None)}
    session_of(hub=factories.make_hub(is_open=False))
    factories.make_session(kind="training")
    assert found("") == seen


def test_finer_kinds_of_what_is_not_listed_are_not_offered() -> None:
    now = timezone.now()
    shown, hidden = (factories.make_activity(strand=name) for name in ("Boxing", "Chess"))
    tomorrow = now + timedelta(days=1)
    factories.make_session(activity=shown, starts_at=tomorrow, listed_at=now)
    factories.make_session(activity=hidden, starts_at=tomorrow, listed_at=now - HIDDEN_AFTER)
    strands = SessionFilter(QueryDict(""), now=now).offers.strands
    assert [each for of_kind in strands.values() for each in of_kind] == ["Boxing"]


def test_hub() -> None:
    abbey = factories.make_hub(name="Abbey")
    there, elsewhere = session_of(hub=abbey), session_of(hub=None)
    session_of()
    assert found("hub=abbey") == {there}
    assert found("hub=elsewhere") == {elsewhere}


def test_kind() -> None:
    sport, arts, culture = (session_of(kind=kind) for kind in Kind)
    assert found("kind=sport") == {sport}
    assert found("kind=arts") == {arts}
    assert found("kind=culture") == {culture}


def test_age_includes_both_ends() -> None:
    session = session_of(min_age=8, max_age=11)
    assert [bool(found(f"age={age}")) for age in (7, 8, 9, 11, 12)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert found("age=8") == {session}


@pytest.mark.parametrize(
    ("name", "field"),
    [("free", "is_free"), ("send", "send_friendly"), ("alone", "welcomes_alone")],
)
def test_ticked_narrows_and_unticked_does_not(name: str, field: str) -> None:
    yes, no = session_of(**{field: True}), session_of(**{field: False})
    assert found(f"{name}=on") == {yes}
    assert found(f"{name}=false") == {yes, no}
    assert found("") == {yes, no}


def test_all_together() -> None:
    abbey = factories.make_hub(name="Abbey")
    right = {
        "hub": abbey, "kind": Kind.ARTS, "min_age": 8, "max_age": 11,
        "is_free": True, "send_friendly": True, "welcomes_alone": True,
    }  # fmt: skip
    session = session_of(**right)
    for wrong in (
        {"hub": factories.make_hub()}, {"kind": Kind.SPORT}, {"min_age": 10}, {"max_age": 8},
        {"is_free": False}, {"send_friendly": False}, {"welcomes_alone": False},
    ):  # fmt: skip
        session_of(**(right | wrong))
    assert found("hub=abbey&kind=arts&age=9&free=on&send=on&alone=on") == {session}


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("age=old", {"age": [BAD_AGE]}),
        ("age=-1", {"age": [BAD_AGE]}),
        ("age=8.5", {"age": [BAD_AGE]}),
        ("age=99999999999999999999", {"age": [BAD_AGE]}),
        ("kind=opera", {"kind": [BAD_CHOICE]}),
        ("hub=atlantis", {"hub": [BAD_CHOICE]}),
        ("hub=%00", {"hub": [BAD_CHOICE]}),
        ("kind=%00", {"kind": [BAD_CHOICE]}),
    ],
)
def test_nonsense_is_said_and_left_out(address: str, errors: dict[str, list[str]]) -> None:
    session = session_of()
    filters = SessionFilter(QueryDict(address), queryset=Session.objects.public())
    assert filters.form.errors == errors
    assert list(filters.qs) == [session]


def test_closed_hub_is_no_choice() -> None:
    session_of(hub=factories.make_hub(name="Closed", is_open=False))
    filters = SessionFilter(QueryDict("hub=closed"))
    assert filters.form.errors == {"hub": [BAD_CHOICE]}
    assert filters.offers.hubs == {}
    assert [link.label for link in filters.places([])] == ["Elsewhere"]


def test_choices_in_force_lead_to_the_list_without_them() -> None:
    factories.make_hub(name="Abbey")
    filters = SessionFilter(QueryDict("day=today&hub=abbey&kind=arts&age=9&free=on&page=3"))
    rest = "/whats-on/?day=today&hub=abbey&kind=arts&age=9&free=on"
    assert filters.choices_in_force([("day", "today")]) == [
        Choice("Abbey", rest.replace("&hub=abbey", "")),
        Choice("Arts", rest.replace("&kind=arts", "")),
        Choice("Age 9", rest.replace("&age=9", "")),
        Choice("Free", rest.replace("&free=on", "")),
    ]


def test_age_nought_is_a_choice_in_force() -> None:
    filters = SessionFilter(QueryDict("age=0"))
    assert [choice.label for choice in filters.choices_in_force()] == ["Age 0"]
