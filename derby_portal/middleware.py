"""Which language a page is in."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import locale
from django.utils import translation


class LocaleMiddleware(locale.LocaleMiddleware):
    """Does not tell caches that pages differ by the browser's language, for they never do.

    The address alone decides: English at the root, other languages under their prefix. Django's
    own says `Vary: Accept-Language` all the same, and a shared cache would keep a page many times.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language())
        return response
