"""What a visitor's own device keeps: the service worker, saved sessions, a page without network.

The service worker stands at the root, so that it may serve the front page, and is made from its
source with the addresses that style sheets and scripts have in this release.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static

from accounts.audience import public
from accounts.public_pages import kept
from hubs.pages import render_page

SOURCE = Path(settings.BASE_DIR) / "static" / "js" / "service_worker.js"
# Where the source leaves room for what differs from release to release.
GAP = "const SITE = {};"
# What the kept pages need to look like themselves.
FILES = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/pages/public.css",
    "css/pages/saved.css",
    "css/pages/print.css",
    "js/service_worker_registration.js",
    "js/saved.js",
    "favicon.svg",
)


@public
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script; browsers ask for it anew each time, so that a release reaches every phone."""
    response = HttpResponse(worker_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@public
@kept
def saved(request: HttpRequest) -> HttpResponse:
    """Sessions that this device keeps; the device fills them in, nothing is sent here."""
    return render_page(request, "saved.html", {})


@public
@kept
def offline(request: HttpRequest) -> HttpResponse:
    """What a page that is not kept says while there is no network."""
    return render_page(request, "offline.html", {})


@cache
def worker_script() -> str:
    """The source of the service worker with this release's addresses and version filled in."""
    source = SOURCE.read_text()
    site = {
        "files": [static(name) for name in FILES],
        "languages": [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE],
        "static": settings.STATIC_URL,
    }
    filled = json.dumps(site | {"version": _version(source, json.dumps(site))}, sort_keys=True)
    return source.replace(GAP, f"const SITE = {filled};", 1)


def _version(*parts: str) -> str:
    return hashlib.sha256("\n".join((settings.CODE_VERSION, *parts)).encode()).hexdigest()[:12]
