"""Made-up choices and ids that are the same on every machine.

Only `Random.random()` is used: Python promises its sequence for a seed in every version.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

# Ids of seeded rows are UUIDs of version 5 in this namespace; the portal itself makes version 4.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.org/this-is-derby/seed")
SEED_ID_VERSION = 5


def seed_id(*parts: object) -> uuid.UUID:
    """The id of a seeded row, from what it is."""
    return uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts))


def chance(*parts: object) -> Random:
    """A source of chance of its own for one thing."""
    return Random("/".join(str(part) for part in parts))  # noqa: S311 - made-up data


def pick(rng: Random, values: Sequence[T]) -> T:
    """One of the values, each equally likely."""
    return values[int(rng.random() * len(values))]


def weighted(rng: Random, values: Sequence[tuple[T, float]]) -> T:
    """One of the values, by weight."""
    mark = rng.random() * sum(weight for _, weight in values)
    for value, weight in values:
        mark -= weight
        if mark < 0:
            return value
    return values[-1][0]


def whole(rng: Random, lowest: int, highest: int) -> int:
    """A whole number from lowest to highest, both included."""
    return lowest + int(rng.random() * (highest - lowest + 1))
