"""What search engines and people who share a link are told of a session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from activities.models import LONDON, Session
from activities.queries.sessions import SessionPage, coordinates_of, place_of

SCHEMA = "https://schema.org"
# So that nothing that somebody typed can end the element it stands in.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}

# Open Graph names a language together with a country.
LOCALES = {
    "pl": "pl_PL",
    "pa": "pa_IN",
    "ur": "ur_PK",
    "sk": "sk_SK",
    "ro": "ro_RO",
    "cs": "cs_CZ",
    "lv": "lv_LV",
}


@dataclass(frozen=True)
class Addresses:
    """Whole addresses that a page is known by. `picture` is what a shared link shows."""

    page: str
    picture: str
    locale: str


def locale_of(language: str) -> str:
    """Open Graph's name of a language."""
    return LOCALES.get(language, "en_GB")


def event_json(shown: SessionPage, addresses: Addresses) -> SafeString:
    """A session as schema.org's Event in JSON-LD, fit to stand in a script element."""
    text = json.dumps(event_of(shown, addresses), ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(ESCAPES))  # noqa: S308  (escaped in the line itself)


def event_of(shown: SessionPage, addresses: Addresses) -> dict[str, Any]:
    """A session as schema.org's Event; offers only where it is free, for prices are words."""
    session, activity = shown.session, shown.activity
    event: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Event",
        "@id": addresses.page,
        "url": addresses.page,
        "name": activity.title,
        "description": activity.summary or activity.title,
        "startDate": session.starts_at.astimezone(LONDON).isoformat(),
        "endDate": session.ends_at.astimezone(LONDON).isoformat(),
        "eventStatus": f"{SCHEMA}/{_status(session)}",
        "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode",
        "location": _place(shown),
        "organizer": {"@type": "Organization", "name": str(activity.partner)},
        "image": [addresses.picture],
        "isAccessibleForFree": activity.is_free,
        "typicalAgeRange": f"{activity.min_age}-{activity.max_age}",
        "inLanguage": [each.value for each in shown.languages] or ["en"],
    }
    if activity.is_free:
        event["offers"] = _free_offer(session, addresses)
    return event


def _status(session: Session) -> str:
    return "EventCancelled" if session.is_cancelled else "EventScheduled"


def _free_offer(session: Session, addresses: Addresses) -> dict[str, Any]:
    availability = "SoldOut" if session.is_cancelled else "InStock"
    return {
        "@type": "Offer",
        "price": "0",
        "priceCurrency": "GBP",
        "availability": f"{SCHEMA}/{availability}",
        "validFrom": session.listed_at.astimezone(LONDON).isoformat(timespec="seconds"),
        "url": addresses.page,
    }


def _place(shown: SessionPage) -> dict[str, Any]:
    activity = shown.activity
    address = {
        "@type": "PostalAddress",
        "streetAddress": activity.address,
        "addressLocality": "Derby",
        "postalCode": activity.postcode,
        "addressCountry": "GB",
    }
    place: dict[str, Any] = {
        "@type": "Place",
        "name": activity.venue or place_of(activity),
        "address": {name: value for name, value in address.items() if value},
    }
    if coordinates := coordinates_of(activity):
        latitude, longitude = coordinates
        place["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": latitude,
            "longitude": longitude,
        }
    return place
