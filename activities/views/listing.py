"""What's on: the list that young people narrow down. Public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_post_parameters

from accounts.audience import cookie_free_post, public
from accounts.limits import Limit
from accounts.public_pages import kept
from activities.days import Day, Window
from activities.filters import (
    UNKNOWN,
    UNREADABLE,
    FilterForm,
    Option,
    Pair,
    SessionFilter,
    address_of,
    miles_to,
    tidy_query,
)
from activities.forms import DayForm, PostcodeForm
from activities.models import Session, SessionQuerySet, london_today
from activities.queries import listing as queries
from hubs.pages import render_page
from hubs.queries import small_area_of
from hubs.wording import current_edition

# Every choice that can be made of the list, by its name in the address.
CHOICES = frozenset({*DayForm.base_fields, *FilterForm.base_fields})
# What may follow somebody from the form of a postcode back to the list.
CARRIED = CHOICES - {"near"}
LISTED = CHOICES | {"page"}
POSTCODES = Limit("postcode", 30, dt.timedelta(hours=1))


@dataclass(frozen=True)
class Alternative:
    """A list that is like the one that was asked for, and how many sessions it has."""

    label: str
    count: int
    address: str


@dataclass(frozen=True)
class Alternatives:
    """Where to go from a list without sessions: another date, or one choice fewer, best first."""

    next_date: dt.date | None
    next_address: str
    all_dates_address: str
    without: list[Alternative]
    without_any: Alternative


@public
@kept
def whats_on(request: HttpRequest) -> HttpResponse:
    """The list by day, narrowed by what the address says."""
    postcode = PostcodeForm({"postcode": request.GET.get("q", "")})
    if postcode.is_valid():
        return _without_postcode(request.GET, postcode)
    if (tidy := tidy_query(request.GET, LISTED)) is not None:
        return redirect_to(request.path, tidy)
    now = timezone.now()
    days = DayForm(request.GET)
    window = days.window(london_today(now))
    filters = SessionFilter(request.GET, now=now)
    listed = Session.objects.public().listed(now)
    narrowed = listed.filter(window.condition(now), filters.condition())
    listing = queries.listing_of(narrowed, request.GET.get("page"), now, miles_to(filters))
    shown = [session for day in listing.days for session in day.sessions]
    queries.say_in(shown, current_edition())
    context = {
        "now": now,
        "days": days,
        "window": window,
        "window_is_past": window.is_past(now),
        "day_links": _day_links(days, filters),
        "place_links": filters.places(days.pairs()),
        "distance_links": filters.distances(days.pairs()),
        "hidden": [*(pair for pair in days.pairs() if pair[0] == "day"), *filters.hidden],
        "filters": filters,
        "near_query": urlencode([*days.pairs(), *filters.without("near")]),
        "choices": filters.choices_in_force(
            days.pairs(), (each for each in filters.conditions if each.name != "within")
        ),
        "problems": [*days.problems, *filters.errors],
        "listing": listing,
        "alternatives": None if listing.days else _alternatives(listed, window, filters, now),
    }
    return render_page(request, "activities/whats_on.html", context)


def redirect_to(path: str, query: str) -> HttpResponseRedirect:
    """Lead to another query of a page, or to the page without one."""
    return HttpResponseRedirect(f"{path}?{query}" if query else path)


def _day_links(days: DayForm, filters: SessionFilter) -> list[Option]:
    chosen = days.chosen_day()
    return [
        Option(day.value, str(day.label), day is chosen, _on(day, filters.pairs)) for day in Day
    ]


def _on(day: Day, pairs: list[Pair]) -> str:
    return address_of([("day", day.value), *pairs])


def _alternatives(
    listed: SessionQuerySet, window: Window, filters: SessionFilter, now: dt.datetime
) -> Alternatives:
    """What comes nearest to a list that turned out to have no sessions."""
    narrowing = [each for each in filters.conditions if each.narrows]
    conditions = [each.sessions for each in narrowing]
    found = queries.nearest(listed, window.condition(now), conditions, now)
    days = DayForm(filters.form.data).pairs()
    without = [
        Alternative(choice.label, count, choice.address_without)
        for choice, count in zip(
            filters.choices_in_force(days, narrowing), found.without, strict=True
        )
        if count
    ]
    return Alternatives(
        found.next_date,
        address_of([("date", str(found.next_date)), *filters.pairs]),
        _on(Day.ALL, filters.pairs),
        sorted(without, key=lambda each: -each.count),
        Alternative("", found.without_any, address_of(days)),
    )


@sensitive_post_parameters()
@cookie_free_post(POSTCODES)
def near(request: HttpRequest) -> HttpResponse:
    """Turn a postcode into its small area, which then stands in the address; never the postcode.

    Answers 303 to the list with the choices that were in force.
    """
    form = PostcodeForm(request.POST)
    carried = QueryDict(request.POST.get("query", "")[:2000].replace("\0", ""))
    response = HttpResponseRedirect(_list_near(form, carried, CARRIED))
    response.status_code = 303
    return response


def _without_postcode(data: QueryDict, form: PostcodeForm) -> HttpResponse:
    """Lead from a search for a postcode to what is near it; nothing on the way keeps either."""
    response = HttpResponseRedirect(_list_near(form, data, CARRIED - {"q"}))
    add_never_cache_headers(response)
    return response


def _list_near(form: PostcodeForm, data: QueryDict, names: Container[str]) -> str:
    """The address of the list near a postcode, with those of the choices that have these names."""
    pairs = [(name, value) for name in data for value in data.getlist(name)]
    carried = [(name, value) for name, value in pairs if value and name in names]
    return address_of([*carried, ("near", _area(form))])


def _area(form: PostcodeForm) -> str:
    if not form.is_valid():
        return UNREADABLE
    return small_area_of(form.cleaned_data["postcode"]) or UNKNOWN
