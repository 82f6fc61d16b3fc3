from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Role
from participants import passes
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_it_says_whose_and_from_when_to_when(now: dt.datetime) -> None:
    user = make_user(Role.COORDINATOR)
    shown = passes.read(passes.issue(user, now), now + 20 * HOUR)
    assert shown.user_id == user.pk
    assert (shown.window.start, shown.window.end) == (now, now + 12 * HOUR)


def test_it_holds_for_a_season(now: dt.datetime) -> None:
    text = passes.issue(make_user(), now)
    assert passes.read(text, now + dt.timedelta(days=120))
    with pytest.raises(passes.PassError, match="too old"):
        passes.read(text, now + dt.timedelta(days=120, seconds=1))


@pytest.mark.parametrize("text", ["", "x", "a:b", "\0", "x" * 400, "eyJhIjoxfQ:x"])
def test_what_was_not_given_out_here(text: str, now: dt.datetime) -> None:
    with pytest.raises(passes.PassError, match="not given out here"):
        passes.read(text, now)


def test_nobody_makes_one_for_another(now: dt.datetime, settings: Any) -> None:
    text = passes.issue(make_user(), now)
    other = passes.issue(make_user(), now)
    content, _, _ = text.rpartition(":")
    _, _, signature = other.rpartition(":")
    with pytest.raises(passes.PassError):
        passes.read(f"{content}:{signature}", now)
    settings.SECRET_KEY = "another secret, long enough to be one"
    with pytest.raises(passes.PassError):
        passes.read(text, now)


def test_it_names_nobody(now: dt.datetime) -> None:
    user = make_user(email="sample@example.org", name="Sample")
    text = passes.issue(user, now)
    assert "ample" not in text
    assert len(text) < 400
