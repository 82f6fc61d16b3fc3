"""First lock: an address needs a sign-in, and is kept by nobody, unless its view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pghistory
from django.contrib.auth import middleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Looks at the view's opt-out before it looks at the user.

    Django's own reads `request.user` first, which marks the answer `Vary: Cookie` and so
    keeps public pages out of every shared cache.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class ChangesHaveAnAuthor:
    """What triggers keep of a change says who made it, by id.

    Only where the view is for people who are signed in: looking at the user on a public page
    would mark its answer `Vary: Cookie`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Wrap the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Reading changes no record, and pages that everybody reads stay as quick as they are.
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        with pghistory.context():
            return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> None:
        """Say who it is, once the view is known."""
        if getattr(view_func, "login_required", True) and request.user.pk is not None:
            pghistory.context(by=str(request.user.pk))


def never_kept_by_default(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Forbid keeping whatever does not say for itself how long it may be kept.

    Public pages do. What is left are the pages round signing in, redirects and errors, and the
    error page of a register must not stay in a browser that the next person uses.

    What everybody may keep carries no cookie: broken ones that came with the request are renewed
    on the next page of staff, for a cache on the way would hand a new one to others.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if "public" in response.get("Cache-Control", ""):
            response.cookies.clear()
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware
