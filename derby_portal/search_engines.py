"""What search engines are told: which pages there are, in which languages, and what is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation

from accounts.audience import public
from accounts.public_pages import kept
from activities.models import Session
from derby_portal.editions import html_lang
from evaluation.models import PageTopic, Story
from hubs.models import Hub, HubKind, Ward
from hubs.reference import BOUNDARY_YEAR
from hubs.wording import EASY_READ_CODE

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
register_namespace("", SITEMAP)
register_namespace("xhtml", XHTML)
# The nearest sessions; further ones follow as their time comes.
MOST_SESSIONS = 500
MOST_STORIES = 500
SINGLE_PAGES = (
    "front_page",
    "activities:whats_on",
    "activities:hub_list",
    "activities:hub_map",
    "community:community_list",
    "community:story_so_far",
    "community:recording_list",
)
# Staff pages ask for a sign-in anyway; a polite engine need not try. `test_sitemap` compares
# them with the addresses there are.
# Addresses behind a secret link are not among them: whoever may not open one never reads there that
# it must not be listed, and could list the address itself.
CLOSED = (
    "/account/",
    "/start/",
    "/healthz",
    "/today/",
    "/planning/",
    "/reports/",
    "/research/",
    "/feedback/",
    "/editor/",
    "/sessions/*/register/",
    "/sessions/*/marks/",
    "/sessions/*/walk-ins/",
    "/sessions/*/head-counts/",
    "/registers/paper/",
    "/registers/pass/",
    "/registers/today/",
    "/numbers/",
    "/bookings/",
    "/booking-links/",
    "/sessions/*/bookings/",
    *("/staff/", "/audit/", "/people/", "/imports/", "/rights/", "/retention/"),
    "/instruments/",
    *("/safeguarding/", "/complaints/", "/breaches/", "/quotes/"),
    *("/surveys/", "/outcomes/"),
    *("/grants/", "/releases/", "/dashboard/"),
)
# Below one of them, and behind a secret link all the same.
OPEN = ("/staff/welcome/",)


class Entry(NamedTuple):
    """One page: its address in English, and when it last changed where that is known."""

    path: str
    changed_at: dt.datetime | None = None


@public
@kept
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page that is worth finding, each with its translations."""
    site = f"{request.scheme}://{request.get_host()}"
    root = Element(f"{{{SITEMAP}}}urlset")
    # Addresses are those of English, whatever the language round here.
    with translation.override(settings.LANGUAGE_CODE):
        for entry in entries(timezone.now()):
            _add(root, site, entry)
    body = tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(body, content_type="application/xml")


@public
@kept
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read; what is behind a sign-in is left alone."""
    address = request.build_absolute_uri(reverse("sitemap"))
    closed = "".join(f"Disallow: {path}\n" for path in CLOSED)
    opened = "".join(f"Allow: {path}\n" for path in OPEN)
    body = f"User-agent: *\n{opened}{closed}\nSitemap: {address}\n"
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def entries(now: dt.datetime) -> Iterator[Entry]:
    """Public pages at a moment: only sessions that are to come and confirmed, only public stories.

    Four queries.
    """
    for name in SINGLE_PAGES:
        yield Entry(reverse(name))
    for topic in PageTopic.values:
        yield Entry(reverse("community:page", args=[topic]))
    for slug, kind in Hub.objects.public().order_by("slug").values_list("slug", "kind"):
        yield Entry(reverse("activities:hub_detail", args=[slug]))
        if kind == HubKind.SEND:
            yield Entry(reverse("community:community_ward", args=[slug]))
    wards = Ward.objects.filter(boundary_year=BOUNDARY_YEAR).order_by("slug")
    for slug in wards.values_list("slug", flat=True):
        yield Entry(reverse("community:community_ward", args=[slug]))
    stories = Story.objects.public(now).order_by("-published_at")[:MOST_STORIES]
    for pk, changed_at in stories.values_list("pk", "changed_at"):
        yield Entry(reverse("community:story_detail", args=[pk]), changed_at)
    coming = Session.objects.public().listed(now).not_over(now).order_by("starts_at", "pk")
    for pk, changed_at in coming.values_list("pk", "changed_at")[:MOST_SESSIONS]:
        yield Entry(reverse("activities:session_detail", args=[pk]), changed_at)


def _add(root: Element, site: str, entry: Entry) -> None:
    url = SubElement(root, f"{{{SITEMAP}}}url")
    SubElement(url, f"{{{SITEMAP}}}loc").text = f"{site}{entry.path}"
    if entry.changed_at:
        changed = entry.changed_at.astimezone(dt.UTC).isoformat(timespec="seconds")
        SubElement(url, f"{{{SITEMAP}}}lastmod").text = changed
    for code, _ in settings.LANGUAGES:
        if code == EASY_READ_CODE:
            continue
        prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
        SubElement(
            url,
            f"{{{XHTML}}}link",
            rel="alternate",
            hreflang=html_lang(code),
            href=f"{site}{prefix}{entry.path}",
        )
