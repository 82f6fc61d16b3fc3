"""The portal's addresses, and a view that does nothing, behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.audience import public
from derby_portal.urls import urlpatterns as portal


@public
def hello(request: HttpRequest) -> HttpResponse:
    """Say hello."""
    return HttpResponse("hello")


urlpatterns = [path("hello/", hello, name="hello"), *portal]
