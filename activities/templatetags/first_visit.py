"""A session's page and what search engines are told of it, for templates.

Everything that the page says is worked out here, so that its template can be filled in by shape.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activities.models import LONDON, Session
from activities.queries.sessions import SessionPage, place_of
from activities.strands import finer_kind, is_usual
from activities.structured_data import Addresses
from activities.templatetags.listing import age_range, clock, long_date, time_range
from hubs.filled import Word, filled
from hubs.templatetags.wording import lang_of

register = template.Library()
# What people write of an activity, each with the attributes of an element that stayed English.
WRITTEN = (
    *("title", "strand", "summary", "cost", "first_ten_minutes", "met_where", "bring_more"),
    *("venue", "bus_stop", "getting_there", "quiet_option", "access"),
)
CHOSEN = ("kind", "is_free", "send_friendly", "welcomes_alone", "met_by", "walk_minutes")


@register.simple_tag(takes_context=True)
def session_main(context: dict[str, Any]) -> SafeString:
    """All of a session's page below the header. Takes page, addresses, says_thanks."""
    page: SessionPage = context["page"]
    says_thanks = bool(context.get("says_thanks"))
    shape = _shape(page) | {
        "says_thanks": says_thanks,
        "can_say": page.can_come and not says_thanks,
        "is_shown": page.is_shown_elsewhere,
        "can_tell": page.takes_feedback,
    }
    words = _words_of_activity(page) | _words_of_session(page, context["addresses"])
    return filled("activities/_session_main.html", shape, words)


@register.simple_tag(takes_context=True)
def session_meta(context: dict[str, Any]) -> SafeString:
    """What search engines and shared links are told. Takes page, addresses, event_json."""
    page: SessionPage = context["page"]
    addresses: Addresses = context["addresses"]
    activity = page.activity
    words: dict[str, Word] = {
        "title": activity.title,
        "date": long_date(page.session.starts_at),
        "times": time_range(page.session),
        "venue": activity.venue,
        "ages": age_range(activity),
        "summary": activity.summary,
        "address": addresses.page,
        "picture": addresses.picture,
        "locale": addresses.locale,
        "event_json": context["event_json"],
    }
    shape = {"is_cancelled": page.session.is_cancelled}
    return filled("activities/_session_meta.html", shape, words)


def _shape(page: SessionPage) -> dict[str, Hashable]:
    """All that the template decides by. Choices come as their values with labels."""
    activity, session = page.activity, page.session
    return {name: getattr(activity, name) for name in CHOSEN} | {
        "kind_label": activity.get_kind_display(),
        "met_by_label": activity.get_met_by_display() if activity.met_by else "",
        "session_kind": session.kind,
        "session_kind_label": session.get_kind_display(),
        "standing": page.standing,
        "has_places": session.places is not None,
        "is_stale": page.is_stale,
        "is_cancelled": session.is_cancelled,
        "bring": tuple(page.bring),
        "access_needs": tuple(page.access_needs),
        "languages": tuple(page.languages),
    }


def _words_of_activity(page: SessionPage) -> dict[str, Word]:
    activity, hub = page.activity, page.hub
    words: dict[str, Word] = {name: getattr(activity, name) for name in WRITTEN}
    words |= {f"{name}_lang": lang_of(activity, name) for name in WRITTEN}
    words["strand"] = finer_kind(activity.strand)
    words["strand_lang"] = "" if is_usual(activity.strand) else lang_of(activity, "strand")
    return words | {
        "ages": age_range(activity),
        "place": place_of(activity),
        "partner": activity.partner.name,
        "programme": activity.programme.name,
        "hub": hub.name if hub else "",
        "hub_slug": hub.slug if hub else "",
        "hub_address": reverse("activities:hub_detail", args=[hub.slug]) if hub else "",
    }


def _words_of_session(page: SessionPage, addresses: Addresses) -> dict[str, Word]:
    session, following = page.session, page.next_date
    date, times = long_date(session.starts_at), time_range(session)
    path = reverse("activities:session_detail", args=[session.pk])
    before, after = path.split(str(session.pk))
    return {
        "date": date,
        "times": times,
        "moment": session.starts_at.astimezone(LONDON).isoformat(),
        "ends": clock(session.ends_at),
        "checked_date": long_date(session.checked_at) if session.checked_at else "",
        "listed_date": long_date(session.listed_at),
        "reason": session.cancellation_reason,
        "reason_lang": lang_of(session, "cancellation_reason"),
        "next_address": f"{before}{following.pk}{after}" if following else "",
        "next_date": long_date(following.starts_at) if following else "",
        "next_times": time_range(following) if following else "",
        "save_title": f"{page.activity.title}, {date}, {times}",
        "address": addresses.page,
        "calendar": reverse("activities:session_calendar", args=[session.pk]),
        "feedback": reverse("activities:feedback", args=[session.pk]),
        "might_come": reverse("activities:might_come", args=[session.pk]),
        "dates": [_other_date(each, before, after) for each in page.other_dates],
    }


def _other_date(session: Session, before: str, after: str) -> SafeString:
    link = format_html(
        '<a href="{}{}{}"><strong>{}</strong> <span>{}</span></a>',
        *(before, session.pk, after, long_date(session.starts_at), time_range(session)),
    )
    if not session.is_cancelled:
        return link
    badge = format_html('<strong class="badge badge--bad">{}</strong>', _("Cancelled"))
    return format_html("{} {}", link, badge)
