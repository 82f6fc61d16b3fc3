"""Second lock: every view says who it is for, by exactly one of these decorators.

`tests/structure/test_audience.py` walks every address and fails for a view without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from allauth.account.decorators import reauthentication_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control

from accounts.access import HUB_ROLES, Lapse, holds_any, lapses, roles_of
from accounts.limits import Limit, is_within
from accounts.models import Role, User
from accounts.public_pages import KEPT_FOR

if TYPE_CHECKING:

    class AuthedRequest(HttpRequest):
        """A request of somebody who is signed in."""

        user: User
else:
    AuthedRequest = HttpRequest

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
AuthedView = Callable[Concatenate[AuthedRequest, P], HttpResponseBase]
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Secret addresses that open nothing, for each visitor.
GUESSES = Limit("open a secret address that is none", times=30, period=timedelta(hours=1))


@dataclass(frozen=True)
class Audience:
    """Whom a view serves. `roles` is empty where the role plays no part.

    `needs_clearance` closes it to a hub's staff whose checks or training are missing or over.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    needs_clearance: bool = False


PUBLIC = Audience("public")
# Whoever was given the secret address.
LINK = Audience("link")
SIGNED_IN = Audience("signed in")
# Pages for signing in: open to everyone, but with a session.
SIGN_IN = Audience("sign in")


def public(view: View[P]) -> View[P]:
    """Everyone, without a cookie: the page is the same for all and may be cached.

    Browsers ask again every time and are mostly told that nothing has changed; caches between may
    answer for `KEPT_FOR` seconds.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, public=True, max_age=0, s_maxage=KEPT_FOR)
        return response

    return _declare(wrapper, PUBLIC, login_required=False)


def cookie_free_post(limit: Limit) -> Callable[[View[P]], View[P]]:
    """Everyone may send this without a cookie, from our own pages and not too often.

    There is no CSRF token, for there is no session that somebody else's page could misuse: such a
    view changes nothing of a signed-in user's and never looks at one. The tests hold the list of
    all such views. Answers 403 to other sites' forms and 429 above the limit.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not is_from_our_pages(request):
                raise PermissionDenied
            if not is_within(limit, request):
                return render(request, "too_often.html", status=429)
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        wrapper.csrf_exempt = True  # type: ignore[attr-defined]
        return _declare(wrapper, PUBLIC, login_required=False)

    return decorate


def link_only(view: View[P]) -> View[P]:
    """Whoever was given the secret address, without a cookie, a session or a look at the user.

    The address is the key. So nobody keeps the page, passes its address on or finds it in a
    search; forms are taken from our own pages only; and an address that opens nothing gets the
    same 404 as any other, without the usual frame, which would repeat it. After `GUESSES` of
    them a visitor gets 429. The tests hold the list of all such views.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method in SAFE_METHODS or is_from_our_pages(request, from_nameless=True):
            response = _opened(view, request, *args, **kwargs)
        else:
            response = _link_problem(request, HTTPStatus.FORBIDDEN)
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    wrapper.csrf_exempt = True  # type: ignore[attr-defined]
    return _declare(wrapper, LINK, login_required=False)


def _opened(
    view: View[P], request: HttpRequest, *args: P.args, **kwargs: P.kwargs
) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except Http404:
        status = HTTPStatus.NOT_FOUND
        if not is_within(GUESSES, request):
            status = HTTPStatus.TOO_MANY_REQUESTS
        return _link_problem(request, status)


def _link_problem(request: HttpRequest, status: HTTPStatus) -> HttpResponseBase:
    return render(request, "link_problem.html", {"status": int(status)}, status=status)


def is_from_our_pages(request: HttpRequest, *, from_nameless: bool = False) -> bool:
    """Whether the browser says that one of our own pages sent this; silence does not count.

    `from_nameless` is for forms of pages that send no referrer: browsers then call the origin
    "null", and only Sec-Fetch-Site, which older ones do not know, tells whose it is. Such a form
    must need a secret that other sites do not have.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        return False
    own = {None, f"{request.scheme}://{request.get_host()}"}
    if from_nameless:
        own.add("null")
    return site in {None, "same-origin"} and origin in own


def signed_in(view: AuthedView[P]) -> View[P]:
    """Everyone who is signed in, whatever the role."""
    return _restrict(view, SIGNED_IN)


def coordinator_required(view: AuthedView[P]) -> View[P]:
    """Coordinators, hub leads and trust staff; rows are narrowed by `visible_to`."""
    roles = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF})
    return _restrict(view, Audience("coordinators", roles, needs_clearance=True))


def hub_lead_required(view: AuthedView[P]) -> View[P]:
    """Hub leads and trust staff: how a hub works; rows are narrowed by `visible_to`."""
    roles = frozenset({Role.HUB_LEAD, Role.TRUST_STAFF})
    return _restrict(view, Audience("hub leads", roles, needs_clearance=True))


def records_required(view: AuthedView[P]) -> View[P]:
    """Whoever opens people's records: coordinators, hub leads, trust staff, safeguarding.

    Rows are narrowed by `visible_to`, and each section of a record has rights of its own.
    """
    roles = frozenset(
        {
            *(Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF),
            *(Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY),
        }
    )
    return _restrict(view, Audience("people's records", roles, needs_clearance=True))


def staff_required(view: AuthedView[P]) -> View[P]:
    """Any member of staff, whatever the role; an account without one is none."""
    return _restrict(view, Audience("staff", frozenset(Role)))


def outcomes_required(view: AuthedView[P]) -> View[P]:
    """Who reads totals of outcomes: a hub's staff their own, trust staff and evaluators all.

    Totals are narrowed to hubs that the reader works with; rows of people are not for them.
    """
    roles = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF, Role.EVALUATOR})
    return _restrict(view, Audience("outcomes", roles, needs_clearance=True))


def reports_required(view: AuthedView[P]) -> View[P]:
    """Who reads exact figures and has reports built.

    A hub's staff of their own hubs, trust staff and evaluators of the whole: rows are narrowed by
    `visible_to`. Money is for trust staff alone, and names for who may open people's records.
    """
    roles = frozenset({Role.COORDINATOR, Role.HUB_LEAD, Role.TRUST_STAFF, Role.EVALUATOR})
    return _restrict(view, Audience("reports", roles, needs_clearance=True))


def safeguarding_required(view: AuthedView[P]) -> View[P]:
    """The safeguarding lead and deputy only."""
    roles = frozenset({Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_DEPUTY})
    return _restrict(view, Audience("safeguarding", roles))


def administrator_required(view: AuthedView[P]) -> View[P]:
    """Administrators only: accounts and roles, nothing about young people."""
    return _restrict(view, Audience("administrators", frozenset({Role.ADMINISTRATOR})))


def auditor_required(view: AuthedView[P]) -> View[P]:
    """Auditors only: the audit trail."""
    return _restrict(view, Audience("auditors", frozenset({Role.AUDITOR})))


def for_roles(name: str, *roles: Role) -> Callable[[AuthedView[P]], View[P]]:
    """Where an address serves a set of roles that no decorator here is named for."""

    def decorate(view: AuthedView[P]) -> View[P]:
        return _restrict(view, Audience(name, frozenset(roles)))

    return decorate


def fresh_sign_in(view: AuthedView[P]) -> AuthedView[P]:
    """Whoever did not sign in a short while ago proves who they are once more, and comes back.

    Stands below the decorator that says for whom a view is. For exports, merges, releases, care
    notes and concerns.
    """
    return cast("AuthedView[P]", reauthentication_required(view))


def unattended(view: AuthedView[P]) -> AuthedView[P]:
    """What an open page asks for by itself, again and again: no sign that anybody is there.

    Stands below the decorator that says for whom a view is. Else a page that was left open would
    keep somebody signed in all day who is signed out after half an hour without use.
    """
    view.unattended = True  # type: ignore[attr-defined]
    return view


def trust_staff_required(view: AuthedView[P]) -> View[P]:
    """Trust staff only."""
    return _restrict(view, Audience("trust staff", frozenset({Role.TRUST_STAFF})))


def _restrict(view: AuthedView[P], audience: Audience) -> View[P]:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if audience.roles and not holds_any(request.user, audience.roles):
            raise PermissionDenied
        if audience.needs_clearance and (missing := _missing(request, audience)):
            return _closed(request, missing)
        response = view(cast("AuthedRequest", request), *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return _declare(wrapper, audience, login_required=True)


def _missing(request: HttpRequest, audience: Audience) -> list[Lapse]:
    """What is missing of somebody whom only the roles of a hub let in."""
    if not roles_of(request.user) & audience.roles <= HUB_ROLES:
        return []
    return lapses(request.user)


def _closed(request: HttpRequest, missing: list[Lapse]) -> HttpResponseBase:
    response = render(request, "staff/closed.html", {"lapses": missing}, status=403)
    add_never_cache_headers(response)
    return response


def _declare(view: Any, audience: Audience, *, login_required: bool) -> Any:
    view.audience = audience
    view.login_required = login_required
    return view
