"""Statistical disclosure control: what of a table may leave, and the proof that it may.

Pure: whole numbers in, frozen results out. `protect` and `protect_linked` choose what is printed,
`attacker_intervals` tells what can be worked out of a print, `audit` holds a new release against
those that were published before. What counts as told too closely, and what an attacker is
supposed to know, stands in docs/decisions/0032-closer-than-the-threshold.md.
"""

from evaluation.disclosure.attacking import attacker_intervals
from evaluation.disclosure.auditing import Finding, audit
from evaluation.disclosure.layout import Linked
from evaluation.disclosure.printing import Cell, Method, Protected
from evaluation.disclosure.protecting import protect, protect_linked
from evaluation.disclosure.published import Published
from evaluation.disclosure.rules import (
    follow,
    mean_allowed,
    round_measure,
    share_allowed,
    share_of_printed,
)

__all__ = [
    "Cell",
    "Finding",
    "Linked",
    "Method",
    "Protected",
    "Published",
    "attacker_intervals",
    "audit",
    "follow",
    "mean_allowed",
    "protect",
    "protect_linked",
    "round_measure",
    "share_allowed",
    "share_of_printed",
]
