"""What other apps do when something happens to a person here; each adds its part in its `ready`.

An app on the left cannot call one on the right: this is how word crosses upward. Each handler is
given the ids of every record of one person, the root's among them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

# Called inside the transaction that erases a person; answers how many rows of each kind went.
person_erased: list[Callable[[Collection[UUID]], dict[str, int]]] = []

# The same for a person who is anonymised: what says who they are goes, what is counted stays.
person_anonymised: list[Callable[[Collection[UUID]], dict[str, int]]] = []

# Called inside the transaction in which a consent ended, with its purpose.
consent_withdrawn: list[Callable[[Collection[UUID], str], object]] = []

# Called inside the transaction in which a record was restricted or left out of evaluation.
left_out: list[Callable[[Collection[UUID]], object]] = []


@dataclass(frozen=True)
class Held:
    """Something that is held about a person, for a copy of their data.

    `key` names it for the review, `title` says what it is in words, `data` holds plain values by
    label, and `names_others` whether somebody else may be told of in it. `says_where` names those
    of its labels that say where the person lives. `is_promised` is what the person gave while told
    that nobody of their family sees it.
    """

    key: str
    section: str
    title: str
    data: dict[str, Any]
    names_others: bool = False
    says_where: tuple[str, ...] = ()
    is_promised: bool = False


# Asked for everything that an app holds about a person.
subject_data: list[Callable[[Collection[UUID]], list[Held]]] = []
