"""On which devices somebody is signed in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allauth.usersessions.models import UserSession

from accounts.models import User

# What a browser calls itself, in the order it is looked for: many claim to be others as well.
BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet")),
    *(("Firefox", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "an Android device")),
    *(("Windows", "a Windows computer"), ("Mac OS", "a Mac"), ("CrOS", "a Chromebook")),
    ("Linux", "a Linux computer"),
)


@dataclass(frozen=True)
class Device:
    """A device that somebody is signed in on. `pk` names its sign-in."""

    pk: int
    words: str
    began_at: dt.datetime
    seen_at: dt.datetime
    is_this: bool


def devices_of(user: User, *, this: str | None) -> list[Device]:
    """The devices that somebody is signed in on, newest first; `this` is the session's key."""
    sessions = sorted(
        UserSession.objects.purge_and_list(user), key=lambda each: each.created_at, reverse=True
    )
    return [
        Device(
            each.pk,
            device_words(each.user_agent),
            each.created_at,
            each.last_seen_at,
            each.session_key == this,
        )
        for each in sessions
    ]


def device_words(user_agent: str) -> str:
    """What a device is, in words, from what its browser calls itself."""
    browser = next((words for mark, words in BROWSERS if mark in user_agent), "A browser")
    system = next((words for mark, words in SYSTEMS if mark in user_agent), "a device")
    return f"{browser} on {system}"
