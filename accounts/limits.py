"""How often a visitor may do something, counted without keeping who it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Limit:
    """At most `times` of an act within `period`, for each visitor's address."""

    act: str
    times: int
    period: timedelta


def is_within(limit: Limit, request: HttpRequest) -> bool:
    """Count one more, and say whether it still is within the limit.

    The cache names its entries by a keyed hash and forgets them when the period is over: the
    visitor's address is stored nowhere. The first act begins the period.
    """
    key = f"limit {limit.act} {get_adapter(request).get_client_ip(request)}"
    cache.add(key, 0, limit.period.total_seconds())
    try:
        return cache.incr(key) <= limit.times
    except ValueError:  # The period ended between the two lines.
        return True
