"""How often a visitor may do something, counted without keeping who it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from time import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest

# Whoever has one IPv6 address has as many as they like of the same 64 leading bits.
BITS_OF_A_HOME = 64
# Hexadecimal digits of an entry's name that fit into the number of a lock.
LOCK_DIGITS = 15


@dataclass(frozen=True)
class Limit:
    """At most `times` of an act within `period`, for each visitor's address or for all of them."""

    act: str
    times: int
    period: timedelta


def is_within(limit: Limit, request: HttpRequest, of: object = "") -> bool:
    """Count one more, and say whether it still is within the limit.

    The cache names its entries by a keyed hash and forgets them when the period is over: the
    visitor's address is stored nowhere. The first act begins the period, and of acts at the same
    moment each is counted. `of` is what it is done to, where each thing has a limit of its own.
    """
    return _count(limit, f"times of {limit.act} {of} by {_visitor(request)}")


def is_within_for_all(limit: Limit, of: object) -> bool:
    """Count one more, whoever does it to this thing, and say whether it is within the limit."""
    return _count(limit, f"times of {limit.act} {of} by anybody")


def _count(limit: Limit, key: str) -> bool:
    with transaction.atomic():
        _one_at_a_time(key)
        now = time()
        times, ends = cache.get(key) or (0, now + limit.period.total_seconds())
        if times >= limit.times:
            return False
        cache.set(key, (times + 1, ends), ends - now)
    return True


def _visitor(request: HttpRequest) -> str:
    """The visitor's address, or the network of a home that an IPv6 address is of."""
    given: str = get_adapter(request).get_client_ip(request)
    try:
        address = ip_address(given)
    except ValueError:
        return given
    if not isinstance(address, IPv6Address):
        return given
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), BITS_OF_A_HOME), strict=False))


def _one_at_a_time(key: str) -> None:
    """Wait for whoever counts the same; the database's log shows the entry's name at most."""
    number = int(cache.make_key(key)[:LOCK_DIGITS], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
