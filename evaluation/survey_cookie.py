"""The one cookie of answering: the secret of a link or of a tablet, sent back to /survey/ alone.

It holds random letters and nothing about anybody. `SameSite=Strict`: no other site's page can have
it sent along.
"""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse

NAME = "survey"
PATH = "/survey/"
LASTS = dt.timedelta(hours=2)


def put(response: HttpResponse, request: HttpRequest, token: str) -> None:
    """Let this browser answer by a secret for two hours, or until the secret ends before."""
    response.set_cookie(
        NAME,
        token,
        max_age=LASTS,
        path=PATH,
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )


def token_of(request: HttpRequest) -> str:
    """The secret that the browser sent; empty where it has none."""
    return request.COOKIES.get(NAME, "")


def take(response: HttpResponse) -> None:
    """Let this browser answer no more."""
    response.delete_cookie(NAME, path=PATH, samesite="Strict")
