"""First lock: an address needs a sign-in, and is kept by nobody, unless its view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pghistory
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout, middleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from accounts import sign_in
from accounts.access import PASSKEY_ROLES, holds_any
from accounts.models import AuditKind, User
from accounts.services import record_audit
from accounts.services.sign_ins import notice_somebody

# What somebody may open before a second factor was shown: showing one, and leaving.
PROVING = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }
)
# The same for who has none to show yet, or has lost it: setting one up.
SETTING_UP = frozenset(
    {
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    }
)
CSRF_FIELD = "csrfmiddlewaretoken"
# Not repeated in a page: typed once more instead.
SECRET_FIELDS = frozenset(
    {"password", "password1", "password2", "oldpassword", "code", "credential"}
)


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


class SignInMiddleware:
    """A sign-in ends when its time is up, and opens nothing before a second factor was shown.

    Everything that this asks lies in the session, so a page costs no query more. Pages that need
    no sign-in are left alone before the session or the user is looked at.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Wrap the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """End what is over, and lead to what is missing."""
        if not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return None
        if why := sign_in.why_ended(request.session):
            return _end(request, why)
        if not getattr(view_func, "unattended", False):
            notice_somebody(request=request)
        view = request.resolver_match.view_name if request.resolver_match else ""
        if view in PROVING or _is_proved(request):
            return None
        if view in SETTING_UP and _may_set_up(request):
            return None
        return redirect("mfa_index")

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Where a form needs a sign-in of just now, its answers stay in the browser meanwhile.

        allauth would keep them in the table of sessions, where text about a child has no place.
        """
        if request.method != "POST" or not isinstance(exception, ReauthenticationRequired):
            return None
        return _confirm_first(request)


def _is_proved(request: HttpRequest) -> bool:
    """Whether the second factor was shown that the user's roles take."""
    shown = sign_in.factors(request)
    return sign_in.PASSKEY in shown or (bool(shown) and not _takes_passkey(request))


def _takes_passkey(request: HttpRequest) -> bool:
    return settings.PASSKEY_REQUIRED and holds_any(request.user, PASSKEY_ROLES)


def _may_set_up(request: HttpRequest) -> bool:
    """Whether somebody may set up what was not shown: who has none, or lost it, as a code proves.

    A password and six digits that were spied out would else add a passkey of their own to an
    account that has one, and stand in for it.
    """
    if sign_in.RECOVERY_CODE in sign_in.factors(request):
        return True
    taken = {sign_in.PASSKEY} if _takes_passkey(request) else {sign_in.PASSKEY, sign_in.APP}
    return not Authenticator.objects.filter(user_id=request.user.pk, type__in=taken).exists()


def _end(request: HttpRequest, why: str) -> HttpResponseBase:
    """End a sign-in whose time is up, and say so where the next one begins."""
    if isinstance(request.user, User):
        record_audit(by=None, kind=AuditKind.SIGN_IN_ENDED, about=request.user, reason=why)
    logout(request)
    next_page = request.get_full_path() if request.method == "GET" else ""
    return redirect_to_login(next_page, f"{reverse('account_login')}?ended={why}")


def _confirm_first(request: HttpRequest) -> HttpResponseBase:
    """The same form once more, filled in, below a link that confirms who somebody is."""
    sent = {name: values for name, values in request.POST.lists() if name != CSRF_FIELD}
    can_repeat = not request.FILES and not SECRET_FIELDS & set(sent)
    fields = [(name, value) for name, values in sent.items() for value in values]
    context = {"fields": fields, "can_repeat": can_repeat}
    response = render(request, "account/confirm_first.html", context, status=403)
    add_never_cache_headers(response)
    return response


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
