"""What a visitor's own device keeps: the service worker, saved sessions, a page without network.

The service worker stands at the root, so that it may serve the front page, and is made from its
source with the addresses that style sheets and scripts have in this release.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse

from accounts.audience import public
from accounts.public_pages import kept
from hubs.pages import render_page
from participants.models import AttendanceRole, MarkStatus
from participants.queries.register import BLANK_ROW
from participants.school_years import YEAR_GROUPS

SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
SOURCE = SCRIPTS / "service_worker.js"
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
# Where the source leaves room for modules that it shares with pages: not every browser lets a
# service worker import them.
MODULES_GAP = "const registers = {};"
SHARED_MODULES = ("database", "forgetting", "delivery", "background")
# What a register needs without a network; only devices that take registers keep these.
REGISTER_FILES = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/pages/register.css",
    "css/pages/offline_register.css",
    "js/register.js",
    *(f"js/registers/{name}.js" for name in (*SHARED_MODULES, "keeping", "queue")),
    *(f"js/registers/{name}.js" for name in ("opening", "sealing", "shell", "troubles")),
    *(f"js/registers/{name}.js" for name in ("waiting", "walk_ins")),
    "favicon.svg",
)
# A register of nobody: the device puts a session in the place of this one, and rows into the list.
SOME_SESSION = UUID(int=1)


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


@public
def offline_register(request: HttpRequest) -> HttpResponse:
    """The page that stands in for Today and registers without a network; it holds nothing."""
    context = {
        "session": {"pk": SOME_SESSION},
        "register": {"rows": [], "here": 0, "not_here": 0, "unmarked": 0},
        "blank_row": BLANK_ROW,
        "statuses": MarkStatus.choices,
        "roles": AttendanceRole.choices,
        "year_groups": YEAR_GROUPS,
    }
    # Without the request, so that nothing of whoever asks can get into it.
    return HttpResponse(render_to_string("participants/offline_register.html", context))


@cache
def worker_script() -> str:
    """The source of the service worker with this release's addresses and version filled in."""
    source = SOURCE.read_text().replace(MODULES_GAP, shared_modules(), 1)
    site = {
        "files": [static(name) for name in FILES],
        "languages": [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE],
        "registerFiles": [static(name) for name in REGISTER_FILES],
        "registerShell": reverse("offline_register"),
        "static": settings.STATIC_URL,
    }
    filled = json.dumps(site | {"version": _version(source, json.dumps(site))}, sort_keys=True)
    return source.replace(GAP, f"const SITE = {filled};", 1)


def shared_modules() -> str:
    """The shared modules as one object, `registers`, with everything that they export."""
    sources = [(SCRIPTS / "registers" / f"{name}.js").read_text() for name in SHARED_MODULES]
    code = re.sub(r"^import [^;]+;\n", "", "\n".join(sources), flags=re.MULTILINE)
    exported = re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", code, re.MULTILINE)
    body = re.sub(r"^export ", "", code, flags=re.MULTILINE)
    return f"const registers = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();"


def _version(*parts: str) -> str:
    return hashlib.sha256("\n".join((settings.CODE_VERSION, *parts)).encode()).hexdigest()[:12]
