"""Public pages: what they are made from, and keeping them until that changes.

Every table that public pages read bumps one sequence when its rows change (`watch`, in migrations).
A page that was made is kept in the process and used while the sequence stands where it stood, and
for `KEPT_FOR` at the longest, because pages also depend on the time. A sequence takes no lock, so
registers and imports do not wait for each other here.

The sequence moves before what has changed can be seen. Until then whoever changes it shares a lock,
and what is made meanwhile is not kept: it may still be made from what was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, cast

from django.core.cache import caches
from django.db import connection
from django.db.migrations.operations import RunSQL
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_cache_control, set_response_etag

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# Seconds. An edge cache may show a page that is this old; the portal itself shows changes at once.
KEPT_FOR = 60
# Longer addresses and larger pages (bytes) are not worth the memory.
LONGEST_ADDRESS = 400
LARGEST_PAGE = 150_000

CREATE_SEQUENCE = """
CREATE SEQUENCE public_pages_changes;

CREATE FUNCTION public_pages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('public_pages_changes');
    RETURN NULL;
END $$;
"""
# Names the lock of changes that nobody else can see yet.
CHANGING = 20180925
WITH_LOCK = f"""
CREATE OR REPLACE FUNCTION public_pages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({CHANGING});
    PERFORM nextval('public_pages_changes');
    RETURN NULL;
END $$;
"""
WITHOUT_LOCK = """
CREATE OR REPLACE FUNCTION public_pages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('public_pages_changes');
    RETURN NULL;
END $$;
"""
DROP_SEQUENCE = """
DROP FUNCTION public_pages_changed();
DROP SEQUENCE public_pages_changes;
"""


def watch(table: str, columns: Sequence[str] = ()) -> RunSQL:
    """A migration's operation: public pages read this table; of a change only these columns."""
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    return RunSQL(
        f"CREATE TRIGGER public_pages_changed AFTER INSERT OR DELETE OR {update} ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION public_pages_changed();",
        f"DROP TRIGGER public_pages_changed ON {table};",
    )


class Stamp(NamedTuple):
    """A number that is another one whenever something that public pages show has changed.

    `is_settled` says whether every such change can be seen by now.
    """

    number: int
    is_settled: bool


def changes() -> Stamp:
    """How things stand with what public pages show. One query."""
    with connection.cursor() as cursor:
        # A sequence's first number is its last one before and after it is given out. The lock is
        # let go at once, with the query.
        cursor.execute(
            "SELECT last_value + is_called::int, pg_try_advisory_xact_lock(%s)"
            " FROM public_pages_changes",
            [CHANGING],
        )
        return Stamp(*cursor.fetchone())


def kept(page: Page[P]) -> Page[P]:
    """Keep what a public view answers, compressed, until something it may show has changed.

    Goes under `public`. One query on every request, and no other one for a page that is kept.
    """

    @wraps(page)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            return page(request, *args, **kwargs)
        stamp, pages = changes(), caches["pages"]
        key = _key(request, stamp)
        response: HttpResponseBase | None = pages.get(key) if key else None
        if response is None:
            response = _finished(request, page(request, *args, **kwargs))
            if key and stamp.is_settled and _is_worth_keeping(response):
                pages.set(key, response, KEPT_FOR)
        return response

    return cast("Page[P]", wrapper)


def _key(request: HttpRequest, stamp: Stamp) -> str:
    """Name everything that an answer depends on; nothing for an address that is not kept."""
    address = request.build_absolute_uri()
    if len(address) > LONGEST_ADDRESS:
        return ""
    return f"{stamp.number} {_compresses(request)} {address}"


def _is_worth_keeping(response: HttpResponseBase) -> bool:
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return False
    return len(response.content) <= LARGEST_PAGE


def _compresses(request: HttpRequest) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Validator first: compressing pads at random, the words stay the same."""
    if response.status_code == 200 and isinstance(response, HttpResponse):
        set_response_etag(response)
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, public=True, max_age=0, s_maxage=KEPT_FOR)
    return GZipMiddleware(lambda _: response).process_response(request, response)
