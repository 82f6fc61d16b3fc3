"""Public pages: what they are made from, and keeping them until that changes.

Every table that public pages read bumps one sequence when its rows change (`watch`, in migrations).
A page that was made is kept in the process and used while the sequence stands where it stood, and
for `KEPT_FOR` at the longest, because pages also depend on the time. A sequence takes no lock, so
registers and imports do not wait for each other here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec, cast

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
# Longer addresses are not worth the memory.
LONGEST_ADDRESS = 400

CREATE_SEQUENCE = """
CREATE SEQUENCE public_pages_changes;

CREATE FUNCTION public_pages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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


def changes() -> int:
    """A number that is another one whenever something that public pages show has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM public_pages_changes")
        return int(cursor.fetchone()[0])


def kept(page: Page[P]) -> Page[P]:
    """Keep what a public view answers, compressed, until something it may show has changed.

    Goes under `public`. One query on every request, and no other one for a page that is kept.
    """

    @wraps(page)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            return page(request, *args, **kwargs)
        key = _key(request)
        pages = caches["pages"]
        response: HttpResponseBase | None = pages.get(key) if key else None
        if response is None:
            response = _finished(request, page(request, *args, **kwargs))
            if key and response.status_code == 200:
                pages.set(key, response, KEPT_FOR)
        return response

    return cast("Page[P]", wrapper)


def _key(request: HttpRequest) -> str:
    """Name everything that an answer depends on; nothing for an address that is not kept."""
    address = request.build_absolute_uri()
    if len(address) > LONGEST_ADDRESS:
        return ""
    return f"{changes()} {_compresses(request)} {address}"


def _compresses(request: HttpRequest) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Validator first: compressing pads at random, the words stay the same."""
    if response.status_code == 200 and isinstance(response, HttpResponse):
        set_response_etag(response)
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, public=True, max_age=0, s_maxage=KEPT_FOR)
    return GZipMiddleware(lambda _: response).process_response(request, response)
